import { mkdirSync, readFileSync } from 'node:fs';
import { open, rename } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Log } from '../serve/contract.ts';
import type { EventStore, SealedSegment } from '../store/contract.ts';
import { batchOfSnapshot } from './snapshot-file.ts';

const retryAfterMs = 1000;

interface SavedSnapshot {
  batch: number;
  /** See snapshot-file.ts. */
  bytes: Uint8Array;
}

export interface StoreLoopOptions {
  store: EventStore;
  /** Of one load statement: more than 50,000 gain nothing and delay readers. */
  rowsPerLoad: number;
  snapshotFile: string;
  /** Highest batch that the snapshot on disk has seen, and what a former run left in the spool. */
  savedBatch: number;
  pending: readonly Segment[];
  /** Asks the spool to close its open segment; the answer arrives as {@link StoreLoop.sealDone}. */
  seal: (request: number) => void;
  remove: (ids: readonly number[]) => void;
  log: Log;
}

interface Reader {
  upTo: number;
  done: () => void;
}

type Segment = Pick<SealedSegment, 'id' | 'path' | 'rows' | 'lastBatch'>;

/**
 * Moves segments from the spool into the store. A segment is deleted once it is stored **and** lies inside a correlator
 * snapshot that is on disk; a snapshot is written only once every batch it has seen is on disk itself.
 */
export class StoreLoop {
  readonly #options: StoreLoopOptions;
  readonly #waiting: Segment[];
  /** Stored, but not yet inside a saved snapshot. */
  #stored: Segment[] = [];
  #isLoading = false;
  #loadedUpTo = 0;
  #sealedBatch: number;
  #savedBatch: number;
  #snapshot: { batch: number; blocks: readonly Uint8Array[] } | null = null;
  #isSaving = false;
  #quarantined = 0;
  #nextRequest = 1;
  #flushing: { next: Promise<void> | null } = { next: null };
  readonly #sealRequests = new Map<number, (upToSegment: number) => void>();
  #readers: Reader[] = [];

  constructor(options: StoreLoopOptions) {
    this.#options = options;
    this.#waiting = [...options.pending];
    this.#savedBatch = options.savedBatch;
    this.#sealedBatch = options.pending.at(-1)?.lastBatch ?? 0;
    this.#kick();
  }

  get quarantinedRows(): number {
    return this.#quarantined;
  }

  /** Segments that the store has not taken yet. */
  get backlog(): number {
    return this.#waiting.length;
  }

  sealed(segment: Segment): void {
    this.#waiting.push(segment);
    this.#sealedBatch = Math.max(this.#sealedBatch, segment.lastBatch);
    this.#kick();
    void this.#save();
  }

  sealDone(request: number, upToSegment: number): void {
    this.#sealRequests.get(request)?.(upToSegment);
    this.#sealRequests.delete(request);
  }

  offerSnapshot(batch: number, blocks: readonly Uint8Array[]): void {
    this.#snapshot = { batch, blocks };
    void this.#save();
  }

  /** Resolves when everything that was acknowledged before the call can be read. Calls of one moment share the work. */
  flush(): Promise<void> {
    this.#flushing.next ??= this.#startFlush();
    return this.#flushing.next;
  }

  /** Waits until every sealed segment is stored, at most `timeoutMs`. What is left is loaded at the next start. */
  async drain(timeoutMs: number): Promise<void> {
    const end = performance.now() + timeoutMs;
    while ((this.#waiting.length > 0 || this.#isLoading || this.#isSaving) && performance.now() < end) {
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  }

  async #startFlush(): Promise<void> {
    // The next caller must get a flush of its own: events may be acknowledged while this one is on its way.
    await null;
    this.#flushing.next = null;
    const request = this.#nextRequest++;
    const upTo = await new Promise<number>((resolve) => {
      this.#sealRequests.set(request, resolve);
      this.#options.seal(request);
    });
    if (this.#isStoredUpTo(upTo)) return;
    await new Promise<void>((done) => this.#readers.push({ upTo, done }));
  }

  #isStoredUpTo(segment: number): boolean {
    const first = this.#waiting[0];
    return !(first !== undefined && first.id <= segment) && (!this.#isLoading || this.#loadedUpTo >= segment);
  }

  #kick(): void {
    if (this.#isLoading || this.#waiting.length === 0) return;
    this.#isLoading = true;
    void this.#load();
  }

  async #load(): Promise<void> {
    const { store, rowsPerLoad, log } = this.#options;
    while (this.#waiting.length > 0) {
      const group: Segment[] = [];
      let rows = 0;
      for (const segment of this.#waiting) {
        if (group.length > 0 && rows + segment.rows > rowsPerLoad) break;
        group.push(segment);
        rows += segment.rows;
      }
      try {
        const { quarantined } = await store.load(group.map(({ id, path }) => ({ id, path })));
        if (quarantined > 0) {
          this.#quarantined += quarantined;
          log(
            'error',
            `${quarantined} stored lines could not be read and were put aside in the data folder's quarantine.`,
          );
        }
      } catch (error) {
        log('error', `The event store does not take new events, they wait in the spool: ${(error as Error).message}`);
        await new Promise((resolve) => setTimeout(resolve, retryAfterMs));
        continue;
      }
      this.#waiting.splice(0, group.length);
      this.#loadedUpTo = group.at(-1)?.id ?? this.#loadedUpTo;
      this.#stored.push(...group);
      this.#answerReaders();
      this.#removeStored();
    }
    this.#isLoading = false;
    this.#answerReaders();
  }

  #answerReaders(): void {
    const still: Reader[] = [];
    for (const reader of this.#readers) {
      if (this.#waiting.some(({ id }) => id <= reader.upTo)) still.push(reader);
      else reader.done();
    }
    this.#readers = still;
  }

  #removeStored(): void {
    const done = this.#stored.filter(({ lastBatch }) => lastBatch <= this.#savedBatch);
    if (done.length === 0) return;
    this.#stored = this.#stored.filter(({ lastBatch }) => lastBatch > this.#savedBatch);
    this.#options.remove(done.map(({ id }) => id));
  }

  async #save(): Promise<void> {
    const next = this.#snapshot;
    if (this.#isSaving || next === null || next.batch > this.#sealedBatch || next.batch === this.#savedBatch) return;
    this.#isSaving = true;
    this.#snapshot = null;
    try {
      await writeAtomically(this.#options.snapshotFile, next.blocks);
      this.#savedBatch = next.batch;
      this.#removeStored();
    } catch (error) {
      this.#options.log(
        'warn',
        `The correlation state could not be saved, segments are kept longer: ${(error as Error).message}`,
      );
    }
    this.#isSaving = false;
  }
}

async function writeAtomically(file: string, blocks: readonly Uint8Array[]): Promise<void> {
  const temporary = `${file}.new`;
  const handle = await open(temporary, 'w', 0o600);
  try {
    for (const block of blocks) await handle.writeFile(block);
    await handle.sync();
  } finally {
    await handle.close();
  }
  await rename(temporary, file);
  const folder = await open(dirname(file), 'r');
  await folder.sync();
  await folder.close();
}

/** The last snapshot, or null where there is none or it cannot be read (correlation then starts from the spool alone). */
export function readSnapshot(dataDir: string, log: Log): { file: string; saved: SavedSnapshot | null } {
  mkdirSync(dataDir, { recursive: true, mode: 0o700 });
  const file = join(dataDir, 'correlation.ndjson');
  try {
    // A buffer of its own, which can be moved to another thread; a small file's would be a part of Node's pool.
    const bytes = new Uint8Array(readFileSync(file));
    return { file, saved: { batch: batchOfSnapshot(bytes), bytes } };
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') {
      log('warn', `The saved correlation state is not readable and is left aside: ${(error as Error).message}`);
    }
    return { file, saved: null };
  }
}
