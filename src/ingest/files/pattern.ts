import { glob } from 'node:fs/promises';
import path from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { type ChunkPool, fileHandle } from '../chunks.ts';
import type { FileSource, SourceStats } from '../contract.ts';
import { type Positions, waitingKey } from './positions.ts';
import type { WatchedPath } from './watched-path.ts';

/** How often a pattern is looked through again; a hint from a directory watch makes it sooner. */
const scanMs = 2_000;
const hintedScanMs = 200;
/** Files that one pattern may follow. */
const maxFiles = 5_000;
/** Rotated files that were compressed hold nothing that was not read before. */
const compressed = /\.(gz|zst|xz|bz2|zip|lz4)$/;

/** A source whose path is a pattern: every file that it finds becomes a source of its own. */
export interface Pattern {
  /** Names of the sources it made. */
  readonly names: ReadonlySet<string>;
  /** A file came or went in one of its folders: look sooner. */
  hint(): void;
  stats(files: readonly WatchedPath[]): SourceStats[];
  close(): void;
}

/**
 * Looks a pattern through again and again (asynchronously: a big tree must not hold up the sockets). What the first scan
 * finds begins at its end, unless the source says `fromBeginning` or the pattern was watched before; what appears later
 * begins at its beginning.
 */
export function createPattern(options: {
  source: FileSource;
  pool: ChunkPool;
  positions: Positions;
  isTaken: (name: string) => boolean;
  isWatched: (file: string) => boolean;
  found: (name: string, file: string, firstSight: 'start' | 'end') => void;
  /** After each scan, with what is there: drops the sources whose files are gone and finished, and returns their names. */
  dropFinished: (names: ReadonlySet<string>, present: ReadonlySet<string>) => string[];
  failed: (source: string, message: string) => void;
}): Pattern {
  const { source, pool, positions, isTaken, isWatched, found, dropFinished, failed } = options;
  const pattern = source.path;
  const names = new Set<string>();
  let firstSight: 'start' | 'end' = source.fromBeginning || positions.knowsPath(pattern) ? 'start' : 'end';
  let problem: string | null = null;
  let timer: NodeJS.Timeout | null = null;
  let isScanning = false;
  let isHinted = false;
  let isClosed = false;

  async function scan(): Promise<void> {
    timer = null;
    isScanning = true;
    isHinted = false;
    try {
      const files: string[] = [];
      for await (const file of glob(pattern)) {
        if (!compressed.test(file)) files.push(path.resolve(file));
      }
      if (isClosed) return;
      files.sort();
      for (const name of dropFinished(names, new Set(files))) names.delete(name);
      const fresh = files.filter((file) => !isWatched(file));
      for (const [index, file] of fresh.slice(0, Math.max(0, maxFiles - names.size)).entries()) {
        if (index % 50 === 49) await setImmediate();
        if (isClosed) return;
        if (isWatched(file)) continue;
        const name = sourceName(file, isTaken);
        names.add(name);
        found(name, file, firstSight);
      }
      const message =
        files.length > maxFiles
          ? `"${pattern}" matches ${files.length} files; only ${maxFiles} are followed. Use several narrower patterns.`
          : null;
      if (message !== null && message !== problem) failed(source.name, message);
      problem = message;
      if (firstSight === 'end' || !positions.knowsPath(pattern)) remember();
      firstSight = 'start';
    } catch (error) {
      problem = `Cannot look through "${pattern}": ${(error as Error).message}. It is tried again every 2 s.`;
    } finally {
      isScanning = false;
      if (!isClosed) timer ??= setTimeout(scan, scanMs);
    }
  }

  /** After a restart too, files that nobody has seen yet are read from their beginning. */
  function remember(): void {
    const key = waitingKey(pattern);
    positions.set(key, pattern, 0);
    pool.mark(fileHandle(key, pattern), 0);
  }

  void scan();

  return {
    names,

    hint() {
      if (isScanning || isHinted || isClosed) return;
      isHinted = true;
      if (timer !== null) clearTimeout(timer);
      timer = setTimeout(scan, hintedScanMs);
    },

    stats(files) {
      const followed = files.filter((file) => names.has(file.name)).length;
      return [
        {
          source: source.name,
          source_type: 'file',
          received: 0,
          bytes: 0,
          limited: 0,
          dropped: 0,
          lastAt: null,
          lagBytes: null,
          state: followed === 0 ? 'waiting' : 'active',
          detail: problem ?? `A pattern that now matches ${followed} files, each a source of its own.`,
          path: pattern,
        },
      ];
    },

    close() {
      isClosed = true;
      if (timer !== null) clearTimeout(timer);
    },
  };
}

/**
 * `file_<basename>`; where another path has that name, with as many folders before it as it takes:
 * `file_site1_access.log`.
 */
function sourceName(file: string, isTaken: (name: string) => boolean): string {
  const parts = file.split(path.sep).filter((part) => part !== '');
  for (let count = 1; count <= parts.length; count += 1) {
    const name = `file_${parts.slice(-count).join('_')}`;
    if (!isTaken(name)) return name;
  }
  let number = 2;
  while (isTaken(`file_${parts.join('_')}_${number}`)) number += 1;
  return `file_${parts.join('_')}_${number}`;
}
