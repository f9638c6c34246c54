import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { ClauseResult, Event } from '../../model/index.ts';
import { event, sigma } from '../fixtures.test-suite.ts';
import type { Node, Test } from '../form.ts';
import { naive } from '../index/naive.test-suite.ts';
import { compileRules, createExplainer } from '../index.ts';
import { explainNode } from './clauses.ts';
import { differences } from './differ.ts';

// What is explained must be what happens: every tree against the naive evaluator, every count against the correlator.

const text = fc.string({ unit: fc.constantFrom('a', 'b', 'A', 'k', 'ſ', ' ', '1', '😀', '\u001b'), maxLength: 5 });
const tests: fc.Arbitrary<Test> = fc.oneof(
  fc.record({
    op: fc.constantFrom('equals', 'contains', 'startswith', 'endswith'),
    value: text,
    cased: fc.boolean(),
  }),
  fc.record({
    op: fc.constant('regex' as const),
    source: fc.constantFrom('a+b', '^a', '[ab]1', ''),
    flags: fc.constantFrom('', 'i'),
    missing: fc.constantFrom('never' as const, 'empty' as const),
  }),
  fc.record({ op: fc.constant('exists' as const), value: fc.boolean() }),
  fc.constant({ op: 'null' as const }),
  fc.record({
    op: fc.constant('compare' as const),
    relation: fc.constantFrom('lt', 'lte', 'gt', 'gte'),
    value: fc.integer({ min: 0, max: 3 }),
  }),
);
const field = fc
  .constantFrom('user', 'message', 'raw', 'x', 'y', 'tags')
  .map((path) => ({ view: 'event', path }) as const);
const leaf: fc.Arbitrary<Node> = fc.record({
  kind: fc.constant('leaf' as const),
  label: fc.constantFrom('user', 'x|contains'),
  field,
  test: tests,
});
const { node } = fc.letrec<{ node: Node }>((tie) => ({
  node: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    leaf,
    fc.record({
      kind: fc.constantFrom('and' as const, 'or' as const),
      label: fc.constantFrom('and', 'or', 'selection', '1 of sel*', 'logsource product: linux', 'filter x'),
      children: fc.array(tie('node'), { minLength: 1, maxLength: 25 }),
    }),
    fc.record({ kind: fc.constant('not' as const), label: fc.constantFrom('not', 'x|neq'), child: tie('node') }),
  ),
}));
const scalar = fc.oneof(text, fc.integer({ min: 0, max: 4 }), fc.constant(null), fc.boolean());
const anyEvent = fc
  .record({
    user: fc.option(text),
    message: text,
    raw: text,
    tags: fc.array(text, { maxLength: 2 }),
    fields: fc.dictionary(fc.constantFrom('x', 'y', 'X'), fc.oneof(scalar, fc.array(scalar, { maxLength: 3 }))),
  })
  .map((parts) => event(parts));

test('a tree is explained as the naive evaluator sees it; what differs is said exactly where it does not match', () => {
  let matched = 0;
  let total = 0;
  fc.assert(
    fc.property(node, fc.array(anyEvent, { minLength: 1, maxLength: 8 }), (tree, events) => {
      for (const one of events) {
        const told = explainNode(tree, one, true);
        const holds = naive(tree, one);
        expect(told.matched).toBe(holds);
        const sentences = differences(tree, one);
        expect(sentences.length === 0).toBe(holds);
        for (const sentence of sentences) expect(sentence).not.toMatch(/[\p{Cc}\p{Cf}]/u);
        checkPlaces(told, one);
        total += 1;
        if (holds) matched += 1;
      }
    }),
    { numRuns: 1000 },
  );
  expect(matched).toBeGreaterThan(total / 10);
  expect(matched).toBeLessThan((total * 9) / 10);
});

/** Every place lies in the line, and every leaf is as the naive evaluator has it. */
function checkPlaces(clause: ClauseResult, { raw }: Event): void {
  if (clause.at !== null) {
    expect(clause.at.offset).toBeGreaterThanOrEqual(0);
    expect(clause.at.offset + clause.at.length).toBeLessThanOrEqual(raw.length);
  }
  for (const child of clause.children) checkPlaces(child, { raw } as Event);
}

const correlations = {
  event_count: '{ type: event_count, rules: [a], group-by: [src_ip], timespan: 10s, condition: { gte: 3 } }',
  'event_count of two':
    '{ type: event_count, rules: [a, b], group-by: [src_ip], timespan: 10s, condition: { gte: 4 } }',
  value_count:
    '{ type: value_count, rules: [a], group-by: [src_ip], timespan: 10s, condition: { field: dst_port, gte: 3 } }',
  temporal: '{ type: temporal, rules: [a, b], group-by: [src_ip], timespan: 10s }',
  temporal_ordered: '{ type: temporal_ordered, rules: [a, b], group-by: [src_ip], timespan: 10s }',
  value_sum:
    '{ type: value_sum, rules: [a], group-by: [src_ip], timespan: 10s, condition: { field: dst_port, gte: 5 } }',
  value_avg:
    '{ type: value_avg, rules: [a], group-by: [src_ip], timespan: 10s, condition: { field: dst_port, gte: 2 } }',
  value_median:
    '{ type: value_median, rules: [a], group-by: [src_ip], timespan: 10s, condition: { field: dst_port, gte: 2 } }',
  value_percentile:
    '{ type: value_percentile, rules: [a], group-by: [src_ip], timespan: 10s, condition: { field: dst_port, percentile: 25, gte: 2 } }',
  'some of the rules':
    '{ type: temporal, rules: [a, b, a2], group-by: [src_ip], timespan: 10s, condition: { gte: 2 } }',
  'three in order': '{ type: temporal_ordered, rules: [a, b, a2], group-by: [src_ip], timespan: 10s }',
};

const stream = fc.array(
  fc.record({
    pause: fc.constantFrom(0, 0, 0, 1, 1, 2, 5, 11),
    user: fc.constantFrom('a', 'b', 'ab', 'c'),
    src_ip: fc.constantFrom('203.0.113.5', '203.0.113.5', '203.0.113.9', null),
    dst_port: fc.constantFrom(1, 2, 3, null),
  }),
  { minLength: 15, maxLength: 40 },
);

test.each(Object.entries(correlations))('%s: what is counted is what the correlator counts', (_, correlation) => {
  const docs = sigma(
    `title: t\nid: 4d1f6a2e-6f0c-4b35-9a55-0c1b7f6a9e01\ncorrelation: ${correlation}\nphosor: { suppress: 0 }\n${[
      'a',
      'b',
      'a2',
    ]
      .filter((name) => correlation.includes(name === 'a' ? '[a' : `, ${name}`))
      .map(
        (name) =>
          `---\ntitle: ${name}\nname: ${name}\nlogsource: { product: any }\ndetection: { s: { user|contains: ${name[0]} }, condition: s }\n`,
      )
      .join('')}`,
  );
  const rules = compileRules(docs);
  let fired = 0;
  fc.assert(
    fc.property(stream, (steps) => {
      const explainer = createExplainer(rules, docs[0]?.id as string);
      let at = 0;
      for (const [seq, { pause, ...parts }] of steps.entries()) {
        at += pause;
        const { correlation: told, matched } = explainer.explain(event({ at, ...parts }), seq);
        if (told === null) throw new Error('no correlation');
        expect(told.fired).toBe(told.group !== null && told.observed >= (told.needed ?? 0));
        expect(told.differ.length === 0).toBe(told.fired);
        expect(told.missing_group).toEqual(matched && parts.src_ip === null ? ['src_ip'] : []);
        if (told.fired) fired += 1;
      }
    }),
    { numRuns: 200 },
  );
  expect(fired).toBeGreaterThan(10);
});

const deadlines: Record<string, string> = {
  'all of the rules': '{ type: temporal, rules: [a, b], group-by: [src_ip], timespan: 10s }',
  'two of three': '{ type: temporal, rules: [a, b, c], group-by: [src_ip], timespan: 10s, condition: { gte: 2 } }',
  'three of four': '{ type: temporal, rules: [a, b, c, d], group-by: [src_ip], timespan: 10s, condition: { gte: 3 } }',
  'one and any of two':
    "{ type: temporal, rules: [a, b, c], group-by: [src_ip], timespan: 10s, condition: 'a and (b or c)' }",
  'one of two pairs':
    "{ type: temporal, rules: [a, b, c], group-by: [src_ip], timespan: 10s, condition: '(a and b) or (c and b)' }",
};

test.each(Object.entries(deadlines))(
  '%s: what is said to be missing makes it fire until the time that is said',
  (_, correlation) => {
    const docs = sigma(
      `title: t\nid: 4d1f6a2e-6f0c-4b35-9a55-0c1b7f6a9e01\ncorrelation: ${correlation}\nphosor: { suppress: 0 }\n${[
        'a',
        'b',
        'c',
        'd',
      ]
        .filter((name) => new RegExp(`[[ ]${name}[,\\]]`).test(correlation))
        .map(
          (name) =>
            `---\ntitle: ${name}\nname: ${name}\nlogsource: { product: any }\ndetection: { s: { user: ${name} }, condition: s }\n`,
        )
        .join('')}`,
    );
    const rules = compileRules(docs);
    const src_ip = '203.0.113.5';
    const steps = fc.array(
      fc.record({ pause: fc.constantFrom(0, 1, 2, 5, 9, 11), user: fc.constantFrom('a', 'b', 'c', 'd', 'x') }),
      { minLength: 1, maxLength: 8 },
    );
    let told = 0;
    fc.assert(
      fc.property(steps, (parts) => {
        let at = 0;
        const events = parts.map(({ pause, user }) => {
          at += pause;
          return event({ at, user, src_ip });
        });
        const lastOf = (list: readonly Event[]) => {
          const explainer = createExplainer(rules, docs[0]?.id as string);
          return list.map((one, seq) => explainer.explain(one, seq).correlation).at(-1);
        };
        const { differ = [], until, fired } = lastOf(events) ?? {};
        const missing = /(?:an event of|1 more of) “(\w)”/.exec(differ[0] ?? '')?.[1];
        if (fired || until === null || until === undefined || differ.length !== 1 || missing === undefined) return;
        told += 1;
        const end = Date.parse(until) / 1000;
        const next = (time: number) => lastOf([...events, event({ at: time, user: missing, src_ip })])?.fired;
        expect(next(end - 0.001)).toBe(true);
        expect(next(end)).toBe(false);
      }),
      { numRuns: 300 },
    );
    expect(told).toBeGreaterThan(20);
  },
);
