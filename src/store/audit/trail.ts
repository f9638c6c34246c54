import {
  closeSync,
  fdatasync,
  fdatasyncSync,
  fstatSync,
  ftruncateSync,
  mkdirSync,
  openSync,
  readFileSync,
  readSync,
  statSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import type { AuditRecord } from '../state/types.ts';
import { beginning, fileNameOf, hashOf, lineOf, readLine, trailFiles, verifyTrail } from './chain.ts';
import { linesBackward, linesForward } from './read.ts';
import { type AuditFilter, type AuditPoint, type AuditTrail, fits, type StoredAuditRecord } from './types.ts';

/** Where the trail stands, as it is kept beside it. */
export interface AuditHead extends AuditPoint {
  /** Name of the newest file, and its size behind the record. */
  file: string;
  bytes: number;
}

/** Keeps the head and the anchor, and lets one process at a time write. */
export interface AuditHeadStore {
  /** Runs `work` while no other process does, and keeps the head it returns. */
  locked(work: (head: AuditHead | null) => AuditHead): void;
  /** The newest record that is known to be synced. */
  anchor(): AuditPoint | null;
  setAnchor(point: AuditPoint): void;
}

export interface AuditTrailOptions {
  /** Made (0700) with the first record. */
  folder: string;
  heads: AuditHeadStore;
  /** Records of an older version, handed over once when the trail begins. */
  older?: () => readonly AuditRecord[];
  /** A new file is begun behind this size. */
  maxFileBytes?: number;
  now?: () => number;
}

const defaultFileBytes = 16 * 1024 * 1024;
/** Records that wait while nothing can be written. More are dropped and counted, in a record of its own. */
const maxWaiting = 10_000;
const tailBytes = 64 * 1024;

/** The audit trail in files: JSON lines, 0600, hash-chained. */
export function openAuditTrail(options: AuditTrailOptions): AuditTrail {
  const { folder, heads, maxFileBytes = defaultFileBytes, now = Date.now } = options;
  const notices: string[] = [];
  const waiting: AuditRecord[] = [];
  let dropped = 0;
  let problem: string | null = null;
  let open: TrailFile | null = null;
  let last: AuditPoint = { sequence: 0, hash: beginning };
  let unsynced = new Set<TrailFile>();
  let syncing: Promise<void> | null = null;
  let isClosed = false;
  let isAnchorBehind = false;

  function fileOf(name: string): TrailFile {
    if (open?.name === name) return open;
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    const before = open;
    open = { name, fd: openSync(join(folder, name), 'a+', 0o600), isClosed: false };
    if (before !== null && !unsynced.has(before)) closeFile(before);
    return open;
  }

  /** The trail as it lies in the files: what another process or a crash did since is seen, and a torn end repaired. */
  function lookAtFiles(head: AuditHead | null): { head: AuditHead; repairs: AuditRecord[] } {
    const newest = trailFiles(folder).at(-1);
    const repairs: AuditRecord[] = [];
    const repair = (action: string, details: Record<string, unknown>, sentence: string): void => {
      repairs.push({ timestamp: now(), action, user: null, success: false, source_ip: null, details });
      notices.push(sentence);
    };
    if (newest === undefined) {
      if (head === null) return { head: { sequence: 0, hash: beginning, file: fileNameOf(1), bytes: 0 }, repairs };
      repair(
        'audit_broken',
        { missing_to: head.sequence },
        `The audit trail is gone: records up to ${head.sequence} were written and are missing from ${folder}. See phosor audit verify.`,
      );
      return { head: { ...head, file: fileNameOf(head.sequence + 1), bytes: 0 }, repairs };
    }
    // A file that another process removed is still open here: look at what lies in the folder.
    if (open !== null) closeFile(open);
    open = null;
    const { fd } = fileOf(newest.name);
    const { found, torn } = endOf(fd);
    if (torn.length > 0) {
      ftruncateSync(fd, fstatSync(fd).size - torn.length);
      repair(
        'audit_healed',
        { torn_bytes: torn.length, torn: torn.toString('utf8').slice(0, 1000) },
        `The last record of the audit trail was torn (${torn.length} bytes, as after a kill or a power cut). It was taken out, and a record says so.`,
      );
    }
    const bytes = fstatSync(fd).size;
    const point = found ?? endOfTrail(folder) ?? { sequence: newest.first - 1, hash: head?.hash ?? beginning };
    const anchor = heads.anchor();
    if (head !== null && anchor !== null && point.sequence < anchor.sequence) {
      repair(
        'audit_broken',
        { missing_from: point.sequence + 1, missing_to: head.sequence },
        `The audit trail was cut: records ${point.sequence + 1} to ${head.sequence} were written and are missing. See phosor audit verify.`,
      );
      // The gap stays visible.
      return { head: { sequence: head.sequence, hash: head.hash, file: newest.name, bytes }, repairs };
    }
    if (head !== null && point.sequence < head.sequence) {
      const lost = head.sequence - point.sequence;
      repair(
        'audit_healed',
        { lost_records: lost },
        `A power cut took the last ${lost} audit records before they were synced. A record says so.`,
      );
    }
    return { head: { ...point, file: newest.name, bytes }, repairs };
  }

  function write(records: readonly AuditRecord[]): number {
    let written = 0;
    heads.locked((stored) => {
      let head = stored;
      let all = records;
      if (head === null || sizeOf(head.file) !== head.bytes) {
        const seen = lookAtFiles(head);
        const isFirst = head === null && seen.head.sequence === 0;
        head = seen.head;
        all = [...(isFirst ? (options.older?.() ?? []) : []), ...seen.repairs, ...records];
      }
      for (const record of all) {
        if (head.bytes >= maxFileBytes) head = { ...head, file: fileNameOf(head.sequence + 1), bytes: 0 };
        const line: Buffer = Buffer.from(lineOf(record, head.sequence + 1, head.hash), 'utf8');
        const file = fileOf(head.file);
        writeWhole(file.fd, line, head.bytes);
        unsynced.add(file);
        head = {
          sequence: head.sequence + 1,
          hash: hashOf(line),
          file: head.file,
          bytes: head.bytes + line.length + 1,
        };
        last = { sequence: head.sequence, hash: head.hash };
      }
      written = records.length;
      return head;
    });
    return written;
  }

  const sizeOf = (name: string): number => statSync(join(folder, name), { throwIfNoEntry: false })?.size ?? 0;

  function drain(): void {
    if (waiting.length === 0) return;
    const batch: AuditRecord[] = [...waiting];
    if (dropped > 0)
      batch.push({
        timestamp: now(),
        action: 'audit_dropped',
        user: null,
        success: false,
        source_ip: null,
        details: { records: dropped },
      });
    try {
      write(batch);
      waiting.length = 0;
      dropped = 0;
      if (problem !== null) notices.push('The audit trail is written again; what waited is in it.');
      problem = null;
      void sync();
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      if (problem === null) notices.push(`The audit trail cannot be written (${reason}). Records wait in memory.`);
      problem = reason;
    }
  }

  /** The records are on the disk by then. Where the anchor is not taken (a full disk), the next one stands for it as well. */
  function anchor(point: AuditPoint): void {
    try {
      heads.setAnchor(point);
      isAnchorBehind = false;
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      if (!isAnchorBehind)
        notices.push(`How far the audit trail is synced cannot be noted: ${reason}. It is noted later.`);
      isAnchorBehind = true;
    }
  }

  /** One sync at a time; what is appended meanwhile is covered by the next. */
  function sync(): Promise<void> {
    if (syncing !== null) return syncing;
    syncing = (async () => {
      while (unsynced.size > 0 && !isClosed) {
        const upTo = last;
        const files = [...unsynced];
        unsynced = new Set();
        await Promise.all(files.map(({ fd }) => new Promise<void>((done) => fdatasync(fd, () => done()))));
        for (const file of files) if (file !== open && !unsynced.has(file)) closeFile(file);
        if (!isClosed && upTo.sequence > 0) anchor(upTo);
      }
      syncing = null;
    })();
    return syncing;
  }

  return {
    append(record) {
      if (waiting.length >= maxWaiting) dropped += 1;
      else waiting.push(record);
      drain();
    },
    async synced() {
      while (unsynced.size > 0 || syncing !== null) await sync();
    },
    list(limit, before) {
      const records: AuditRecord[] = [];
      for (const { path } of trailFiles(folder).reverse()) {
        const lines = readFileSync(path, 'utf8').split('\n');
        for (let i = lines.length - 1; i >= 0 && records.length < limit; i -= 1) {
          const record = readLine(lines[i] ?? '')?.record;
          if (record === undefined || (before !== null && record.timestamp >= before)) continue;
          const { sequence: _, ...rest } = record;
          records.push(rest);
        }
        if (records.length >= limit) break;
      }
      return records;
    },
    async page(filter, limit, before) {
      const records: StoredAuditRecord[] = [];
      for (const { path, first } of trailFiles(folder).reverse()) {
        if (before !== null && first >= before) continue;
        for await (const text of linesBackward(path)) {
          const record = readLine(text)?.record;
          if (record === undefined || (before !== null && record.sequence >= before) || !fits(record, filter)) continue;
          if (records.length === limit) return { records, next: records.at(-1)?.sequence ?? null };
          records.push(record);
        }
      }
      return { records, next: null };
    },
    async *lines(filter: AuditFilter) {
      for (const { path } of trailFiles(folder)) {
        for await (const { bytes } of linesForward(path)) {
          const text = bytes.toString('utf8');
          const record = readLine(text)?.record;
          if (record !== undefined && fits(record, filter)) yield text;
        }
      }
    },
    verify: () => verifyTrail(folder, heads.anchor()),
    state: () => ({ records: last.sequence, waiting: waiting.length, problem }),
    takeNotices() {
      if (waiting.length > 0) drain();
      return notices.splice(0);
    },
    close() {
      if (isClosed) return;
      isClosed = true;
      for (const file of unsynced) if (!file.isClosed) fdatasyncSync(file.fd);
      if (last.sequence > 0 && waiting.length === 0) anchor(last);
      for (const file of unsynced) closeFile(file);
      if (open !== null) closeFile(open);
      open = null;
    },
  };
}

interface TrailFile {
  name: string;
  fd: number;
  isClosed: boolean;
}

/** The number may belong to another file once it is closed: never twice. */
function closeFile(file: TrailFile): void {
  if (file.isClosed) return;
  file.isClosed = true;
  closeSync(file.fd);
}

/** The last whole record of all files. */
function endOfTrail(folder: string): AuditPoint | null {
  for (const { path } of trailFiles(folder).reverse()) {
    const fd = openSync(path, 'r');
    try {
      const { found } = endOf(fd);
      if (found !== null) return found;
    } finally {
      closeSync(fd);
    }
  }
  return null;
}

/** All of it or nothing: what a full disk took a part of is cut off again. */
function writeWhole(fd: number, line: Buffer, before: number): void {
  const bytes = Buffer.concat([line, Buffer.from('\n')]);
  try {
    for (let at = 0; at < bytes.length; ) at += writeSync(fd, bytes, at);
  } catch (error) {
    ftruncateSync(fd, before);
    throw error;
  }
}

/** The last whole record of a file, and what stands behind it. */
function endOf(fd: number): { found: AuditPoint | null; torn: Buffer } {
  const { size } = fstatSync(fd);
  for (let length = Math.min(size, tailBytes); ; length = Math.min(size, length * 4)) {
    const tail = Buffer.alloc(length);
    readSync(fd, tail, 0, length, size - length);
    const end = tail.lastIndexOf(10);
    const start = end <= 0 ? (length === size ? -1 : -2) : tail.lastIndexOf(10, end - 1);
    const isSeen = start >= 0 || length === size;
    if (!isSeen) continue;
    const torn = tail.subarray(end + 1);
    if (end < 0) return { found: null, torn };
    const line = tail.subarray(start + 1, end);
    const record = readLine(line.toString('utf8'))?.record;
    return { found: record === undefined ? null : { sequence: record.sequence, hash: hashOf(line) }, torn };
  }
}
