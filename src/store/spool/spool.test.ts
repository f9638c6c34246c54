import fs from 'node:fs';
import { MessageChannel, Worker } from 'node:worker_threads';
import { describe, expect, test } from 'vitest';
import type { SpoolAppend, SpoolOptions, SpoolReport } from '../contract.ts';
import { recoverSpool } from './recover.ts';
import { acknowledged, batchOf, idsOf, logFile, newFolder, open, row, rows, storedIds } from './scene.test-suite.ts';
import { spoolLimits } from './spool.ts';

const segmentsIn = (folder: string): string[] => fs.readdirSync(folder).filter((name) => name.endsWith('.ndjson'));

describe('appending', () => {
  test('a sender is answered after the sync, and what was answered is there after a crash', async () => {
    const folder = newFolder();
    const { spool, of } = open(folder);
    const some = rows(2, 'webhook');
    spool.append(batchOf(1, some, acknowledged(7, some)));
    expect(of('synced')).toEqual([]);
    expect(spool.wantsSync).toBe(true);
    spool.sync();
    expect(of('synced')).toEqual([{ type: 'synced', acks: [{ ack: 7, event_ids: idsOf(some) }] }]);
    expect(await storedIds(folder)).toEqual(idsOf(some));
  });

  test('without a waiting sender the sync comes after 50 ms or 1 MiB', () => {
    const { spool, clock } = open(newFolder());
    spool.append(batchOf(1, rows(1)));
    expect(spool.wantsSync).toBe(false);
    expect(spool.nextTick()).toBe(spoolLimits.syncAfterMs);
    clock.now = 50;
    expect(spool.wantsSync).toBe(true);
    spool.tick();
    expect(spool.wantsSync).toBe(false);
    spool.append(batchOf(2, rows(5000)));
    expect(spool.wantsSync).toBe(true);
  });

  test.each([
    ['after a second', 1, 1000],
    ['at 50,000 rows', 50_000, 0],
  ])('a segment is sealed %s', (_, count, elapsed) => {
    const { spool, clock, of } = open(newFolder());
    const position = { ...logFile, offset: 99 };
    spool.append({ ...batchOf(4, rows(1)), rows: count, positions: [position] });
    clock.now = elapsed;
    spool.tick();
    expect(of('sealed')).toMatchObject([{ id: 1, rows: count, firstBatch: 4, lastBatch: 4, positions: [position] }]);
    expect(fs.statSync(of('sealed')[0]?.path ?? '').mode & 0o777).toBe(0o600);
  });

  test('seal on request answers with the highest segment; nothing to seal makes no file', () => {
    const folder = newFolder();
    const { spool } = open(folder);
    expect(spool.seal()).toBe(0);
    spool.append(batchOf(1, rows(1)));
    expect(spool.seal()).toBe(1);
    expect(spool.seal()).toBe(1);
    expect(segmentsIn(folder)).toEqual(['000000001.ndjson']);
  });

  test('ids and batches are never used twice, even when every segment is gone, and positions stay', () => {
    const folder = newFolder();
    const { spool } = open(folder);
    spool.append(batchOf(1, rows(1, 'file'), { positions: [{ ...logFile, offset: 10 }] }));
    spool.seal();
    spool.append(batchOf(2, rows(1, 'file'), { positions: [{ ...logFile, offset: 20 }] }));
    spool.seal();
    spool.delete([1, 2]);
    expect(segmentsIn(folder)).toEqual([]);
    const expected = { segments: [], nextSegment: 3, lastBatch: 2, positions: [{ ...logFile, offset: 20 }] };
    expect(recoverSpool(folder)).toMatchObject(expected);
    fs.truncateSync(`${folder}/checkpoint-b`, 100);
    expect(recoverSpool(folder).nextSegment).toBe(1);
  });

  test('a checkpoint that was torn leaves the one before valid', () => {
    const folder = newFolder();
    const { spool } = open(folder);
    for (const batch of [1, 2]) {
      spool.append(batchOf(batch, rows(1), { positions: [{ ...logFile, offset: batch }] }));
      spool.seal();
      spool.delete([batch]);
    }
    fs.truncateSync(`${folder}/checkpoint-a`, 20);
    expect(recoverSpool(folder)).toMatchObject({ nextSegment: 2, positions: [{ ...logFile, offset: 1 }] });
  });

  test('a buffer that does not end with a whole row is a bug, not data', () => {
    const { spool } = open(newFolder());
    expect(() => spool.append({ ...batchOf(1, []), bytes: Buffer.from('{"id":"') })).toThrow('whole row');
  });
});

describe('the limit on what waits for the store', () => {
  test('full at the limit; what was on its way is still taken and answered; usable again once segments are gone', () => {
    const { spool, of, pass } = open(newFolder(), undefined, 20_000);
    let batch = 0;
    while (of('state').at(-1)?.state !== 'full') {
      batch += 1;
      spool.append(batchOf(batch, rows(10)));
      spool.seal();
    }
    expect(of('state').at(-1)?.reason).toMatch(/wait to be stored/);
    const late = rows(1, 'webhook');
    spool.append(batchOf(batch + 1, late, acknowledged(1, late)));
    spool.sync();
    expect(of('synced')).toHaveLength(1);
    spool.seal();
    spool.delete(of('sealed').map(({ id }) => id));
    pass(1000);
    expect(of('state').at(-1)).toMatchObject({ state: 'ok', reason: null, pendingBytes: 0, droppedRows: 0 });
  });
});

test('the worker: appends come over a port, buffers go back, seal, delete and stop are answered', async () => {
  const folder = newFolder();
  const { nextSegment, lastBatch, segments, positions } = recoverSpool(folder);
  const worker = new Worker(new URL('./worker.ts', import.meta.url), {
    workerData: {
      folder,
      maxPendingBytes: 1 << 30,
      nextSegment,
      lastBatch,
      pending: segments,
      positions,
    } satisfies SpoolOptions,
  });
  const reports: SpoolReport[] = [];
  const waiting: (() => void)[] = [];
  worker.on('message', (report: SpoolReport) => {
    reports.push(report);
    for (const check of waiting) check();
  });
  const got = <T extends SpoolReport['type']>(type: T, count = 1) =>
    new Promise<Extract<SpoolReport, { type: T }>[]>((resolve) => {
      const check = (): void => {
        const found = reports.filter((report): report is Extract<SpoolReport, { type: T }> => report.type === type);
        if (found.length >= count) resolve(found);
      };
      waiting.push(check);
      check();
    });
  const { port1, port2 } = new MessageChannel();
  worker.postMessage({ type: 'connect', port: port2 }, [port2]);
  const released: unknown[] = [];
  port1.on('message', (message) => released.push(message));
  const send = (batch: number, ack: number | null): string[] => {
    const some = [row('webhook')];
    const made = batchOf(batch, some, ack === null ? {} : acknowledged(ack, some));
    const buffer = new ArrayBuffer(4096);
    new Uint8Array(buffer).set(made.bytes);
    const message: SpoolAppend = { ...made, type: 'append', buffer, bytes: made.bytes.length };
    const { bytes: _, ...rest } = made;
    port1.postMessage({ ...message, ...rest, bytes: made.bytes.length }, [buffer]);
    return idsOf(some);
  };

  const first = send(1, 11);
  expect((await got('synced'))[0]?.acks).toEqual([{ ack: 11, event_ids: first }]);
  const second = send(2, null);
  worker.postMessage({ type: 'seal', request: 5 });
  expect(await got('seal_done')).toEqual([{ type: 'seal_done', request: 5, upToSegment: 1 }]);
  expect((await got('sealed'))[0]).toMatchObject({ id: 1, rows: 2, firstBatch: 1, lastBatch: 2 });
  expect(await storedIds(folder)).toEqual([...first, ...second]);
  worker.postMessage({ type: 'delete', ids: [1] });
  const third = send(3, null);
  worker.postMessage({ type: 'stop' });
  await got('stopped');
  expect(await storedIds(folder)).toEqual(third);
  expect(released).toHaveLength(3);
  port1.close();
  await worker.terminate();
});
