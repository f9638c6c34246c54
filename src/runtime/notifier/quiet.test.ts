import { expect, test } from 'vitest';
import { backoffMs } from './outbox.ts';
import { digestSlot, quietUntil } from './quiet.ts';

const at = (text: string): number => Date.parse(text);

test.each([
  ['2026-11-20T21:59:00Z', null],
  ['2026-11-20T22:00:00Z', '2026-11-21T07:00:00Z'],
  ['2026-11-21T00:30:00Z', '2026-11-21T07:00:00Z'],
  ['2026-11-21T06:59:59Z', '2026-11-21T07:00:00Z'],
  ['2026-11-21T07:00:00Z', null],
])('over midnight: %s', (now, end) => {
  const until = quietUntil(at(now), { quietFrom: '22:00', quietTo: '07:00', quietZone: 'UTC' });
  expect(until === null ? null : new Date(until).toISOString().replace('.000', '')).toBe(end);
});

test.each([
  ['a zone counts', '2026-11-20T12:30:00Z', 'Asia/Kolkata', '2026-11-20T13:30:00Z'],
  ['clocks go back in the night', '2026-10-24T21:00:00Z', 'Europe/Berlin', '2026-10-25T06:00:00Z'],
  ['clocks go forward in the night', '2026-03-28T22:00:00Z', 'Europe/Berlin', '2026-03-29T05:00:00Z'],
])('%s', (what, now, quietZone, end) => {
  const [quietFrom, quietTo] = what === 'a zone counts' ? ['18:00', '19:00'] : ['22:00', '07:00'];
  const until = quietUntil(at(now), { quietFrom: quietFrom ?? '', quietTo: quietTo ?? '', quietZone });
  expect(until === null ? null : new Date(until).toISOString().replace('.000', '')).toBe(end);
});

test.each([
  ['', ''],
  ['22:00', ''],
  ['22:00', '22:00'],
])('from %j to %j is never quiet', (quietFrom, quietTo) => {
  expect(quietUntil(at('2026-11-20T22:00:00Z'), { quietFrom, quietTo, quietZone: 'UTC' })).toBeNull();
});

test('each hour, and each day from its hour on, has a digest of its own', () => {
  const settings = { digestHour: 8, quietZone: 'UTC' };
  const slot = (now: string, digest: 'off' | 'hourly' | 'daily') => digestSlot(at(now), { ...settings, digest });
  expect(slot('2026-11-20T10:59:00Z', 'hourly')).not.toBe(slot('2026-11-20T11:00:00Z', 'hourly'));
  expect(slot('2026-11-20T10:00:00Z', 'hourly')).toBe(slot('2026-11-20T10:59:00Z', 'hourly'));
  expect(slot('2026-11-20T07:59:00Z', 'daily')).toBe(slot('2026-11-19T08:00:00Z', 'daily'));
  expect(slot('2026-11-20T08:00:00Z', 'daily')).toBe('2026-11-20');
  expect(slot('2026-11-20T08:00:00Z', 'off')).toBeNull();
});

test('attempts come at growing distances, ten minutes at most', () => {
  expect([1, 2, 3, 8, 100].map((failures) => backoffMs(failures, 0.5))).toEqual([
    5000, 10_000, 20_000, 600_000, 600_000,
  ]);
});
