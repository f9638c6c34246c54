import fc from 'fast-check';
import { expect, test } from 'vitest';
import { eventId, hashText, placeHash, timeOfId } from './id.ts';

test('an id is a UUID that carries its time', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 2 ** 48 - 1 }), fc.string(), fc.maxSafeNat(), (time, identity, position) => {
      const id = eventId(time, ...placeHash(hashText(identity), position));
      expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
      expect(timeOfId(id)).toBe(time);
      expect(eventId(time, ...placeHash(hashText(identity), position))).toBe(id);
    }),
  );
});

test.each([-1, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 60])('time %d is clamped, not malformed', (time) => {
  expect(eventId(time, 1, 2, 3)).toMatch(/^[0-9a-f-]{36}$/);
});

test('a million places give a million ids', () => {
  const seen = new Set<string>();
  for (const identity of ['file:1:2:abc', 'file:1:3:abc']) {
    const hash = hashText(identity);
    for (let position = 0; position < 500_000; position += 1) seen.add(eventId(0, ...placeHash(hash, position * 131)));
  }
  expect(seen.size).toBe(1_000_000);
});

test.each(['', 'nope', '0194'])('%j is no id', (text) => {
  expect(timeOfId(text)).toBeNull();
});
