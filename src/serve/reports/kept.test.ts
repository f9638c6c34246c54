import { expect, test } from 'vitest';
import { type Detected, nothingDetected } from './detect.ts';
import { KeptDetections } from './kept.ts';

const found = (total: number): Detected => ({
  ...nothingDetected,
  ddos: { ...nothingDetected.ddos, total_detections: total, notes: ['about it'] },
});

test('of the period before the numbers are kept; of a report that was just made all, for a while', () => {
  const clock = { now: 1e12 };
  const kept = new KeptDetections(() => clock.now);
  kept.put('week', found(3), true);
  kept.put('before', found(2), false);
  expect(kept.get('week', true)).toEqual(found(3));
  expect(kept.get('before', true)).toBeNull();
  expect(kept.get('before', false)?.ddos).toMatchObject({ total_detections: 2, notes: ['about it'], detections: [] });
  clock.now += 11 * 60_000;
  expect(kept.get('week', true)).toBeNull();
  expect(kept.get('week', false)?.ddos.total_detections).toBe(3);
  expect(kept.get('another', false)).toBeNull();
});

test('other events, other parameters: another key', () => {
  const rule = { rule_id: 'a', windowMs: 60_000, docs: [{ config: { yaml: 'x' } }] };
  const keys = [
    [100, rule],
    [101, rule],
    [100, { ...rule, windowMs: 60_001 }],
    [100, { ...rule, docs: [{ config: { yaml: 'y' } }] }],
  ].map((parts) => KeptDetections.key(parts));
  expect(new Set(keys).size).toBe(4);
});
