import type { FilePosition } from '../../model/index.ts';
import type { SpoolOptions, SpoolReport } from '../contract.ts';
import { Checkpoint } from './checkpoint.ts';
import { hasSpace, nodeFiles, type SpoolFiles, segmentPath } from './files.ts';
import { type Batch, encodeMarker } from './format.ts';
import { heldBytesLimit, withholdAcknowledged } from './held.ts';
import { PendingSegments } from './pending.ts';
import { Positions } from './positions.ts';

interface OpenSegment {
  id: number;
  path: string;
  fd: number;
  openedAt: number;
  firstBatch: number;
  /** As written. */
  size: number;
  rows: number;
  /** As known to be on disk. */
  synced: { size: number; rows: number; lastBatch: number; positions: Positions };
}

export const spoolLimits = {
  segmentRows: 50_000,
  segmentBytes: 16 * 1024 * 1024,
  segmentAgeMs: 1000,
  syncAfterMs: 50,
  syncAfterBytes: 1024 * 1024,
  probeEveryMs: 1000,
  /** What must be free before a full disk counts as usable again. */
  probeBytes: 1024 * 1024,
  /** What was on its way when the cap was reached is still written, up to this much beyond the cap. */
  capSlackBytes: 32 * 1024 * 1024,
};

/**
 * The write-ahead log: appends batches of rows to segment files and says when they are on disk. Synchronous, one
 * owner, no timers: the worker calls `append`, `sync` and `tick`.
 *
 * A failed write or sync makes the state `full`: the partial append is cut off, senders that wait are refused, the
 * other rows are held in memory (see held.ts) and written first once a probe succeeds.
 */
export class Spool {
  #options: SpoolOptions;
  #emit: (report: SpoolReport) => void;
  #files: SpoolFiles;
  #now: () => number;
  #checkpoint: Checkpoint;

  #open: OpenSegment | null = null;
  /** Ends in something that could not be cut off yet. */
  #uncut: OpenSegment | null = null;
  #unsynced: Batch[] = [];
  #unsyncedBytes = 0;
  #unsyncedSince = 0;
  #held: Batch[] = [];
  #heldBytes = 0;
  #pending: PendingSegments;
  #positions = new Positions();
  #nextSegment: number;
  #lastBatch: number;
  #lastSealed: number;
  #toDelete: number[] = [];

  #diskError: string | null = null;
  #probeAt = 0;
  #droppedRows = 0;

  constructor(
    options: SpoolOptions,
    emit: (report: SpoolReport) => void,
    files: SpoolFiles = nodeFiles,
    now: () => number = () => performance.now(),
  ) {
    this.#options = options;
    this.#emit = emit;
    this.#files = files;
    this.#now = now;
    this.#checkpoint = new Checkpoint(options.folder);
    this.#checkpoint.read();
    this.#nextSegment = options.nextSegment;
    this.#lastSealed = options.nextSegment - 1;
    this.#lastBatch = options.lastBatch;
    this.#positions.add(options.positions);
    this.#pending = new PendingSegments(options.maxPendingBytes);
    for (const { id, bytes } of options.pending) this.#pending.add(id, bytes);
    this.#watchCap();
  }

  /** Takes a copy of the batch's bytes: the caller's buffer is free again on return. Sync when {@link wantsSync}. */
  append(batch: Batch): void {
    if (batch.bytes.length > 0 && batch.bytes[batch.bytes.length - 1] !== 10) {
      throw new Error(`batch ${batch.batch} does not end with a whole row`);
    }
    const own: Batch = { ...batch, bytes: new Uint8Array(batch.bytes) };
    this.#lastBatch = Math.max(this.#lastBatch, own.batch);
    const beyondCap = this.#pending.bytes > this.#options.maxPendingBytes + spoolLimits.capSlackBytes;
    if (this.#diskError !== null || beyondCap || this.#held.length > 0) {
      this.#hold(own, this.#diskError ?? this.#capReason());
      return;
    }
    try {
      this.#write(own);
    } catch (error) {
      this.#diskFailed(error, own);
      return;
    }
    if (this.#isOld()) this.seal();
    else this.#watchCap();
  }

  get wantsSync(): boolean {
    return (
      this.#unsyncedBytes >= spoolLimits.syncAfterBytes ||
      this.#unsynced.some(({ acks }) => acks.length > 0) ||
      (this.#unsynced.length > 0 && this.#now() - this.#unsyncedSince >= spoolLimits.syncAfterMs)
    );
  }

  sync(): void {
    const open = this.#open;
    if (open === null || this.#unsynced.length === 0) return;
    try {
      this.#files.sync(open.fd);
    } catch (error) {
      this.#diskFailed(error, null);
      return;
    }
    open.synced.size = open.size;
    open.synced.rows = open.rows;
    for (const { batch, positions } of this.#unsynced) {
      open.synced.lastBatch = batch;
      open.synced.positions.add(positions);
      this.#positions.add(positions);
    }
    const acks = this.#unsynced.flatMap((batch) => batch.acks);
    this.#unsynced = [];
    this.#unsyncedBytes = 0;
    if (acks.length > 0) this.#emit({ type: 'synced', acks });
  }

  /** Closes the open segment and hands it on. Returns the highest segment sealed so far. */
  seal(): number {
    this.sync();
    if (this.#open !== null) this.#finish(this.#open);
    return this.#lastSealed;
  }

  /** Segments that the store has taken and the correlator no longer needs. */
  delete(ids: readonly number[]): void {
    this.#toDelete.push(...ids.filter((id) => this.#pending.has(id)));
    this.#deleteNow();
  }

  /** Does what time asks for: sync, seal, probe. */
  tick(): void {
    if (this.wantsSync) this.sync();
    if (this.#isOld()) this.seal();
    if (this.#needsProbe() && this.#now() >= this.#probeAt) this.#probe();
  }

  /** When {@link tick} has something to do next (on the clock that was passed in), or null. */
  nextTick(): number | null {
    const due: number[] = [];
    if (this.#unsynced.length > 0) due.push(this.#unsyncedSince + spoolLimits.syncAfterMs);
    if (this.#open !== null) due.push(this.#open.openedAt + spoolLimits.segmentAgeMs);
    if (this.#needsProbe()) due.push(this.#probeAt);
    return due.length === 0 ? null : Math.min(...due);
  }

  reportState(): void {
    const reason = this.#diskError ?? (this.#pending.isCapReached ? this.#capReason() : null);
    this.#emit({
      type: 'state',
      state: reason === null ? 'ok' : 'full',
      reason,
      pendingBytes: this.#pending.bytes,
      droppedRows: this.#droppedRows,
    });
  }

  /** Writes what is held where that is possible, seals and lets go of everything. */
  close(): void {
    if (this.#held.length > 0) this.#probe();
    this.seal();
  }

  #isOld(): boolean {
    const open = this.#open;
    if (open === null) return false;
    const { segmentRows, segmentBytes, segmentAgeMs } = spoolLimits;
    return open.rows >= segmentRows || open.size >= segmentBytes || this.#now() - open.openedAt >= segmentAgeMs;
  }

  #write(batch: Batch): void {
    const open = this.#open ?? this.#create(batch.batch);
    const marker = encodeMarker(batch.batch, batch.rows, batch.bytes, batch.positions);
    this.#files.write(open.fd, batch.bytes, open.size);
    this.#files.write(open.fd, marker, open.size + batch.bytes.length);
    const added = batch.bytes.length + marker.length;
    open.size += added;
    open.rows += batch.rows;
    if (this.#unsynced.length === 0) this.#unsyncedSince = this.#now();
    this.#unsynced.push(batch);
    this.#unsyncedBytes += added;
    this.#pending.add(open.id, added);
  }

  #create(firstBatch: number): OpenSegment {
    const id = this.#nextSegment;
    const file = segmentPath(this.#options.folder, id);
    const fd = this.#files.create(file);
    this.#nextSegment += 1;
    this.#open = {
      id,
      path: file,
      fd,
      openedAt: this.#now(),
      firstBatch,
      size: 0,
      rows: 0,
      synced: { size: 0, rows: 0, lastBatch: firstBatch, positions: new Positions() },
    };
    this.#files.syncFolder(this.#options.folder);
    return this.#open;
  }

  /** Lets go of a segment whose end is on disk, and hands it on unless it is empty. */
  #finish(segment: OpenSegment): void {
    if (this.#open === segment) this.#open = null;
    this.#files.close(segment.fd);
    if (segment.size === 0) {
      this.#pending.drop(segment.id);
      this.#files.remove(segment.path);
      return;
    }
    this.#lastSealed = Math.max(this.#lastSealed, segment.id);
    this.#emit({
      type: 'sealed',
      id: segment.id,
      path: segment.path,
      rows: segment.rows,
      bytes: segment.size,
      firstBatch: segment.firstBatch,
      lastBatch: segment.synced.lastBatch,
      positions: segment.synced.positions.list(),
    });
    this.#watchCap();
  }

  /** After a failed sync nobody can say which pages reached the disk: everything since the last one is written again. */
  #diskFailed(error: unknown, last: Batch | null): void {
    const code = (error as NodeJS.ErrnoException).code ?? String(error);
    const reason =
      code === 'ENOSPC' || code === 'EDQUOT'
        ? `No space is left for the spool in ${this.#options.folder}. Free some: intake goes on by itself.`
        : `The spool in ${this.#options.folder} cannot be written (${code}). Intake goes on by itself once it can.`;
    this.#diskError = reason;
    this.#probeAt = this.#now() + spoolLimits.probeEveryMs;
    const again = last === null ? this.#unsynced : [...this.#unsynced, last];
    this.#unsynced = [];
    this.#unsyncedBytes = 0;
    if (this.#open !== null) {
      this.#pending.add(this.#open.id, this.#open.synced.size - this.#open.size);
      this.#uncut = this.#open;
      this.#open = null;
      this.#cut();
    }
    for (const batch of again) this.#hold(batch, reason);
    this.reportState();
  }

  /** Cuts the failed segment back to what was synced. It is handed on only once that itself is on disk. */
  #cut(): boolean {
    const segment = this.#uncut;
    if (segment === null) return true;
    try {
      this.#files.truncate(segment.fd, segment.synced.size);
      this.#files.sync(segment.fd);
      segment.size = segment.synced.size;
      segment.rows = segment.synced.rows;
      this.#finish(segment);
      this.#uncut = null;
      return true;
    } catch {
      return false;
    }
  }

  #hold(batch: Batch, reason: string): void {
    const { rest, refused, dropped } = withholdAcknowledged(batch, this.#heldBytes >= heldBytesLimit);
    this.#droppedRows += dropped;
    if (refused.length > 0) this.#emit({ type: 'rejected', acks: refused, reason });
    if (rest === null) return;
    this.#held.push(rest);
    this.#heldBytes += rest.bytes.length;
  }

  #needsProbe(): boolean {
    return this.#diskError !== null || this.#held.length > 0 || this.#toDelete.length > 0;
  }

  #probe(): void {
    this.#probeAt = this.#now() + spoolLimits.probeEveryMs;
    this.#deleteNow();
    if (this.#diskError !== null) {
      if (!hasSpace(this.#files, this.#options.folder, spoolLimits.probeBytes) || !this.#cut()) return;
      this.#diskError = null;
    }
    if (this.#pending.bytes > this.#options.maxPendingBytes) return;
    while (this.#held.length > 0) {
      const batch = this.#held[0] as Batch;
      try {
        this.#write(batch);
      } catch (error) {
        this.#held.shift();
        this.#heldBytes -= batch.bytes.length;
        const later = this.#held;
        this.#held = [];
        this.#diskFailed(error, batch);
        this.#held.push(...later);
        return;
      }
      this.#held.shift();
      this.#heldBytes -= batch.bytes.length;
    }
    this.sync();
    this.#watchCap();
    this.reportState();
  }

  #deleteNow(): void {
    if (this.#toDelete.length === 0) return;
    const ids = this.#toDelete;
    try {
      this.#checkpoint.write({
        segment: this.#nextSegment - 1,
        batch: this.#lastBatch,
        positions: this.#syncedPositions(),
        deleting: ids,
      });
      for (const id of ids) this.#files.remove(segmentPath(this.#options.folder, id));
    } catch {
      this.#probeAt = this.#now() + spoolLimits.probeEveryMs;
      return;
    }
    this.#toDelete = [];
    for (const id of ids) this.#pending.drop(id);
    this.#watchCap();
    this.reportState();
  }

  /** The checkpoint may only say what is on disk. */
  #syncedPositions(): FilePosition[] {
    this.sync();
    return this.#positions.list();
  }

  #watchCap(): void {
    if (this.#pending.watchCap()) this.reportState();
  }

  #capReason(): string {
    const mebibytes = Math.round(this.#options.maxPendingBytes / 1024 / 1024);
    return `${mebibytes} MiB of events wait to be stored, which is the limit. Intake goes on once the store has caught up.`;
  }
}
