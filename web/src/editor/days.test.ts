import { expect, test } from 'vitest';
import { daysOf, layersOf } from './days.ts';

const range = { from: '2026-11-01T12:00:00Z', to: '2026-11-04T12:00:00Z' };

test('every day of the range has its bar, empty ones too', () => {
  const days = daysOf({
    ...range,
    alerts: { old: 3, new: 4 },
    per_day: [
      { day: '2026-11-02', old: 3, new: 1 },
      { day: '2026-11-04', old: 0, new: 3 },
    ],
  });
  expect(days.times.map((time) => new Date(time * 1000).toISOString().slice(0, 10))).toEqual([
    '2026-11-01',
    '2026-11-02',
    '2026-11-03',
    '2026-11-04',
  ]);
  expect(days).toMatchObject({ old: [0, 3, 0, 0], new: [0, 1, 0, 3], compared: true });
  expect(layersOf(days)).toEqual({ both: [0, 1, 0, 0], fewer: [0, 2, 0, 0], more: [0, 0, 0, 3] });
});

test('a range that ends at midnight does not begin another day', () => {
  const days = daysOf({
    from: '2026-11-01T00:00:00Z',
    to: '2026-11-03T00:00:00Z',
    alerts: { old: null, new: 0 },
    per_day: [],
  });
  expect(days.times).toHaveLength(2);
  expect(days.compared).toBe(false);
});

test('of a range of decades the days around the alerts are shown', () => {
  const days = daysOf({
    from: '1970-01-01T00:00:00Z',
    to: '2026-11-04T00:00:00Z',
    alerts: { old: null, new: 2 },
    per_day: [
      { day: '2026-10-01', old: null, new: 1 },
      { day: '2026-10-10', old: null, new: 1 },
    ],
  });
  expect(days.times).toHaveLength(10);
});
