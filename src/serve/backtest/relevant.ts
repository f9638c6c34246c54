import type { RuleDoc } from '../../model/index.ts';

/**
 * Of the rules in force those that one of them runs with: filters, what it refers to by id or name (the parts of a
 * correlation, rules that keep it quiet), and what those refer to. Told by the text: one too many does no harm.
 */
export function relevantRules(rule: RuleDoc, inForce: readonly RuleDoc[]): RuleDoc[] {
  const chosen = new Set<RuleDoc>([rule]);
  const others = inForce.filter(({ id, enabled }) => id !== rule.id && enabled);
  for (const one of others) if (isFilter(one)) chosen.add(one);
  const names = new Map(others.map((one) => [one, namesOf(one)]));
  // A set is walked with what is added on the way.
  for (const one of chosen) {
    const text = textOf(one);
    if (isFilter(one) || text === '') continue;
    const own = new Set(namesOf(one));
    for (const [other, called] of names) {
      if (!chosen.has(other) && called.some((name) => !own.has(name) && text.includes(name))) chosen.add(other);
    }
  }
  return [...chosen];
}

const textOf = ({ config }: RuleDoc): string => ('yaml' in config ? config.yaml : '');
const isFilter = (rule: RuleDoc): boolean => /^filter\s*:/m.test(textOf(rule));

/** What other rules may call it: its own id, and the ids and names of its documents. */
function namesOf(rule: RuleDoc): string[] {
  const written = [...textOf(rule).matchAll(/^(?:id|name)\s*:\s*(.+)$/gm)];
  const names = written.map(([, value]) => (value as string).trim().replace(/^(['"])(.*)\1$/, '$2'));
  return [...new Set([rule.id, ...names])].filter((name) => name.length > 2);
}
