import { expect, test } from 'vitest';
import { questionOf, validateThreats } from './address.ts';
import { barsOf } from './bars.ts';

const at = (minute: number) => new Date(Date.UTC(2026, 10, 22, 0, minute)).toISOString();
const from = Date.parse(at(0));

test('windows become bars: events are spread over the time of their window, none is lost', () => {
  const windows = [
    { window_start: at(0), window_end: at(4), attempt_count: 10 },
    { window_start: at(9), window_end: at(9), request_count: 7 },
  ];
  const bars = barsOf(windows, from, Date.parse(at(10)), 5);
  expect(bars.reduce((sum, one) => sum + one, 0)).toBeCloseTo(17);
  expect(bars[4]).toBe(7);
  expect(bars[3]).toBe(0);
});

test('an attack of one moment fills one bar, and what lies outside is put at the edge', () => {
  expect(barsOf([{ window_start: at(0), window_end: at(0), attempt_count: 3 }], from, from, 4)).toEqual([3, 0, 0, 0]);
  const late = [{ window_start: at(50), window_end: at(55), attempt_count: 2 }];
  expect(barsOf(late, from, Date.parse(at(10)), 2)).toEqual([0, 2]);
});

test('an address says the question; what makes no sense is dropped', () => {
  const search = validateThreats({ kind: 'port-scan', window: '5', limit: 12, more: 'x', about: '192.0.2.1', bad: 1 });
  expect(search).toEqual({ kind: 'port-scan', window: 5, limit: 12, about: '192.0.2.1' });
  const range = { from: at(0), to: at(10), hours: 1, fixed: true };
  expect(questionOf(search, range)).toEqual({
    start_date: at(0),
    end_date: at(10),
    time_window_minutes: 5,
    unique_ports_threshold: 12,
    source_ip: '192.0.2.1',
  });
  expect(validateThreats({ kind: 'brute-force', window: -1 })).toEqual({});
});
