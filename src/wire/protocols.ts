/* What clients and servers say first. Bytes of strangers: lengths are checked, texts are cut and of printable ASCII. */

const code = (bytes: Uint8Array, at: number): number => bytes[at] as number;

/** Printable ASCII of a stretch; everything else is `?`. */
function asciiOf(bytes: Uint8Array, from: number, to: number, most: number): string {
  let text = '';
  const end = Math.min(to, from + most);
  for (let at = from; at < end; at += 1) {
    const byte = code(bytes, at);
    text += byte >= 0x20 && byte < 0x7f ? String.fromCharCode(byte) : '?';
  }
  return text;
}

export interface HttpHead {
  method: string;
  /** As it stands in the request line, at most 2,048 characters. */
  target: string;
  host: string | null;
  user_agent: string | null;
}

const methods = ['GET ', 'POST ', 'HEAD ', 'PUT ', 'DELETE ', 'OPTIONS ', 'PATCH ', 'CONNECT ', 'TRACE ', 'PROPFIND '];
const maxTarget = 2048;
const maxHeader = 512;

/** A request at the beginning of a payload, or null. Its headers as far as they are in the same packet. */
export function readHttpHead(bytes: Uint8Array, at: number, end: number): HttpHead | null {
  if (end - at < 10 || !'GPHDOCT'.includes(String.fromCharCode(code(bytes, at)))) return null;
  const method = methods.find((word) => startsWith(bytes, at, end, word));
  if (method === undefined) return null;
  const from = at + method.length;
  let lineEnd = from;
  while (lineEnd < end && code(bytes, lineEnd) !== 10 && code(bytes, lineEnd) !== 13) lineEnd += 1;
  let to = lineEnd;
  const space = lineEnd - 9;
  const isWhole = lineEnd < end;
  if (isWhole) {
    // A word that looks like a method is no request by itself.
    if (space < from || !startsWith(bytes, space, end, ' HTTP/1.')) return null;
    to = space;
  }
  const head: HttpHead = {
    method: method.trim(),
    target: asciiOf(bytes, from, to, maxTarget),
    host: null,
    user_agent: null,
  };
  let line = lineEnd;
  for (let lines = 0; lines < 64 && line < end; lines += 1) {
    while (line < end && (code(bytes, line) === 13 || code(bytes, line) === 10)) line += 1;
    let stop = line;
    while (stop < end && code(bytes, stop) !== 13 && code(bytes, stop) !== 10) stop += 1;
    const letter = (code(bytes, line) ?? 0) | 0x20;
    if (letter === 0x68) head.host ??= headerOf(bytes, line, stop, 'host:');
    else if (letter === 0x75) head.user_agent ??= headerOf(bytes, line, stop, 'user-agent:');
    line = stop;
  }
  return head;
}

function headerOf(bytes: Uint8Array, from: number, to: number, name: string): string | null {
  if (to - from < name.length) return null;
  for (let i = 0; i < name.length; i += 1) {
    if ((code(bytes, from + i) | 0x20) !== (name.charCodeAt(i) | 0x20)) return null;
  }
  return asciiOf(bytes, from + name.length, to, maxHeader).trim();
}

export function startsWith(bytes: Uint8Array, at: number, end: number, text: string): boolean {
  if (end - at < text.length) return false;
  for (let i = 0; i < text.length; i += 1) if (code(bytes, at + i) !== text.charCodeAt(i)) return false;
  return true;
}

/** `SSH-2.0-OpenSSH_9.2`, or null. */
export function readSshBanner(bytes: Uint8Array, at: number, end: number): string | null {
  if (!startsWith(bytes, at, end, 'SSH-')) return null;
  let to = at;
  while (to < end && code(bytes, to) !== 10 && code(bytes, to) !== 13) to += 1;
  return asciiOf(bytes, at, to, 255);
}

/** What the first bytes of a side tell of the service, where nothing more is read of it. */
export function serviceOf(bytes: Uint8Array, at: number, end: number): string | null {
  if (end - at < 4) return null;
  const first = code(bytes, at);
  if (first === 0x03 && code(bytes, at + 1) === 0 && code(bytes, at + 2) === 0) return 'rdp';
  if (
    first === 0 &&
    end - at > 8 &&
    (startsWith(bytes, at + 5, end, 'SMB') || startsWith(bytes, at + 4, end, '\xffSMB'))
  )
    return 'smb';
  if (startsWith(bytes, at, end, 'RFB 00')) return 'vnc';
  if (startsWith(bytes, at, end, 'HTTP/1.')) return 'http';
  if (startsWith(bytes, at, end, '220')) return /smtp|mail/i.test(asciiOf(bytes, at, end, 80)) ? 'smtp' : 'ftp';
  if (startsWith(bytes, at, end, 'EHLO ') || startsWith(bytes, at, end, 'HELO ')) return 'smtp';
  if (first === 0x16 && code(bytes, at + 1) === 3) return 'tls';
  return null;
}

export interface DnsMessage {
  id: number;
  isAnswer: boolean;
  /** Lower case, without the point at the end; '.' is the root. */
  name: string;
  type: string;
  /** Null in questions. */
  code: string | null;
  /** Addresses and names that were answered, at most 16. */
  answers: string[];
  answerCount: number;
  /** Bytes of the answers' data. */
  answerBytes: number;
}

const dnsTypes: Readonly<Record<number, string>> = {
  1: 'A',
  2: 'NS',
  5: 'CNAME',
  6: 'SOA',
  10: 'NULL',
  12: 'PTR',
  15: 'MX',
  16: 'TXT',
  28: 'AAAA',
  33: 'SRV',
  35: 'NAPTR',
  41: 'OPT',
  43: 'DS',
  48: 'DNSKEY',
  64: 'SVCB',
  65: 'HTTPS',
  251: 'IXFR',
  252: 'AXFR',
  255: 'ANY',
  65399: 'PRIVATE',
};
const dnsCodes = ['NOERROR', 'FORMERR', 'SERVFAIL', 'NXDOMAIN', 'NOTIMP', 'REFUSED'];
const maxAnswers = 16;

/** Where the name that was read last ended. */
let nameEnd = 0;

/** A DNS message, or null. */
export function readDns(bytes: Uint8Array, at: number, end: number): DnsMessage | null {
  if (end - at < 17) return null;
  const word = (from: number): number => (code(bytes, from) << 8) | code(bytes, from + 1);
  const flags = word(at + 2);
  // Only ordinary questions, one each; more answers than fit are no DNS.
  if ((flags & 0x7800) !== 0 || word(at + 4) !== 1 || word(at + 6) > 512 || word(at + 8) > 512 || word(at + 10) > 512)
    return null;
  const name = readName(bytes, at, at + 12, end);
  if (name === null || nameEnd + 4 > end) return null;
  const type = word(nameEnd);
  const isAnswer = (flags & 0x8000) !== 0;
  const message: DnsMessage = {
    id: word(at),
    isAnswer,
    name,
    type: dnsTypes[type] ?? `TYPE${type}`,
    code: isAnswer ? (dnsCodes[flags & 15] ?? `RCODE${flags & 15}`) : null,
    answers: [],
    answerCount: isAnswer ? word(at + 6) : 0,
    answerBytes: 0,
  };
  let from = nameEnd + 4;
  for (let i = 0; i < message.answerCount && i < maxAnswers; i += 1) {
    if (readName(bytes, at, from, end) === null || nameEnd + 10 > end) break;
    const kind = word(nameEnd);
    const length = word(nameEnd + 8);
    from = nameEnd + 10;
    if (from + length > end) break;
    message.answerBytes += length;
    if (kind === 1 && length === 4) message.answers.push(Array.from(bytes.subarray(from, from + 4)).join('.'));
    else if (kind === 28 && length === 16) message.answers.push(groupsOf(bytes, from));
    else if (kind === 5 || kind === 2 || kind === 12) {
      const target = readName(bytes, at, from, end);
      if (target !== null) message.answers.push(target);
    } else if (kind === 16 && length > 1) message.answers.push(asciiOf(bytes, from + 1, from + length, 120));
    from += length;
  }
  return message;
}

const groupsOf = (bytes: Uint8Array, at: number): string =>
  Array.from({ length: 8 }, (_, i) => ((code(bytes, at + i * 2) << 8) | code(bytes, at + i * 2 + 1)).toString(16)).join(
    ':',
  );

/** A name with its pointers followed, at most 255 bytes and 32 pointers. Sets {@link nameEnd}. */
function readName(bytes: Uint8Array, message: number, from: number, end: number): string | null {
  let at = from;
  let name = '';
  let jumps = 0;
  nameEnd = -1;
  for (;;) {
    if (at >= end) return null;
    const length = code(bytes, at);
    if (length === 0) break;
    if ((length & 0xc0) === 0xc0) {
      jumps += 1;
      if (at + 1 >= end || jumps > 32) return null;
      if (nameEnd < 0) nameEnd = at + 2;
      at = message + (((length & 63) << 8) | code(bytes, at + 1));
      continue;
    }
    if (length > 63 || at + 1 + length > end || name.length + length > 255) return null;
    name += `${name === '' ? '' : '.'}${asciiOf(bytes, at + 1, at + 1 + length, 63)}`;
    at += 1 + length;
  }
  if (nameEnd < 0) nameEnd = at + 1;
  return name === '' ? '.' : name.toLowerCase();
}

const counts = new Uint8Array(256);
const logs = Float64Array.from({ length: 257 }, (_, i) => (i === 0 ? 0 : i * Math.log2(i)));

/** Shannon's entropy of the first 64 bytes in bits per byte (0 to 6 with so few), or null without any. */
export function entropyOf(bytes: Uint8Array, at: number, end: number): number | null {
  const to = Math.min(end, at + 64);
  const n = to - at;
  if (n <= 0) return null;
  for (let i = at; i < to; i += 1) counts[code(bytes, i)] = (counts[code(bytes, i)] as number) + 1;
  let sum = 0;
  for (let i = at; i < to; i += 1) {
    const byte = code(bytes, i);
    sum += logs[counts[byte] as number] as number;
    counts[byte] = 0;
  }
  return Math.log2(n) - sum / n;
}

/** The same of a text, for names. */
export function textEntropy(text: string): number {
  const seen = new Map<string, number>();
  for (const letter of text) seen.set(letter, (seen.get(letter) ?? 0) + 1);
  let sum = 0;
  for (const count of seen.values()) sum -= (count / text.length) * Math.log2(count / text.length);
  return sum;
}

const secondLevels = new Set(['co', 'com', 'org', 'net', 'gov', 'edu', 'ac', 'or', 'ne', 'go', 'gob', 'gouv']);

/** The part of a name that somebody registered, as far as its form tells: `example.co.uk` of `a.b.example.co.uk`. */
export function domainOf(name: string): string {
  const labels = name.split('.');
  if (labels.length <= 2) return name;
  const [second, top] = labels.slice(-2) as [string, string];
  return labels.slice(top.length === 2 && secondLevels.has(second) ? -3 : -2).join('.');
}
