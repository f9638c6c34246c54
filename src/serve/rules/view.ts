import { z } from 'zod';
import type { RuleProblem } from '../../detect/contract.ts';
import { isoTime, type RuleDoc, ruleTypes, severities } from '../../model/index.ts';
import type { Services } from '../contract.ts';
import { attackOf, severityWord } from './posted.ts';

export const problemShape = z.object({
  rule_id: z.string(),
  level: z.enum(['error', 'warning']),
  message: z.string(),
  path: z.string().nullable(),
  line: z.number().nullable(),
  column: z.number().nullable(),
});

export const ruleShape = z.object({
  id: z.string(),
  name: z.string(),
  description: z.string(),
  type: z.enum(ruleTypes),
  config: z.record(z.string(), z.unknown()),
  enabled: z.boolean(),
  severity: z.string().meta({ description: 'As it was posted.' }),
  severity_level: z.enum(severities),
  origin: z.enum(['shipped', 'user', 'imported']),
  overridden: z
    .boolean()
    .meta({ description: 'A shipped rule that was changed here; restore brings the shipped one back.' }),
  author: z.string().nullable(),
  created_at: z.string().nullable(),
  updated_at: z.string().nullable(),
  warnings: z.array(z.string()),
  attack: z.array(z.string()),
  stats: z.object({ matches: z.number(), alerts: z.number(), groups: z.number(), evicted: z.number() }).nullable(),
});

interface Compiled {
  updatedAt: number;
  warnings: string[];
  attack: string[];
}

/** Makes rules' views. What only changes with the rule (its warnings, its techniques) is worked out once per version. */
export function createRuleViews(services: Services): (rule: RuleDoc) => z.output<typeof ruleShape> {
  const compiled = new Map<string, Compiled>();
  const shippedIds = new Set(services.shippedRules.map(({ id }) => id));

  const compile = (rule: RuleDoc): Compiled => {
    const known = compiled.get(rule.id);
    if (known && known.updatedAt === rule.updated_at) return known;
    const fresh = {
      updatedAt: rule.updated_at,
      warnings: sentences(services.pipeline.check(rule)),
      attack: attackOf(rule),
    };
    if (compiled.size > 20_000) compiled.clear();
    compiled.set(rule.id, fresh);
    return fresh;
  };

  return (rule) => {
    const { warnings, attack } = compile(rule);
    const counted = services.pipeline.stats().correlator.per_rule[rule.id];
    return {
      id: rule.id,
      name: rule.name,
      description: rule.description,
      type: rule.type,
      config: { ...rule.config },
      enabled: rule.enabled,
      severity: severityWord(rule),
      severity_level: rule.severity,
      origin: rule.origin,
      overridden: rule.origin !== 'shipped' && shippedIds.has(rule.id),
      author: rule.author,
      created_at: rule.created_at === 0 ? null : isoTime(rule.created_at),
      updated_at: rule.updated_at === 0 ? null : isoTime(rule.updated_at),
      warnings,
      attack,
      stats: counted
        ? { matches: counted.matches, alerts: counted.alerts, groups: counted.groups, evicted: counted.evicted }
        : null,
    };
  };
}

/** What the author should know; errors of a rule that is stored nevertheless come first. */
function sentences(problems: readonly RuleProblem[]): string[] {
  return [...problems].sort((a, b) => a.level.localeCompare(b.level)).map(({ message }) => message);
}
