import { severityRank } from '../../model/index.ts';
import type { DecoyStream, Visit } from '../contract.ts';
import { credentialsOf, filesIn, withoutPasswords } from './credentials.ts';
import type { Lure, LureRequest } from './lure.ts';
import { type HttpRequest, headerOf, mostSent, RequestReader, unescaped } from './reader.ts';
import { fetchesIn, signOf } from './signs.ts';
import type { Site } from './site.ts';
import { hostOf, type Reply, type ServerStyle } from './style.ts';

export interface WebHost {
  site: Site;
  style: ServerStyle;
  lures: readonly Lure[];
  now: () => number;
  /** The connection is encrypted. */
  isTls: boolean;
}

/** Shapes with which one server is made to see a request that the other does not. */
const smuggling = new Set([
  'content-length-and-transfer-encoding',
  'two-content-lengths',
  'odd-transfer-encoding',
  'space-before-colon',
  'bad-chunk',
]);
const mostOfBody = 16 * 1024;
const mostOfValue = 1024;

const readable = (bytes: string): string => Buffer.from(bytes, 'latin1').toString('utf8');

/** One client at the web host, request by request. */
export class HttpVisitor {
  readonly #stream: DecoyStream;
  readonly #visit: Visit;
  readonly #web: WebHost;
  readonly #reader = new RequestReader();
  #served = 0;
  #isOver = false;
  #idle: NodeJS.Timeout | undefined;

  constructor(stream: DecoyStream, visit: Visit, web: WebHost) {
    this.#stream = stream;
    this.#visit = visit;
    this.#web = web;
  }

  start(): void {
    this.#stream.on('data', (bytes: Buffer) => this.#read(bytes));
    this.#stream.on('error', () => {});
    this.#visit.signal.addEventListener('abort', () => clearTimeout(this.#idle), { once: true });
    this.#wait(60_000);
  }

  #read(bytes: Buffer): void {
    if (this.#isOver) return;
    const requests = this.#reader.take(bytes.toString('latin1'), () => this.#write('HTTP/1.1 100 Continue\r\n\r\n'));
    for (const request of requests) {
      if (this.#isOver) return;
      if (this.#visit.countCommand()) this.#answer(request);
      else this.#end('too many requests');
    }
    if (!this.#isOver) this.#wait(this.#reader.isWaiting ? 60_000 : this.#web.style.idleMs);
  }

  #wait(milliseconds: number): void {
    clearTimeout(this.#idle);
    this.#idle = setTimeout(() => this.#end('idle'), milliseconds);
  }

  #answer(request: HttpRequest): void {
    const { style, site, lures } = this.#web;
    this.#served += 1;
    const asked = asLures(request);
    const refusal = style.refuse(request);
    const lure = refusal === null ? lures.find((each) => each.paths.test(asked.path)) : undefined;
    const given = refusal ?? lure?.answer(asked, site) ?? { status: 404 };
    const reply = this.#finish(request, given);
    const closes =
      !request.staysOpen ||
      request.bodyBytes > mostSent ||
      (refusal !== null && (refusal.status === 400 || refusal.status === 414 || refusal.status > 500)) ||
      (style.name === 'nginx' && request.method === 'TRACE') ||
      request.oddities.includes('content-length-and-transfer-encoding') ||
      (style.name === 'apache' && this.#served >= 100);
    this.#tell(request, asked, reply.status, lure);
    this.#write(style.write(request, reply, closes, this.#web.now(), this.#served));
    if (closes) this.#end('answered');
  }

  /** Error pages are the server's own; a file takes no POST from nginx. */
  #finish(request: HttpRequest, reply: Reply): Reply {
    const { style } = this.#web;
    const isPlainFile = reply.modifiedAt !== undefined;
    if (isPlainFile && style.name === 'nginx' && !/^(?:GET|HEAD)$/.test(request.method))
      return style.error(405, request);
    if (reply.body === undefined && !reply.isDynamic && reply.status >= 400)
      return style.error(reply.status, request, reply.headers);
    return reply;
  }

  #tell(request: HttpRequest, asked: LureRequest, status: number, lure: Lure | undefined): void {
    const text = searchable(request, asked);
    const sign = signOf(text);
    const fetches = fetchesIn(text);
    const isSmuggling = request.oddities.some((oddity) => smuggling.has(oddity));
    const attack = sign?.name ?? lure?.attack ?? (isSmuggling ? 'request_smuggling' : null);
    const severities = [sign?.severity, lure?.severity, isSmuggling ? 'medium' : undefined, 'info'] as const;
    const severity =
      severities.reduce((worst, each) =>
        each !== undefined && severityRank[each] > severityRank[worst ?? 'info'] ? each : worst,
      ) ?? 'info';
    const question = request.target.indexOf('?');
    const path = readable(question < 0 ? request.target : request.target.slice(0, question));
    this.#visit.report({
      event_type: 'decoy.request',
      message: `HTTP ${request.method} ${path.slice(0, 200)}${attack === null ? '' : ` (${attack})`}`,
      severity,
      fields: {
        method: request.method,
        path,
        query: question < 0 ? null : readable(request.target.slice(question + 1)),
        host: hostOf(request) ?? null,
        user_agent: headerOf(request.headers, 'user-agent') ?? null,
        http_version: request.version,
        tls: this.#web.isTls,
        headers: request.headers.slice(0, 64).map(([name, value]) => [name, shown(name, value)]),
        body: request.body === '' ? null : withoutPasswords(request.body).slice(0, mostOfBody),
        body_bytes: request.bodyBytes,
        status,
        lure: lure?.name ?? null,
        attack,
        oddities: [...request.oddities],
        urls: fetches.map(({ url }) => url),
      },
    });
    for (const { user, password, method } of credentialsOf(request))
      this.#visit.report({
        event_type: 'decoy.login',
        message: `HTTP login refused: ${user || '(no name)'}`,
        outcome: 'failure',
        user,
        fields: { password, method, path, lure: lure?.name ?? null },
      });
    for (const { url, by } of fetches)
      this.#visit.report({
        event_type: 'decoy.download',
        message: `HTTP request wants ${url} fetched`,
        fields: { url, command: by, path },
      });
    for (const { name, content } of filesIn(request)) {
      const sink = this.#visit.upload(readable(name), 'http');
      sink.write(Buffer.from(content, 'latin1'));
      sink.end({ path, complete: request.body.length === request.bodyBytes });
    }
  }

  #write(text: string): void {
    if (this.#visit.signal.aborted || this.#stream.destroyed) return;
    if (this.#visit.countOutput(text.length)) this.#stream.write(Buffer.from(text, 'latin1'));
    else this.#end('too much output');
  }

  #end(reason: string): void {
    if (this.#isOver) return;
    this.#isOver = true;
    clearTimeout(this.#idle);
    this.#stream.end(() => setTimeout(() => this.#visit.end(reason), 50).unref());
  }
}

function asLures(raw: HttpRequest): LureRequest {
  const target = raw.target.replace(/^[a-z][a-z0-9+.-]*:\/\/[^/?#]*/i, '') || '/';
  const question = target.indexOf('?');
  return {
    raw,
    method: raw.method,
    path: unescaped(question < 0 ? target : target.slice(0, question)).replace(/\/{2,}/g, '/'),
    query: question < 0 ? '' : unescaped(target.slice(question + 1).replaceAll('+', ' ')),
    body: unescaped(raw.body.replaceAll('+', ' ')),
    host: (hostOf(raw) ?? 'localhost').replace(/[^\w.:[\]-]/g, '').slice(0, 255),
    header: (name) => headerOf(raw.headers, name) ?? '',
  };
}

/**
 * Everything in which an attack may stand, escapes resolved (twice in the path: that is how filters are passed). What parts
 * them is no sign that any pattern knows: a line feed would make a command of what follows.
 */
const searchable = (raw: HttpRequest, { path, query, body }: LureRequest): string =>
  [raw.target, unescaped(path), unescaped(query), ...raw.headers.map(([, value]) => unescaped(value)), body].join(
    '\x01',
  );

/** Passwords are told with the login, not in the headers. */
const shown = (name: string, value: string): string =>
  /^(?:proxy-)?authorization$/i.test(name)
    ? value.replace(/^(\S+)\s.*$/s, '$1 ***')
    : readable(value).slice(0, mostOfValue);
