import { closeSync, fstatSync, readSync } from 'node:fs';
import { maxRecordBytes } from '../../model/index.ts';
import { type ChunkPool, type FileHandle, fileHandle, type SourceHandle, sourceHandle } from '../chunks.ts';
import { type FileKey, fingerprintBytes, formatKey, keyOf, readHead } from './identity.ts';
import { freshKey, type Positions } from './positions.ts';

/** Bytes read from one file before the others, and the sockets, have their turn. */
const turnBytes = 256 * 1024;
/** An unfinished line up to this long is simply read again when the file grows; a longer one is searched from its end. */
const rereadBytes = 4096;

/** One per thread: a turn never leaves anything in it. */
const window = Buffer.allocUnsafeSlow(turnBytes);

/** Counters of one source, shared by the files that it goes through. */
export interface FileCounters {
  received: number;
  bytes: number;
  cut: number;
  truncations: number;
  lastAt: number | null;
}

export interface FollowerOptions {
  fd: number;
  inode: string;
  path: string;
  source: string;
  hint: string | null;
  pool: ChunkPool;
  positions: Positions;
  counters: FileCounters;
  /** Where to begin, and under which key if the file is known. `end`: after the last complete line. */
  begin: { key: FileKey; offset: number } | 'start' | 'end';
}

/**
 * One open file. Hands over complete lines only; an unfinished last line waits for its end.
 *
 * Invariant: everything before `offset` was handed over, and there is no line end in `[offset, scanned)`.
 */
export class Follower {
  readonly inode: string;
  /** Size at the last look. */
  size = 0;
  /** When the file last grew, epoch ms. */
  grewAt: number;
  /** When another file was found under its path, or none at all. Null: it is the file of that path. */
  replacedAt: number | null = null;
  offset = 0;
  #scanned = 0;
  #mtimeMs = 0;
  #head: Buffer;
  #key: FileKey;
  /** Made with the first record: until then the fingerprint may still take in more bytes. */
  #handles: { source: SourceHandle; file: FileHandle } | null = null;
  readonly #options: FollowerOptions;

  constructor(options: FollowerOptions, now: number) {
    this.#options = options;
    this.inode = options.inode;
    this.grewAt = now;
    this.size = fstatSync(options.fd).size;
    this.#head = readHead(options.fd);
    const { begin, positions } = options;
    if (typeof begin === 'object' && begin.offset <= this.size) {
      this.#key = begin.key;
      this.#moveTo(begin.offset);
    } else {
      this.#key = keyOf(this.inode, this.#head);
      // A known file that is now shorter than what was read of it was emptied while nobody watched.
      if (typeof begin === 'object') this.#key = freshKey(positions, this.#key);
      if (begin === 'end') this.#moveTo(this.#lastLineEnd());
    }
    this.#mark();
  }

  get lagBytes(): number {
    return Math.max(0, this.size - this.offset);
  }

  /** Looks at the size only, for when nothing may be read. */
  look(): void {
    this.size = fstatSync(this.#options.fd).size;
  }

  /**
   * Reads on, at most 256 KiB. `more`: there may be more to read at once; `blocked`: the pool has no room; `idle`: at the
   * end of the file.
   */
  turn(now: number): 'more' | 'blocked' | 'idle' {
    const { size, mtimeMs } = fstatSync(this.#options.fd);
    if (size !== this.size || mtimeMs !== this.#mtimeMs) {
      this.size = size;
      this.#mtimeMs = mtimeMs;
      this.grewAt = now;
      if (size < this.offset || !this.#headIsSame()) this.#beginAnew();
      if (size < this.#scanned) this.#scanned = this.offset;
    }
    if (this.#scanned >= size) return 'idle';
    if (!this.#options.pool.hasRoomForBacklog()) return 'blocked';
    if (this.#scanned - this.offset > rereadBytes) {
      const end = this.#findLineEnd();
      if (end === null) return this.#scanned < size ? 'more' : 'idle';
      if (end - this.offset >= turnBytes) {
        this.#handOverLong(end, now);
        this.#moveTo(end + 1);
        this.#mark();
        return 'more';
      }
    }
    return this.#readLines(now);
  }

  /** The file is finished: hands over an unfinished last line and closes it. False: no room yet, call again. */
  finish(now: number): boolean {
    if (this.offset < this.size) {
      if (!this.#options.pool.hasRoomForBacklog()) return false;
      this.#handOverLong(this.size, now);
      this.#moveTo(this.size);
      this.#mark();
    }
    this.close();
    return true;
  }

  close(): void {
    closeSync(this.#options.fd);
  }

  #readLines(now: number): 'more' | 'blocked' | 'idle' {
    const { fd, pool } = this.#options;
    const read = readSync(fd, window, 0, turnBytes, this.offset);
    const data = window.subarray(0, read);
    let lineAt = 0;
    let blocked = false;
    for (;;) {
      if (data[lineAt] === 0) lineAt = this.#afterNuls(data, lineAt);
      const end = data.indexOf(10, lineAt);
      if (end === -1) break;
      if (!pool.hasRoomForBacklog()) {
        blocked = true;
        break;
      }
      this.#handOver(data, lineAt, end, this.offset + lineAt, now);
      lineAt = end + 1;
      // Per line, because a chunk may be full in the middle of what was read: it says how far it goes.
      pool.mark(this.#named().file, this.offset + lineAt);
    }
    this.#moveTo(this.offset + lineAt);
    if (lineAt > 0) this.#mark();
    if (blocked) return 'blocked';
    this.#scanned = this.offset + (read - lineAt);
    return this.#scanned < this.size && read > 0 ? 'more' : 'idle';
  }

  /**
   * A crash may leave a block of NULs, and so does a writer that goes on at its old place in an emptied file: skipped.
   * At the end of the file they stay unread: they may be space set aside for what comes.
   */
  #afterNuls(data: Buffer, from: number): number {
    let at = from;
    while (at < data.length && data[at] === 0) at += 1;
    return at === data.length && this.offset + at >= this.size ? from : at;
  }

  /** Searches the next 256 KiB for the end of a long line. */
  #findLineEnd(): number | null {
    const read = readSync(this.#options.fd, window, 0, turnBytes, this.#scanned);
    const found = window.subarray(0, read).indexOf(10);
    const searchedFrom = this.#scanned;
    this.#scanned += found === -1 ? read : found;
    return found === -1 ? null : searchedFrom + found;
  }

  /** A line that ends at `end` and may be longer than a turn; of one longer than a record only the beginning is kept. */
  #handOverLong(end: number, now: number): void {
    const length = Math.min(end - this.offset, maxRecordBytes);
    const bytes = Buffer.allocUnsafeSlow(length);
    const read = readSync(this.#options.fd, bytes, 0, length, this.offset);
    if (end - this.offset > maxRecordBytes) this.#options.counters.cut += 1;
    let from = 0;
    while (from < read && bytes[from] === 0) from += 1;
    this.#handOver(bytes, from, read, this.offset + from, now);
  }

  #handOver(bytes: Buffer, from: number, lineEnd: number, position: number, now: number): void {
    const end = lineEnd > from && bytes[lineEnd - 1] === 13 ? lineEnd - 1 : lineEnd;
    if (end === from) return;
    const { counters, pool } = this.#options;
    pool.append(this.#named().source, bytes, from, end, now, position);
    counters.received += 1;
    counters.bytes += end - from;
    counters.lastAt = now;
  }

  /** Nothing was read from a file at 0: it has no position yet, and its fingerprint is left open. */
  #mark(): void {
    if (this.offset === 0) return;
    const { path, pool, positions } = this.#options;
    const { file } = this.#named();
    positions.set(file.key, path, this.offset);
    pool.mark(file, this.offset);
  }

  #named(): { source: SourceHandle; file: FileHandle } {
    if (this.#handles !== null) return this.#handles;
    const { hint, path, source } = this.#options;
    const key = formatKey(this.#key);
    const info = { source, source_type: 'file', peer: null, hint, identity: `file:${key}` } as const;
    this.#handles = { source: sourceHandle(info), file: fileHandle(key, path) };
    return this.#handles;
  }

  #moveTo(offset: number): void {
    this.offset = offset;
    this.#scanned = offset;
  }

  /** Compares the first bytes with those seen before, and learns more of them while the file is short. */
  #headIsSame(): boolean {
    const head = readHead(this.#options.fd);
    if (head.length < this.#head.length || !head.subarray(0, this.#head.length).equals(this.#head)) return false;
    if (this.#head.length < fingerprintBytes) {
      this.#head = head;
      if (this.#handles === null && this.offset === 0) {
        this.#key = freshKey(this.#options.positions, keyOf(this.inode, head));
      }
    }
    return true;
  }

  /** The file was emptied (copytruncate, `> file`): whatever it holds now is new. */
  #beginAnew(): void {
    this.#head = readHead(this.#options.fd);
    this.#key = freshKey(this.#options.positions, keyOf(this.inode, this.#head));
    this.#handles = null;
    this.#moveTo(0);
    this.#options.counters.truncations += 1;
  }

  #lastLineEnd(): number {
    let end = this.size;
    while (end > 0) {
      const from = Math.max(0, end - turnBytes);
      const read = readSync(this.#options.fd, window, 0, end - from, from);
      const found = window.subarray(0, read).lastIndexOf(10);
      if (found !== -1) return from + found + 1;
      // An endless line: begin in the middle of it rather than read the whole file.
      if (this.size - from > maxRecordBytes) return this.size;
      end = from;
    }
    return 0;
  }
}
