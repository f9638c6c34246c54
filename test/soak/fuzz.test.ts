import { expect, test } from 'vitest';
import { fuzzParsing } from './fuzz.ts';

test('50,000 mutated lines: no parser throws, loses the raw text or takes more than 5 ms', () => {
  const seed = Math.floor(Math.random() * 2 ** 31);
  const report = fuzzParsing(50_000, seed);
  expect(report.findings).toEqual([]);
  expect(report.understood).toBeGreaterThan(10_000);
}, 120_000);
