import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  fullBucket,
  inRanges,
  normaliseAddress,
  parseRanges,
  RecentMap,
  takeOnCredit,
  takeToken,
  waitMs,
} from './limiter.ts';

const limit = 500;

describe('a bucket of 500 per second', () => {
  test('gives 500 at once, then 500 per second', () => {
    const bucket = fullBucket(limit, 0);
    const take = (now: number, count: number) =>
      Array.from({ length: count }, () => takeToken(bucket, limit, now)).filter(Boolean).length;
    expect(take(0, 600)).toBe(500);
    expect(take(100, 600)).toBe(50);
    expect(take(1100, 600)).toBe(500);
    expect(take(1_000_000, 600)).toBe(500);
  });

  test('never gives more than 500 plus the refill, however the events are spread', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 40 }), { maxLength: 3000 }), (gaps) => {
        const bucket = fullBucket(limit, 0);
        let now = 0;
        let given = 0;
        for (const gap of gaps) {
          now += gap;
          if (takeToken(bucket, limit, now)) given += 1;
          expect(bucket.level).toBeGreaterThanOrEqual(0);
          expect(bucket.level).toBeLessThanOrEqual(limit);
        }
        expect(given).toBeLessThanOrEqual(limit + (now * limit) / 1000);
      }),
      { numRuns: 30 },
    );
  });

  test('a clock that goes back neither refills nor punishes', () => {
    const bucket = fullBucket(limit, 10_000);
    takeOnCredit(bucket, limit, 10_000, 400);
    expect(takeToken(bucket, limit, 0)).toBe(true);
    expect(bucket.level).toBe(99);
  });

  test('on credit: all are taken, what is over is counted, the debt is waited for', () => {
    const bucket = fullBucket(limit, 0);
    expect(takeOnCredit(bucket, limit, 0, 499)).toBe(0);
    expect(waitMs(bucket, limit, 0)).toBe(0);
    expect(takeOnCredit(bucket, limit, 0, 251)).toBe(250);
    expect(waitMs(bucket, limit, 0)).toBe(502);
    expect(waitMs(bucket, limit, 502)).toBe(0);
    expect(takeOnCredit(bucket, limit, 502, 1)).toBe(0);
  });
});

test.each([
  ['192.0.2.1', '192.0.2.1'],
  ['::ffff:192.0.2.1', '192.0.2.1'],
  ['::ffff:c000:201', '192.0.2.1'],
  ['2001:db8::1', '2001:db8::1'],
  ['2001:0DB8:0:0::1', '2001:db8::1'],
  ['fe80::1%eth0', 'fe80::1'],
  ['::1', '::1'],
  ['nonsense', 'nonsense'],
])('address %s is %s', (raw, expected) => expect(normaliseAddress(raw)).toBe(expected));

test.each([
  ['192.0.2.10', ['192.0.2.10'], true],
  ['192.0.2.11', ['192.0.2.10'], false],
  ['10.9.8.7', ['192.0.2.10', '10.0.0.0/8'], true],
  ['11.9.8.7', ['10.0.0.0/8'], false],
  ['2001:db8::5', ['2001:db8::/32'], true],
  ['2001:db9::5', ['2001:db8::/32'], false],
  ['2001:db8::1', ['2001:db8::1'], true],
  ['192.0.2.1', ['::ffff:192.0.2.1'], true],
  ['192.0.2.1', ['::/0'], false],
  ['::1', ['0.0.0.0/0'], false],
  ['192.0.2.1', [], false],
  ['nonsense', ['0.0.0.0/0'], false],
] as const)('%s in %s: %s', (address, ranges, expected) => {
  expect(inRanges(address, parseRanges(ranges))).toBe(expected);
});

test.each(['', 'relay.example', '10.0.0.0/33', '10.0.0/8', '300.1.1.1'])(
  'range "%s" is refused with its text',
  (text) => {
    expect(() => parseRanges(['10.0.0.1', text])).toThrow(`"${text}" is not an address or a range`);
  },
);

test('a recent map stays bounded and keeps what is used', () => {
  const map = new RecentMap<number>(1000);
  map.set('kept', -1);
  for (let i = 0; i < 100_000; i += 1) {
    map.set(`key ${i}`, i);
    if (i % 100 === 0) expect(map.get('kept')).toBe(-1);
    expect(map.size).toBeLessThanOrEqual(1001);
  }
  expect(map.get('key 0')).toBeUndefined();
  expect(map.get('key 99999')).toBe(99_999);
  expect([...map.values()].length).toBe(map.size);
});
