import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { repeat } from './repeat.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

test('what work throws is told once and does not end it', () => {
  const said: string[] = [];
  let isFull = true;
  let done = 0;
  const timer = repeat(
    1000,
    'Nothing was ended',
    (_, message) => void said.push(message),
    () => {
      if (isFull) throw new Error('database or disk is full');
      done += 1;
    },
  );
  vi.advanceTimersByTime(5000);
  expect(said).toEqual(['Nothing was ended: database or disk is full. It is tried again.']);
  isFull = false;
  vi.advanceTimersByTime(1000);
  isFull = true;
  vi.advanceTimersByTime(3000);
  // It comes and goes: that is one trouble.
  expect([said.length, done]).toEqual([1, 1]);
  isFull = false;
  vi.advanceTimersByTime(60_000);
  isFull = true;
  vi.advanceTimersByTime(3000);
  expect([said.length, done]).toEqual([2, 61]);
  clearInterval(timer);
});
