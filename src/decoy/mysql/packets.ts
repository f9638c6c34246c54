/** MySQL's protocol as far as a log-in goes: packets, the server's greeting, the client's answer. */

/** What this server says it can do: long passwords, found rows, databases, protocol 4.1, transactions, secure log-in, plugins, attributes. */
const abilities =
  0x0001 |
  0x0002 |
  0x0004 |
  0x0008 |
  0x0080 |
  0x0200 |
  0x2000 |
  0x8000 |
  0x00010000 |
  0x00020000 |
  0x00080000 |
  0x00100000 |
  0x00200000;
const wantsTls = 0x0800;
const namesDatabase = 0x0008;
const hasPlugins = 0x00080000;
const hasAttributes = 0x00100000;
const longAnswer = 0x00200000;

export const packet = (sequence: number, body: Uint8Array): Buffer => {
  const head = Buffer.alloc(4);
  head.writeUIntLE(body.length, 0, 3);
  head[3] = sequence & 255;
  return Buffer.concat([head, body]);
};

/** @param salt 20 bytes without a zero */
export function greeting(version: string, thread: number, salt: Buffer, plugin: string): Buffer {
  const start = Buffer.alloc(4);
  start.writeUInt32LE(thread);
  const after = Buffer.alloc(8);
  after.writeUInt16LE(abilities & 0xffff, 0);
  // utf8mb4_general_ci, autocommit
  after[2] = 45;
  after.writeUInt16LE(2, 3);
  after.writeUInt16LE(abilities >>> 16, 5);
  after[7] = 21;
  return packet(
    0,
    Buffer.concat([
      Buffer.from([10]),
      Buffer.from(`${version}\0`, 'latin1'),
      start,
      salt.subarray(0, 8),
      Buffer.from([0]),
      after,
      Buffer.alloc(10),
      salt.subarray(8, 20),
      Buffer.from([0]),
      Buffer.from(`${plugin}\0`),
    ]),
  );
}

export function errorPacket(sequence: number, code: number, state: string, message: string): Buffer {
  const number = Buffer.alloc(2);
  number.writeUInt16LE(code);
  return packet(
    sequence,
    Buffer.concat([Buffer.from([0xff]), number, Buffer.from(state === '' ? message : `#${state}${message}`, 'utf8')]),
  );
}

/** Asks the client to log in by another plugin. */
export const switchTo = (sequence: number, plugin: string, salt: Buffer): Buffer =>
  packet(sequence, Buffer.concat([Buffer.from([0xfe]), Buffer.from(`${plugin}\0`), salt, Buffer.from([0])]));

export interface ClientAnswer {
  user: string;
  answer: Buffer;
  database: string | null;
  plugin: string | null;
  /** `_client_name`, `_os` and the like. */
  attributes: Record<string, string>;
}

/** Null: the client asks for TLS, or sends what is no log-in. */
export function readAnswer(body: Buffer): ClientAnswer | null {
  if (body.length < 33) return null;
  const flags = body.readUInt32LE(0);
  if (flags & wantsTls && body.length === 32) return null;
  let at = 32;
  const text = (): string => {
    const end = body.indexOf(0, at);
    const value = body.toString('utf8', at, end < 0 ? body.length : end);
    at = end < 0 ? body.length : end + 1;
    return value;
  };
  const counted = (): Buffer => {
    const length = count();
    const value = body.subarray(at, at + length);
    at = Math.min(body.length, at + length);
    return value;
  };
  const count = (): number => {
    const first = body[at] ?? 0;
    at += 1;
    const bytes = first === 0xfc ? 2 : first === 0xfd ? 3 : 0;
    if (bytes === 0 || at + bytes > body.length) return first < 0xfb ? first : 0;
    at += bytes;
    return body.readUIntLE(at - bytes, bytes);
  };
  const user = text();
  const answer = flags & longAnswer ? counted() : counted();
  const database = flags & namesDatabase && at < body.length ? text() : null;
  const plugin = flags & hasPlugins && at < body.length ? text() : null;
  const attributes: Record<string, string> = {};
  if (flags & hasAttributes && at < body.length) {
    const end = Math.min(body.length, count() + at);
    while (at < end && Object.keys(attributes).length < 20) {
      const name = counted().toString('utf8').slice(0, 64);
      attributes[name] = counted().toString('utf8').slice(0, 256);
    }
  }
  return { user, answer: Buffer.from(answer), database, plugin, attributes };
}
