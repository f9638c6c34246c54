import { expect, test } from 'vitest';
import { bytes, duration, fieldText, group, percent, short } from './format.ts';

test.each([
  [short(999), '999'],
  [short(1234), '1,234'],
  [short(12_345), '12.3k'],
  [short(1_500_000), '1.5M'],
  [short(1.55), '1.6'],
  [group(1_234_567), '1,234,567'],
  [bytes(0), '0 B'],
  [bytes(1536), '1.5 KiB'],
  [percent(0.99999), '99.9 %'],
  [percent(1), '100 %'],
  [percent(0.0001), '<0.1 %'],
  [duration(0.25), '250 ms'],
  [duration(90), '2 min'],
  [duration(7200), '2 h'],
  [fieldText('as it is'), 'as it is'],
  [fieldText(['xss', 'scanner']), 'xss, scanner'],
  [fieldText({ a: [1] }), '{"a":[1]}'],
  [fieldText(404), '404'],
])('%s is written %s', (written, expected) => expect(written).toBe(expected));
