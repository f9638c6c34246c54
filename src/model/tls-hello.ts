/**
 * The first message of a TLS client, and the fingerprints JA3 and JA4 that are made of it. Bytes of strangers: every length
 * is checked, nothing throws.
 */

export interface TlsHello {
  /** Of the message itself: 0x0303 for TLS 1.2 and 1.3. */
  version: number;
  /** Highest that is offered, GREASE left out: 0x0304 for TLS 1.3. */
  highestVersion: number;
  /** In the client's order, GREASE included, as everything below. */
  ciphers: number[];
  extensions: number[];
  groups: number[];
  pointFormats: number[];
  signatureAlgorithms: number[];
  /** The server's name that the client asks for. Hostile text: of printable ASCII only, at most 255 characters. */
  serverName: string | null;
  /** Protocols offered above TLS: `h2`, `http/1.1`. */
  alpn: string[];
  /** First byte and last byte of the first of them, for JA4. */
  alpnEnds: readonly [number, number] | null;
}

/** What the first bytes of a client are: a hello, none, or too few of them to say. */
export type TlsHelloReading = { state: 'hello'; hello: TlsHello } | { state: 'more' } | { state: 'other' };

/** A hello that is longer is taken for something else. */
export const maxTlsHelloBytes = 16 * 1024;

const more: TlsHelloReading = { state: 'more' };
const other: TlsHelloReading = { state: 'other' };

/** Reads the first bytes that a client sent over TCP. With `more`: call again with all bytes when further ones have come. */
export function readTlsHello(bytes: Uint8Array): TlsHelloReading {
  if (bytes.length > 0 && bytes[0] !== 0x16) return other;
  if (bytes.length > 1 && bytes[1] !== 3) return other;
  if (bytes.length > 5 && bytes[5] !== 1) return other;
  if (bytes.length < 9) return more;
  const length = ((bytes[6] as number) << 16) | ((bytes[7] as number) << 8) | (bytes[8] as number);
  if (length < 38 || length > maxTlsHelloBytes) return other;
  const message = joinRecords(bytes, length + 4);
  if (message === null) return other;
  if (message === 'more') return more;
  const hello = readHello(new Cursor(message, 4, length + 4));
  return hello === null ? other : { state: 'hello', hello };
}

/** The handshake message without the headers of the records that it is spread over. */
function joinRecords(bytes: Uint8Array, wanted: number): Uint8Array | 'more' | null {
  const first = ((bytes[3] as number) << 8) | (bytes[4] as number);
  if (first >= wanted) return bytes.length < wanted + 5 ? 'more' : bytes.subarray(5, 5 + wanted);
  const message = new Uint8Array(wanted);
  let have = 0;
  let at = 0;
  while (have < wanted) {
    if (bytes.length < at + 5) return 'more';
    if (bytes[at] !== 0x16 || bytes[at + 1] !== 3) return null;
    const length = ((bytes[at + 3] as number) << 8) | (bytes[at + 4] as number);
    if (length === 0 || length > maxTlsHelloBytes) return null;
    const part = bytes.subarray(at + 5, at + 5 + Math.min(length, wanted - have));
    message.set(part, have);
    have += part.length;
    if (have < wanted && part.length < length) return 'more';
    at += 5 + length;
  }
  return message;
}

/** Reads numbers and stretches; where something ends too early, `ok` turns false and everything reads as empty. */
class Cursor {
  readonly bytes: Uint8Array;
  at: number;
  readonly end: number;
  ok = true;

  constructor(bytes: Uint8Array, at: number, end: number) {
    this.bytes = bytes;
    this.at = at;
    this.end = end;
  }

  number(size: 1 | 2): number {
    if (this.at + size > this.end) {
      this.ok = false;
      return 0;
    }
    const high = this.bytes[this.at] as number;
    this.at += size;
    return size === 1 ? high : (high << 8) | (this.bytes[this.at - 1] as number);
  }

  skip(count: number): void {
    this.at += count;
    if (this.at > this.end) this.ok = false;
  }

  /** A stretch behind its own length. */
  stretch(lengthSize: 1 | 2): Cursor {
    const length = this.number(lengthSize);
    const from = this.at;
    this.skip(length);
    return this.ok ? new Cursor(this.bytes, from, from + length) : new Cursor(this.bytes, 0, 0);
  }

  numbers(size: 1 | 2): number[] {
    const found: number[] = [];
    while (this.at + size <= this.end) found.push(this.number(size));
    return found;
  }
}

function readHello(cursor: Cursor): TlsHello | null {
  const version = cursor.number(2);
  cursor.skip(32);
  cursor.stretch(1);
  const ciphers = cursor.stretch(2).numbers(2);
  cursor.stretch(1);
  if (!cursor.ok) return null;
  const hello: TlsHello = {
    version,
    highestVersion: version,
    ciphers,
    extensions: [],
    groups: [],
    pointFormats: [],
    signatureAlgorithms: [],
    serverName: null,
    alpn: [],
    alpnEnds: null,
  };
  if (cursor.at === cursor.end) return hello;
  const extensions = cursor.stretch(2);
  if (!cursor.ok) return null;
  while (extensions.at < extensions.end) {
    const type = extensions.number(2);
    const body = extensions.stretch(2);
    if (!extensions.ok) return null;
    hello.extensions.push(type);
    readExtension(hello, type, body);
  }
  return hello;
}

function readExtension(hello: TlsHello, type: number, body: Cursor): void {
  switch (type) {
    case 0:
      hello.serverName = serverNameOf(body);
      break;
    case 10:
      hello.groups = body.stretch(2).numbers(2);
      break;
    case 11:
      hello.pointFormats = body.stretch(1).numbers(1);
      break;
    case 13:
      hello.signatureAlgorithms = body.stretch(2).numbers(2);
      break;
    case 16:
      readAlpn(hello, body.stretch(2));
      break;
    case 43: {
      const offered = body
        .stretch(1)
        .numbers(2)
        .filter((version) => !isGrease(version));
      if (offered.length > 0) hello.highestVersion = Math.max(...offered);
      break;
    }
  }
}

function serverNameOf(body: Cursor): string | null {
  const list = body.stretch(2);
  while (list.at < list.end) {
    const type = list.number(1);
    const name = list.stretch(2);
    if (!list.ok) return null;
    if (type === 0) return printable(name, 255);
  }
  return null;
}

function readAlpn(hello: TlsHello, list: Cursor): void {
  while (list.at < list.end && hello.alpn.length < 32) {
    const name = list.stretch(1);
    if (!list.ok) return;
    if (name.end > name.at) hello.alpnEnds ??= [name.bytes[name.at] as number, name.bytes[name.end - 1] as number];
    hello.alpn.push(printable(name, 64));
  }
}

function printable(cursor: Cursor, most: number): string {
  let text = '';
  for (let at = cursor.at; at < cursor.end && text.length < most; at += 1) {
    const byte = cursor.bytes[at] as number;
    text += byte > 0x20 && byte < 0x7f ? String.fromCharCode(byte) : '?';
  }
  return text;
}

/** Values that clients send to keep servers tolerant (RFC 8701): left out of fingerprints. */
export const isGrease = (value: number): boolean => (value & 0x0f0f) === 0x0a0a && value >>> 8 === (value & 0xff);

/** A digest as hexadecimal text: handed in, because this module stands apart from Node. */
export type Digest = (algorithm: 'md5' | 'sha256', text: string) => string;

const known = (values: readonly number[]): number[] => values.filter((value) => !isGrease(value));

/** What JA3 is the MD5 of. */
export function ja3Text(hello: TlsHello): string {
  const lists = [hello.ciphers, hello.extensions, hello.groups, hello.pointFormats];
  return [hello.version, ...lists.map((list) => known(list).join('-'))].join(',');
}

export const ja3 = (hello: TlsHello, digest: Digest): string => digest('md5', ja3Text(hello));

const versionNames: ReadonlyMap<number, string> = new Map([
  [0x0304, '13'],
  [0x0303, '12'],
  [0x0302, '11'],
  [0x0301, '10'],
  [0x0300, 's3'],
  [0x0002, 's2'],
  [0xfeff, 'd1'],
  [0xfefd, 'd2'],
  [0xfefc, 'd3'],
]);

/** @param transport `t` over TCP, `q` over QUIC, `d` over DTLS. */
export function ja4(hello: TlsHello, digest: Digest, transport: 't' | 'q' | 'd' = 't'): string {
  const ciphers = known(hello.ciphers);
  const extensions = known(hello.extensions);
  const signatures = known(hello.signatureAlgorithms);
  const head = [
    transport,
    versionNames.get(hello.highestVersion) ?? '00',
    hello.extensions.includes(0) ? 'd' : 'i',
    twoDigits(ciphers.length),
    twoDigits(extensions.length),
    alpnMark(hello),
  ].join('');
  const listed = hexSorted(extensions.filter((type) => type !== 0 && type !== 16));
  const tail = signatures.length === 0 ? listed : `${listed}_${signatures.map(hex4).join(',')}`;
  const short = (text: string, isEmpty: boolean): string =>
    isEmpty ? '000000000000' : digest('sha256', text).slice(0, 12);
  return `${head}_${short(hexSorted(ciphers), ciphers.length === 0)}_${short(tail, extensions.length === 0)}`;
}

const hex4 = (value: number): string => value.toString(16).padStart(4, '0');
const hexSorted = (values: readonly number[]): string => values.map(hex4).sort().join(',');
const twoDigits = (count: number): string => String(Math.min(99, count)).padStart(2, '0');

function alpnMark({ alpnEnds }: TlsHello): string {
  if (alpnEnds === null) return '00';
  const [first, last] = alpnEnds;
  if (isAlphanumeric(first) && isAlphanumeric(last)) return String.fromCharCode(first, last);
  return (first >>> 4).toString(16) + (last & 15).toString(16);
}

const isAlphanumeric = (byte: number): boolean =>
  (byte >= 0x30 && byte <= 0x39) || (byte >= 0x41 && byte <= 0x5a) || (byte >= 0x61 && byte <= 0x7a);
