import fc from 'fast-check';
import { afterEach, expect, test, vi } from 'vitest';
import { chunkBytes, maxRecordBytes, recordHeaderBytes, type SourceInfo } from '../model/index.ts';
import { fileHandle, sourceHandle } from './chunks.ts';
import { collect } from './collect.test-suite.ts';

function source(name: string) {
  const info: SourceInfo = { source: name, source_type: 'syslog', peer: null, hint: null, identity: '' };
  return sourceHandle(info);
}
const text = (length: number, letter = 'x') => Buffer.alloc(length, letter);
afterEach(() => void vi.useRealTimers());
const turn = () => new Promise<void>((resolve) => setImmediate(resolve));

test('records come out as they went in, whatever their sizes, sources and order', async () => {
  const names = ['a', 'b', 'c'];
  const sizes = fc.oneof(fc.integer({ min: 0, max: 300 }), fc.constantFrom(0, 200_000, chunkBytes, 700_000));
  const record = fc.record({ length: sizes, from: fc.constantFrom(...names), flush: fc.boolean() });
  await fc.assert(
    fc.asyncProperty(fc.array(record, { maxLength: 40 }), async (input) => {
      const { pool, records, until } = collect({ buffers: 3 });
      const sources = new Map(names.map((name) => [name, source(name)]));
      for (const [i, { length, from, flush }] of input.entries()) {
        const handle = sources.get(from);
        if (handle) pool.append(handle, text(length + 2, from), 1, length + 1, 0, i);
        if (flush) pool.flush();
      }
      await pool.drained();
      await until(() => records.length === input.length);
      expect(records.map(({ text, source, position }) => [text.length, source.source, position])).toEqual(
        input.map(({ length, from }, i) => [length, from, i]),
      );
    }),
    { numRuns: 50 },
  );
});

test('what is queued leaves on the next turn of the loop, together', async () => {
  const { pool, chunks, records } = collect();
  const handle = source('a');
  for (let i = 0; i < 100; i += 1) pool.append(handle, text(10), 0, 10, 0, -1);
  await turn();
  await turn();
  expect(chunks).toMatchObject([{ records: 100, bytes: 100 * (recordHeaderBytes + 10) }]);
  expect(records.length).toBe(100);
});

test('what comes shortly behind a chunk waits for more, and leaves in time', async () => {
  vi.useFakeTimers();
  const { pool, chunks } = collect({ gatherMs: 5 });
  const handle = source('a');
  for (let i = 0; i < 12; i += 1) {
    pool.append(handle, text(10), 0, 10, 0, -1);
    await vi.advanceTimersByTimeAsync(1);
  }
  expect(chunks.map(({ records }) => records)).toEqual([1, 4, 5]);
  await vi.advanceTimersByTimeAsync(4);
  expect(chunks.map(({ records }) => records)).toEqual([1, 4, 5, 2]);
});

test('while the pipeline is busy, chunks fill up instead of leaving one by one', async () => {
  const { pool, chunks, hold, letGo, until, records } = collect({ eager: 2, gatherMs: 0 });
  hold();
  for (let i = 0; i < 50; i += 1) {
    pool.append(source('a'), text(10), 0, 10, 0, -1);
    await turn();
  }
  expect(chunks.length).toBeLessThanOrEqual(3);
  letGo();
  await until(() => records.length === 50);
});

test('a record longer than a chunk travels alone; one longer than a record may be is cut', async () => {
  const { pool, chunks, records, until } = collect();
  const handle = source('a');
  pool.append(handle, text(10), 0, 10, 0, -1);
  pool.append(handle, text(chunkBytes), 0, chunkBytes, 0, -1);
  pool.append(handle, text(maxRecordBytes + 5), 0, maxRecordBytes + 5, 0, -1);
  pool.append(handle, text(10), 0, 10, 0, -1);
  await until(() => records.length === 4);
  expect(chunks.map((chunk) => chunk.records)).toEqual([1, 1, 1, 1]);
  expect(records.map((record) => record.text.length)).toEqual([10, chunkBytes, maxRecordBytes, 10]);
});

test('without credits there is no room; droppable records overflow up to the bound, and come first when credit is back', async () => {
  const { pool, records, until, hold, letGo } = collect({ buffers: 2, overflowBuffers: 3 });
  hold();
  const handle = source('udp');
  let rooms = 0;
  pool.onRoom(() => {
    rooms += 1;
  });
  let accepted = 0;
  for (let i = 0; i < 100; i += 1) if (pool.append(handle, text(60_000), 0, 60_000, 0, i, true)) accepted += 1;
  expect(pool.hasRoom()).toBe(false);
  expect(accepted).toBe((2 + 3) * 4);
  letGo();
  await until(() => records.length === accepted);
  expect(records.map(({ position }) => position)).toEqual([...Array(accepted).keys()]);
  await until(() => pool.hasRoom());
  expect(rooms).toBeGreaterThan(0);
  expect(pool.append(handle, text(10), 0, 10, 0, -1, true)).toBe(true);
});

test('a backlog leaves room for what arrives meanwhile', async () => {
  const { pool, records, until, hold, letGo } = collect({ buffers: 10, backlogBuffers: 3 });
  hold();
  let rooms = 0;
  pool.onRoom(() => {
    rooms += 1;
  });
  const file = source('file');
  let lines = 0;
  for (; lines < 100 && pool.hasRoomForBacklog(); lines += 1) pool.append(file, text(60_000), 0, 60_000, 0, lines);
  // A chunk leaves when the next record does not fit: the fourth was begun when the third left.
  expect(lines).toBe(3 * 4 + 1);
  expect(pool.hasRoom()).toBe(true);
  pool.append(source('tcp'), text(10), 0, 10, 0, -1);
  expect(rooms).toBe(0);
  letGo();
  await until(() => records.length === lines + 1);
  await until(() => rooms > 0);
  expect(pool.hasRoomForBacklog()).toBe(true);
});

test('a position leaves with its last record or later, never earlier', async () => {
  const { pool, positions, records, until } = collect();
  const handle = source('file');
  const file = fileHandle('1:2:3-abc', '/var/log/auth.log');
  for (let i = 1; i <= 5000; i += 1) {
    pool.append(handle, text(99), 0, 99, 0, (i - 1) * 100);
    pool.mark(file, i * 100);
  }
  await until(() => records.length === 5000);
  await pool.drained();
  await until(() => positions.get(file.key)?.offset === 500_000);
  expect(positions.get(file.key)?.path).toBe('/var/log/auth.log');
});

test('a position without records leaves too', async () => {
  const { pool, positions, until } = collect();
  pool.mark(fileHandle('waiting:/x', '/x'), 0);
  await until(() => positions.size === 1);
});
