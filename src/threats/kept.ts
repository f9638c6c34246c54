import { createHash } from 'node:crypto';
import fs from 'node:fs';
import { join } from 'node:path';
import type { ThreatDetector } from '../serve/threats/messages.ts';
import { type LogChunk, readChunk } from './log.ts';

/* What detectors' rules have matched, on disk: a folder for each set of detectors, in it a file for each stretch of time. */

/** Another number: what was written before is worked out anew. */
const format = 2;
/** A stretch of which there is more to keep is left to those who ask. */
const mostBytes = 64 * 1024 * 1024;
const name = /^(-?\d+)_(-?\d+)_([ab])_([\w-]{22})\.log$/;

/** Matches of a stretch of time. */
export interface KeptLog {
  from: number;
  to: number;
  /** All of them; false: of groups that may meet a condition with what is stored before and behind. */
  isWhole: boolean;
  /** What was stored when it was written. */
  key: string;
  file: string;
}

export class KeptLogs {
  readonly #folder: string;

  /**
   * @param folder of all sets
   * @param context what else their rules depend on
   */
  constructor(folder: string, detectors: readonly ThreatDetector[], context: string) {
    this.#folder = join(folder, setName(detectors, context));
  }

  /** Whatever is there of [from, to), by their begin, the longest first. */
  list(from: number, to: number): KeptLog[] {
    const all = namesIn(this.#folder).flatMap((file) => parsed(this.#folder, file) ?? []);
    return all.filter((one) => one.to > from && one.from < to).sort((a, b) => a.from - b.from || b.to - a.to);
  }

  /** Chunk by chunk. Where the file cannot be read it is removed. */
  *read({ file }: Pick<KeptLog, 'file'>): Generator<LogChunk> {
    for (const chunk of this.chunks({ file })) yield this.#whole(file, () => readChunk(chunk));
  }

  /** The same as it was written. */
  *chunks({ file }: Pick<KeptLog, 'file'>): Generator<Uint8Array> {
    const bytes = this.#whole(file, () => fs.readFileSync(file));
    for (let at = 0; at < bytes.length; ) {
      const size = this.#whole(file, () => bytes.readUInt32LE(at));
      yield bytes.subarray(at + 4, at + 4 + size);
      at += 4 + size;
    }
  }

  #whole<T>(file: string, read: () => T): T {
    try {
      return read();
    } catch (error) {
      fs.rmSync(file, { force: true });
      throw new Unreadable(`${file}: ${error instanceof Error ? error.message : String(error)}`);
    }
  }

  /** Takes the place of whatever there is inside its time. */
  put({ from, to, isWhole, key }: Omit<KeptLog, 'file'>, chunks: readonly Uint8Array[]): void {
    const parts = chunks.flatMap((chunk) => [sizeOf(chunk), chunk]);
    if (parts.reduce((sum, { length }) => sum + length, 0) > mostBytes) return;
    fs.mkdirSync(this.#folder, { recursive: true, mode: 0o700 });
    const file = join(this.#folder, `${from}_${to}_${isWhole ? 'a' : 'b'}_${key}.log`);
    // Others may write the same.
    const unfinished = `${file}.${process.pid}-${Math.trunc(performance.now() * 1000)}.new`;
    fs.writeFileSync(unfinished, Buffer.concat(parts), { mode: 0o600 });
    fs.renameSync(unfinished, file);
    for (const other of this.list(from, to))
      if (other.from >= from && other.to <= to && other.file !== file) fs.rmSync(other.file, { force: true });
  }
}

/** What was kept cannot be read, and is gone now. */
export class Unreadable extends Error {}

function sizeOf(chunk: Uint8Array): Uint8Array {
  const size = Buffer.alloc(4);
  size.writeUInt32LE(chunk.length);
  return size;
}

const namesIn = (folder: string): string[] => (fs.existsSync(folder) ? fs.readdirSync(folder) : []);

function parsed(folder: string, file: string): KeptLog | null {
  const [, from, to, kind, key] = name.exec(file) ?? [];
  return key === undefined
    ? null
    : { from: Number(from), to: Number(to), isWhole: kind === 'a', key, file: join(folder, file) };
}

const setName = (detectors: readonly ThreatDetector[], context: string): string =>
  createHash('sha256')
    .update(JSON.stringify([format, context, detectors]))
    .digest('hex')
    .slice(0, 32);

/** Removes what was kept for other sets of detectors, and of times before `since`. */
export function forgetKept(
  folder: string,
  sets: readonly (readonly ThreatDetector[])[],
  context: string,
  since: number,
): void {
  const names = new Set(sets.map((detectors) => setName(detectors, context)));
  for (const set of namesIn(folder)) {
    if (!names.has(set)) fs.rmSync(join(folder, set), { recursive: true, force: true });
    else
      for (const file of namesIn(join(folder, set))) {
        const log = parsed(join(folder, set), file);
        if (log === null || log.to <= since) fs.rmSync(join(folder, set, file), { force: true });
      }
  }
}
