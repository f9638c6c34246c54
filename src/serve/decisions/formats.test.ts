import { expect, test } from 'vitest';
import { goDuration } from './formats.ts';

test.each([
  [0, '0s'],
  [59_000, '59s'],
  [61_000, '1m1s'],
  [14_390_000, '3h59m50s'],
  [7 * 86_400_000, '168h0m0s'],
])('%i ms is %s', (ms, text) => expect(goDuration(ms)).toBe(text));
