import { createHash } from 'node:crypto';
import { createReadStream, createWriteStream, mkdirSync, statfsSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { Readable, Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createZstdCompress, createZstdDecompress } from 'node:zlib';
import { extract, pack } from 'tar-stream';
import { z } from 'zod';

/** The first entry of a backup. */
export interface Manifest {
  format: 'phosor-backup';
  version: 1;
  /** Of the Phosor that made it. */
  phosor: string;
  /** ISO 8601. */
  created_at: string;
  host: string;
  /** Bytes of all files. */
  bytes: number;
  /** No segment of the spool up to this number is used again: the event store would take a new one for an old one. */
  last_segment: number;
  /** False: the files with keys were left out. */
  has_keys: boolean;
}

/** A file of a backup. */
export interface PackedFile {
  /** Path inside the data folder, with `/`. */
  name: string;
  /** Where it lies now. */
  path: string;
}

/** Some of it is printed: a terminal must not take it for commands. */
const printable = z
  .string()
  .max(300)
  .transform((text) => text.replace(/[\0-\x1f\x7f-\x9f]/g, '?'));
const manifestShape = z.object({
  format: z.literal('phosor-backup'),
  version: z.literal(1),
  phosor: printable,
  created_at: printable,
  host: printable,
  bytes: z.int().min(0),
  last_segment: z.int().min(0),
  has_keys: z.boolean(),
}) satisfies z.ZodType<Manifest>;

const manifestName = 'manifest.json';
const sumsName = 'SHA256SUMS';
/** No entry of ours is longer: what is read into memory at a time. */
const textLimit = 16 * 1024 * 1024;

/** What is wrong with a backup, in a sentence. */
export class BackupError extends Error {}

/**
 * Writes files into a `.tar.zst` with a manifest as its first entry and a list of checksums as its last. A file that grows
 * meanwhile is packed as long as it was; one that is gone is left out.
 *
 * @param file must not exist; readable by its owner only
 */
export async function packBackup(
  file: string,
  files: readonly PackedFile[],
  about: Omit<Manifest, 'format' | 'version' | 'bytes'>,
): Promise<Manifest> {
  const sized = files.flatMap((each) => {
    const stat = statSync(each.path, { throwIfNoEntry: false });
    return stat?.isFile() ? [{ ...each, size: stat.size }] : [];
  });
  const bytes = sized.reduce((sum, { size }) => sum + size, 0);
  const manifest: Manifest = { format: 'phosor-backup', version: 1, ...about, bytes };
  const tar = pack();
  const written = pipeline(tar, createZstdCompress(), createWriteStream(file, { mode: 0o600, flags: 'wx' }));
  // What goes wrong there is thrown below; packing must not wait for a reader that is gone.
  let failure: unknown = null;
  written.catch((error: unknown) => {
    failure = error ?? new Error('the file could not be written');
  });
  const text = (name: string, body: string): void => void tar.entry({ name, mode: 0o600 }, body);
  text(manifestName, `${JSON.stringify(manifest, null, 2)}\n`);
  const sums: string[] = [];
  try {
    for (const { name, path, size } of sized) {
      if (failure !== null) break;
      const { hash, stream } = hashing();
      if (size === 0) text(name, '');
      else await pipeline(createReadStream(path, { end: size - 1 }), stream, tar.entry({ name, size, mode: 0o600 }));
      sums.push(`${hash.digest('hex')}  ${name}\n`);
    }
    text(sumsName, sums.join(''));
    tar.finalize();
    await written;
  } catch (error) {
    // A reader stops for want of a writer: what the writer said is the reason.
    const { code, message } = (failure ?? error) as NodeJS.ErrnoException;
    if (!['ENOSPC', 'EDQUOT', 'EFBIG'].includes(code ?? '')) throw failure ?? error;
    throw new BackupError(`${file} cannot be written (${message}). Free space there, or name a file on another disk.`);
  }
  return manifest;
}

/**
 * Unpacks a backup into a folder, which is created, and checks every file against the checksums.
 *
 * @throws BackupError where the file is no backup, is damaged, or names a file that lies outside of the folder
 */
export async function unpackBackup(file: string, folder: string): Promise<Manifest> {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  let manifest: Manifest | null = null;
  let listed: Map<string, string> | null = null;
  const found = new Map<string, string>();
  let left = 0;
  const tar = extract();
  const reading = pipeline(createReadStream(file), createZstdDecompress(), tar);
  reading.catch(() => undefined);
  try {
    for await (const entry of tar) {
      const { name, type, size = 0 } = entry.header;
      const body = entry as AsyncIterable<Uint8Array>;
      if (manifest === null || name === sumsName) {
        const text = await readText(body, size);
        if (manifest === null) {
          manifest = manifestOf(name, text);
          left = manifest.bytes;
          requireRoom(left, folder);
        } else listed = sumsOf(text);
        continue;
      }
      if (type !== 'file' || !isInside(name)) {
        throw new BackupError(`The backup holds "${name.slice(0, 200)}", which cannot belong to a data folder.`);
      }
      left -= size;
      if (left < 0) throw new BackupError('The backup holds more than it says. It is damaged, or was changed.');
      found.set(name, await writeFile(body, join(folder, name)));
    }
    await reading;
  } catch (error) {
    if (error instanceof BackupError) throw error;
    throw new BackupError(`${file} cannot be read as a backup: ${(error as Error).message}.`);
  }
  if (manifest === null) throw new BackupError(`${file} is empty.`);
  if (listed === null) throw new BackupError('The backup has no end: it was cut off while it was written or copied.');
  for (const [name, sum] of listed) {
    if (found.get(name) !== sum) throw new BackupError(`The checksum of "${name}" is wrong. The backup is damaged.`);
  }
  for (const name of found.keys()) {
    if (!listed.has(name)) throw new BackupError(`"${name}" has no checksum. The backup was changed.`);
  }
  return manifest;
}

async function readText(entry: AsyncIterable<Uint8Array>, size: number): Promise<string> {
  if (size > textLimit) throw new BackupError('The file is no backup of Phosor.');
  const chunks: Uint8Array[] = [];
  for await (const chunk of entry) chunks.push(chunk);
  return Buffer.concat(chunks).toString();
}

async function writeFile(entry: AsyncIterable<Uint8Array>, path: string): Promise<string> {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  const { hash, stream } = hashing();
  await pipeline(Readable.from(entry), stream, createWriteStream(path, { mode: 0o600, flags: 'wx' }));
  return hash.digest('hex');
}

/** Passes bytes on and makes their SHA-256. */
function hashing() {
  const hash = createHash('sha256');
  const stream = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      hash.update(chunk);
      done(null, chunk);
    },
  });
  return { hash, stream };
}

function manifestOf(name: string, text: string): Manifest {
  let manifest: Partial<Manifest> = {};
  try {
    if (name === manifestName) manifest = JSON.parse(text) as Partial<Manifest>;
  } catch {
    // Said below.
  }
  if (manifest.format !== 'phosor-backup') throw new BackupError('The file is no backup of Phosor.');
  if (manifest.version !== 1) {
    const newer = printable.catch('its version is not said').parse(manifest.phosor);
    throw new BackupError(`The backup was made by a newer Phosor (${newer}). Restore it with that version.`);
  }
  const checked = manifestShape.safeParse(manifest);
  if (!checked.success) throw new BackupError('The manifest of the backup is damaged.');
  return checked.data;
}

/** The file system must have room for what the backup says it holds; more than that is not unpacked. */
function requireRoom(bytes: number, folder: string): void {
  const { bavail, bsize } = statfsSync(folder);
  const free = bavail * bsize;
  if (bytes <= free) return;
  throw new BackupError(
    `The backup holds ${(bytes / 1e6).toFixed(1)} MB, and only ${(free / 1e6).toFixed(1)} MB are free in ${folder}. Free space, or name a data folder on another disk.`,
  );
}

function sumsOf(text: string): Map<string, string> {
  const sums = new Map<string, string>();
  for (const line of text.split('\n')) {
    const [sum, name] = [line.slice(0, 64), line.slice(66)];
    if (name !== '') sums.set(name, sum);
  }
  return sums;
}

/** Relative, without a step upwards, no control characters. */
function isInside(name: string): boolean {
  return (
    name.length < 1000 &&
    !name.startsWith('/') &&
    !/[\0-\x1f\\]/.test(name) &&
    name.split('/').every((part) => part !== '' && part !== '.' && part !== '..')
  );
}
