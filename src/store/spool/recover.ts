import fs from 'node:fs';
import path from 'node:path';
import type { Event, FilePosition } from '../../model/index.ts';
import type { SealedSegment } from '../contract.ts';
import { decodeRow } from '../events/row.ts';
import { Checkpoint } from './checkpoint.ts';
import { nodeFiles, segmentPath } from './files.ts';
import { encodeMarker, fits, readMarker } from './format.ts';
import { Positions } from './positions.ts';

export type RecoveredSegment = Omit<SealedSegment, 'type' | 'positions'>;

export interface SpoolRecovery {
  /** In order, all sealed: load them into the store. */
  segments: RecoveredSegment[];
  /** How far each file has been read. */
  positions: FilePosition[];
  /** Highest batch number ever used, and the segment id to go on with. */
  lastBatch: number;
  nextSegment: number;
  /** Bytes of a torn end whose whole rows were kept, and bytes that had to be given up there. */
  salvagedBytes: number;
  discardedBytes: number;
  /** Damage in the middle of a segment: the original was moved aside, what is whole of it stays in place. */
  quarantined: { segment: number; path: string; bytes: number }[];
}

interface GoodBatch {
  batch: number;
  rows: number;
  /** Offsets in the segment: of the rows, of the marker's end. */
  start: number;
  end: number;
  positions: FilePosition[];
}

const segmentName = /^(\d{9,15})\.ndjson$/;

/**
 * Brings the folder into order after whatever happened. A batch with a valid marker is kept; at the torn end of the
 * last segment, whole rows are kept unless they are from files, which are read again from their position. Never fatal
 * for damaged content. Runs before the spool's worker starts.
 */
export function recoverSpool(folder: string): SpoolRecovery {
  fs.mkdirSync(folder, { recursive: true, mode: 0o700 });
  const checkpoint = new Checkpoint(folder).read();
  const positions = new Positions();
  positions.add(checkpoint?.positions ?? []);
  const deleting = new Set(checkpoint?.deleting);
  const recovery: SpoolRecovery = {
    segments: [],
    positions: [],
    lastBatch: checkpoint?.batch ?? 0,
    nextSegment: (checkpoint?.segment ?? 0) + 1,
    salvagedBytes: 0,
    discardedBytes: 0,
    quarantined: [],
  };
  const ids = segmentIds(folder);
  const seen = new Set<number>();
  for (const [index, id] of ids.entries()) {
    recovery.nextSegment = Math.max(recovery.nextSegment, id + 1);
    const file = segmentPath(folder, id);
    if (deleting.has(id)) {
      fs.rmSync(file, { force: true });
      continue;
    }
    const segment = recoverSegment(folder, id, index === ids.length - 1, seen, positions, recovery);
    if (segment !== null) recovery.segments.push(segment);
  }
  fs.rmSync(path.join(folder, 'probe'), { force: true });
  nodeFiles.syncFolder(folder);
  recovery.positions = positions.list();
  return recovery;
}

/**
 * The stored events of every batch after `afterBatch`, in order: what correlation has to see again. One batch at a
 * time, so that memory stays small.
 */
export async function* readBatches(
  segments: readonly Pick<RecoveredSegment, 'path' | 'lastBatch'>[],
  afterBatch: number,
): AsyncGenerator<{ batch: number; events: Event[] }> {
  for (const segment of segments) {
    if (segment.lastBatch <= afterBatch) continue;
    const bytes = await fs.promises.readFile(segment.path);
    for (const { batch, start, end } of scan(bytes).batches) {
      if (batch <= afterBatch) continue;
      const events: Event[] = [];
      for (const line of bytes.toString('utf8', start, end).split('\n')) {
        if (line !== '' && !line.startsWith('{"_batch":')) events.push(decodeRow(line));
      }
      yield { batch, events };
    }
  }
}

function segmentIds(folder: string): number[] {
  return fs
    .readdirSync(folder)
    .flatMap((name) => segmentName.exec(name)?.[1] ?? [])
    .map(Number)
    .sort((a, b) => a - b);
}

function recoverSegment(
  folder: string,
  id: number,
  isLast: boolean,
  seen: Set<number>,
  positions: Positions,
  recovery: SpoolRecovery,
): RecoveredSegment | null {
  const file = segmentPath(folder, id);
  const bytes = fs.readFileSync(file);
  const { batches: whole, tail } = scan(bytes);
  const batches = whole.filter(({ batch }) => !seen.has(batch));
  const goodEnd = whole.at(-1)?.end ?? 0;
  const gaps = goodEnd - whole.reduce((sum, { start, end }) => sum + end - start, 0);
  const hasTail = tail < bytes.length;
  const parts: Buffer[] = batches.map(({ start, end }) => bytes.subarray(start, end));

  for (const { batch, positions: read } of batches) {
    seen.add(batch);
    positions.add(read);
    recovery.lastBatch = Math.max(recovery.lastBatch, batch);
  }
  if (gaps > 0 || (hasTail && !isLast)) {
    const aside = quarantine(folder, file, bytes);
    recovery.quarantined.push({ segment: id, path: aside, bytes: gaps + bytes.length - tail });
  } else if (hasTail) {
    const rows = wholeRows(bytes.subarray(tail)).filter((row) => !isFromFile(row));
    const kept = Buffer.concat(rows);
    recovery.salvagedBytes += kept.length;
    recovery.discardedBytes += bytes.length - tail - kept.length;
    if (rows.length > 0) {
      recovery.lastBatch += 1;
      seen.add(recovery.lastBatch);
      const marker = encodeMarker(recovery.lastBatch, rows.length, kept, []);
      batches.push({ batch: recovery.lastBatch, rows: rows.length, start: 0, end: 0, positions: [] });
      parts.push(kept, marker);
    }
  }
  const first = batches[0];
  const last = batches.at(-1);
  if (first === undefined || last === undefined) {
    fs.rmSync(file, { force: true });
    return null;
  }
  const repaired: Buffer = gaps > 0 || hasTail || batches.length !== whole.length ? Buffer.concat(parts) : bytes;
  if (repaired !== bytes) replace(folder, file, repaired);
  return {
    id,
    path: file,
    rows: batches.reduce((sum, { rows }) => sum + rows, 0),
    bytes: repaired.length,
    firstBatch: first.batch,
    lastBatch: last.batch,
  };
}

/** Every batch whose marker holds, and where the rest begins that no marker covers. */
function scan(bytes: Buffer): { batches: GoodBatch[]; tail: number } {
  const batches: GoodBatch[] = [];
  let start = 0;
  for (let at = 0; at < bytes.length; ) {
    const newline = bytes.indexOf(10, at);
    if (newline < 0) break;
    const end = newline + 1;
    const marker = isMarker(bytes, at) ? readMarker(bytes.subarray(at, end)) : null;
    if (marker !== null) {
      const rowsAt = at - marker.bytes;
      if (rowsAt >= start && fits(marker, bytes.subarray(rowsAt, at))) {
        batches.push({ batch: marker._batch, rows: marker.rows, start: rowsAt, end, positions: marker.positions });
        start = end;
      }
    }
    at = end;
  }
  return { batches, tail: start };
}

/** `{"_` against `{"i`. */
function isMarker(bytes: Buffer, at: number): boolean {
  return bytes[at + 2] === 0x5f;
}

function wholeRows(bytes: Buffer): Buffer[] {
  const rows: Buffer[] = [];
  for (let at = 0; at < bytes.length; ) {
    const newline = bytes.indexOf(10, at);
    if (newline < 0) break;
    const row = bytes.subarray(at, newline + 1);
    if (isRow(row)) rows.push(row);
    at = newline + 1;
  }
  return rows;
}

function isRow(line: Buffer): boolean {
  try {
    decodeRow(line.toString('utf8'));
    return true;
  } catch {
    return false;
  }
}

function isFromFile(row: Buffer): boolean {
  return decodeRow(row.toString('utf8')).source_type === 'file';
}

function quarantine(folder: string, file: string, bytes: Buffer): string {
  const aside = path.join(folder, 'quarantine');
  fs.mkdirSync(aside, { recursive: true, mode: 0o700 });
  const copy = path.join(aside, path.basename(file));
  fs.writeFileSync(copy, bytes, { mode: 0o600 });
  return copy;
}

function replace(folder: string, file: string, bytes: Buffer): void {
  const temporary = path.join(folder, 'repaired');
  fs.rmSync(temporary, { force: true });
  const fd = nodeFiles.create(temporary);
  nodeFiles.write(fd, bytes, 0);
  nodeFiles.sync(fd);
  nodeFiles.close(fd);
  fs.renameSync(temporary, file);
  nodeFiles.syncFolder(folder);
}
