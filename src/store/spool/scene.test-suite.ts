import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterEach } from 'vitest';
import { newEvent } from '../../model/index.ts';
import type { SpoolReport } from '../contract.ts';
import { encodeRow } from '../events/row.ts';
import { nodeFiles, type SpoolFiles } from './files.ts';
import type { Batch } from './format.ts';
import { readBatches, recoverSpool } from './recover.ts';
import { Spool } from './spool.ts';

/* What the spool's tests share: folders, rows, and a spool on a clock that the test moves. */

/** In memory where there is such a folder: thousands of syncs are then quick, and none of the tests pulls a plug. */
const base = fs.existsSync('/dev/shm') ? '/dev/shm' : os.tmpdir();
const folders: string[] = [];
afterEach(() => {
  for (const folder of folders.splice(0)) fs.rmSync(folder, { recursive: true, force: true });
});

export function newFolder(): string {
  const folder = fs.mkdtempSync(path.join(base, 'phosor-spool-'));
  folders.push(folder);
  return folder;
}

export interface Row {
  id: string;
  text: string;
}

let serial = 0;
export function row(sourceType: 'file' | 'syslog' | 'webhook' = 'syslog'): Row {
  serial += 1;
  const origin = { source: 'syslog_192.0.2.1', source_type: sourceType, peer: null, hint: null, identity: '' };
  const event = newEvent(origin, 1_780_000_000_000 + serial, `line ${serial} with "quotes" and ü`);
  event.id = `019b0000-0000-7000-8000-${String(serial).padStart(12, '0')}`;
  return { id: event.id, text: encodeRow(event) };
}

export const rows = (count: number, sourceType?: 'file' | 'syslog' | 'webhook'): Row[] =>
  Array.from({ length: count }, () => row(sourceType));

export const idsOf = (some: readonly Row[]): string[] => some.map(({ id }) => id);

export function batchOf(batch: number, some: readonly Row[], rest: Partial<Batch> = {}): Batch {
  const bytes = Buffer.from(some.map(({ text }) => text).join(''));
  return { batch, bytes, rows: some.length, positions: [], acks: [], ...rest };
}

export const acknowledged = (ack: number, some: readonly Row[]): Pick<Batch, 'acks'> => ({
  acks: [{ ack, event_ids: idsOf(some) }],
});

export function open(folder: string, files: SpoolFiles = nodeFiles, maxPendingBytes = 1 << 30) {
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
  const pass = (ms: number): void => {
    clock.now += ms;
    spool.tick();
  };
  return { spool, recovery, reports, clock, of, pass };
}

/** Ids in the order in which a start would load them. */
export async function storedIds(folder: string, after = 0): Promise<string[]> {
  const ids: string[] = [];
  for await (const { events } of readBatches(recoverSpool(folder).segments, after)) {
    ids.push(...events.map(({ id }) => id));
  }
  return ids;
}

export const logFile = { key: '1:2:abc', path: '/var/log/auth.log' };
