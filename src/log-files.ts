/** Reading log files for `phosor parse` and `phosor replay`: plain, .gz and .zst, folders, standard input. */
import { isAscii, isUtf8 } from 'node:buffer';
import { createReadStream } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import type { Readable } from 'node:stream';
import { createGunzip, createZstdDecompress } from 'node:zlib';
import { maxRecordBytes } from './model/index.ts';

const blockBytes = 64 * 1024;

export interface LogFile {
  /** Path, or `-` for standard input. */
  path: string;
  /** Base name without `.gz` and `.zst`; `stdin` for standard input. */
  name: string;
  /** Last change, epoch ms; null for standard input. */
  modifiedAt: number | null;
}

/**
 * Files of the given paths, folders opened and walked in the order of their names.
 *
 * @throws a sentence that names the path where one does not exist.
 */
export async function findLogFiles(paths: readonly string[]): Promise<LogFile[]> {
  const found: LogFile[] = [];
  for (const path of paths) {
    if (path === '-') {
      found.push({ path, name: 'stdin', modifiedAt: null });
      continue;
    }
    const info = await stat(path).catch(() => null);
    if (!info) throw new Error(`"${path}" does not exist or cannot be read. Check the path and its permissions.`);
    if (!info.isDirectory()) {
      found.push({ path, name: basename(path).replace(/\.(?:gz|zst)$/, ''), modifiedAt: info.mtimeMs });
      continue;
    }
    const names = (await readdir(path)).filter((name) => !name.startsWith('.')).sort();
    found.push(...(await findLogFiles(names.map((name) => join(path, name)))));
  }
  return found;
}

/** One line: `visit(text, byte offset of its start)`. */
export interface LineBlock {
  /** Texts without terminator. Bytes that are no UTF-8 are read as Latin-1, so that nothing is lost. */
  lines: string[];
  /** Byte offsets (of the uncompressed data) of the lines' starts. */
  offsets: number[];
}

/** The file's lines in blocks. Memory stays at about one block, however long the file is. */
export async function* readLineBlocks(file: LogFile): AsyncGenerator<LineBlock> {
  let rest: Buffer | null = null;
  let offset = 0;
  for await (const chunk of openLog(file) as AsyncIterable<Buffer>) {
    const data: Buffer = rest ? Buffer.concat([rest, chunk]) : chunk;
    const end = data.lastIndexOf(10);
    if (end < 0 && data.length < maxRecordBytes) {
      rest = data;
      continue;
    }
    // A line longer than any record is cut there; its remainder counts as a line of its own.
    const whole = end < 0 ? data.length : end + 1;
    yield cutLines(data, whole, offset);
    offset += whole;
    rest = whole < data.length ? data.subarray(whole) : null;
  }
  if (rest && rest.length > 0) yield cutLines(rest, rest.length, offset);
}

/** The bytes of a file, unpacked. */
export function openLog(file: LogFile): Readable {
  const raw: Readable = file.path === '-' ? process.stdin : createReadStream(file.path, { highWaterMark: blockBytes });
  const unpack = file.path.endsWith('.gz')
    ? createGunzip({ chunkSize: blockBytes })
    : file.path.endsWith('.zst')
      ? createZstdDecompress({ chunkSize: blockBytes })
      : null;
  if (!unpack) return raw;
  raw.on('error', (error) => unpack.destroy(error));
  return raw.pipe(unpack);
}

function cutLines(data: Buffer, end: number, base: number): LineBlock {
  const lines: string[] = [];
  const offsets: number[] = [];
  const whole = data.subarray(0, end);
  const ascii = isAscii(whole);
  const utf8 = ascii || isUtf8(whole);
  let at = 0;
  while (at < end) {
    let stop = whole.indexOf(10, at);
    if (stop < 0) stop = end;
    const last = stop > at && data[stop - 1] === 13 ? stop - 1 : stop;
    offsets.push(base + at);
    lines.push(
      ascii
        ? data.toString('latin1', at, last)
        : utf8 || isUtf8(data.subarray(at, last))
          ? data.toString('utf8', at, last)
          : data.toString('latin1', at, last),
    );
    at = stop + 1;
  }
  return { lines, offsets };
}
