import fc from 'fast-check';
import { expect, test } from 'vitest';
import { addressKey, TokenBuckets } from './token-bucket.ts';

test('a burst, then the rate', () => {
  const buckets = new TokenBuckets();
  const take = (now: number) => buckets.take('a', 1, 10, 10, now) === 0;
  expect(Array.from({ length: 12 }, () => take(0)).filter(Boolean)).toHaveLength(10);
  expect([take(50), take(100), take(150), take(200)]).toEqual([false, true, false, true]);
  expect(buckets.take('a', 1, 10, 10, 200)).toBeCloseTo(0.1);
  expect(buckets.take('b', 1, 10, 10, 0)).toBe(0);
});

test('a batch larger than the burst is let in and paid for later', () => {
  const buckets = new TokenBuckets();
  expect(buckets.take('a', 500, 100, 100, 0)).toBe(0);
  expect(buckets.take('a', 1, 100, 100, 0)).toBeCloseTo(4.01);
  expect(buckets.take('a', 1, 100, 100, 4020)).toBe(0);
});

test('0 means no limit', () => {
  expect(new TokenBuckets().take('a', 1e9, 0, 0, 0)).toBe(0);
});

test('over any time no more passes than burst and rate allow, and memory is bounded', () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.nat(300), fc.nat(50)), { maxLength: 300 }), (steps) => {
      const buckets = new TokenBuckets(20);
      let now = 0;
      let passed = 0;
      for (const [wait, key] of steps) {
        now += wait;
        buckets.take(`other-${key}`, 1, 10, 5, now);
        if (buckets.take('mine', 1, 10, 5, now) === 0) passed += 1;
        expect(buckets.size).toBeLessThanOrEqual(21);
      }
      // Forgetting is only ever generous, and it happens at most once per 20 newcomers.
      expect(passed).toBeLessThanOrEqual(5 + (now / 1000) * 10 + 5 * Math.ceil(steps.length / 2));
    }),
  );
});

test.each([
  ['192.0.2.1', '192.0.2.1'],
  ['::ffff:192.0.2.1', '192.0.2.1'],
  ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
  ['2001:db8::1', '2001:db8:0:0::/64'],
  ['fe80::1%eth0', 'fe80:0:0:0::/64'],
  ['::1', '0:0:0:0::/64'],
])('%s counts as %s', (address, key) => {
  expect(addressKey(address)).toBe(key);
});
