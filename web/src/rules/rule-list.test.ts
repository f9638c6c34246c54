import { describe, expect, test } from 'vitest';
import type { RuleListed } from '../api/types.ts';
import { facets, narrow, noiseOf, originOf, sortRules, testedness } from './rule-list.ts';

const now = Date.parse('2026-11-21T12:00:00Z');
const rule = (id: string, more: Partial<RuleListed> = {}): RuleListed => ({
  id,
  name: id,
  description: '',
  type: 'sigma',
  enabled: true,
  severity: 'warning',
  severity_level: 'medium',
  origin: 'shipped',
  author: null,
  created_at: null,
  updated_at: null,
  overridden: false,
  warnings: [],
  attack: [],
  stats: null,
  state: 'on',
  muted_until: null,
  signal_since: null,
  signal_by: null,
  last_fired: null,
  alerts_24h: 0,
  noise_budget: null,
  note: null,
  exceptions: 0,
  pack: null,
  licence: null,
  tests: null,
  ...more,
});
const ids = (rules: readonly RuleListed[]) => rules.map(({ id }) => id);

test.each([
  [{ alerts_24h: 0 }, 'silent'],
  [{ alerts_24h: 1 }, 'within'],
  [{ alerts_24h: 39 }, 'within'],
  [{ alerts_24h: 40 }, 'near'],
  // The default budget is 50.
  [{ alerts_24h: 50 }, 'near'],
  [{ alerts_24h: 51 }, 'over'],
  [{ alerts_24h: 4, noise_budget: 3 }, 'over'],
  [{ alerts_24h: 1, noise_budget: 0 }, 'over'],
  [{ alerts_24h: 51, noise_budget: 1000 }, 'within'],
])('%j is %s', (more, noise) => expect(noiseOf(rule('a', more))).toBe(noise));

test.each([
  [null, 'none'],
  [{ fire: 0, quiet: 0 }, 'none'],
  [{ fire: 3, quiet: 0 }, 'one'],
  [{ fire: 3, quiet: 1 }, 'both'],
] as const)('tests %j: %s', (tests, state) => expect(testedness(rule('a', { tests }))).toBe(state));

test.each([
  [{}, 'Phosor'],
  [{ overridden: true, origin: 'user' }, 'Phosor, changed here'],
  [{ origin: 'user' }, 'Written here'],
  [{ origin: 'imported' }, 'Imported'],
  [{ origin: 'imported', pack: 'Team rules' }, 'Team rules'],
] as const)('%j comes from %s', (more, origin) => expect(originOf(rule('a', more))).toBe(origin));

test.each([
  [null, 'never'],
  ['2026-11-21T11:30:00Z', 'hour'],
  ['2026-11-20T13:00:00Z', 'day'],
  ['2026-11-15T12:00:00Z', 'week'],
  ['2026-10-01T00:00:00Z', 'earlier'],
])('last fired %s is “%s”', (last_fired, value) =>
  expect(facets.fired.valuesOf(rule('a', { last_fired }), now)).toEqual([value]),
);

describe('the list', () => {
  const rules = [
    rule('brute', { severity_level: 'high', alerts_24h: 60, attack: ['T1110'] }),
    rule('scan', { state: 'muted', alerts_24h: 10, noise_budget: 5 }),
    rule('tea', { enabled: false, state: 'off', severity_level: 'low', author: 'A. Person', pack: 'Kitchen' }),
    rule('probe', { warnings: ['all sources share one count'], type: 'threshold' }),
  ];

  test.each([
    [{}, ['brute', 'scan', 'tea', 'probe']],
    [{ state: ['off', 'muted'] }, ['scan', 'tea']],
    [{ noise: ['over'], state: ['on'] }, ['brute']],
    [{ q: 't1110' }, ['brute']],
    [{ q: 'person' }, ['tea']],
    [{ from: ['Kitchen'] }, ['tea']],
    [{ has: ['warnings'] }, ['probe']],
    [{ severity: ['critical'] }, []],
    [{ state: [] }, ['brute', 'scan', 'tea', 'probe']],
  ])('%j leaves %j', (filter, left) => expect(ids(narrow(rules, filter, now).shown)).toEqual(left));

  test('a facet counts what the others let through, and keeps what is chosen', () => {
    const { options } = narrow(rules, { state: ['off'], severity: ['critical'] }, now);
    const counted = (name: 'state' | 'severity') => options[name].map(({ value, count }) => [value, count]);
    expect(counted('severity')).toEqual([
      ['critical', 0],
      ['low', 1],
    ]);
    expect(counted('state')).toEqual([['off', 0]]);
  });

  test.each([
    ['name', false, ['brute', 'probe', 'scan', 'tea']],
    ['severity', true, ['brute', 'probe', 'scan', 'tea']],
    // By share of the budget, not by number.
    ['noise', true, ['scan', 'brute', 'probe', 'tea']],
    ['state', false, ['scan', 'brute', 'probe', 'tea']],
    ['from', false, ['tea', 'brute', 'probe', 'scan']],
  ] as const)('by %s (descending: %j): %j', (key, descending, order) =>
    expect(ids(sortRules(rules, key, descending))).toEqual(order),
  );
});
