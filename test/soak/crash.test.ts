import { expect, test } from 'vitest';
import { runCrashRounds } from './crash.ts';

test('two kills under load lose nothing that was acknowledged and store nothing twice', async () => {
  const report = await runCrashRounds(2, Math.random);
  expect(report.acknowledged).toBeGreaterThan(10);
  expect(report.fileLines).toBeGreaterThan(100);
  expect(report.lost).toEqual([]);
  expect(report.doubled).toEqual([]);
}, 180_000);
