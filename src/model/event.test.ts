import fc from 'fast-check';
import { expect, test } from 'vitest';
import { isoTime } from './event.ts';

test('times are printed as Date prints them, with the offset of their zone', () => {
  const time = fc.oneof(
    fc.integer({ min: -8.6e15, max: 8.6e15 }),
    fc.integer({ min: 1_700_000_000_000, max: 1_700_000_090_000 }),
  );
  fc.assert(
    fc.property(time, fc.integer({ min: -14 * 60, max: 14 * 60 }), (ms, zone) => {
      const text = isoTime(ms, zone);
      const local = new Date(ms + zone * 60_000).toISOString().slice(0, -1);
      const abs = Math.abs(zone);
      const two = (n: number): string => String(n).padStart(2, '0');
      expect(text).toBe(`${local}${zone < 0 ? '-' : '+'}${two(Math.trunc(abs / 60))}:${two(abs % 60)}`);
    }),
    { numRuns: 2000 },
  );
  expect(isoTime(0)).toBe('1970-01-01T00:00:00.000+00:00');
  expect(() => isoTime(Number.NaN)).toThrow(RangeError);
});
