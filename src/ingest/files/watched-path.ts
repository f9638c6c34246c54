import { closeSync, constants, fstatSync, openSync, realpathSync, statSync } from 'node:fs';
import { type ChunkPool, fileHandle } from '../chunks.ts';
import type { SourceStats } from '../contract.ts';
import { resolveInsideRoots } from '../roots.ts';
import { type FileCounters, Follower } from './follower.ts';
import { inodeOf, readHead } from './identity.ts';
import { type Positions, waitingKey } from './positions.ts';
import { rotatedFiles } from './rotated-files.ts';

/** How long a file that was rotated away may still be written to before it is closed. */
const graceMs = 30_000;
/** A path whose file is there is compared with it this often; a directory watch makes it sooner. */
const checkMs = 1_000;
/** A path without a file is looked at this often at most. */
const missingCheckMs = 50;
/** A file that could not be opened is tried again after this time. */
const retryMs = 5_000;

/** What the watched paths of one thread share. */
export interface TailContext {
  pool: ChunkPool;
  positions: Positions;
  roots: readonly string[];
  /** Inodes that are being followed, and by which source. */
  open: Map<string, string>;
  /** Called when a file cannot be read, once until it can be again. */
  failed: (source: string, message: string) => void;
}

export interface WatchedPathOptions {
  name: string;
  path: string;
  hint: string | null;
  /** `end`: what is in an unknown file at first sight is not read. */
  firstSight: 'start' | 'end';
}

/**
 * One path of one source and the files that appear under it, oldest first; the last is the one that is there now, unless
 * the path is missing. A file that was renamed away is read to its end before the next is begun, and kept open for a
 * while, because writers go on writing to it until they are told.
 */
export class WatchedPath {
  readonly name: string;
  readonly path: string;
  readonly hint: string | null;
  /** When it wants to be polled next, epoch ms, and after how long again. */
  dueAt = 0;
  intervalMs = 5;
  readonly #context: TailContext;
  readonly #counters: FileCounters = { received: 0, bytes: 0, cut: 0, truncations: 0, lastAt: null };
  #files: Follower[] = [];
  #firstSight: 'start' | 'end';
  #checkedAt = 0;
  #isWaiting = false;
  #retryAt = 0;
  #refusedInode: string | null = null;
  #problem: string | null = null;
  #note: string | null = null;

  constructor(options: WatchedPathOptions, context: TailContext) {
    this.name = options.name;
    this.path = options.path;
    this.hint = options.hint;
    this.#context = context;
    this.#firstSight = options.firstSight;
    if (context.positions.knowsPath(this.path)) {
      // It was watched before: what is there now and was not read yet is read from its beginning.
      this.#firstSight = 'start';
    }
    // At once: what is written after a source was added is new, whenever the first poll comes.
    this.#checkPath(Date.now());
  }

  get isMissing(): boolean {
    return this.#current === null;
  }

  /** No file is there, and all that were are read and closed. */
  get isFinished(): boolean {
    return this.#files.length === 0;
  }

  /**
   * Reads what there is, one turn at most, and looks after rotation. `more`: wants to go on at once; `blocked`: the pool
   * has no room. @param mayRead false: only look at sizes and rotation.
   */
  poll(now: number, mayRead: boolean): 'more' | 'blocked' | 'read' | 'idle' {
    let result: 'more' | 'blocked' | 'read' | 'idle' = 'idle';
    for (const file of this.#files) {
      if (!mayRead) {
        file.look();
        continue;
      }
      const before = file.offset;
      const turn = file.turn(now);
      if (turn !== 'idle') {
        result = turn;
        break;
      }
      if (file.offset !== before) result = 'read';
    }
    const isBusy = result === 'more' || result === 'blocked';
    if (now - this.#checkedAt >= (this.isMissing ? missingCheckMs : checkMs)) {
      this.#checkedAt = now;
      if (this.#checkPath(now) && !isBusy) result = 'more';
    }
    if (mayRead && !isBusy) this.#closeFinished(now);
    return result;
  }

  /** Something was created, renamed or removed under its name: the next poll compares. */
  expectRotation(): void {
    this.#checkedAt = 0;
    this.#isWaiting = false;
  }

  /** Gives up a file that failed in the middle (a device error, a stale handle); it is opened again later. */
  fail(error: unknown, now: number): void {
    this.close();
    this.#report(now, `Cannot read "${this.path}": ${(error as Error).message}. It is tried again every 5 s.`);
  }

  close(): void {
    for (const file of this.#files) {
      this.#context.open.delete(file.inode);
      try {
        file.close();
      } catch {
        // closed already
      }
    }
    this.#files = [];
  }

  stats(): SourceStats {
    const { received, bytes, cut, truncations, lastAt } = this.#counters;
    const details = [this.#problem ?? this.#note];
    if (details[0] === null && this.isMissing) details.push('There is no such file yet; it is waited for.');
    if (cut > 0) details.push(`${cut} lines were longer than 1 MiB and were cut.`);
    if (truncations > 0) details.push(`The file was emptied ${truncations} times.`);
    return {
      source: this.name,
      source_type: 'file',
      received,
      bytes,
      limited: 0,
      dropped: 0,
      lastAt,
      lagBytes: this.#files.reduce((sum, file) => sum + file.lagBytes, 0),
      state: this.#problem !== null ? 'failed' : this.isMissing ? 'waiting' : 'active',
      detail: details.filter((detail) => detail !== null).join(' ') || null,
      path: this.path,
    };
  }

  get #current(): Follower | null {
    const last = this.#files.at(-1);
    return last === undefined || last.replacedAt !== null ? null : last;
  }

  /** Compares the path with the file that was there. True: another file was opened. */
  #checkPath(now: number): boolean {
    const last = this.#files.at(-1);
    let stat: { dev: number; ino: number } | undefined;
    try {
      stat = statSync(this.path, { throwIfNoEntry: false });
    } catch (error) {
      this.#report(now, openMessage(this.path, error));
      return false;
    }
    if (stat === undefined) {
      if (last !== undefined) last.replacedAt ??= now;
      if (!this.#isWaiting) this.#openRotatedAway(null);
      this.#isWaiting = true;
      this.#problem = null;
      this.#note = null;
      this.#firstSight = 'start';
      this.#remember();
      return false;
    }
    const inode = inodeOf(stat);
    if (last?.inode === inode) {
      last.replacedAt = null;
      return false;
    }
    if (last !== undefined) last.replacedAt ??= now;
    if (this.#cameBack(inode)) return false;
    if (now < this.#retryAt && inode === this.#refusedInode) return false;
    this.#isWaiting = false;
    const isOpen = this.#open(now);
    this.#refusedInode = isOpen ? null : inode;
    return isOpen;
  }

  /** An earlier file was renamed back: it is the present one again. */
  #cameBack(inode: string): boolean {
    const file = this.#files.find((each) => each.inode === inode);
    if (file === undefined) return false;
    file.replacedAt = null;
    this.#files = [...this.#files.filter((each) => each !== file), file];
    return true;
  }

  /** After a restart, too, a file that appears here is read from its beginning. */
  #remember(): void {
    const { pool, positions } = this.#context;
    if (positions.knowsPath(this.path)) return;
    const key = waitingKey(this.path);
    positions.set(key, this.path, 0);
    pool.mark(fileHandle(key, this.path), 0);
  }

  #open(now: number): boolean {
    const { open, roots } = this.#context;
    let fd: number | null = null;
    try {
      const real = realpathSync.native(this.path);
      const allowed = resolveInsideRoots(real, roots);
      if (!allowed.ok) {
        this.#report(now, real === this.path ? allowed.reason : `"${this.path}" leads to "${real}". ${allowed.reason}`);
        return false;
      }
      // Never blocks on a pipe, never follows a link that was put there since.
      fd = openSync(real, constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOFOLLOW);
      const stat = fstatSync(fd);
      if (!stat.isFile()) {
        closeSync(fd);
        this.#report(
          now,
          `"${this.path}" is not a regular file; name a log file, or a pattern such as "${this.path}/*.log".`,
        );
        return false;
      }
      const inode = inodeOf(stat);
      const other = open.get(inode);
      if (other !== undefined) {
        closeSync(fd);
        // A hard link, two names for one file, or a rotated file that came under a pattern: it is being read.
        this.#note = `It is the same file as one of ${other}, which reads it.`;
        this.#retryAt = now + retryMs;
        return false;
      }
      // Only now: every file that was at this path before this one has its new name by now.
      open.set(inode, this.name);
      this.#openRotatedAway(inode);
      this.#follow(fd, inode, now);
      this.#problem = null;
      this.#note = null;
      return true;
    } catch (error) {
      if (fd !== null) {
        open.delete(inodeOf(fstatSync(fd)));
        closeSync(fd);
      }
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') this.#report(now, openMessage(this.path, error));
      return false;
    }
  }

  #follow(fd: number, inode: string, now: number): void {
    const { open, pool, positions } = this.#context;
    const known = positions.find(inode, readHead(fd));
    const { name: source, path: watched, hint } = this;
    const begin = known ?? this.#firstSight;
    const counters = this.#counters;
    this.#files.push(new Follower({ fd, inode, path: watched, source, hint, pool, positions, counters, begin }, now));
    open.set(inode, source);
    this.#firstSight = 'start';
    this.#remember();
  }

  /**
   * Rotation while nobody looked: first what the files read so far still held when they were renamed away, then those
   * that came and went after them, oldest first.
   */
  #openRotatedAway(present: string | null): void {
    const known = this.#context.positions.offsetsOf(this.path);
    for (const { inode, offset } of this.#files) known.set(inode, offset);
    if (known.size === 0) return;
    const isRotated = present === null || !known.has(present);
    const rotated = rotatedFiles(this.path);
    const lastKnown = rotated.findLast(({ inode }) => known.has(inode));
    for (const { file, inode, size, bornMs } of rotated) {
      // An unknown file that is older than a known one was there before the path was first watched.
      const isLater = isRotated && lastKnown !== undefined && bornMs >= lastKnown.bornMs;
      const isUnread = known.has(inode) ? known.get(inode) !== size : isLater;
      if (isUnread) this.#openRotated(file, inode);
    }
  }

  #openRotated(file: string, inode: string): void {
    const { open, positions, roots } = this.#context;
    if (open.has(inode) || !resolveInsideRoots(file, roots).ok) return;
    let fd: number | null = null;
    try {
      fd = openSync(file, constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOFOLLOW);
      const stat = fstatSync(fd);
      const known = positions.find(inode, readHead(fd));
      // Known by its inode only: it was emptied, or is a later file; so none of it was read.
      const isRead = known !== null && known.offset >= stat.size;
      if (!stat.isFile() || inodeOf(stat) !== inode || isRead) {
        closeSync(fd);
        return;
      }
      const now = Date.now();
      this.#follow(fd, inode, now);
      const follower = this.#files.at(-1);
      if (follower !== undefined) follower.replacedAt = now;
    } catch {
      // gone again, or not ours to read: then there is nothing more to get from it
      if (fd !== null) closeSync(fd);
    }
  }

  #closeFinished(now: number): void {
    this.#files = this.#files.filter((file) => {
      const { replacedAt } = file;
      if (replacedAt === null || now - Math.max(replacedAt, file.grewAt) < graceMs) return true;
      if (!file.finish(now)) return true;
      this.#context.open.delete(file.inode);
      return false;
    });
  }

  #report(now: number, problem: string): void {
    if (this.#problem !== problem) this.#context.failed(this.name, problem);
    this.#problem = problem;
    this.#retryAt = now + retryMs;
  }
}

function openMessage(file: string, error: unknown): string {
  const { code, message } = error as NodeJS.ErrnoException;
  if (code === 'EACCES' || code === 'EPERM') {
    return `Cannot read "${file}": permission denied. Give the user that runs Phosor read access, for example by adding it to the group that owns the file.`;
  }
  if (code === 'EMFILE' || code === 'ENFILE') {
    return `Cannot open "${file}": too many files are open. Raise the limit (ulimit -n) or follow fewer files.`;
  }
  return `Cannot open "${file}": ${message}. It is tried again every 5 s.`;
}
