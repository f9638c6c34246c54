import { expect, test } from 'vitest';
import { zoneOffsets } from './host-zone.ts';

test.each([
  ['UTC', '2026-07-01T12:00:00Z', 0],
  ['Europe/Berlin', '2026-07-01T12:00:00Z', 120],
  ['Europe/Berlin', '2026-01-01T12:00:00Z', 60],
  ['America/New_York', '2026-03-08T01:30:00Z', -300], // half an hour before the clocks go forward
  ['America/New_York', '2026-03-08T03:30:00Z', -240],
  ['Asia/Kolkata', '2026-01-01T00:00:00Z', 330],
])('%s at local %s is %d min from UTC', (zone, local, minutes) => {
  expect(zoneOffsets(zone)(Date.parse(local))).toBe(minutes);
});

test('an unknown zone is refused with a sentence', () => {
  expect(() => zoneOffsets('Mars/Olympus')).toThrow(/Unknown time zone "Mars\/Olympus"/);
});

test('the host zone agrees with Date', () => {
  const now = Date.UTC(2026, 5, 1, 12);
  expect(zoneOffsets(null)(now)).toBe(-new Date(now).getTimezoneOffset());
});
