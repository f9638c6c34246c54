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
  return { version: 2, groups: [{ key: 'a\u0000b', window: [0, 1] }], events, watermarks: [['file_auth.log', 5]] };
}

test('a snapshot comes back as it was', () => {
  const file = encodeSnapshot(42, snapshot());
  expect(batchOfSnapshot(file)).toBe(42);
  expect(decodeSnapshot(file)).toEqual(snapshot());
  expect(decodeSnapshot(encodeSnapshot(0, { version: 2, groups: [] }))).toEqual({ version: 2, groups: [], events: [] });
});

test('a file that is not whole is refused', () => {
  const file = encodeSnapshot(42, snapshot());
  const damaged = file.slice();
  damaged[file.length - 20] = (damaged[file.length - 20] ?? 0) ^ 1;
  expect(() => batchOfSnapshot(damaged)).toThrow('damaged');
  expect(() => batchOfSnapshot(file.subarray(0, file.length - 1))).toThrow('damaged');
  expect(() => batchOfSnapshot(new Uint8Array())).toThrow();
});
