import type { Socket } from 'node:net';
import type { DecoyHost, Visit } from '../contract.ts';
import type { Actor, FileSystem } from '../shell/types.ts';
import { answerFile, type FileCommands } from './files.ts';
import { commandOf, Lines, readable } from './lines.ts';
import { memoryFiles } from './memory-files.ts';
import { Transfers } from './transfers.ts';

/** Who a client is once it is logged in. */
export interface Account extends Actor {
  home: string;
}

export interface FtpSettings {
  banner: string;
  anonymous: boolean;
  writable: boolean;
  failureDelayMs: number;
  /** Counts and decides. */
  admits: (address: string, user: string, password: string) => boolean;
  account: (user: string) => Account;
  /** The imitated disk for this visitor, once it is logged in. */
  open: (user: string) => FileSystem;
  /** Clients that are connected now, this one included. */
  clients: () => number;
}

const features = '211-Features:\r\n EPRT\r\n EPSV\r\n MDTM\r\n PASV\r\n REST STREAM\r\n SIZE\r\n TVFS\r\n211 End\r\n';
const help = `214-The following commands are recognized.\r
 ABOR ACCT ALLO APPE CDUP CWD  DELE EPRT EPSV FEAT HELP LIST MDTM MKD\r
 MODE NLST NOOP OPTS PASS PASV PORT PWD  QUIT REIN REST RETR RMD  RNFR\r
 RNTO SITE SIZE SMNT STAT STOR STOU STRU SYST TYPE USER XCUP XCWD XMKD\r
 XPWD XRMD\r
214 Help OK.\r
`;
/** vsftpd ends a visit after that many refused logins. */
const mostFailures = 3;
const idleMs = 300_000;
const nothing = memoryFiles(0);
/** vsftpd knows them, but not in this configuration. */
const refused = new Set(['PBSZ', 'PROT']);
/** A client's interrupt before ABOR, as it arrives where nobody reads urgent data. */
const interrupted = '\xff\xf4\xff\xf2ABOR';

/** One client at the control connection: what vsftpd 3.0.3 answers, with nothing behind it but the imitated disk. */
export class FtpSession {
  readonly #socket: Socket;
  readonly #visit: Visit;
  readonly #settings: FtpSettings;
  readonly #now: () => number;
  readonly #transfers: Transfers;
  readonly #lines = new Lines();
  readonly #queue: string[] = [];
  readonly #state: FileCommands;
  #isBusy = false;
  #user: string | null = null;
  #loggedIn: string | null = null;
  #failures = 0;
  #clientsAtStart = 0;
  #idle: NodeJS.Timeout | undefined;

  constructor(socket: Socket, visit: Visit, host: DecoyHost, settings: FtpSettings) {
    this.#socket = socket;
    this.#visit = visit;
    this.#settings = settings;
    this.#now = () => host.now();
    this.#state = {
      // Nothing is asked of it before the login.
      files: nothing,
      writable: settings.writable,
      as: { uid: 65534, gid: 65534 },
      home: '/',
      cwd: '/',
      umask: 0o077,
      renameFrom: null,
      now: this.#now,
    };
    this.#transfers = new Transfers(
      visit,
      host,
      this.#state,
      (text) => this.#send(text),
      socket.remoteFamily === 'IPv6',
    );
  }

  start(): void {
    this.#clientsAtStart = this.#settings.clients();
    this.#socket.setNoDelay(true);
    this.#socket.on('data', (bytes: Buffer) => this.#read(bytes));
    this.#visit.signal.addEventListener('abort', () => clearTimeout(this.#idle), { once: true });
    this.#send(`220 ${this.#settings.banner}\r\n`);
    this.#wait();
  }

  #read(bytes: Buffer): void {
    const lines = this.#lines.take(bytes.toString('latin1'));
    if (lines === null) {
      this.#send('500 Input line too long.\r\n');
      this.#end('line too long');
      return;
    }
    this.#queue.push(...lines);
    if (this.#queue.length > 64) this.#socket.pause();
    void this.#work();
  }

  /** Commands one after another: a transfer holds up what comes behind it, as vsftpd does. */
  async #work(): Promise<void> {
    if (this.#isBusy) return;
    this.#isBusy = true;
    clearTimeout(this.#idle);
    for (let line = this.#queue.shift(); line !== undefined; line = this.#queue.shift()) {
      if (this.#visit.signal.aborted) return;
      if (line === '') continue;
      if (!this.#visit.countCommand()) return this.#visit.end('too many commands');
      const { name, argument } = commandOf(line);
      if (this.#loggedIn === null) await this.#beforeLogin(name, argument, line);
      else await this.#afterLogin(name, argument, line);
    }
    this.#isBusy = false;
    this.#socket.resume();
    this.#wait();
  }

  #wait(): void {
    clearTimeout(this.#idle);
    if (this.#visit.signal.aborted) return;
    this.#idle = setTimeout(() => {
      this.#send('421 Timeout.\r\n');
      this.#end('idle');
    }, idleMs);
  }

  async #beforeLogin(name: string, argument: string, line: string): Promise<void> {
    switch (name) {
      case 'USER':
        this.#user = argument;
        return this.#send('331 Please specify the password.\r\n');
      case 'PASS':
        return this.#password(argument);
      case 'QUIT':
        this.#send('221 Goodbye.\r\n');
        return this.#end('quit');
      case 'FEAT':
        return this.#send(features);
      case 'OPTS':
        return this.#options(argument);
      default:
        this.#tell(line, name !== ' ' && /^[A-Z]{3,4}$/.test(name));
        return this.#send('530 Please login with USER and PASS.\r\n');
    }
  }

  async #password(password: string): Promise<void> {
    const user = this.#user;
    if (user === null) return this.#send('503 Login with USER first.\r\n');
    this.#user = null;
    const isAnonymous = /^(?:anonymous|ftp)$/i.test(user);
    const isIn = isAnonymous
      ? this.#settings.anonymous
      : this.#settings.admits(this.#visit.address, readable(user), readable(password));
    this.#visit.report({
      event_type: 'decoy.login',
      message: `FTP login ${isIn ? 'let in' : 'refused'}: ${readable(user) || '(no name)'}`,
      outcome: isIn ? 'success' : 'failure',
      user: readable(user),
      fields: { password: readable(password), method: 'password', anonymous: isAnonymous },
    });
    if (isIn) {
      this.#loggedIn = user;
      this.#visit.authenticated(readable(user));
      const account = this.#settings.account(user);
      Object.assign(this.#state, {
        files: this.#settings.open(user),
        as: account,
        home: account.home,
        cwd: account.home,
      });
      return this.#send('230 Login successful.\r\n');
    }
    // PAM's delay varies by half around its middle.
    await this.#pause(this.#settings.failureDelayMs * (0.8 + Math.random() * 0.4));
    this.#send('530 Login incorrect.\r\n');
    this.#failures += 1;
    if (this.#failures >= mostFailures) this.#end('too many failed logins');
  }

  #pause(milliseconds: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, milliseconds);
      this.#visit.signal.addEventListener(
        'abort',
        () => {
          clearTimeout(timer);
          resolve();
        },
        { once: true },
      );
    });
  }

  async #afterLogin(name: string, argument: string, line: string): Promise<void> {
    const simple = this.#simple(name, argument);
    const answer = simple ?? answerFile(name, argument, this.#state);
    if (answer !== null) {
      this.#tell(line, !answer.startsWith('500 Unknown'));
      this.#send(answer);
      if (name === 'QUIT') this.#end('quit');
      return;
    }
    const isKnown = await this.#transfers.run(name, argument, (isKnownCommand) => this.#tell(line, isKnownCommand));
    if (isKnown) return;
    this.#send(refused.has(name) ? '550 Permission denied.\r\n' : '500 Unknown command.\r\n');
  }

  /** Commands that need no disk and no data connection. */
  #simple(name: string, argument: string): string | null {
    switch (name) {
      case 'QUIT':
        return '221 Goodbye.\r\n';
      case 'SYST':
        return '215 UNIX Type: L8\r\n';
      case 'NOOP':
        return '200 NOOP ok.\r\n';
      case 'HELP':
        return help;
      case 'FEAT':
        return features;
      case 'OPTS':
        return argument.toUpperCase() === 'UTF8 ON' ? '200 Always in UTF8 mode.\r\n' : '501 Option not understood.\r\n';
      case 'ALLO':
        return '202 ALLO command ignored.\r\n';
      case 'ACCT':
      case 'REIN':
      case 'SMNT':
        return `502 ${name} not implemented.\r\n`;
      case 'ABOR':
      case interrupted:
        return '225 No transfer to ABOR.\r\n';
      case 'STRU':
        return argument.toUpperCase() === 'F' ? '200 Structure set to F.\r\n' : '504 Bad STRU command.\r\n';
      case 'MODE':
        return argument.toUpperCase() === 'S' ? '200 Mode set to S.\r\n' : '504 Bad MODE command.\r\n';
      case 'USER':
        if (argument === this.#loggedIn) return '331 Any password will do.\r\n';
        return "530 Can't change to another user.\r\n";
      case 'PASS':
        return '230 Already logged in.\r\n';
      case 'STAT':
        return argument === '' ? this.#status() : null;
      default:
        return null;
    }
  }

  #options(argument: string): void {
    this.#send(this.#simple('OPTS', argument) ?? '');
  }

  #status(): string {
    return [
      '211-FTP server status:',
      `     Connected to ${this.#visit.address}`,
      `     Logged in as ${this.#loggedIn}`,
      `     TYPE: ${this.#transfers.isBinary ? 'BINARY' : 'ASCII'}`,
      '     No session bandwidth limit',
      `     Session timeout in seconds is ${idleMs / 1000}`,
      '     Control connection is plain text',
      '     Data connections will be plain text',
      `     At session startup, client count was ${this.#clientsAtStart}`,
      '     vsFTPd 3.0.3 - secure, fast, stable',
      '211 End of status\r\n',
    ].join('\r\n');
  }

  #tell(line: string, found: boolean): void {
    const command = readable(line);
    this.#visit.report({
      event_type: 'decoy.command',
      message: `FTP command: ${command}`,
      user: this.#loggedIn === null ? null : readable(this.#loggedIn),
      fields: { command, cwd: readable(this.#state.cwd), found },
    });
  }

  #send(text: string): void {
    if (this.#visit.signal.aborted || this.#socket.destroyed) return;
    if (this.#visit.countOutput(text.length)) this.#socket.write(Buffer.from(text, 'latin1'));
    else this.#visit.end('too much output');
  }

  #end(reason: string): void {
    this.#queue.length = 0;
    clearTimeout(this.#idle);
    this.#socket.end(() => this.#visit.end(reason));
  }
}
