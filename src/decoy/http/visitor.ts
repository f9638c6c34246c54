import { severityRank } from '../../model/index.ts';
import type { Access } from '../access/access.ts';
import type { DecoyStream, Visit } from '../contract.ts';
import type { Persona } from '../persona/types.ts';
import { runInside } from './console.ts';
import { credentialsOf, filesIn, withoutPasswords } from './credentials.ts';
import type { Inside, Login } from './entry.ts';
import { readForm } from './form.ts';
import type { Guest, Guests } from './guests.ts';
import type { Lure, LureRequest } from './lure.ts';
import { type HttpRequest, headerOf, mostSent, RequestReader, unescaped } from './reader.ts';
import { fetchesIn, signOf } from './signs.ts';
import type { Site } from './site.ts';
import { hostOf, type Reply, type ServerStyle } from './style.ts';

export interface WebHost {
  site: Site;
  style: ServerStyle;
  lures: readonly Lure[];
  access: Access;
  guests: Guests;
  persona: Persona;
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

/** What a request is answered with, and what is told about it. */
interface Answer {
  lure: Lure | undefined;
  /** Null: see `inside`. */
  reply: Reply | null;
  inside: Inside | null;
  guest: Guest | null;
  tries: readonly { login: Login; isIn: boolean }[];
}

const readable = (bytes: string): string => Buffer.from(bytes, 'latin1').toString('utf8');

/** One client at the web host, request by request. */
export class HttpVisitor {
  readonly #stream: DecoyStream;
  readonly #visit: Visit;
  readonly #web: WebHost;
  readonly #reader = new RequestReader();
  readonly #queue: HttpRequest[] = [];
  /** Whose commands are run where nobody logged in. */
  #stranger: Guest | null = null;
  #known = '';
  #served = 0;
  #isBusy = false;
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
    this.#visit.signal.addEventListener(
      'abort',
      () => {
        clearTimeout(this.#idle);
        this.#reader.stop();
        this.#isOver = true;
      },
      { once: true },
    );
    this.#wait(60_000);
  }

  #read(bytes: Buffer): void {
    if (this.#isOver) return;
    const requests = this.#reader.take(bytes.toString('latin1'), () => this.#write('HTTP/1.1 100 Continue\r\n\r\n'));
    for (const request of requests) {
      if (this.#visit.countCommand()) this.#queue.push(request);
      else {
        this.#end('too many requests');
        return;
      }
    }
    this.#next();
    if (!this.#isOver) this.#wait(this.#reader.isWaiting ? 60_000 : this.#web.style.idleMs);
  }

  /** In their order, also where a page takes its time. */
  #next(): void {
    while (!this.#isBusy && !this.#isOver) {
      const request = this.#queue.shift();
      if (request === undefined) return;
      const running = this.#answer(request);
      if (running === null) continue;
      this.#isBusy = true;
      this.#stream.pause();
      void running.finally(() => {
        this.#isBusy = false;
        this.#stream.resume();
        this.#next();
      });
    }
  }

  #wait(milliseconds: number): void {
    clearTimeout(this.#idle);
    this.#idle = setTimeout(() => this.#end('idle'), milliseconds);
  }

  /** @returns null: it is answered. Otherwise it will be. */
  #answer(request: HttpRequest): Promise<void> | null {
    const asked = asLures(request);
    const refusal = this.#web.style.refuse(request);
    const lure = refusal === null ? this.#web.lures.find((each) => each.paths.test(asked.path)) : undefined;
    const nobody: Answer = { lure, reply: refusal, inside: null, guest: null, tries: [] };
    const answer = lure === undefined ? nobody : this.#enter(lure, asked);
    const { inside } = answer;
    if (inside?.run === undefined || typeof inside.reply !== 'function') {
      const own = inside === null || typeof inside.reply === 'function' ? null : inside.reply;
      const given = own ?? answer.reply ?? lure?.answer(asked, this.#web.site) ?? { status: 404 };
      this.#give(request, asked, answer, given, refusal !== null);
      return null;
    }
    const { reply, run } = inside;
    const guest = answer.guest ?? this.#asStranger();
    const visit = this.#visit;
    return runInside(run.command, run.as, { ...this.#web, guest, visit }).then(
      (output) => this.#give(request, asked, answer, reply(output), false),
      (error: unknown) => {
        this.#end('the page failed');
        throw error;
      },
    );
  }

  #asStranger(): Guest {
    const { address } = this.#visit;
    this.#stranger ??= { app: '', user: 'www-data', address, token: '', files: null };
    return this.#stranger;
  }

  /** Whether the request comes from somebody who is in, or gets in; and what is behind the log-in then. */
  #enter(lure: Lure, asked: LureRequest): Answer {
    const { site, access, guests } = this.#web;
    const { address } = this.#visit;
    const entry = typeof lure.entry === 'function' ? lure.entry(site) : (lure.entry ?? null);
    const tries: { login: Login; isIn: boolean }[] = [];
    if (entry === null) {
      const inside = lure.open?.(asked, site) ?? null;
      return { lure, reply: null, inside, guest: null, tries };
    }
    let guest = guests.withCookie(lure.name, asked.header('cookie'));
    let entered: Guest | null = null;
    for (const login of entry.logins(asked).slice(0, 50)) {
      const { user, password, method } = login;
      const known = method === 'basic' ? guests.withPassword(lure.name, user, password, address) : null;
      if (known !== null) {
        guest = known;
        continue;
      }
      const isIn = access.admits(address, user, password);
      tries.push({ login, isIn });
      if (!isIn || entered !== null) continue;
      if (method === 'form') entered = guests.enter(lure.name, user, address);
      else if (method === 'basic') entered = guests.enterBasic(lure.name, user, password, address);
      else entered = { app: lure.name, user, address, token: '', files: null };
    }
    guest = entered ?? (tries.length > 0 ? null : guest);
    if (guest === null) return { lure, reply: null, inside: null, guest, tries };
    if (this.#known !== guest.user) {
      this.#known = guest.user;
      this.#visit.authenticated(guest.user);
    }
    const isForm = entered !== null && tries.some(({ login }) => login.method !== 'basic');
    if (isForm && entry.welcome !== undefined) {
      const admitted = tries.map(({ isIn }) => isIn);
      return { lure, reply: entry.welcome(asked, site, guest, admitted), inside: null, guest, tries };
    }
    const inside = entry.inside(asked, site, guest);
    if (inside?.leaves === true) guests.leave(guest);
    return { lure, reply: null, inside, guest, tries };
  }

  #give(request: HttpRequest, asked: LureRequest, answer: Answer, given: Reply, isRefused: boolean): void {
    if (this.#isOver) return;
    const { style } = this.#web;
    this.#served += 1;
    const reply = this.#finish(request, given);
    const closes =
      !request.staysOpen ||
      request.bodyBytes > mostSent ||
      (isRefused && (given.status === 400 || given.status === 414 || given.status > 500)) ||
      (style.name === 'nginx' && request.method === 'TRACE') ||
      request.oddities.includes('content-length-and-transfer-encoding') ||
      (style.name === 'apache' && this.#served >= 100);
    this.#tell(request, asked, reply.status, answer);
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

  #tell(request: HttpRequest, asked: LureRequest, status: number, answer: Answer): void {
    const { lure, guest, inside } = answer;
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
      ...(guest !== null && { user: guest.user }),
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
    this.#tellLogins(request, answer, path);
    for (const { mode, text: typed, fields } of inside?.deeds ?? [])
      this.#visit.report({
        event_type: 'decoy.command',
        message: `HTTP ${mode} at ${lure?.name}: ${typed.slice(0, 300)}`,
        user: guest?.user ?? null,
        fields: { command: typed, mode, lure: lure?.name ?? null, path, found: true, ...fields },
      });
    // What ran in the imitated shell was told there.
    for (const { url, by } of inside?.run === undefined ? fetches : [])
      this.#visit.report({
        event_type: 'decoy.download',
        message: `HTTP request wants ${url} fetched`,
        fields: { url, command: by, path },
      });
    for (const { name, content } of filesIn(request)) {
      const sink = this.#visit.upload(readable(name), 'http');
      sink.write(Buffer.from(content, 'latin1'));
      sink.end({ path, complete: request.whole.length === request.bodyBytes });
    }
    for (const { name, content } of inside?.files ?? []) {
      const sink = this.#visit.upload(readable(name), 'http');
      sink.write(Buffer.from(content, 'latin1'));
      sink.end({ path, lure: lure?.name ?? null });
    }
  }

  #tellLogins(request: HttpRequest, { lure, guest, tries }: Answer, path: string): void {
    const told = (user: string, password: string, method: string, isIn: boolean): void =>
      this.#visit.report({
        event_type: 'decoy.login',
        message: `HTTP login ${isIn ? 'let in' : 'refused'}: ${user || '(no name)'}`,
        outcome: isIn ? 'success' : 'failure',
        user,
        fields: { password, method, path, lure: lure?.name ?? null },
      });
    for (const { login, isIn } of tries) told(login.user, login.password, login.method, isIn);
    // Forms that lead nowhere. Whoever is in and fills in a form with a password does not log in.
    if (tries.length > 0 || guest !== null) return;
    for (const { user, password, method } of credentialsOf(request)) told(user, password, method, false);
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
    this.#reader.stop();
    this.#stream.end(() => setTimeout(() => this.#visit.end(reason), 50).unref());
  }
}

function asLures(raw: HttpRequest): LureRequest {
  const target = raw.target.replace(/^[a-z][a-z0-9+.-]*:\/\/[^/?#]*/i, '') || '/';
  const question = target.indexOf('?');
  let form: ReadonlyMap<string, string> | null = null;
  return {
    raw,
    method: raw.method,
    path: unescaped(question < 0 ? target : target.slice(0, question)).replace(/\/{2,}/g, '/'),
    query: question < 0 ? '' : unescaped(target.slice(question + 1).replaceAll('+', ' ')),
    body: unescaped(raw.body.replaceAll('+', ' ')),
    host: (hostOf(raw) ?? 'localhost').replace(/[^\w.:[\]-]/g, '').slice(0, 255),
    header: (name) => headerOf(raw.headers, name) ?? '',
    value: (name) => {
      form ??= readForm(raw);
      return form.get(name);
    },
    fileName: () => filesIn(raw)[0]?.name,
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
