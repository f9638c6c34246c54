import { expect, test } from 'vitest';
import type { CorrelatorSnapshot } from '../detect/contract.ts';
import { newEvent } from '../model/index.ts';
import { batchOfSnapshot, decodeSnapshot, encodeSnapshot } from './snapshot-file.ts';

const origin = { source: 'file_auth.log', source_type: 'file', peer: null, hint: null, identity: '' } as const;

function snapshot(): CorrelatorSnapshot {
  const events = ['Failed password for root', 'naïve "quoted"\nline \ud83d\ude00'].map((raw, i) => {
    const event = newEvent(origin, 1_700_000_000_000 + i, raw);
    event.id = `0190a0a0-0000-8000-8000-00000000000${i}`;
    event.has_time = true;
    event.fields = { path: '/a' };
    return event;
  });
  const rows = ['[0,["a\\u0000b"],0,5]', '[0,["ü"],1,6]'];
  return { version: 3, units: [{ unit: 'x' }], sources: ['a'], rows, events, watermarks: [['file_auth.log', 5]] };
}

const read = (file: Uint8Array) => {
  const decoded = decodeSnapshot(file);
  return { ...decoded, rows: [...decoded.rows] };
};

test('a snapshot comes back as it was', () => {
  const file = encodeSnapshot(42, snapshot());
  expect(batchOfSnapshot(file)).toBe(42);
  expect(read(file)).toEqual(snapshot());
  const empty: CorrelatorSnapshot = { version: 3, units: [], sources: [], rows: [], events: [], watermarks: [] };
  expect(read(encodeSnapshot(0, empty))).toEqual(empty);
});

test('a snapshot of many blocks comes back as it was', () => {
  const row = JSON.stringify([0, ['x'.repeat(10_000)], 0, 1]);
  const big: CorrelatorSnapshot = { ...snapshot(), rows: Array.from({ length: 1000 }, () => row) };
  const file = encodeSnapshot(7, big);
  expect(file.length).toBeGreaterThan(9_000_000);
  expect(batchOfSnapshot(file)).toBe(7);
  expect(read(file)).toEqual(big);
});

test('a file that is not whole is refused', () => {
  const file = encodeSnapshot(42, snapshot());
  const damaged = file.slice();
  damaged[file.length - 20] = (damaged[file.length - 20] ?? 0) ^ 1;
  expect(() => batchOfSnapshot(damaged)).toThrow('damaged');
  expect(() => batchOfSnapshot(file.subarray(0, file.length - 1))).toThrow('damaged');
  expect(() => batchOfSnapshot(new Uint8Array())).toThrow();
});
