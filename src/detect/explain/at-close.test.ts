import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Alert, Match } from '../../model/index.ts';
import { holds } from '../correlate/range.ts';
import { satisfied } from '../expression.ts';
import { event, sigma } from '../fixtures.test-suite.ts';
import type { Expression, Range } from '../form.ts';
import { compileRules, createCorrelator, createExplainer } from '../index.ts';
import { countOutlook, expressionOutlook } from './outlook.ts';

// What only a window's end can tell: every sentence is held against what really comes of the window.

const bound = fc.option(fc.integer({ min: 0, max: 6 }), { nil: undefined });
const range: fc.Arbitrary<Range> = fc
  .record({ gte: bound, gt: bound, lte: bound, lt: bound, eq: bound, neq: bound })
  .map((one) => Object.fromEntries(Object.entries(one).filter(([, value]) => value !== undefined)));

/** Whether so many more are among those that the words name: `exactly 2`, `2 to 3`, `at least 4`. */
function isNamed(words: string, more: number): boolean {
  return words.split(' or ').some((part) => {
    const [from, to] = (part.match(/\d+/g) ?? []).map(Number) as [number, number?];
    if (part.startsWith('exactly')) return more === from;
    return part.startsWith('at least') ? more >= from : more >= from && more <= (to as number);
  });
}

test('a number that grows: what is said is what comes of it, however many more come', () => {
  const kinds = new Set<string>();
  fc.assert(
    fc.property(
      range,
      fc.integer({ min: 0, max: 7 }),
      fc.constantFrom(7, Number.POSITIVE_INFINITY),
      (one, now, most) => {
        const told = countOutlook(one, now, most, (howMany) => howMany);
        kinds.add(told.kind);
        for (let total = now; total <= Math.min(most, 20); total += 1) {
          const more = total - now;
          const expected =
            told.kind === 'sure' ||
            (told.kind === 'holds' && !isNamed(told.unless as string, more)) ||
            (told.kind === 'open' && isNamed(told.when as string, more));
          expect(holds(one, total), `${JSON.stringify(told)} ${more} more`).toBe(expected);
        }
      },
    ),
    { numRuns: 3000 },
  );
  expect([...kinds].sort()).toEqual(['holds', 'lost', 'open', 'sure']);
});

const { expression } = fc.letrec<{ expression: Expression }>((tie) => ({
  expression: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    fc.integer({ min: 0, max: 4 }).map((step): Expression => ({ kind: 'step', step })),
    fc.record({ kind: fc.constant('not' as const), child: tie('expression') }),
    fc.record({
      kind: fc.constantFrom('and' as const, 'or' as const),
      children: fc.array(tie('expression'), { minLength: 2, maxLength: 3 }),
    }),
  ),
}));

test('an expression: what is sure or lost stays so, and what is named as the smallest change is one', () => {
  const kinds = new Set<string>();
  fc.assert(
    fc.property(expression, fc.uniqueArray(fc.integer({ min: 0, max: 4 })), (one, happened) => {
      let named: readonly (readonly number[])[] = [];
      const told = expressionOutlook(one, new Set(happened), (sets) => {
        named = sets;
        return 'x';
      });
      kinds.add(told.kind);
      const now = satisfied(one, (step) => happened.includes(step));
      expect(told.kind === 'sure' || told.kind === 'holds').toBe(now);
      let smallest = 9;
      for (let mask = 0; mask < 32; mask += 1) {
        const more = [0, 1, 2, 3, 4].filter((step) => (mask >> step) & 1 && !happened.includes(step));
        const then = satisfied(one, (step) => happened.includes(step) || more.includes(step));
        if (then !== now) smallest = Math.min(smallest, more.length);
        if (then !== now) expect(['holds', 'open']).toContain(told.kind);
        const isIn = named.some((set) => JSON.stringify(set) === JSON.stringify(more));
        if (isIn) expect(then).toBe(!now);
      }
      if (smallest < 9) expect(named[0]).toHaveLength(smallest);
    }),
    { numRuns: 3000 },
  );
  expect([...kinds].sort()).toEqual(['holds', 'lost', 'open', 'sure']);
});

const correlations: Record<string, string> = {
  'exactly so many': 'type: event_count, rules: [a], condition: { eq: 2 }',
  'at most so many': 'type: event_count, rules: [a, b], condition: { lte: 3 }',
  'from so many to so many': 'type: event_count, rules: [a], condition: { gte: 2, lt: 4 }',
  'any other number': 'type: event_count, rules: [a], condition: { neq: 2 }',
  'few different values': 'type: value_count, rules: [a], condition: { field: dst_port, lte: 1 }',
  'a small sum': 'type: value_sum, rules: [a], condition: { field: dst_port, lt: 5 }',
  'a median': 'type: value_median, rules: [a], condition: { field: dst_port, eq: 2 }',
  'so many of the steps, no more': 'type: temporal, rules: [a, b, c], condition: { eq: 2 }',
  'one without the other': "type: temporal, rules: [a, b], condition: 'a and not b'",
  'one of several ways': "type: temporal, rules: [a, b, c], condition: '(a and not b) or (b and c)'",
};

const stream = fc.array(
  fc.record({
    pause: fc.constantFrom(0, 0, 1, 1, 2, 4, 11, 700, -1, -3, -14),
    program: fc.constantFrom('a', 'b', 'c', 'ab', 'x'),
    src_ip: fc.constantFrom('203.0.113.5', '203.0.113.5', '203.0.113.9'),
    dst_port: fc.constantFrom(1, 2, 3, null),
    source: fc.constantFrom('one', 'one', 'two'),
  }),
  // An alert names its last twenty events.
  { minLength: 10, maxLength: 20 },
);

const part = (name: string): string =>
  `---\ntitle: ${name}\nname: ${name}\nlogsource: { product: any }\ndetection: { s: { program|contains: ${name} }, condition: s }\n`;
const docsOf = (correlation: string, boundary: string) =>
  sigma(
    `title: t\nid: 4d1f6a2e-6f0c-4b35-9a55-0c1b7f6a9e01\nphosor: { suppress: 0, boundary: ${boundary} }\ncorrelation: { group-by: [src_ip], timespan: 10s, ${correlation} }\n${[
      'a',
      'b',
      'c',
    ]
      .filter((name) => new RegExp(`[[ ]${name}[,\\]]`).test(correlation))
      .map(part)
      .join('')}`,
  );

const named = (ids: readonly string[]): string => [...new Set(ids)].sort().join(' ');
const byName = (a: string, b: string): number => (a < b ? -1 : 1);

test.each(
  Object.entries(correlations).flatMap(([what, text]) => ['open', 'closed'].map((boundary) => [what, boundary, text])),
)('%s, %s: what is told of a window is what the correlator makes of it', (_, boundary, text) => {
  const docs = docsOf(text as string, boundary as string);
  const rules = compileRules(docs);
  let fired = 0;
  let silent = 0;
  fc.assert(
    fc.property(stream, (steps) => {
      const explainer = createExplainer(rules, docs[0]?.id as string);
      const counting = { maxGroupsPerRule: 1000, latenessMs: Number.POSITIVE_INFINITY, finalOnly: false };
      const correlator = createCorrelator(rules, counting);
      /** Of each window what was told last. */
      const windows = new Map<string, { ids: string; fires: boolean; words: string }>();
      const told: string[] = [];
      const raised: Alert[] = [];
      let at = 1000;
      for (const [seq, { pause, ...parts }] of steps.entries()) {
        at += pause;
        const one = event({ at, ...parts });
        const matches: Match[] = [];
        rules.match(one, seq, matches);
        const changes = matches.length > 0 ? correlator.observe(matches) : correlator.advance(one);
        const { correlation } = explainer.explain(one, seq);
        if (correlation === null) throw new Error('no correlation');
        // What is judged now was told when the last of its events came.
        const over = (correlation.judged ?? []).map(({ events, fired: isFired }) => {
          const [key, last] = [...windows].find(([, window]) => window.ids === named(events)) ?? [];
          expect(last?.fires).toBe(isFired);
          windows.delete(key as string);
          return isFired ? named(events) : null;
        });
        const now = changes.map(({ alert }) => named(alert.event_ids));
        expect(now.sort(byName)).toEqual(over.filter((ids) => ids !== null).sort(byName));
        told.push(...now);
        expect(correlation.fired).toBe(false);
        if (correlation.pending === undefined) continue;
        const { until, fires } = correlation.pending;
        const [words = ''] = correlation.differ;
        const key = JSON.stringify([correlation.group, until]);
        const before = windows.get(key);
        // What was called sure or lost stays so.
        if (before?.words.includes('it fires when the window is over, whatever')) expect(fires).toBe(true);
        if (before?.words.includes('it does not fire, whatever')) expect(fires).toBe(false);
        expect(words).toContain(fires ? 'it fires when the window is over' : 'the window is open until');
        if (fires) expect(words).not.toMatch(/ if |does not/);
        windows.set(key, { ids: named(correlation.events), fires, words });
      }
      // The clock passes what nobody's time has; windows of one group are judged one after the other.
      for (let i = 0; i < steps.length; i += 1)
        raised.push(...correlator.flush(Number.MAX_SAFE_INTEGER).map(({ alert }) => alert));
      const last = raised.map((alert) => named(alert.event_ids)).sort(byName);
      expect(last).toEqual(
        [...windows.values()]
          .filter(({ fires }) => fires)
          .map(({ ids }) => ids)
          .sort(byName),
      );
      fired += told.length + last.length;
      silent += [...windows.values()].filter(({ fires }) => !fires).length;
    }),
    { numRuns: 100 },
  );
  expect(fired).toBeGreaterThan(10);
  expect(silent).toBeGreaterThan(5);
});

test('a correlation of such: what it counts has come when the window is over', () => {
  const text = `title: Quiet, then a login
id: 4d1f6a2e-6f0c-4b35-9a55-0c1b7f6a9e01
phosor: { suppress: 0 }
correlation: { type: event_count, rules: [few], group-by: [src_ip], timespan: 1h, condition: { gte: 1 } }
---
title: Few
name: few
correlation: { type: event_count, rules: [a], group-by: [src_ip], timespan: 10s, condition: { lte: 2 } }
${part('a')}`;
  const docs = sigma(text);
  const explainer = createExplainer(compileRules(docs), docs[0]?.id as string);
  const told = [0, 1, 5000].map((at, seq) =>
    explainer.explain(event({ at, program: 'a', src_ip: '203.0.113.5' }), seq),
  );
  expect(told.map(({ correlation }) => [correlation?.fired, correlation?.inner[0]?.pending?.fires])).toEqual([
    [false, true],
    [false, true],
    [true, true],
  ]);
  expect(told[2]?.correlation?.inner[0]?.judged).toMatchObject([{ observed: 2, fired: true }]);
});
