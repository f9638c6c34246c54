import { expect, test } from 'vitest';
import { open } from '../correlate/range.ts';
import { event } from '../fixtures.test-suite.ts';
import type { Correlation, Expression, Step } from '../form.ts';
import { type Counted, read } from './counting.ts';
import { nearMiss, neededOf } from './near-miss.ts';

// The forms of Sigma's further correlations, told without the front end and the windows.

const step = (title: string): Step => ({
  name: title,
  title,
  of: { kind: 'detection', name: title, title, node: { kind: 'and', label: '', children: [] }, groupBy: null },
  groupBy: [],
  value: [{ view: 'event', path: 'fields.bytes' }],
});
const form = (parts: Partial<Correlation>): Correlation => ({
  kind: 'correlation',
  type: 'temporal',
  name: 'c',
  title: 'C',
  steps: [step('A'), step('B'), step('C')],
  groupNames: ['src_ip'],
  timespanMs: 60_000,
  condition: {},
  ...parts,
});

/** What a correlation makes of entries (step, second, value), as of the last one. */
function told(part: Correlation, ...entries: [step: number, second: number, value?: string][]) {
  const known = entries.map(([number, second, value = null]): Counted => {
    const one = event({ at: second });
    return { step: number, time: one.time, value, event: one, ids: [one.id] };
  });
  const entry = known.at(-1) as Counted;
  const reading = read(part, known, entry, open(part.timespanMs));
  const missed = nearMiss({ part, boundary: 'open', reading, known, entry, group: { src_ip: '203.0.113.5' } });
  const { observed, holds } = reading;
  return { observed, holds, needed: neededOf(part), differ: holds ? [] : missed.differ };
}

const at = (number: number): Expression => ({ kind: 'step', step: number });

test('so many of the steps', () => {
  const part = form({ condition: { gte: 2 } });
  expect(told(part, [0, 1])).toEqual({
    observed: 1,
    holds: false,
    needed: 2,
    differ: ['1 more of “B” or “C” by 203.0.113.5 before 00:01:01'],
  });
  expect(told(part, [0, 1], [2, 30])).toMatchObject({ observed: 2, holds: true });
});

test('an expression over steps: the fewest that are missing', () => {
  const part = form({ expression: { kind: 'and', children: [at(0), { kind: 'or', children: [at(1), at(2)] }] } });
  expect(told(part, [0, 1])).toMatchObject({
    holds: false,
    needed: null,
    differ: ['an event of “B” by 203.0.113.5 before 00:01:01'],
  });
  expect(told(part, [0, 1], [2, 2]).holds).toBe(true);
});

test('an order of which some steps may be left out: the way that comes closest', () => {
  const expression: Expression = {
    kind: 'or',
    children: [
      { kind: 'and', children: [at(0), at(1)] },
      { kind: 'and', children: [at(0), at(2)] },
    ],
  };
  const part = form({ type: 'temporal_ordered', expression });
  expect(told(part, [0, 1])).toMatchObject({
    observed: 1,
    needed: null,
    differ: ['an event of “B” by 203.0.113.5 before 00:01:01'],
  });
  expect(told(part, [2, 1])).toMatchObject({
    holds: false,
    differ: ['an event of “A” by 203.0.113.5 in the 60 s before this event of “C”'],
  });
  expect(told(part, [0, 1], [2, 5]).holds).toBe(true);
});

test.each<[Correlation['type'], Partial<Correlation>, number, string]>([
  ['value_sum', {}, 30, 'it came to 30 over 2 events, the rule wants the sum of fields.bytes at least 100'],
  ['value_avg', {}, 15, 'it came to 15 over 2 events, the rule wants the average of fields.bytes at least 100'],
  ['value_median', {}, 15, 'it came to 15 over 2 events, the rule wants the median of fields.bytes at least 100'],
  [
    'value_percentile',
    { percentile: 100 },
    20,
    'it came to 20 over 2 events, the rule wants the percentile 100 of fields.bytes at least 100',
  ],
])('%s says what it came to', (type, more, observed, sentence) => {
  const part = form({ type, steps: [step('A')], condition: { gte: 100 }, ...more });
  expect(told(part, [0, 1, '10'], [0, 2, '20'])).toEqual({ observed, holds: false, needed: 100, differ: [sentence] });
  expect(told(part, [0, 1, '500'], [0, 2, '600']).holds).toBe(true);
});

test('what is no number is named, and holds nothing', () => {
  const part = form({ type: 'value_sum', steps: [step('A')], condition: { gte: 5 } });
  expect(told(part, [0, 1, 'many'])).toMatchObject({
    observed: 0,
    holds: false,
    differ: [expect.any(String), 'fields.bytes was “many”, which is no number'],
  });
});

test('of several ways the one that may wait longest says until when', () => {
  const either: Expression = { kind: 'or', children: [at(1), { kind: 'and', children: [at(0), at(2)] }] };
  const part = form({ expression: { kind: 'and', children: [at(0), either] } });
  expect(told(part, [0, 1], [0, 30])).toMatchObject({ differ: ['an event of “B” by 203.0.113.5 before 00:01:30'] });
  const apart: Expression = {
    kind: 'or',
    children: [
      { kind: 'and', children: [at(0), at(1)] },
      { kind: 'and', children: [at(2), at(1)] },
    ],
  };
  expect(told(form({ expression: apart }), [0, 1], [2, 40])).toMatchObject({
    differ: ['an event of “B” by 203.0.113.5 before 00:01:40'],
  });
});
