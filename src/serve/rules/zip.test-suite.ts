import { crc32, deflateRawSync } from 'node:zlib';

interface Lies {
  method?: number;
  flags?: number;
  unpacked?: number;
  crc?: number;
}

/** A zip archive for tests; `lies` changes what it says of a file. */
export function makeZip(files: readonly { name: string; bytes: Buffer | string; lies?: Lies }[]): Buffer {
  const locals: Buffer[] = [];
  const centrals: Buffer[] = [];
  let at = 0;
  for (const { name, bytes, lies = {} } of files) {
    const content = Buffer.from(bytes);
    const method = lies.method ?? 8;
    const packed = method === 8 ? deflateRawSync(content) : content;
    const label = Buffer.from(name);
    const facts = Buffer.alloc(26);
    facts.writeUInt16LE(20, 0);
    facts.writeUInt16LE(lies.flags ?? 0x800, 2);
    facts.writeUInt16LE(method, 4);
    facts.writeUInt32LE(lies.crc ?? crc32(content), 10);
    facts.writeUInt32LE(packed.length, 14);
    facts.writeUInt32LE(lies.unpacked ?? content.length, 18);
    facts.writeUInt16LE(label.length, 22);
    const local = Buffer.concat([mark(0x04034b50), facts, label, packed]);
    const tail = Buffer.alloc(14);
    tail.writeUInt32LE(at, 10);
    centrals.push(Buffer.concat([mark(0x02014b50), Buffer.from([20, 3]), facts, tail, label]));
    locals.push(local);
    at += local.length;
  }
  const central = Buffer.concat(centrals);
  const end = Buffer.alloc(18);
  end.writeUInt16LE(files.length, 4);
  end.writeUInt16LE(files.length, 6);
  end.writeUInt32LE(central.length, 8);
  end.writeUInt32LE(at, 12);
  return Buffer.concat([...locals, central, mark(0x06054b50), end]);
}

function mark(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return bytes;
}
