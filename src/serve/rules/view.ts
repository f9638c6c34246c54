import { createHash } from 'node:crypto';
import { z } from 'zod';
import type { RuleProblem } from '../../detect/contract.ts';
import { isoTime, type RuleDoc, ruleTypes, severities } from '../../model/index.ts';
import type { RuleCare } from '../../store/contract.ts';
import type { ServeContext } from '../unit.ts';
import { dayMs, ruleStates, standingOf } from './care.ts';
import { exceptionsAt } from './force.ts';
import { attackOf, severityWord, tagsOf } from './posted.ts';

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
  licence: z.string().nullable().meta({ description: 'Under which an imported rule was given away.' }),
  pack: z.string().nullable().meta({ description: 'The pack that an imported rule came with.' }),
  created_at: z.string().nullable(),
  updated_at: z.string().nullable(),
  warnings: z.array(z.string()),
  attack: z.array(z.string()),
  correlation: z
    .object({
      group_by: z.array(z.string()).meta({ description: 'Fields by which it groups what it counts.' }),
      groups: z.number().meta({ description: 'Groups that are counted right now, with those of inner correlations.' }),
      max_groups: z.number().meta({ description: 'How many it may hold. Beyond it the stalest are given up.' }),
      evicted: z.number().meta({ description: 'Groups that were given up for want of room.' }),
      late_dropped: z.number().meta({ description: 'Matches not counted: too far behind what their source had sent.' }),
      missing_group: z.number().meta({ description: 'Matches not counted: a field that it groups by was missing.' }),
    })
    .nullable()
    .optional()
    .meta({ description: 'What it holds for counting. Null: it does not run. Lists go without it.' }),
  stats: z.object({ matches: z.number(), alerts: z.number(), groups: z.number(), evicted: z.number() }).nullable(),
  state: z.enum(ruleStates).meta({
    description:
      'muted: it counts and raises nothing until `muted_until`. signal: over its noise budget, or a signal by choice; its ' +
      'new alerts are kept as info.',
  }),
  muted_until: z.string().nullable(),
  signal_since: z.string().nullable().meta({ description: 'Since when it is a signal by choice. Null: it is not.' }),
  signal_by: z.string().nullable().meta({ description: 'Who chose that.' }),
  last_fired: z.string().nullable().meta({ description: 'Time of its newest stored alert.' }),
  alerts_24h: z.number(),
  noise_budget: z.number().nullable().meta({ description: 'Alerts in 24 hours; null: the default of 50.' }),
  note: z.string().nullable().meta({ description: 'Why the rule is a signal.' }),
  exceptions: z.number().meta({ description: 'Exceptions that hold now.' }),
  tests: z
    .object({ fire: z.number(), quiet: z.number() })
    .nullable()
    .meta({ description: 'Lines that lie beside the rule: those that must make it fire, and those that must not.' }),
});
export type RuleView = z.output<typeof ruleShape>;

interface Compiled {
  updatedAt: number;
  context: number;
  warnings: string[];
  attack: string[];
}

/** What the views of many rules need, read once. */
interface Facts {
  care: (id: string) => RuleCare | null | undefined;
  exceptions: ReadonlyMap<string, number>;
  lines: ReadonlyMap<string, { fire: number; quiet: number }>;
}

export interface RuleViews {
  one(rule: RuleDoc): RuleView;
  /** Gives way to other requests while many rules are compiled for the first time. */
  all(rules: readonly RuleDoc[]): Promise<RuleView[]>;
}

/** Longest piece of work between two turns of the event loop. */
const sliceMs = 12;

/** To be called between pieces of work: a turn of the event loop whenever one was long enough. */
export function slices(): () => Promise<void> | undefined {
  let began = performance.now();
  return () => {
    if (performance.now() - began < sliceMs) return undefined;
    return new Promise<void>((resume) =>
      setImmediate(() => {
        began = performance.now();
        resume();
      }),
    );
  };
}

/** Makes rules' views. What only changes with the rule (its warnings, its techniques) is worked out once per version. */
export function createRuleViews(context: ServeContext): RuleViews {
  const { services } = context;
  const { state, rulebook } = services;
  const compiled = new Map<string, Compiled>();
  const shippedIds = new Set(services.shippedRules.map(({ id }) => id));
  const shippedLines = new Map<string, { fire: number; quiet: number } | null>();

  const isCompiled = (rule: RuleDoc): boolean => {
    const known = compiled.get(rule.id);
    return known?.updatedAt === rule.updated_at && known.context === services.ruleContext.revision;
  };
  const compile = (rule: RuleDoc): Compiled => {
    const known = compiled.get(rule.id);
    const { revision } = services.ruleContext;
    if (known && isCompiled(rule)) return known;
    const fresh = {
      updatedAt: rule.updated_at,
      context: revision,
      warnings: sentences(context.check(rule)),
      attack: attackOf(rulebook.tags(rule) ?? tagsOf(rule)),
    };
    if (compiled.size > 20_000) compiled.clear();
    compiled.set(rule.id, fresh);
    return fresh;
  };

  const linesBeside = (id: string, facts: Facts): { fire: number; quiet: number } | null => {
    if (!shippedIds.has(id)) return facts.lines.get(id) ?? null;
    let counts = shippedLines.get(id);
    if (counts === undefined) {
      const lines = rulebook.linesOf(id);
      counts = lines && { fire: countLines(lines.fire), quiet: countLines(lines.quiet) };
      shippedLines.set(id, counts);
    }
    return counts;
  };

  const facts = (): Omit<Facts, 'care'> => {
    const exceptions = new Map<string, number>();
    for (const { rule_id } of exceptionsAt(state, services.now()))
      exceptions.set(rule_id, (exceptions.get(rule_id) ?? 0) + 1);
    return { exceptions, lines: state.ruleLines.counts() };
  };

  const view = (rule: RuleDoc, known: Facts): RuleView => {
    const { warnings, attack } = compile(rule);
    const now = services.now();
    const counted = services.pipeline.stats().correlator.per_rule[rule.id];
    const standing = standingOf(rule, known.care(rule.id), state.alerts.ofRule(rule.id, now - dayMs), now);
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
      licence: rule.licence ?? null,
      pack: rule.pack ?? null,
      created_at: rule.created_at === 0 ? null : isoTime(rule.created_at),
      updated_at: rule.updated_at === 0 ? null : isoTime(rule.updated_at),
      warnings,
      attack,
      stats: counted
        ? { matches: counted.matches, alerts: counted.alerts, groups: counted.groups, evicted: counted.evicted }
        : null,
      ...standing,
      muted_until: isoOrNull(standing.muted_until),
      signal_since: isoOrNull(standing.signal_since),
      last_fired: isoOrNull(standing.last_fired),
      exceptions: known.exceptions.get(rule.id) ?? 0,
      tests: linesBeside(rule.id, known),
    };
  };

  const correlationOf = (rule: RuleDoc): RuleView['correlation'] => {
    const counted = services.pipeline.stats().correlator.per_rule[rule.id];
    if (!counted) return null;
    const { groups, max_groups, evicted, late_dropped, missing_group } = counted;
    return { group_by: [...rulebook.groupFields(rule)], groups, max_groups, evicted, late_dropped, missing_group };
  };

  return {
    one: (rule) => ({
      ...view(rule, { ...facts(), care: (id) => state.ruleCare.byId(id) }),
      correlation: correlationOf(rule),
    }),
    async all(rules) {
      const care = new Map(state.ruleCare.all().map((each) => [each.rule_id, each]));
      const known = { ...facts(), care: (id: string) => care.get(id) };
      const views: RuleView[] = [];
      const pause = slices();
      for (const rule of rules) {
        if (!isCompiled(rule)) await services.pipeline.checkAside(rule);
        views.push(view(rule, known));
        await pause();
      }
      return views;
    },
  };
}

const isoOrNull = (time: number | null): string | null => (time === null ? null : isoTime(time));

/** Lines that begin with `#` are notes. */
const countLines = (lines: readonly string[]): number => lines.filter((line) => !line.startsWith('#')).length;

const hashes = new WeakMap<RuleDoc, string>();

/** What a rule says, as far as running it goes: the proof of a test holds for this. */
export function contentHash(rule: RuleDoc): string {
  let hash = hashes.get(rule);
  if (hash === undefined) {
    const content = JSON.stringify([rule.type, rule.severity, rule.config]);
    hash = createHash('sha256').update(content).digest('hex').slice(0, 32);
    hashes.set(rule, hash);
  }
  return hash;
}

/** What the author should know; errors of a rule that is stored nevertheless come first. */
function sentences(problems: readonly RuleProblem[]): string[] {
  return [...problems].sort((a, b) => a.level.localeCompare(b.level)).map(({ message }) => message);
}
