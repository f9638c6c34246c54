import { type FSWatcher, watch } from 'node:fs';
import path from 'node:path';
import type { FilePosition } from '../../model/index.ts';
import type { ChunkPool } from '../chunks.ts';
import type { FileSource, SourceStats } from '../contract.ts';
import { fixedPart, isGlob, resolveInsideRoots } from '../roots.ts';
import { createPattern, type Pattern } from './pattern.ts';
import { createPositions, type Positions } from './positions.ts';
import { type TailContext, WatchedPath } from './watched-path.ts';

/** Poll interval of a file that was just written to, and of one that was not for a while. */
const hotMs = 5;
const idleMs = 250;
/** A file that is polled this often needs no hint. */
const soonMs = 20;
/** After this time other files and the sockets have their turn. */
const sliceMs = 8;

/**
 * Follows any number of files and patterns in one thread: one timer, short synchronous reads, at most 256 KiB per file
 * and turn, at most about 8 ms until the sockets are served again.
 */
export interface FileTail {
  /** Returns a sentence if the source cannot be watched, else null. Adding a name again replaces it. */
  add(file: FileSource): string | null;
  /** Stops watching. How far its files were read stays known: added again (with another hint, say), it goes on there. */
  remove(name: string): void;
  /** While paused, sizes and rotation are looked after but nothing is read. */
  pause(isPaused: boolean): void;
  stats(): SourceStats[];
  close(): void;
}

export function createFileTail(options: {
  pool: ChunkPool;
  roots: readonly string[];
  positions: readonly FilePosition[];
  failed: (source: string, message: string) => void;
}): FileTail {
  const { pool, roots, failed } = options;
  const positions: Positions = createPositions(options.positions);
  const context: TailContext = { pool, positions, roots, open: new Map(), failed };
  /** By path: two sources never share one. */
  const watched = new Map<string, WatchedPath>();
  const patterns = new Map<string, Pattern>();
  const hints = new Map<string, FSWatcher | null>();
  let order: WatchedPath[] = [];
  let next = 0;
  let isPaused = false;
  let isBlocked = false;
  let isClosed = false;
  let timer: NodeJS.Timeout | null = null;
  let soon: NodeJS.Immediate | null = null;

  function tick(): void {
    timer = null;
    soon = null;
    if (isClosed) return;
    const startedAt = performance.now();
    const now = Date.now();
    isBlocked = false;
    let wantsMore = false;
    let earliest = now + idleMs;
    for (let i = 0; i < order.length; i += 1) {
      const file = order[(next + i) % order.length];
      if (file === undefined) continue;
      if (file.dueAt > now) {
        if (file.dueAt < earliest) earliest = file.dueAt;
        continue;
      }
      wantsMore = poll(file, now) || wantsMore;
      if (file.dueAt < earliest) earliest = file.dueAt;
      if (performance.now() - startedAt > sliceMs) {
        next = (next + i + 1) % order.length;
        wantsMore = true;
        break;
      }
    }
    if (wantsMore) soon = setImmediate(tick);
    else timer = setTimeout(tick, Math.max(1, earliest - now));
  }

  /** True: the file has more to read at once. */
  function poll(file: WatchedPath, now: number): boolean {
    let result: 'more' | 'blocked' | 'read' | 'idle' = 'idle';
    try {
      result = file.poll(now, !isPaused && !isBlocked);
    } catch (error) {
      file.fail(error, now);
    }
    if (result === 'blocked') isBlocked = true;
    const isCalm = result === 'idle' || result === 'blocked';
    file.intervalMs = isCalm ? Math.min(idleMs, file.intervalMs * 2) : Math.max(hotMs, file.intervalMs / 4);
    file.dueAt = result === 'more' ? now : now + file.intervalMs;
    return result === 'more';
  }

  /** Something happened to a file: look at it at once. One that is polled soon anyway is left to its turn. */
  function wake(file: WatchedPath, isRename: boolean): void {
    if (isPaused || isBlocked) return;
    if (isRename) file.expectRotation();
    else if (file.intervalMs <= soonMs) return;
    file.dueAt = 0;
    tickSoon();
  }

  function tickSoon(): void {
    if (soon !== null || isClosed) return;
    if (timer !== null) clearTimeout(timer);
    timer = null;
    soon = setImmediate(tick);
  }

  /** Directory watches only shorten the wait: without them (network file systems, no more watches) polling is enough. */
  function hint(folder: string): void {
    if (hints.has(folder)) return;
    hints.set(folder, null);
    try {
      const watcher = watch(folder, { persistent: false }, (event, name) => {
        const file = name === null ? undefined : watched.get(path.join(folder, name));
        if (file !== undefined) wake(file, event === 'rename');
        else if (event === 'rename') for (const pattern of patterns.values()) pattern.hint();
      });
      watcher.on('error', () => watcher.close());
      hints.set(folder, watcher);
    } catch {
      hints.delete(folder);
    }
  }

  function watchPath(name: string, file: string, from: FileSource, firstSight: 'start' | 'end'): void {
    const added = new WatchedPath({ name, path: file, hint: from.hint, firstSight }, context);
    watched.set(file, added);
    order.push(added);
    hint(path.dirname(file));
    tickSoon();
  }

  function unwatch(file: WatchedPath): void {
    file.close();
    watched.delete(file.path);
    order = order.filter((other) => other !== file);
    next = 0;
  }

  pool.onRoom(() => {
    if (!isBlocked) return;
    for (const file of order) file.dueAt = 0;
    tickSoon();
  });
  tickSoon();

  function remove(name: string): void {
    const pattern = patterns.get(name);
    if (pattern !== undefined) {
      patterns.delete(name);
      pattern.close();
    }
    for (const file of [...order]) {
      if (file.name === name || pattern?.names.has(file.name)) unwatch(file);
    }
  }

  return {
    add(file) {
      const inside = resolveInsideRoots(file.path, roots);
      if (!inside.ok) return inside.reason;
      remove(file.name);
      if (!isGlob(inside.path)) {
        const other = watched.get(inside.path);
        if (other !== undefined) return `"${inside.path}" is already followed by ${other.name}.`;
        watchPath(file.name, inside.path, file, file.fromBeginning ? 'start' : 'end');
        return null;
      }
      const pattern = createPattern({
        source: { ...file, path: inside.path },
        pool,
        positions,
        isTaken: (name) => patterns.has(name) || order.some((other) => other.name === name),
        isWatched: (found) => watched.has(found),
        found: (name, found, firstSight) => watchPath(name, found, file, firstSight),
        dropFinished: (names, present) => {
          const gone = order.filter((other) => names.has(other.name) && !present.has(other.path) && other.isFinished);
          for (const other of gone) unwatch(other);
          return gone.map((other) => other.name);
        },
        failed,
      });
      patterns.set(file.name, pattern);
      hint(fixedPart(inside.path));
      return null;
    },

    remove,

    pause(paused) {
      isPaused = paused;
      for (const file of order) file.dueAt = 0;
      tickSoon();
    },

    stats: () => [
      ...order.map((file) => file.stats()),
      ...[...patterns.values()].flatMap((pattern) => pattern.stats(order)),
    ],

    close() {
      isClosed = true;
      if (timer !== null) clearTimeout(timer);
      if (soon !== null) clearImmediate(soon);
      for (const pattern of patterns.values()) pattern.close();
      for (const watcher of hints.values()) watcher?.close();
      for (const file of order) file.close();
    },
  };
}
