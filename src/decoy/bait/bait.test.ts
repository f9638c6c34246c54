import { expect, test } from 'vitest';
import { createBait } from './bait.ts';

test('the same seed lays out the same bait, another seed nothing of it', () => {
  const one = createBait('a'.repeat(64));
  expect(createBait('a'.repeat(64))).toEqual(one);
  const other = JSON.stringify(createBait('b'.repeat(64)));
  for (const { user, password } of one.accounts) {
    expect(other).not.toContain(user);
    expect(other).not.toContain(password);
  }
  for (const { path } of one.paths) expect(other).not.toContain(path);
});

test('a thousand installations share no name', () => {
  const users = Array.from({ length: 1000 }, (_, index) =>
    createBait(`seed ${index}`).accounts.map(({ user }) => user),
  );
  const often = new Map<string, number>();
  for (const user of users.flat()) often.set(user, (often.get(user) ?? 0) + 1);
  // 14 × 5 squared, times 90 numbers, times the kinds: a handful of pairs meet by chance, no name is a constant.
  expect(Math.max(...often.values())).toBeLessThan(5);
});
