import { describe, expect, test } from 'vitest';
import { bucketSeconds, resolveRange, validateRange } from './time-range.ts';

describe('time ranges', () => {
  test.each([
    [{}, {}],
    [{ range: '1h' }, { range: '1h' }],
    [{ range: 'ages' }, {}],
    [{ from: 'x', to: 'y', range: '7d' }, { range: '7d' }],
    [
      { from: '2026-11-20T00:00:00Z', to: '2026-11-21T00:00:00Z' },
      { from: '2026-11-20T00:00:00Z', to: '2026-11-21T00:00:00Z' },
    ],
  ])('%j in the address means %j', (search, range) => expect(validateRange(search)).toEqual(range));

  test('a preset ends with the present minute, so that it is the same question for a minute', () => {
    const one = resolveRange({ range: '1h' }, '24h', Date.UTC(2026, 10, 20, 10, 0, 1));
    const other = resolveRange({ range: '1h' }, '24h', Date.UTC(2026, 10, 20, 10, 0, 59));
    expect(one).toEqual(other);
    expect(one).toMatchObject({ from: '2026-11-20T09:01:00.000Z', to: '2026-11-20T10:01:00.000Z', hours: 1 });
  });
  test.each([
    [0.25, 30],
    [1, 60],
    [24, 1800],
    [720, 86_400],
  ])('%d hours are cut into buckets of %d s', (hours, seconds) => expect(bucketSeconds(hours)).toBe(seconds));
});
