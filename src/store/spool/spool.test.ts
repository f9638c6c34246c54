import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import { newEvent } from '../../model/index.ts';
import type { SpoolReport } from '../contract.ts';
import { encodeRow } from '../events/row.ts';
import { nodeFiles, type SpoolFiles } from './files.ts';
import type { Batch } from './format.ts';
import { readBatches, recoverSpool } from './recover.ts';
import { Spool, spoolLimits } from './spool.ts';

const folders: string[] = [];
afterEach(() => {
  for (const folder of folders.splice(0)) fs.rmSync(folder, { recursive: true, force: true });
});

function newFolder(): string {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'phosor-spool-'));
  folders.push(folder);
  return folder;
}

let serial = 0;
function row(sourceType: 'file' | 'syslog' | 'webhook' = 'syslog'): { id: string; text: string } {
  serial += 1;
  const origin = { source: 'syslog_192.0.2.1', source_type: sourceType, peer: null, hint: null, identity: '' };
  const event = newEvent(origin, 1_780_000_000_000 + serial, `line ${serial} with "quotes"`);
  event.id = `019b0000-0000-7000-8000-${String(serial).padStart(12, '0')}`;
  return { id: event.id, text: encodeRow(event) };
}

function batchOf(batch: number, rows: { id: string; text: string }[], rest: Partial<Batch> = {}): Batch {
  const bytes = Buffer.from(rows.map(({ text }) => text).join(''));
  return { batch, bytes, rows: rows.length, positions: [], acks: [], ...rest };
}

/** A spool on a clock that the test moves. */
function open(folder: string, files: SpoolFiles = nodeFiles, maxPendingBytes = 1 << 30) {
  const recovery = recoverSpool(folder);
  const reports: SpoolReport[] = [];
  const clock = { now: 0 };
  const spool = new Spool(
    { folder, maxPendingBytes, ...recovery, pending: recovery.segments },
    (report) => reports.push(structuredClone(report)),
    files,
    () => clock.now,
  );
  const of = <T extends SpoolReport['type']>(type: T) =>
    reports.filter((report): report is Extract<SpoolReport, { type: T }> => report.type === type);
  return { spool, recovery, reports, clock, of };
}

async function storedIds(folder: string, after = 0): Promise<string[]> {
  const ids: string[] = [];
  for await (const { events } of readBatches(recoverSpool(folder).segments, after)) {
    ids.push(...events.map(({ id }) => id));
  }
  return ids;
}

const file = { key: '1:2:abc', path: '/var/log/auth.log' };

describe('appending', () => {
  test('a sender is answered after the sync, and what was answered is there after a crash', async () => {
    const folder = newFolder();
    const { spool, of } = open(folder);
    const rows = [row('webhook'), row('webhook')];
    spool.append(batchOf(1, rows, { acks: [{ ack: 7, event_ids: rows.map(({ id }) => id) }] }));
    expect(of('synced')).toEqual([]);
    expect(spool.wantsSync).toBe(true);
    spool.sync();
    expect(of('synced')).toEqual([{ type: 'synced', acks: [{ ack: 7, event_ids: rows.map(({ id }) => id) }] }]);
    expect(await storedIds(folder)).toEqual(rows.map(({ id }) => id));
  });

  test('without a waiting sender the sync comes after 50 ms or 1 MiB', () => {
    const { spool, clock } = open(newFolder());
    spool.append(batchOf(1, [row()]));
    expect(spool.wantsSync).toBe(false);
    expect(spool.nextTick()).toBe(spoolLimits.syncAfterMs);
    clock.now = 50;
    expect(spool.wantsSync).toBe(true);
    spool.tick();
    expect(spool.wantsSync).toBe(false);
    const many = Array.from({ length: 5000 }, () => row());
    spool.append(batchOf(2, many));
    expect(spool.wantsSync).toBe(true);
  });

  test.each([
    ['after a second', 1, 1000],
    ['at 50,000 rows', 50_000, 0],
  ])('a segment is sealed %s', (_, rows, elapsed) => {
    const { spool, clock, of } = open(newFolder());
    const position = { ...file, offset: 99 };
    const one = row();
    spool.append({ ...batchOf(4, [one]), rows, positions: [position] });
    clock.now = elapsed;
    spool.tick();
    expect(of('sealed')).toMatchObject([{ id: 1, rows, firstBatch: 4, lastBatch: 4, positions: [position] }]);
    expect(fs.statSync(of('sealed')[0]?.path ?? '').mode & 0o777).toBe(0o600);
  });

  test('seal on request answers with the highest segment; nothing to seal makes no file', () => {
    const folder = newFolder();
    const { spool } = open(folder);
    expect(spool.seal()).toBe(0);
    spool.append(batchOf(1, [row()]));
    expect(spool.seal()).toBe(1);
    expect(spool.seal()).toBe(1);
    expect(fs.readdirSync(folder).filter((name) => name.endsWith('.ndjson'))).toEqual(['000000001.ndjson']);
  });

  test('ids and batches are never used twice, even when every segment is gone, and positions stay', () => {
    const folder = newFolder();
    const { spool } = open(folder);
    spool.append(batchOf(1, [row('file')], { positions: [{ ...file, offset: 10 }] }));
    spool.seal();
    spool.append(batchOf(2, [row('file')], { positions: [{ ...file, offset: 20 }] }));
    spool.seal();
    spool.delete([1, 2]);
    expect(fs.readdirSync(folder).filter((name) => name.endsWith('.ndjson'))).toEqual([]);
    expect(recoverSpool(folder)).toMatchObject({
      segments: [],
      nextSegment: 3,
      lastBatch: 2,
      positions: [{ ...file, offset: 20 }],
    });
  });
});
