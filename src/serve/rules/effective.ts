import type { RuleDoc } from '../../model/index.ts';

/**
 * The rules in force. A stored rule with the id of a shipped one overrides it: with `origin: 'shipped'` only whether it is
 * enabled (so that a later version's improvements arrive), with any other origin as a whole. Tombstones leave nothing.
 */
export function effectiveRules(
  shipped: readonly RuleDoc[],
  stored: readonly (RuleDoc & { deleted: boolean })[],
): RuleDoc[] {
  const byId = new Map(stored.map((rule) => [rule.id, rule]));
  const rules: RuleDoc[] = [];
  for (const rule of shipped) {
    const change = byId.get(rule.id);
    byId.delete(rule.id);
    if (change?.deleted) continue;
    if (change === undefined) rules.push(rule);
    else if (change.origin === 'shipped') rules.push({ ...rule, enabled: change.enabled });
    else rules.push(withoutDeleted(change));
  }
  for (const rule of byId.values()) {
    // A switch for a rule that is no longer shipped has nothing to switch.
    if (!rule.deleted && rule.origin !== 'shipped') rules.push(withoutDeleted(rule));
  }
  return rules;
}

const plain = new WeakMap<RuleDoc & { deleted: boolean }, RuleDoc>();

/** The same object for the same one: who knows it need not look at it again. */
function withoutDeleted(stored: RuleDoc & { deleted: boolean }): RuleDoc {
  let rule = plain.get(stored);
  if (rule === undefined) {
    const { deleted: _, ...rest } = stored;
    rule = rest;
    plain.set(stored, rule);
  }
  return rule;
}
