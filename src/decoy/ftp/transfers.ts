import type { Socket } from 'node:net';
import type { DataListener, DecoyHost, Visit } from '../contract.ts';
import { type FileCommands, resolve } from './files.ts';
import { readable } from './lines.ts';
import { listDirectory } from './listing.ts';

/** How long the client may take to open the data connection, and how long one may stand still. */
const acceptMs = 60_000;
const stillMs = 300_000;
/** As much of an upload as the host keeps is also put on the imitated disk. */
const mostKept = 10 * 1024 * 1024;

const uploads = new Set(['STOR', 'APPE', 'STOU']);

/** Everything that has to do with a data connection, which only ever comes from the client. */
export class Transfers {
  isBinary = false;
  readonly #visit: Visit;
  readonly #host: DecoyHost;
  readonly #state: FileCommands;
  readonly #send: (text: string) => void;
  readonly #isIpv6: boolean;
  #listener: DataListener | null = null;
  #restart = 0;
  #onlyExtended = false;

  constructor(visit: Visit, host: DecoyHost, state: FileCommands, send: (text: string) => void, isIpv6: boolean) {
    this.#visit = visit;
    this.#host = host;
    this.#state = state;
    this.#send = send;
    this.#isIpv6 = isIpv6;
  }

  /**
   * @param tell called once with whether the command exists, before it is answered.
   * @returns false: the command is none of these, and was not answered.
   */
  async run(name: string, argument: string, tell: (isKnown: boolean) => void): Promise<boolean> {
    const answer = this.#handler(name, argument);
    tell(answer !== null);
    if (answer === null) return false;
    await answer();
    return true;
  }

  #handler(name: string, argument: string): (() => void | Promise<void>) | null {
    if (uploads.has(name) && !this.#state.writable) return () => this.#send('550 Permission denied.\r\n');
    if (this.#onlyExtended && (name === 'PASV' || name === 'PORT' || name === 'EPRT'))
      return () => this.#send('550 Permission denied.\r\n');
    switch (name) {
      case 'TYPE':
        return () => this.#type(argument);
      case 'REST':
        return () => this.#rest(argument);
      case 'PASV':
        return () => this.#passive();
      case 'EPSV':
        return () => this.#extended(argument);
      case 'PORT':
      case 'EPRT':
        return () => this.#refuseToDial(name, argument);
      case 'LIST':
      case 'NLST':
        return () => this.#list(argument, name === 'LIST');
      case 'RETR':
        return () => this.#retrieve(argument);
      case 'STOR':
      case 'APPE':
      case 'STOU':
        return () => this.#store(name, argument);
      default:
        return null;
    }
  }

  #type(argument: string): void {
    const isAscii = /^a(?: n)?$/i.test(argument);
    const isKnown = isAscii || /^(?:i|l ?8)$/i.test(argument);
    if (isKnown) this.isBinary = !isAscii;
    if (!isKnown) this.#send('500 Unrecognised TYPE command.\r\n');
    else this.#send(`200 Switching to ${this.isBinary ? 'Binary' : 'ASCII'} mode.\r\n`);
  }

  #rest(argument: string): void {
    this.#restart = /^\d{1,15}$/.test(argument) ? Number(argument) : 0;
    this.#send(`350 Restart position accepted (${this.#restart}).\r\n`);
  }

  async #listen(): Promise<number | null> {
    this.#forget();
    try {
      this.#listener = await this.#host.listenFor(this.#visit, acceptMs * 2);
    } catch {
      this.#send('500 OOPS: vsf_sysutil_bind\r\n');
      return null;
    }
    // A client that asks for a port and never comes is no fault.
    this.#listener.connection.catch(() => {});
    return this.#listener.port;
  }

  async #passive(): Promise<void> {
    const port = await this.#listen();
    if (port === null) return;
    const address = this.#host.publicAddress ?? this.#visit.localAddress;
    const numbers = /^\d+\.\d+\.\d+\.\d+$/.test(address) ? address.replaceAll('.', ',') : '0,0,0,0';
    this.#send(`227 Entering Passive Mode (${numbers},${port >> 8},${port & 255}).\r\n`);
  }

  async #extended(argument: string): Promise<void> {
    if (argument.toUpperCase() === 'ALL') {
      this.#onlyExtended = true;
      return this.#send('200 EPSV ALL ok.\r\n');
    }
    const family = this.#isIpv6 ? 2 : 1;
    if (argument !== '' && Number.parseInt(argument, 10) !== family) return this.#send('522 Bad network protocol.\r\n');
    const port = await this.#listen();
    if (port !== null) this.#send(`229 Entering Extended Passive Mode (|||${port}|)\r\n`);
  }

  /** A decoy connects nowhere. Where the client wanted it to is told. */
  #refuseToDial(name: string, argument: string): void {
    const numbers = /^(\d+),(\d+),(\d+),(\d+),(\d+),(\d+)$/.exec(argument);
    const extended = /^\|([^|]*)\|([^|]*)\|(\d{1,5})\|$/.exec(argument);
    const target =
      numbers !== null
        ? { host: numbers.slice(1, 5).join('.'), port: Number(numbers[5]) * 256 + Number(numbers[6]) }
        : extended !== null
          ? { host: readable(extended[2] ?? ''), port: Number(extended[3]) }
          : null;
    this.#visit.report({
      event_type: 'decoy.forward',
      message: `FTP ${name} to ${target === null ? readable(argument) || '(nothing)' : `${target.host} port ${target.port}`}`,
      outcome: 'denied',
      fields: { kind: name.toLowerCase(), dst_host: target?.host ?? null, dst_port: target?.port ?? null },
    });
    this.#forget();
    this.#send(refusal(name, argument, extended?.[1]));
  }

  #forget(): void {
    this.#listener?.close();
    this.#listener = null;
  }

  /** The client's data connection; null and an answer where none is to be had. */
  async #connect(): Promise<Socket | null> {
    const listener = this.#listener as DataListener;
    const timer = setTimeout(() => listener.close(), acceptMs);
    try {
      const socket = await listener.connection;
      socket.on('error', () => {});
      socket.setTimeout(stillMs, () => socket.destroy());
      return socket;
    } catch {
      this.#send('425 Failed to establish connection.\r\n');
      return null;
    } finally {
      clearTimeout(timer);
    }
  }

  #isReady(): boolean {
    if (this.#listener === null) this.#send('425 Use PORT or PASV first.\r\n');
    return this.#listener !== null;
  }

  async #list(argument: string, isLong: boolean): Promise<void> {
    if (!this.#isReady()) return;
    const { files, as } = this.#state;
    const list = listDirectory({
      files,
      as,
      resolve: (given) => resolve(this.#state, given),
      argument,
      isLong,
      now: this.#state.now(),
    });
    const socket = await this.#connect();
    if (socket === null) return this.#forget();
    this.#send('150 Here comes the directory listing.\r\n');
    if (list === null) {
      socket.end();
      this.#send('226 Transfer done (but failed to open directory).\r\n');
    } else {
      const isSent = await this.#deliver(socket, Buffer.from(list, 'latin1'));
      this.#send(isSent ? '226 Directory send OK.\r\n' : '426 Failure writing network stream.\r\n');
    }
    this.#forget();
  }

  async #retrieve(argument: string): Promise<void> {
    if (!this.#isReady()) return;
    const from = this.#restart;
    this.#restart = 0;
    const path = resolve(this.#state, argument);
    const stat = this.#state.files.stat(path, this.#state.as);
    const content =
      stat.ok && stat.value.kind === 'file' && argument !== '' ? this.#state.files.read(path, this.#state.as) : null;
    if (!content?.ok) {
      this.#send('550 Failed to open file.\r\n');
      return this.#forget();
    }
    const socket = await this.#connect();
    if (socket === null) return this.#forget();
    this.#send(`150 Opening BINARY mode data connection for ${argument} (${content.value.length} bytes).\r\n`);
    const isSent = await this.#deliver(socket, content.value.subarray(from));
    this.#send(isSent ? '226 Transfer complete.\r\n' : '426 Failure writing network stream.\r\n');
    this.#forget();
  }

  /** @returns whether the client took all of it. */
  #deliver(socket: Socket, bytes: Uint8Array): Promise<boolean> {
    if (!this.#visit.countOutput(bytes.length)) {
      socket.destroy();
      this.#visit.end('too much output');
      return Promise.resolve(false);
    }
    return new Promise((done) => {
      socket.on('close', () => done(false));
      socket.resume();
      socket.end(bytes, () => done(true));
    });
  }

  async #store(name: string, argument: string): Promise<void> {
    if (!this.#isReady()) return;
    const { files, as, umask } = this.#state;
    const from = name === 'STOR' ? this.#restart : 0;
    this.#restart = 0;
    const given = name === 'STOU' ? this.#unique(argument || 'STOU') : argument;
    const path = resolve(this.#state, given);
    const before = given === '' ? null : files.read(path, as);
    const old = before?.ok ? before.value : new Uint8Array();
    const start = name === 'APPE' ? old : old.subarray(0, from);
    const mode = 0o666 & ~umask;
    if (given === '' || !files.write(path, start, { mode }, as).ok) {
      this.#send('553 Could not create file.\r\n');
      return this.#forget();
    }
    const socket = await this.#connect();
    if (socket === null) return this.#forget();
    this.#send(name === 'STOU' ? `150 FILE: ${given}\r\n` : '150 Ok to send data.\r\n');
    const { content, isWhole } = await this.#receive(socket, readable(path));
    const end = name === 'APPE' ? new Uint8Array() : old.subarray(start.length + content.length);
    const isKept = files.write(
      path,
      Buffer.concat([start, content, from > 0 ? end : new Uint8Array()]),
      { mode },
      as,
    ).ok;
    if (!isWhole) this.#send('426 Failure reading network stream.\r\n');
    else this.#send(isKept ? '226 Transfer complete.\r\n' : '451 Failure writing to local file.\r\n');
    this.#forget();
  }

  #unique(name: string): string {
    for (let number = 1; ; number += 1) {
      const candidate = `${name}.${number}`;
      if (number > 1000 || !this.#state.files.lstat(resolve(this.#state, candidate)).ok) return candidate;
    }
  }

  #receive(socket: Socket, name: string): Promise<{ content: Buffer; isWhole: boolean }> {
    const sink = this.#visit.upload(name, 'ftp');
    const chunks: Buffer[] = [];
    let kept = 0;
    return new Promise((done) => {
      let isWhole = false;
      socket.on('data', (chunk: Buffer) => {
        sink.write(chunk);
        if (kept >= mostKept) return;
        chunks.push(chunk.subarray(0, mostKept - kept));
        kept += chunk.length;
      });
      socket.on('end', () => {
        isWhole = true;
        socket.end();
      });
      socket.on('close', () => {
        if (isWhole) sink.end({ path: name });
        else sink.abort();
        done({ content: Buffer.concat(chunks), isWhole });
      });
    });
  }
}

function refusal(name: string, argument: string, family: string | undefined): string {
  if (name === 'PORT') return '500 Illegal PORT command.\r\n';
  if (!argument.startsWith('|') && argument !== '') return '500 Bad EPRT command.\r\n';
  return family === '1' ? '500 Illegal EPRT command.\r\n' : '500 Bad EPRT protocol.\r\n';
}
