/** What one request said, byte for byte where that tells clients apart. Texts are byte strings (one character per byte). */
export interface HttpRequest {
  method: string;
  /** As it was sent: path and query, `*`, or a whole URL. */
  target: string;
  /** `1.1`; `0.9` where none was stated. */
  version: string;
  /** In their order, names as they were written. */
  headers: readonly (readonly [name: string, value: string])[];
  /** At most {@link mostBody}. */
  body: string;
  /** What may hold files (a form with files, PUT): as much of it as is kept, at most {@link mostSent}. Otherwise as `body`. */
  whole: string;
  /** What was sent in all. */
  bodyBytes: number;
  /** Shapes that ordinary clients do not send, among them those of request smuggling. */
  oddities: readonly Oddity[];
  /** The client wants the connection to stay. */
  staysOpen: boolean;
}

export type Oddity =
  | 'bad-request-line'
  | 'bare-line-feed'
  | 'space-before-colon'
  | 'folded-header'
  | 'header-without-colon'
  | 'content-length-and-transfer-encoding'
  | 'two-content-lengths'
  | 'bad-content-length'
  | 'odd-transfer-encoding'
  | 'bad-chunk'
  | 'no-host'
  | 'two-hosts'
  | 'bad-host'
  | 'absolute-target'
  | 'control-character'
  | 'bad-escape'
  | 'above-root'
  | 'long-request-line'
  | 'long-header';

const mostBody = 64 * 1024;
/** What both servers read of one line, and of the head in all. */
const longestLine = 8190;
const longestHead = 32 * 1024;
/** More than this is not read to its end: the connection closes after the answer. */
export const mostSent = 10 * 1024 * 1024;

type Head = Omit<HttpRequest, 'body' | 'whole' | 'bodyBytes'>;

/** What all clients together may have in memory of files that are on their way; who comes when it is used up keeps {@link mostBody}. */
const mostHeld = 64 * 1024 * 1024;
let held = 0;

/** Takes requests out of what one client sends. */
export class RequestReader {
  #rest = '';
  #body: BodyReader | null = null;
  #request: Head | null = null;

  /** Bytes that wait for more of the same request. */
  get isWaiting(): boolean {
    return this.#rest !== '' || this.#request !== null;
  }

  /**
   * @param told called when a client waits for `100 Continue` before it sends the body.
   * @returns the requests that are whole now.
   */
  take(bytes: string, told: () => void = () => {}): HttpRequest[] {
    this.#rest += bytes;
    const whole: HttpRequest[] = [];
    for (let next = this.#next(told); next !== null; next = this.#next(told)) whole.push(next);
    return whole;
  }

  #next(told: () => void): HttpRequest | null {
    if (this.#request === null) {
      this.#rest = this.#rest.replace(/^(?:\r?\n)+/, '');
      const head = headOf(this.#rest);
      if (head === null) return null;
      this.#rest = this.#rest.slice(head.length);
      this.#request = readHead(head.text, head.isWhole);
      this.#body = new BodyReader(this.#request);
      if (!this.#body.isDone && headerOf(this.#request.headers, 'expect')?.toLowerCase() === '100-continue') told();
    }
    const body = this.#body as BodyReader;
    this.#rest = this.#rest.slice(body.take(this.#rest));
    if (!body.isDone) return null;
    const oddities = body.isBad ? [...this.#request.oddities, 'bad-chunk' as const] : this.#request.oddities;
    const whole = body.release();
    const request = { ...this.#request, body: whole.slice(0, mostBody), whole, bodyBytes: body.bytes, oddities };
    this.#request = null;
    this.#body = null;
    return request;
  }

  /** The client is gone. */
  stop(): void {
    this.#body?.release();
    this.#body = null;
    this.#request = null;
    this.#rest = '';
  }
}

/** The first value of a header; names in lower case. */
export const headerOf = (headers: HttpRequest['headers'], name: string): string | undefined =>
  headers.find(([each]) => each.toLowerCase() === name)?.[1];

/** Up to the empty line; or to what a server reads before it gives up; or one line without a version (HTTP/0.9). */
function headOf(text: string): { text: string; length: number; isWhole: boolean } | null {
  const end = /\r?\n\r?\n/.exec(text);
  if (end !== null && end.index <= longestHead)
    return { text: text.slice(0, end.index), length: end.index + end[0].length, isWhole: true };
  const line = /^[^\n]*\n/.exec(text)?.[0];
  if (line === undefined) return text.length > longestLine + 16 ? { text, length: text.length, isWhole: false } : null;
  // Neither server waits for headers behind a first line that names no version.
  if (!/ HTTP\/\d+\.\d+\r?\n$/.test(line)) return { text: line.trimEnd(), length: line.length, isWhole: true };
  return text.length > longestHead ? { text, length: text.length, isWhole: false } : null;
}

function readHead(text: string, isWhole: boolean): Head {
  const oddities = new Set<Oddity>();
  const lines = text.split('\n');
  if (lines.slice(0, -1).some((line) => !line.endsWith('\r'))) oddities.add('bare-line-feed');
  const first = (lines[0] ?? '').replace(/\r$/, '');
  if (first.length > longestLine) oddities.add('long-request-line');
  const found = /^([!-~]{1,64}) ([^ ]+)(?: HTTP\/(\d{1,3}\.\d{1,3}))?$/.exec(first);
  const isRequest = found !== null && (found[3] !== undefined || (found[2] ?? '').startsWith('/'));
  if (!isRequest) oddities.add('bad-request-line');
  const [, method = '', target = '', stated] = found ?? /^(\S{0,64}) ?(.*)$/s.exec(first) ?? [];
  // HTTP/0.9 states none and gets no head either; a line that is no request is answered with one.
  const version = isRequest ? (stated ?? '0.9') : '1.0';
  const headers: (readonly [string, string])[] = [];
  for (const line of lines.slice(1)) {
    const header = line.replace(/\r$/, '');
    if (header.length > longestLine) oddities.add('long-header');
    if (/^[ \t]/.test(header)) {
      oddities.add('folded-header');
      const last = headers.pop();
      if (last !== undefined) headers.push([last[0], `${last[1]} ${header.trim()}`]);
      continue;
    }
    const colon = header.indexOf(':');
    if (colon < 0) {
      oddities.add('header-without-colon');
      headers.push([header, '']);
      continue;
    }
    if (/\s$/.test(header.slice(0, colon))) oddities.add('space-before-colon');
    if (headers.length < 200) headers.push([header.slice(0, colon).trim(), header.slice(colon + 1).trim()]);
  }
  if (!isWhole && !oddities.has('long-request-line')) oddities.add('long-header');
  judgeTarget(target, oddities);
  judgeHost(headers, version, oddities);
  judgeLength(headers, oddities);
  const connection = headerOf(headers, 'connection')?.toLowerCase() ?? '';
  const staysOpen = Number(version) >= 1.1 ? !connection.includes('close') : connection.includes('keep-alive');
  return { method, target, version, headers, oddities: [...oddities], staysOpen };
}

function judgeTarget(target: string, oddities: Set<Oddity>): void {
  if (/^[a-z][a-z0-9+.-]*:\/\//i.test(target)) oddities.add('absolute-target');
  if (/[\0-\x1f\x7f]/.test(target) || /%00/.test(target)) oddities.add('control-character');
  const path = target.split('?', 1)[0] ?? '';
  if (/%(?![0-9a-f]{2})/i.test(path)) oddities.add('bad-escape');
  let depth = 0;
  for (const part of unescaped(path).split('/')) {
    if (part === '..') depth -= 1;
    else if (part !== '' && part !== '.') depth += 1;
    if (depth < 0) oddities.add('above-root');
  }
}

function judgeHost(headers: HttpRequest['headers'], version: string, oddities: Set<Oddity>): void {
  const hosts = headers.filter(([name]) => name.toLowerCase() === 'host');
  if (hosts.length === 0 && Number(version) >= 1.1) oddities.add('no-host');
  if (hosts.length > 1) oddities.add('two-hosts');
  if (hosts.some(([, value]) => /[\s/\\]/.test(value))) oddities.add('bad-host');
}

function judgeLength(headers: HttpRequest['headers'], oddities: Set<Oddity>): void {
  const lengths = headers.filter(([name]) => name.toLowerCase() === 'content-length');
  const encodings = headers.filter(([name]) => name.toLowerCase() === 'transfer-encoding');
  if (lengths.length > 1) oddities.add('two-content-lengths');
  if (lengths.some(([, value]) => !/^\d{1,15}$/.test(value))) oddities.add('bad-content-length');
  if (lengths.length > 0 && encodings.length > 0) oddities.add('content-length-and-transfer-encoding');
  if (encodings.length > 1 || encodings.some(([, value]) => value.toLowerCase() !== 'chunked'))
    oddities.add('odd-transfer-encoding');
}

/** `%41` and the like resolved; what is no escape stays. */
export const unescaped = (text: string): string =>
  text.replace(/%([0-9a-f]{2})/gi, (_, digits: string) => String.fromCharCode(Number.parseInt(digits, 16)));

/** One body, by its length or in chunks. The first bytes are kept ({@link mostBody}, of files {@link mostSent}), the rest is counted. */
class BodyReader {
  #kept = '';
  #held = 0;
  readonly #hasFiles: boolean;
  bytes = 0;
  isBad = false;
  isDone = false;
  readonly #isChunked: boolean;
  #left: number;

  constructor({ method, headers, oddities }: Head) {
    this.#hasFiles = method === 'PUT' || /^multipart\/form-data/i.test(headerOf(headers, 'content-type') ?? '');
    const isHopeless = oddities.some(
      (oddity) => oddity === 'bad-request-line' || oddity === 'long-header' || oddity === 'long-request-line',
    );
    this.#isChunked = /^chunked$/i.test(headerOf(headers, 'transfer-encoding') ?? '') && !isHopeless;
    const length = headerOf(headers, 'content-length') ?? '';
    this.#left = this.#isChunked || isHopeless || !/^\d{1,15}$/.test(length) ? 0 : Number(length);
    this.isDone = !this.#isChunked && this.#left === 0;
  }

  /** @returns how much of the text is used up. */
  take(text: string): number {
    let at = 0;
    while (!this.isDone) {
      if (this.#left > 0) {
        const part = text.slice(at, at + this.#left);
        if (part === '') return at;
        this.#keep(part);
        at += part.length;
        this.#left -= part.length;
        if (this.bytes > mostSent || (this.#left === 0 && !this.#isChunked)) this.isDone = true;
        continue;
      }
      const line = /^(?:\r?\n)?([^\r\n]*)\r?\n/.exec(text.slice(at, at + 1024));
      if (line === null) {
        this.isBad = text.length - at >= 1024;
        this.isDone = this.isBad;
        return at;
      }
      const size = /^([0-9a-f]{1,8})(?:[ \t]*;.*)?$/i.exec(line[1] ?? '');
      if (size === null) {
        this.isBad = true;
        this.isDone = true;
        return at;
      }
      this.#left = Number.parseInt(size[1] ?? '0', 16);
      if (this.#left > 0) {
        at += line[0].length;
        continue;
      }
      const end = /^\r?\n?0+[^\n]*\n(?:[^\r\n]+\r?\n)*\r?\n/.exec(text.slice(at, at + longestLine));
      if (end === null) return at;
      this.isDone = true;
      at += end[0].length;
    }
    return at;
  }

  #keep(part: string): void {
    const most = this.#hasFiles && held < mostHeld ? mostSent : mostBody;
    // Once something is missing, what comes after it would not be the file.
    if (this.#kept.length === this.bytes && this.#kept.length < most) {
      const kept = part.slice(0, most - this.#kept.length);
      this.#kept += kept;
      this.#held += kept.length;
      held += kept.length;
    }
    this.bytes += part.length;
  }

  /** Gives what is kept, once. */
  release(): string {
    const kept = this.#kept;
    held -= this.#held;
    this.#held = 0;
    this.#kept = '';
    return kept;
  }
}
