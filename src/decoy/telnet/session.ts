import type { Socket } from 'node:net';
import type { TerminalRecorder, Visit } from '../contract.ts';
import { ShellWitness } from '../host/shell-witness.ts';
import type { Persona } from '../persona/types.ts';
import { createFileSystem, createShell } from '../shell/index.ts';
import type { Shell } from '../shell/types.ts';
import { opening, outgoing, TelnetReader } from './options.ts';

export interface TelnetSettings {
  persona: Persona;
  failureDelayMs: number;
  now: () => number;
  admits: (user: string, password: string) => boolean;
}

/** Debian's login ends after that many. */
const mostTries = 5;
const longestLine = 512;
const readable = (bytes: string): string => Buffer.from(bytes, 'latin1').toString('utf8');

/** One client: the log-in as Debian's `login` asks for it, then the shell. */
export class TelnetSession {
  readonly #socket: Socket;
  readonly #visit: Visit;
  readonly #settings: TelnetSettings;
  readonly #reader = new TelnetReader();
  #state: 'user' | 'password' | 'wait' | 'shell' = 'user';
  #line = '';
  #user = '';
  #tries = 0;
  #shell: Shell | null = null;
  #recorder: TerminalRecorder | null = null;

  constructor(socket: Socket, visit: Visit, settings: TelnetSettings) {
    this.#socket = socket;
    this.#visit = visit;
    this.#settings = settings;
  }

  start(): void {
    const { hostname } = this.#settings.persona;
    this.#socket.setNoDelay(true);
    this.#socket.on('data', (bytes: Buffer) => this.#read(bytes));
    this.#visit.signal.addEventListener('abort', () => {
      this.#shell?.kill();
      this.#recorder?.end();
    });
    this.#socket.write(opening);
    this.#say(`\r\nDebian GNU/Linux 12\r\n${hostname} login: `);
  }

  #read(bytes: Buffer): void {
    const { typed, answer } = this.#reader.take(bytes);
    if (answer.length > 0) this.#socket.write(answer);
    if (typed.length === 0) return;
    if (this.#state === 'shell') {
      this.#recorder?.input(typed.toString('utf8'));
      this.#shell?.input(typed);
      return;
    }
    for (const [index, letter] of [...typed.toString('latin1')].entries()) {
      this.#key(letter);
      if (this.#shell !== null) {
        this.#shell.input(typed.subarray(index + 1));
        return;
      }
    }
  }

  /** What is typed while nobody reads (the refusal takes its time) is kept, as a terminal does. */
  #key(letter: string): void {
    if (letter === '\r' || letter === '\n') {
      if (this.#state === 'wait') return;
      const line = this.#line;
      this.#line = '';
      this.#say('\r\n');
      this.#enter(line);
    } else if (letter === '\x7f' || letter === '\b') {
      if (this.#line !== '' && this.#state === 'user') this.#say('\b \b');
      this.#line = this.#line.slice(0, -1);
    } else if (letter === '\x03' || letter === '\x04') {
      this.#visit.end('left');
    } else if (this.#line.length < longestLine && letter >= ' ') {
      this.#line += letter;
      if (this.#state === 'user') this.#say(letter);
    }
  }

  #enter(line: string): void {
    if (!this.#visit.countCommand()) this.#visit.end('too many lines');
    else if (this.#state === 'user') {
      this.#user = line.trim();
      if (this.#user !== '') this.#state = 'password';
      this.#say(this.#user === '' ? `${this.#settings.persona.hostname} login: ` : 'Password: ');
    } else this.#password(line);
  }

  #password(password: string): void {
    const user = readable(this.#user);
    const isIn = this.#settings.admits(user, readable(password));
    const { terminal } = this.#reader.facts;
    this.#visit.report({
      event_type: 'decoy.login',
      message: `Telnet login ${isIn ? 'let in' : 'refused'}: ${user}`,
      outcome: isIn ? 'success' : 'failure',
      user,
      fields: { password: readable(password), method: 'password', terminal, telnet_options: [...this.#reader.told] },
    });
    if (isIn) {
      this.#visit.authenticated(user);
      void this.#open(user);
      return;
    }
    this.#state = 'wait';
    this.#tries += 1;
    const timer = setTimeout(
      () => {
        this.#state = 'user';
        this.#line = '';
        if (this.#tries < mostTries) this.#say(`\r\nLogin incorrect\r\n${this.#settings.persona.hostname} login: `);
        else {
          this.#say(`\r\nLogin incorrect\r\nMaximum number of tries exceeded (${mostTries})\r\n`);
          this.#socket.end(() => this.#visit.end('too many failed logins'));
        }
      },
      this.#settings.failureDelayMs * (0.8 + Math.random() * 0.4),
    );
    this.#visit.signal.addEventListener('abort', () => clearTimeout(timer), { once: true });
  }

  async #open(user: string): Promise<void> {
    const { persona, now } = this.#settings;
    const { columns, rows, terminal } = this.#reader.facts;
    const term = terminal ?? 'linux';
    const visit = this.#visit;
    this.#recorder = visit.recordTerminal({ columns, rows, term, title: `${user}@${persona.hostname}` });
    this.#state = 'shell';
    const witness = new ShellWitness(visit, user, 'shell', this.#recorder);
    visit.signal.addEventListener('abort', () => witness.flush(), { once: true });
    this.#shell = createShell({
      persona,
      fs: createFileSystem({ persona, now }),
      user,
      now,
      random: Math.random,
      pause: (ms) => new Promise((done) => setTimeout(done, ms)),
      report: witness.report,
      write: (_, data) => {
        this.#recorder?.output(Buffer.from(data).toString('utf8'));
        this.#send(data);
      },
      connection: { peerAddress: visit.address, peerPort: visit.port, localAddress: visit.localAddress, localPort: 23 },
      terminal: { term, columns, rows },
      via: 'telnet',
    });
    await this.#shell.start();
    witness.flush();
    this.#socket.end(() => visit.end('logged out'));
  }

  #say(text: string): void {
    this.#send(Buffer.from(text, 'latin1'));
  }

  #send(bytes: Uint8Array): void {
    if (this.#visit.signal.aborted || this.#socket.destroyed) return;
    if (this.#visit.countOutput(bytes.length)) this.#socket.write(outgoing(bytes));
    else this.#visit.end('too much output');
  }
}
