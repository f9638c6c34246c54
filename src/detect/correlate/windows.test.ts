import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Alert, Event } from '../../model/index.ts';
import type { AlertChange } from '../contract.ts';
import { engine, event, sigma } from '../fixtures.test-suite.ts';
import { metricOf } from './metric.ts';

const id = '7b0a1f5e-2b8e-4f5c-8a53-6f1f0c5d0009';
const step = (name: string) =>
  `---\nname: ${name}\nlogsource: { product: any }\ndetection: { s: { program: ${name} }, condition: s }\n`;
const rule = (correlation: string, ...steps: string[]) =>
  sigma(
    `title: A rule\nid: ${id}\ncorrelation: { timespan: 10s, group-by: [src_ip], ${correlation} }\n${steps.map(step).join('')}`,
  );

const at = (time: number, program = 'a', fields: Event['fields'] = {}, src_ip = '192.0.2.1') =>
  event({ at: time, program, fields, src_ip });
const numbers = (...values: (number | string)[]) => values.map((bytes, i) => at(i, 'a', { bytes }));

/** All alerts of a stream, each as it ends. */
function ended(docs: ReturnType<typeof sigma>, ...events: Event[]): Alert[] {
  const { see, correlator } = engine(docs, { finalOnly: true, latenessMs: Number.POSITIVE_INFINITY });
  return [...see(...events), ...correlator.close()].map(({ alert }) => alert);
}

test.each<[string, string, (number | string)[], number[]]>([
  ['a sum beyond its limit', 'type: value_sum, condition: { field: bytes, gt: 100 }', [60, 40, 1], [101]],
  ['a sum at its limit is not beyond it', 'type: value_sum, condition: { field: bytes, gt: 100 }', [60, 40], []],
  ['numbers as text', 'type: value_sum, condition: { field: bytes, gte: 100 }', ['60', '40.5'], [100.5]],
  ['what is no number is not measured', 'type: value_sum, condition: { field: bytes, gte: 1 }', ['x', ''], []],
  ['an average', 'type: value_avg, condition: { field: bytes, gte: 10 }', [1, 3, 26], [10]],
  ['a median', 'type: value_median, condition: { field: bytes, gte: 5 }', [1, 1, 9, 9], [5]],
  ['a percentile', 'type: value_percentile, condition: { field: bytes, percentile: 90, gte: 9 }', [0, 10], [9]],
  ['the greatest', 'type: value_percentile, condition: { field: bytes, percentile: 100, gt: 7 }', [1, 8, 2], [8]],
  ['a rare value', 'type: value_percentile, condition: { field: bytes, lte: 25 }', ['x', 'x', 'x', 'y'], [25]],
  ['a negative bound', 'type: value_sum, condition: { field: bytes, gte: -5 }', [-9, 5], [-4]],
])('%s', (_, correlation, values, observed) => {
  const alerts = engine(rule(`rules: [a], ${correlation}`, 'a')).alerts(...numbers(...values));
  expect(alerts.map((alert) => alert.explain.correlation?.observed)).toEqual(observed);
});

test('a metric is about one timespan: what is a timespan old is out', () => {
  const docs = rule('rules: [a], type: value_sum, condition: { field: bytes, gte: 10 }', 'a');
  expect(engine(docs).alerts(at(0, 'a', { bytes: 6 }), at(10, 'a', { bytes: 6 }))).toEqual([]);
  expect(engine(docs).alerts(at(0, 'a', { bytes: 6 }), at(9.999, 'a', { bytes: 6 }))).toHaveLength(1);
});

test('the sentences of a metric name what was measured', () => {
  const [alert] = engine(rule('rules: [a], type: value_avg, condition: { field: bytes, gte: 10 }', 'a')).alerts(
    ...numbers(12),
  );
  expect(alert?.explain.summary).toBe(
    'The average of bytes was 12 by 192.0.2.1 (limit: the average of bytes at least 10 within 10 s)',
  );
});

// The oracle: every window worked out anew.
test('metrics over a sliding window are those of its events, late ones and all', () => {
  const entry = fc.record({ gap: fc.integer({ min: -4, max: 6 }), bytes: fc.integer({ min: 0, max: 9 }) });
  const kind = fc.constantFrom(
    { type: 'value_sum' as const },
    { type: 'value_avg' as const },
    { type: 'value_median' as const },
    { type: 'value_percentile' as const, percentile: 75 },
    { type: 'value_percentile' as const },
  );
  fc.assert(
    fc.property(fc.array(entry, { maxLength: 40 }), kind, (entries, part) => {
      const percentile = 'percentile' in part ? `percentile: ${part.percentile}, ` : '';
      const docs = sigma(
        `title: t\nid: ${id}\ncorrelation: { timespan: 10s, group-by: [src_ip], rules: [a], type: ${part.type}, condition: { field: bytes, ${percentile}gte: -1 } }\nphosor: { suppress: 0 }\n${step('a')}`,
      );
      let time = 100;
      const events = entries.map(({ gap, bytes }) => {
        time += gap;
        return at(time, 'a', { bytes });
      });
      const seen = engine(docs).alerts(...events);
      const kept: Event[] = [];
      const expected = events.flatMap((one) => {
        const newest = Math.max(one.time, ...kept.map((other) => other.time));
        if (newest - one.time >= 10_000) return [];
        kept.push(one);
        const window = kept.filter((other) => newest - other.time < 10_000).sort((a, b) => a.time - b.time);
        const values = window.filter((other) => other !== one).map((other) => String(other.fields.bytes));
        return [metricOf(part, [...values, String(one.fields.bytes)])];
      });
      expect(seen.map((alert) => alert.explain.correlation?.observed)).toEqual(
        expected.map((value) => expect.closeTo(value, 9)),
      );
    }),
    { numRuns: 200 },
  );
});

test.each<[string, string, number[], [number, number][]]>([
  // Windows open with an event and last 10 s; the last event ends what came before.
  ['fewer than', '{ lt: 3 }', [0, 1, 50, 51, 52, 100], [[2, 0]]],
  [
    'at most',
    '{ lte: 3 }',
    [0, 1, 50, 51, 52, 100],
    [
      [2, 0],
      [3, 50],
    ],
  ],
  ['exactly', '{ eq: 2 }', [0, 9.999, 50, 60, 100], [[2, 0]]],
  ['other than', '{ neq: 2 }', [0, 1, 50, 100], [[1, 50]]],
  ['a range', '{ gte: 2, lt: 4 }', [0, 1, 50, 51, 52, 53, 100], [[2, 0]]],
  ['a burst that passes the number is not it', '{ eq: 2 }', [0, 1, 2, 100], []],
  ['what is not over is not judged', '{ lt: 3 }', [0, 9], []],
])('judged when the window is over: %s %s', (_, condition, times, expected) => {
  const docs = rule(`rules: [a], type: event_count, condition: ${condition}`, 'a');
  const alerts = ended(docs, ...times.map((time) => at(time)));
  expect(alerts.map((alert) => [alert.count, alert.first / 1000])).toEqual(expected);
});

test('a window is over when the time of its source has passed it by the lateness; events without matches move it', () => {
  const docs = rule('rules: [a], type: event_count, condition: { lt: 2 }', 'a');
  const { see, correlator } = engine(docs);
  expect(correlator.waiting).toBe(false);
  expect(see(at(0))).toEqual([]);
  expect(correlator.waiting).toBe(true);
  expect(correlator.advance(event({ at: 69.999 }))).toEqual([]);
  expect(correlator.advance(event({ at: 1000, source: 'file_other.log' }))).toEqual([]);
  expect(correlator.advance(event({ at: 70 }))).toMatchObject([{ type: 'alert', alert: { count: 1, first: 0 } }]);
  expect(correlator.waiting).toBe(false);
});

test('a silent source’s window is over by the clock', () => {
  const { see, correlator } = engine(rule('rules: [a], type: event_count, condition: { lt: 2 }', 'a'));
  see(at(0));
  expect(correlator.flush(69_999)).toEqual([]);
  expect(correlator.flush(70_000)).toMatchObject([{ type: 'alert' }]);
});

test('a late event is counted in the window of its time, also shortly before the first', () => {
  const docs = rule('rules: [a], type: event_count, condition: { eq: 3 }', 'a');
  expect(ended(docs, at(5), at(8), at(3), at(100)).map((alert) => alert.first)).toEqual([3000]);
});

test('windows that are over go on in one alert while the next comes within the time of suppression', () => {
  const docs = sigma(
    `title: t\nid: ${id}\ncorrelation: { timespan: 10s, group-by: [src_ip], rules: [a], type: event_count, condition: { lt: 3 } }\nphosor: { suppress: 1m }\n${step('a')}`,
  );
  expect(ended(docs, at(0), at(20), at(40), at(500)).map((alert) => alert.count)).toEqual([3]);
});

test('different values and metrics with an upper limit are judged at the end too', () => {
  const few = rule('rules: [a], type: value_count, condition: { field: bytes, lt: 3 }', 'a');
  expect(ended(few, ...numbers(1, 2, 2), at(100, 'a', { bytes: 1 }))).toMatchObject([
    { explain: { correlation: { observed: 2, values: ['1', '2'] } } },
  ]);
  const low = rule('rules: [a], type: value_avg, condition: { field: bytes, lte: 4 }', 'a');
  expect(ended(low, ...numbers(1, 2, 9), at(100, 'a', { bytes: 1 }))).toHaveLength(1);
  expect(ended(low, ...numbers(1, 2, 99), at(100, 'a', { bytes: 1 }))).toEqual([]);
});

test.each<[string, string, number]>([
  ['a and (b or c)', 'a c', 1],
  ['a and (b or c)', 'b c', 0],
  ['a and (b or c)', 'b a', 1],
  ['a or b or c', 'c', 1],
  ['(a and b) or (b and c)', 'a c b', 1],
])('temporal with the condition %s: of %s come %i alerts', (condition, programs, n) => {
  const docs = rule(`type: temporal, rules: [a, b, c], condition: '${condition}'`, 'a', 'b', 'c');
  expect(engine(docs).alerts(...programs.split(' ').map((program, i) => at(i, program)))).toHaveLength(n);
});

test('the steps of a condition have to lie within one timespan', () => {
  const docs = rule(`type: temporal, rules: [a, b, c], condition: 'a and (b or c)'`, 'a', 'b', 'c');
  expect(engine(docs).alerts(at(0, 'a'), at(10, 'b'))).toEqual([]);
  expect(engine(docs).alerts(at(0, 'a'), at(10, 'b'), at(12, 'a'))).toHaveLength(1);
});

test('a condition with `not` is judged when the window is over', () => {
  const docs = rule(`type: temporal, rules: [a, b, c], condition: 'a and b and not c'`, 'a', 'b', 'c');
  expect(ended(docs, at(0, 'a'), at(1, 'b'), at(100, 'c'))).toHaveLength(1);
  expect(ended(docs, at(0, 'a'), at(1, 'b'), at(2, 'c'), at(100, 'c'))).toEqual([]);
});

test('temporal with a number asks for so many of its rules', () => {
  const two = rule('type: temporal, rules: [a, b, c], condition: { gte: 2 }', 'a', 'b', 'c');
  expect(engine(two).alerts(at(0, 'c'), at(1, 'c'), at(2, 'a'))).toHaveLength(1);
  expect(engine(two).alerts(at(0, 'c'), at(1, 'c'))).toEqual([]);
  const one = rule('type: temporal, rules: [a, b, c], condition: { eq: 1 }', 'a', 'b', 'c');
  expect(ended(one, at(0, 'c'), at(1, 'c'), at(50, 'a'), at(51, 'b'), at(100, 'a'))).toHaveLength(1);
});

test('temporal_ordered with a condition: each way keeps the order of `rules`', () => {
  const docs = rule(`type: temporal_ordered, rules: [a, b, c], condition: '(a or b) and c'`, 'a', 'b', 'c');
  const alerts = (programs: string) => engine(docs).alerts(...programs.split(' ').map((one, i) => at(i, one)));
  expect(alerts('b c')).toHaveLength(1);
  expect(alerts('a c')).toHaveLength(1);
  expect(alerts('c a b')).toEqual([]);
});

test('groups are judged apart, and a snapshot in between changes nothing', () => {
  const docs = [
    ...rule('rules: [a], type: event_count, condition: { lt: 3 }', 'a'),
    ...rule('rules: [a], type: value_median, condition: { field: bytes, gte: 3 }', 'a').map((doc) => ({
      ...doc,
      id: 'other',
    })),
  ];
  const events = [0, 1, 2, 30, 31, 90, 91, 92, 200].map((time, i) =>
    at(time, 'a', { bytes: i }, i % 3 === 0 ? '192.0.2.1' : '192.0.2.2'),
  );
  const told = (changes: AlertChange[]) =>
    changes.map(({ type, alert }) => [type, alert.id, alert.count, alert.explain.correlation?.observed]);
  const whole = engine(docs);
  const expected = told([...whole.see(...events), ...whole.correlator.flush(1e9)]);
  expect(expected.length).toBeGreaterThan(5);
  for (let cut = 0; cut <= events.length; cut += 1) {
    const before = engine(docs);
    const seen = before.see(...events.slice(0, cut));
    const after = engine(docs);
    after.correlator.restore(JSON.parse(JSON.stringify(before.correlator.snapshot())));
    const rest = [...after.see(...events.slice(cut)), ...after.correlator.flush(1e9)];
    expect(told([...seen, ...rest])).toEqual(expected);
  }
});

test('an inner correlation that is judged at its end feeds the outer one', () => {
  const docs = sigma(
    `title: t\nid: ${id}\ncorrelation: { type: temporal, rules: [few, b], group-by: [src_ip], timespan: 1m }\n---\nname: few\ncorrelation: { type: event_count, rules: [a], group-by: [src_ip], timespan: 10s, condition: { eq: 2 } }\n${step('a')}${step('b')}`,
  );
  expect(ended(docs, at(0), at(1), at(30, 'b'), at(100))).toHaveLength(1);
  expect(ended(docs, at(0), at(1), at(2), at(30, 'b'), at(100))).toEqual([]);
});

test.each<[string, RegExp]>([
  ['type: value_sum, rules: [a], condition: { gte: 5 }', /needs `field`/],
  ['type: value_sum, rules: [a], condition: { field: [x, y], gte: 5 }', /one field/],
  ['type: value_percentile, rules: [a], condition: { field: x, percentile: 101, gte: 5 }', /from 0 to 100/],
  ['type: temporal, rules: [a, b], condition: { gte: 3 }', /never hold/],
  ['type: temporal, rules: [a, b], condition: a', /does not name the rule `b`/],
  ['type: temporal, rules: [a, b], condition: "a and b and c"', /no rule of the correlation is called `c`/],
  ['type: temporal, rules: [a, b], condition: "a and (b"', /`\)` is missing/],
  ['type: event_count, rules: [a], condition: a', /temporal and temporal_ordered/],
  ['type: temporal_ordered, rules: [a, b], condition: "a and not b"', /no place in an order/],
  ['type: temporal_ordered, rules: [a, b], condition: { gte: 1 }', /order of some/],
  ['type: event_count, rules: [a], condition: { gte: 5 }, aliases: { x: { c: y } }', /`c` is not among/],
  ['type: event_count, rules: [a], condition: { gte: 5 }, generate: 1', /true or false/],
])('%s is refused', (correlation, reason) => {
  expect(() => rule(correlation, 'a', 'b')).toThrow(reason);
});
