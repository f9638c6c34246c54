import { severities, severityRank } from '../../../src/model/enumerations.ts';
import type { RuleListed } from '../api/types.ts';
import { severityNames } from '../ui/Severity.tsx';

/** What applies where a rule has no budget of its own, alerts a day. */
export const defaultBudget = 50;

export const budgetOf = (rule: RuleListed): number => rule.noise_budget ?? defaultBudget;

/** How loud a rule was in the last 24 hours, beside what it may be. */
export type Noise = 'over' | 'near' | 'within' | 'silent';
export function noiseOf(rule: RuleListed): Noise {
  if (rule.alerts_24h === 0) return 'silent';
  const budget = budgetOf(rule);
  if (rule.alerts_24h > budget) return 'over';
  return rule.alerts_24h >= 0.8 * budget ? 'near' : 'within';
}

/** `fire` and `quiet` lines beside the rule: both are needed to prove it. */
export function testedness(rule: RuleListed): 'both' | 'one' | 'none' {
  if (!rule.tests || rule.tests.fire + rule.tests.quiet === 0) return 'none';
  return rule.tests.fire > 0 && rule.tests.quiet > 0 ? 'both' : 'one';
}

const hourMs = 3_600_000;
function firedWithin(rule: RuleListed, now: number): string {
  if (rule.last_fired === null) return 'never';
  const age = now - Date.parse(rule.last_fired);
  return age <= hourMs ? 'hour' : age <= 24 * hourMs ? 'day' : age <= 168 * hourMs ? 'week' : 'earlier';
}

/** Where a rule comes from, in words. */
export function originOf(rule: RuleListed): string {
  if (rule.pack) return rule.pack;
  if (rule.overridden) return 'Phosor, changed here';
  return { shipped: 'Phosor', user: 'Written here', imported: 'Imported' }[rule.origin];
}

interface Facet {
  title: string;
  valuesOf: (rule: RuleListed, now: number) => readonly string[];
  /** Values with names of their own, in this order; others follow by count under their own text. */
  names: Readonly<Record<string, string>>;
}

export const stateNames = { on: 'On', signal: 'Signal', muted: 'Muted', off: 'Off' } as const;
export const typeNames = { pattern: 'Pattern', threshold: 'Threshold', correlation: 'Correlation', sigma: 'Sigma' };

const down = [...severities].reverse();

/** By what the list is narrowed. Each name is a parameter of the address. */
export const facets = {
  state: { title: 'State', valuesOf: (rule) => [rule.state], names: stateNames },
  severity: {
    title: 'Severity',
    valuesOf: (rule) => [rule.severity_level],
    names: Object.fromEntries(down.map((level) => [level, severityNames[level]])),
  },
  type: {
    title: 'Kind',
    valuesOf: (rule) => [rule.type],
    names: typeNames,
  },
  noise: {
    title: 'Noise',
    valuesOf: (rule) => [noiseOf(rule)],
    names: {
      over: 'Over the budget',
      near: 'Near the budget',
      within: 'Within the budget',
      silent: 'No alert in 24 h',
    },
  },
  fired: {
    title: 'Last fired',
    valuesOf: (rule, now) => [firedWithin(rule, now)],
    names: {
      hour: 'In the last hour',
      day: 'In the last 24 hours',
      week: 'In the last 7 days',
      earlier: 'Earlier',
      never: 'Never',
    },
  },
  tests: {
    title: 'Tests',
    valuesOf: (rule) => [testedness(rule)],
    names: { both: 'Lines that fire and stay quiet', one: 'Only one of the two', none: 'No tests' },
  },
  from: { title: 'From', valuesOf: (rule) => [originOf(rule)], names: {} },
  author: { title: 'Author', valuesOf: (rule) => [rule.author ?? 'Unknown'], names: {} },
  has: {
    title: 'Has',
    valuesOf: (rule) => [
      ...(rule.warnings.length > 0 ? ['warnings'] : []),
      ...(rule.exceptions > 0 ? ['exceptions'] : []),
      ...((rule.stats?.evicted ?? 0) > 0 ? ['evictions'] : []),
      ...(rule.note ? ['note'] : []),
    ],
    names: { warnings: 'Warnings', exceptions: 'Exceptions', evictions: 'Evicted groups', note: 'A note' },
  },
} as const satisfies Record<string, Facet>;

export type FacetName = keyof typeof facets;
export const facetNames = Object.keys(facets) as FacetName[];

export const sortKeys = ['name', 'state', 'severity', 'type', 'noise', 'fired', 'tests', 'from'] as const;
export type SortKey = (typeof sortKeys)[number];
/** Which way a column runs when it is asked for first: what matters most on top. */
export const startsDown: Readonly<Record<SortKey, boolean>> = {
  name: false,
  state: false,
  severity: true,
  type: false,
  noise: true,
  fired: true,
  tests: false,
  from: false,
};

export type RuleFilter = { q?: string } & { [Name in FacetName]?: string[] };

const stateRank = { signal: 0, muted: 1, on: 2, off: 3 };
const sortValue: Record<SortKey, (rule: RuleListed) => number | string> = {
  name: (rule) => rule.name.toLowerCase(),
  state: (rule) => stateRank[rule.state],
  severity: (rule) => severityRank[rule.severity_level],
  type: (rule) => rule.type,
  // The share of the budget, so that what is over it comes first whatever the budget is.
  noise: (rule) => rule.alerts_24h / Math.max(1, budgetOf(rule)),
  fired: (rule) => (rule.last_fired === null ? 0 : Date.parse(rule.last_fired)),
  tests: (rule) => (rule.tests ? rule.tests.fire + rule.tests.quiet : 0),
  from: (rule) => originOf(rule).toLowerCase(),
};

const compare = (a: number | string, b: number | string): number => (a < b ? -1 : a > b ? 1 : 0);

export function sortRules(rules: readonly RuleListed[], key: SortKey, descending: boolean): RuleListed[] {
  const valueFor = sortValue[key];
  const way = descending ? -1 : 1;
  return rules
    .map((rule) => ({ rule, value: valueFor(rule), name: rule.name.toLowerCase() }))
    .sort((a, b) => way * compare(a.value, b.value) || compare(a.name, b.name) || compare(a.rule.id, b.rule.id))
    .map(({ rule }) => rule);
}

const hasText = (rule: RuleListed, text: string): boolean =>
  [rule.name, rule.id, rule.description, rule.author ?? '', rule.pack ?? '', ...rule.attack].some((part) =>
    part.toLowerCase().includes(text),
  );

export interface FacetOption {
  value: string;
  name: string;
  count: number;
}

/**
 * What fits the filter, and for each facet how many rules each of its values would leave beside the other facets.
 * @param now epoch ms
 */
export function narrow(
  rules: readonly RuleListed[],
  filter: RuleFilter,
  now: number,
): { shown: RuleListed[]; options: Record<FacetName, FacetOption[]> } {
  const text = filter.q?.trim().toLowerCase();
  const counts = Object.fromEntries(facetNames.map((name) => [name, new Map<string, number>()])) as Record<
    FacetName,
    Map<string, number>
  >;
  const shown: RuleListed[] = [];
  for (const rule of rules) {
    if (text && !hasText(rule, text)) continue;
    const values = facetNames.map((name) => facets[name].valuesOf(rule, now));
    const misses = facetNames.filter((name, at) => {
      const wanted = filter[name];
      return wanted && wanted.length > 0 && !values[at]?.some((value) => wanted.includes(value));
    });
    if (misses.length === 0) shown.push(rule);
    // A facet counts what all others let through.
    for (const [at, name] of facetNames.entries()) {
      if (misses.length > 1 || (misses.length === 1 && misses[0] !== name)) continue;
      for (const value of values[at] ?? []) counts[name].set(value, (counts[name].get(value) ?? 0) + 1);
    }
  }
  const options = Object.fromEntries(
    facetNames.map((name) => [name, optionsOf(facets[name].names, counts[name], filter[name] ?? [])]),
  ) as Record<FacetName, FacetOption[]>;
  return { shown, options };
}

/** Known values in their order, then the others by count; what is chosen stays in the list even where nothing is left of it. */
function optionsOf(
  names: Readonly<Record<string, string>>,
  counts: ReadonlyMap<string, number>,
  chosen: readonly string[],
): FacetOption[] {
  const known = Object.keys(names);
  const others = [...new Set([...counts.keys(), ...chosen])]
    .filter((value) => !known.includes(value))
    .sort((a, b) => (counts.get(b) ?? 0) - (counts.get(a) ?? 0) || compare(a.toLowerCase(), b.toLowerCase()));
  return [...known, ...others]
    .map((value) => ({ value, name: names[value] ?? value, count: counts.get(value) ?? 0 }))
    .filter(({ value, count }) => count > 0 || chosen.includes(value));
}
