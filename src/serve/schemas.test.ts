import { expect, test } from 'vitest';
import { pointInTime } from './schemas.ts';

const at = Date.UTC(2026, 10, 20, 10, 0, 0);

test.each<[string | number, number]>([
  ['2026-11-20T10:00:00Z', at],
  ['2026-11-20T10:00:00', at],
  ['2026-11-20 10:00', at],
  ['2026-11-20T10:00:00.250Z', at + 250],
  ['2026-11-20T10:00:00.123456789Z', at + 123],
  ['2026-11-20T12:00:00+02:00', at],
  ['2026-11-20T12:00:00+0200', at],
  ['2026-11-20T04:30:00-05:30', at],
  // An unescaped + arrives as a blank.
  ['2026-11-20T12:00:00 02:00', at],
  ['2026-11-20', at - 36_000_000],
  [at, at],
  [String(at), at],
  [at / 1000, at],
  [0, 0],
])('the time %s is read', (written, read) => expect(pointInTime.parse(written)).toBe(read));

test.each(['', 'bad', 'week 5', '2026-02-30', '2026-13-01', '2026-11-20T25:00:00Z', '2026-11-20T10:61', '20.11.2026'])(
  '"%s" is refused with what to write',
  (written) => expect(pointInTime.safeParse(written).error?.issues[0]?.message).toContain('Write ISO 8601'),
);
