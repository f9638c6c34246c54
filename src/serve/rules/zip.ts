import { crc32, inflateRawSync } from 'node:zlib';

/** An archive that is not read: the message is one sentence for whoever sent it. */
export class ZipRefused extends Error {}

export interface ZipLimits {
  entries: number;
  /** Unpacked bytes of one file, and of all that are read. */
  fileBytes: number;
  totalBytes: number;
  /** How many times larger than its packed form a file may become. */
  ratio: number;
}

export interface ZipFile {
  name: string;
  bytes: Buffer;
}

const endMark = 0x06054b50;
const centralMark = 0x02014b50;
const localMark = 0x04034b50;
/** A file below this size may shrink as well as it can: short texts of one letter do. */
const ratioFromBytes = 65_536;

interface Entry {
  name: string;
  method: number;
  isEncrypted: boolean;
  crc: number;
  packed: number;
  unpacked: number;
  at: number;
}

/**
 * The files of a zip archive, one after the other, those that are `wanted`. Nothing is written anywhere, so a name is only
 * a label. Sizes that the archive states are not believed: each file is unpacked up to its limit and no further, packed
 * bytes may be used once only, and checksums are compared.
 */
export function* readZip(
  archive: Buffer,
  limits: ZipLimits,
  wanted: (name: string) => boolean,
): Generator<ZipFile, void, undefined> {
  let total = 0;
  for (const entry of entriesOf(archive, limits)) {
    if (entry.name.endsWith('/') || !wanted(entry.name)) continue;
    const bytes = unpack(archive, entry, limits);
    total += bytes.length;
    if (total > limits.totalBytes) {
      throw new ZipRefused(`The archive unpacks to more than ${limits.totalBytes} bytes. Send it in parts.`);
    }
    yield { name: entry.name, bytes };
  }
}

function entriesOf(archive: Buffer, limits: ZipLimits): Entry[] {
  const end = endOf(archive);
  const count = archive.readUInt16LE(end + 10);
  let at = archive.readUInt32LE(end + 16);
  if (count === 0xffff || at === 0xffffffff) throw new ZipRefused('Archives of the ZIP64 form are not read here.');
  if (count > limits.entries) {
    throw new ZipRefused(`The archive holds ${count} files; at most ${limits.entries} are read. Send it in parts.`);
  }
  const entries: Entry[] = [];
  let packedTotal = 0;
  for (let i = 0; i < count; i += 1) {
    if (at + 46 > archive.length || archive.readUInt32LE(at) !== centralMark) throw new ZipRefused(damaged);
    const nameLength = archive.readUInt16LE(at + 28);
    const packed = archive.readUInt32LE(at + 20);
    packedTotal += packed;
    // Files that overlap are how a small archive becomes a huge one.
    if (packedTotal > archive.length) throw new ZipRefused('Files of the archive overlap, which only a trap does.');
    entries.push({
      name: cleanName(archive.toString('utf8', at + 46, at + 46 + nameLength)),
      method: archive.readUInt16LE(at + 10),
      isEncrypted: (archive.readUInt16LE(at + 8) & 1) === 1,
      crc: archive.readUInt32LE(at + 16),
      packed,
      unpacked: archive.readUInt32LE(at + 24),
      at: archive.readUInt32LE(at + 42),
    });
    at += 46 + nameLength + archive.readUInt16LE(at + 30) + archive.readUInt16LE(at + 32);
  }
  return entries;
}

const damaged = 'The file is no zip archive, or it is damaged. Pack it again and send it once more.';

function endOf(archive: Buffer): number {
  const last = Math.max(0, archive.length - 22 - 65_535);
  for (let at = archive.length - 22; at >= last; at -= 1) if (archive.readUInt32LE(at) === endMark) return at;
  throw new ZipRefused(damaged);
}

function unpack(archive: Buffer, entry: Entry, limits: ZipLimits): Buffer {
  const { name, packed } = entry;
  if (entry.isEncrypted) throw new ZipRefused(`"${name}" in the archive is encrypted. Pack it without a password.`);
  if (entry.at + 30 > archive.length || archive.readUInt32LE(entry.at) !== localMark) throw new ZipRefused(damaged);
  const start = entry.at + 30 + archive.readUInt16LE(entry.at + 26) + archive.readUInt16LE(entry.at + 28);
  if (start + packed > archive.length) throw new ZipRefused(damaged);
  const data = archive.subarray(start, start + packed);
  const most = Math.min(limits.fileBytes, Math.max(ratioFromBytes, packed * limits.ratio));
  if (entry.unpacked > most) throw new ZipRefused(tooLarge(name, most));
  const bytes = inflate(entry, data, most);
  if (bytes.length !== entry.unpacked || crc32(bytes) !== entry.crc) {
    throw new ZipRefused(`"${name}" in the archive is damaged. Pack it again and send it once more.`);
  }
  return bytes;
}

function inflate({ name, method }: Entry, data: Buffer, most: number): Buffer {
  if (method === 0) {
    if (data.length > most) throw new ZipRefused(tooLarge(name, most));
    return data;
  }
  if (method !== 8) throw new ZipRefused(`"${name}" in the archive is packed in a way that is not read. Use deflate.`);
  try {
    return inflateRawSync(data, { maxOutputLength: Math.max(1, most) });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE') throw new ZipRefused(tooLarge(name, most));
    throw new ZipRefused(`"${name}" in the archive is damaged. Pack it again and send it once more.`);
  }
}

const tooLarge = (name: string, most: number): string =>
  `"${name}" in the archive unpacks to more than the ${most} bytes that are read of it. Leave it out.`;

/** Names are shown: without control characters, and of a length that fits on a screen. */
const cleanName = (name: string): string => name.replaceAll('\\', '/').replace(/\p{C}/gu, '').slice(0, 300);
