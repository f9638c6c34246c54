import { randomBytes } from 'node:crypto';
import type { Socket } from 'node:net';
import type { Visit } from '../contract.ts';

export interface SmtpSettings {
  /** The server's own name. */
  name: string;
  /** Mail for it is always taken. */
  domain: string;
  relay: boolean;
  admits: (user: string, password: string) => boolean;
}

const longestLine = 2048;
const largestMessage = 10_240_000;
const mostRecipients = 100;
const mostErrors = 20;
const shownBody = 8192;

const readable = (bytes: string): string => Buffer.from(bytes, 'latin1').toString('utf8');
const fromBase64 = (text: string): string => Buffer.from(text, 'base64').toString('utf8');

type State = 'command' | 'data' | 'login-user' | 'login-password' | 'plain';

/** One client: what Postfix answers. Lines are byte strings. */
export class SmtpSession {
  readonly #socket: Socket;
  readonly #visit: Visit;
  readonly #settings: SmtpSettings;
  #rest = '';
  #state: State = 'command';
  #helo: string | null = null;
  #isLoggedIn = false;
  #user = '';
  #from: string | null = null;
  #to: string[] = [];
  #message: string[] = [];
  #messageBytes = 0;
  #errors = 0;
  /** Why this was the last answer. */
  #leaving: string | null = null;
  #isOver = false;

  constructor(socket: Socket, visit: Visit, settings: SmtpSettings) {
    this.#socket = socket;
    this.#visit = visit;
    this.#settings = settings;
  }

  start(): void {
    this.#socket.setNoDelay(true);
    this.#socket.on('data', (bytes: Buffer) => this.#read(bytes.toString('latin1')));
    this.#say(`220 ${this.#settings.name} ESMTP Postfix (Debian/GNU)`);
  }

  #read(text: string): void {
    this.#rest += text;
    for (let end = this.#rest.indexOf('\n'); end >= 0 && !this.#isOver; end = this.#rest.indexOf('\n')) {
      const line = this.#rest.slice(0, end).replace(/\r$/, '');
      this.#rest = this.#rest.slice(end + 1);
      if (this.#state === 'data') this.#answer(this.#dataLine(line));
      else if (this.#visit.countCommand()) this.#answer(this.#line(line.slice(0, longestLine)));
      else this.#end('too many commands');
    }
    // Postfix goes on with the rest of a line that is too long as if it were another.
    if (this.#rest.length > 16 * longestLine) this.#rest = '';
  }

  #line(line: string): string {
    if (this.#state === 'login-user') {
      this.#user = fromBase64(line);
      this.#state = 'login-password';
      return '334 UGFzc3dvcmQ6';
    }
    if (this.#state === 'login-password') return this.#login(this.#user, fromBase64(line), 'login');
    if (this.#state === 'plain') return this.#plain(line);
    const space = line.search(/[ \t:]/);
    const name = (space < 0 ? line : line.slice(0, space)).toUpperCase();
    return this.#command(name, space < 0 ? '' : line.slice(space + 1).trim(), line);
  }

  #command(name: string, argument: string, line: string): string {
    switch (name) {
      case 'HELO':
      case 'EHLO':
        return this.#hello(name, argument);
      case 'AUTH':
        return this.#auth(argument);
      case 'MAIL':
        return this.#sender(argument);
      case 'RCPT':
        return this.#recipient(argument);
      case 'DATA':
        return this.#data();
      case 'RSET':
        this.#reset();
        return '250 2.0.0 Ok';
      case 'NOOP':
        return '250 2.0.0 Ok';
      case 'QUIT':
        this.#leaving = 'quit';
        return '221 2.0.0 Bye';
      case 'VRFY':
        this.#tell(line, true);
        return argument === '' ? '501 5.5.4 Syntax: VRFY address' : `252 2.0.0 ${argument.slice(0, 256)}`;
      case 'ETRN':
        this.#tell(line, true);
        return '459 4.7.1 <>: service unavailable';
      case 'STARTTLS':
        this.#tell(line, true);
        return '502 5.5.1 Error: command not implemented';
      case 'GET':
      case 'POST':
      case 'CONNECT':
        this.#tell(line, false);
        this.#leaving = 'no SMTP';
        return '221 2.7.0 Error: I can break rules, too. Goodbye.';
      default:
        this.#tell(line, false);
        return '502 5.5.2 Error: command not recognized';
    }
  }

  #hello(name: string, argument: string): string {
    if (argument === '') return `501 Syntax: ${name} hostname`;
    this.#helo = readable(argument).slice(0, 255);
    this.#reset();
    this.#visit.describe({ helo: this.#helo });
    this.#visit.report({
      event_type: 'decoy.client',
      message: `SMTP client calls itself ${this.#helo}`,
      fields: { client: this.#helo, verb: name },
    });
    if (name === 'HELO') return `250 ${this.#settings.name}`;
    const features = [
      'PIPELINING',
      `SIZE ${largestMessage}`,
      'VRFY',
      'ETRN',
      'AUTH PLAIN LOGIN',
      'ENHANCEDSTATUSCODES',
      '8BITMIME',
      'DSN',
      'SMTPUTF8',
      'CHUNKING',
    ];
    const lines = [this.#settings.name, ...features];
    return lines.map((each, index) => `250${index < lines.length - 1 ? '-' : ' '}${each}`).join('\r\n');
  }

  #auth(argument: string): string {
    const [mechanism = '', initial] = argument.split(/\s+/, 2);
    if (this.#helo === null) return '503 5.5.1 Error: send HELO/EHLO first';
    if (this.#isLoggedIn) return '503 5.5.1 Error: already authenticated';
    switch (mechanism.toUpperCase()) {
      case 'PLAIN':
        if (initial !== undefined) return this.#plain(initial);
        this.#state = 'plain';
        return '334 ';
      case 'LOGIN':
        this.#state = initial === undefined ? 'login-user' : 'login-password';
        this.#user = initial === undefined ? '' : fromBase64(initial);
        return initial === undefined ? '334 VXNlcm5hbWU6' : '334 UGFzc3dvcmQ6';
      case '':
        return '501 5.5.4 Syntax: AUTH mechanism';
      default:
        return '535 5.7.8 Error: authentication failed: Invalid authentication mechanism';
    }
  }

  #plain(text: string): string {
    const [, user = '', password = ''] = fromBase64(text).split('\0');
    return this.#login(user, password, 'plain');
  }

  #login(user: string, password: string, mechanism: string): string {
    this.#state = 'command';
    const isIn = this.#settings.admits(user, password);
    this.#visit.report({
      event_type: 'decoy.login',
      message: `SMTP login ${isIn ? 'let in' : 'refused'}: ${user || '(no name)'}`,
      outcome: isIn ? 'success' : 'failure',
      user,
      fields: { password, method: 'password', mechanism },
    });
    if (!isIn) return '535 5.7.8 Error: authentication failed: authentication failure';
    this.#isLoggedIn = true;
    this.#visit.authenticated(user);
    return '235 2.7.0 Authentication successful';
  }

  #sender(argument: string): string {
    if (this.#helo === null) return '503 5.5.1 Error: send HELO/EHLO first';
    if (this.#from !== null) return '503 5.5.1 Error: nested MAIL command';
    const found = /^from:\s*<?([^<>\s]*)>?/i.exec(argument);
    if (found === null) return '501 5.5.4 Syntax: MAIL FROM:<address>';
    this.#from = readable(found[1] ?? '').slice(0, 320);
    return '250 2.1.0 Ok';
  }

  #recipient(argument: string): string {
    if (this.#from === null) return '503 5.5.1 Error: need MAIL command';
    const found = /^to:\s*<?([^<>\s]+)>?/i.exec(argument);
    if (found === null) return '501 5.5.4 Syntax: RCPT TO:<address>';
    const address = readable(found[1] ?? '').slice(0, 320);
    const isOwn = address.toLowerCase().endsWith(`@${this.#settings.domain}`) || !address.includes('@');
    const isTaken = isOwn || this.#settings.relay || this.#isLoggedIn;
    if (!isOwn)
      this.#visit.report({
        event_type: 'decoy.forward',
        message: `Mail for ${address} was to be relayed. Nothing is sent.`,
        outcome: isTaken ? 'unknown' : 'denied',
        fields: {
          kind: 'relay',
          dst_host: address.slice(address.lastIndexOf('@') + 1),
          dst_port: 25,
          rcpt_to: address,
          mail_from: this.#from,
        },
      });
    if (!isTaken) return `554 5.7.1 <${found[1]}>: Relay access denied`;
    if (this.#to.length >= mostRecipients) return '452 4.5.3 Error: too many recipients';
    this.#to.push(address);
    return '250 2.1.5 Ok';
  }

  #data(): string {
    if (this.#from === null) return '503 5.5.1 Error: need RCPT command';
    if (this.#to.length === 0) return '554 5.5.1 Error: no valid recipients';
    this.#state = 'data';
    this.#message = [];
    this.#messageBytes = 0;
    return '354 End data with <CR><LF>.<CR><LF>';
  }

  /** @returns null: the message goes on. */
  #dataLine(line: string): string | null {
    if (line !== '.') {
      this.#messageBytes += line.length + 2;
      if (this.#messageBytes <= largestMessage) this.#message.push(line.startsWith('.') ? line.slice(1) : line);
      return null;
    }
    this.#state = 'command';
    const isTooLarge = this.#messageBytes > largestMessage;
    const text = this.#message.join('\r\n');
    const subject = /^subject:[ \t]*(.*(?:\r\n[ \t].*)*)/im.exec(text.split('\r\n\r\n', 1)[0] ?? '')?.[1] ?? null;
    this.#visit.report({
      event_type: 'decoy.request',
      message: `Mail from ${this.#from || '<>'} for ${this.#to.length} recipients was taken. Nothing is sent.`,
      fields: {
        method: 'DATA',
        mail_from: this.#from,
        rcpt_to: [...this.#to],
        email_subject: subject === null ? null : readable(subject).slice(0, 500),
        body: readable(text).slice(0, shownBody),
        body_len: this.#messageBytes,
        helo: this.#helo,
      },
    });
    const sink = this.#visit.upload('message.eml', 'smtp');
    sink.write(Buffer.from(text, 'latin1'));
    sink.end({ complete: !isTooLarge });
    this.#reset();
    if (isTooLarge) return '552 5.3.4 Error: message file too big';
    const alphabet = '0123456789BCDFGHJKLMNPQRSTVWXYZbcdfghjklmnpqrstvwxyz';
    const id = [...randomBytes(14)].map((byte) => alphabet[byte % alphabet.length]).join('');
    return `250 2.0.0 Ok: queued as 4${id}`;
  }

  #reset(): void {
    this.#from = null;
    this.#to = [];
    this.#message = [];
  }

  #tell(line: string, found: boolean): void {
    const command = readable(line);
    this.#visit.report({
      event_type: 'decoy.command',
      message: `SMTP command: ${command.slice(0, 200)}`,
      fields: { command, found },
    });
  }

  #answer(answer: string | null): void {
    if (answer === null) return;
    if (/^[45]/.test(answer)) this.#errors += 1;
    const isTooMuch = this.#errors > mostErrors;
    this.#say(isTooMuch ? `421 4.7.0 ${this.#settings.name} Error: too many errors` : answer);
    if (isTooMuch) this.#end('too many errors');
    else if (this.#leaving !== null) this.#end(this.#leaving);
  }

  #say(text: string): void {
    if (this.#visit.signal.aborted || this.#isOver) return;
    if (this.#visit.countOutput(text.length + 2)) this.#socket.write(Buffer.from(`${text}\r\n`, 'latin1'));
    else this.#end('too much output');
  }

  #end(reason: string): void {
    this.#isOver = true;
    this.#socket.end(() => this.#visit.end(reason));
  }
}
