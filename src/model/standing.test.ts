import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  blockedMs,
  brokeLimit,
  effectiveLimit,
  goodStanding,
  hasSecondRoom,
  keptLimit,
  longestBlockSeconds,
  reputationOf,
} from './standing.ts';

const start = Date.UTC(2026, 10, 20, 10);

describe('a sender that breaks its limit', () => {
  test('loses ten points each time and is shut out for twice as long, to an hour', () => {
    const standing = goodStanding();
    const seconds: number[] = [];
    let now = start;
    for (let n = 0; n < 13; n += 1) {
      const blocked = brokeLimit(standing, now);
      seconds.push(blocked);
      expect(blockedMs(standing, now)).toBe(blocked * 1000);
      expect(reputationOf(standing)).toBe(Math.max(0, 90 - 10 * n));
      now += blocked * 1000;
      expect(blockedMs(standing, now)).toBe(0);
    }
    expect(seconds).toEqual([2, 4, 8, 16, 32, 64, 128, 256, 512, 1024, 2048, 3600, 3600]);
    expect(standing.violations).toBe(13);
  });

  test('has less room: its limit by its reputation, ten at least', () => {
    const standing = goodStanding();
    const limits = Array.from({ length: 11 }, (_, n) => {
      if (n > 0) brokeLimit(standing, start);
      return effectiveLimit(standing, 500);
    });
    expect(limits).toEqual([500, 450, 400, 350, 300, 250, 200, 150, 100, 50, 10]);
    expect(effectiveLimit(standing, 5)).toBe(5);
  });

  test('regains a tenth with each event, and the shortest block after quiet', () => {
    const standing = goodStanding();
    brokeLimit(standing, start);
    brokeLimit(standing, start + 2000);
    for (let n = 0; n < 150; n += 1) keptLimit(standing);
    expect(reputationOf(standing)).toBe(95);
    for (let n = 0; n < 1000; n += 1) keptLimit(standing);
    expect(reputationOf(standing)).toBe(100);
    expect(brokeLimit(standing, start + 700_000)).toBe(2);
  });
});

test('a second has room for the limit, however it is spread', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 0, max: 400 }), { maxLength: 300 }), (gaps) => {
      const standing = goodStanding();
      const taken: number[] = [];
      let now = start;
      for (const gap of gaps) {
        now += gap;
        if (!hasSecondRoom(standing, 5, now)) continue;
        keptLimit(standing);
        taken.push(now);
      }
      const first = taken[0] ?? 0;
      expect(taken.filter((at) => at < first + 1000).length).toBeLessThanOrEqual(5);
      for (const from of taken)
        expect(taken.filter((at) => at >= from && at < from + 1000).length).toBeLessThanOrEqual(10);
    }),
  );
});

test('a clock that is set back shuts nobody out for longer', () => {
  const standing = goodStanding();
  for (let n = 0; n < 13; n += 1) brokeLimit(standing, start);
  expect(standing.blockedUntil).toBe(start + longestBlockSeconds * 1000);
  expect(blockedMs(standing, start - 86_400_000)).toBe(0);
  expect(hasSecondRoom(standing, 1, start - 86_400_000)).toBe(true);
});
