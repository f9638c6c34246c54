import type { TerminalRecorder, Visit } from '../contract.ts';
import type { ShellEvent } from '../shell/types.ts';
import { fromPath } from './shell-text.ts';

/** What one line set off, until it is told. */
interface Line {
  text: string;
  names: string[];
  unknown: string[];
}

const tellAfterMs = 30;

/** Tells what a visitor does in a shell. A line is told once, with what it ran. */
export class ShellWitness {
  readonly #visit: Visit;
  readonly #user: string;
  readonly #mode: 'exec' | 'shell';
  readonly #recorder: TerminalRecorder | null;
  #line: Line | null = null;
  #timer: NodeJS.Timeout | null = null;
  #lastText = '';

  constructor(visit: Visit, user: string, mode: 'exec' | 'shell', recorder: TerminalRecorder | null) {
    this.#visit = visit;
    this.#user = user;
    this.#mode = mode;
    this.#recorder = recorder;
  }

  readonly report = (event: ShellEvent): void => {
    const visit = this.#visit;
    const user = this.#user;
    switch (event.type) {
      case 'input': {
        this.flush();
        const text = fromPath(event.line);
        if (text.trim() === '') return;
        this.#line = { text, names: [], unknown: [] };
        this.#lastText = text;
        this.#recorder?.marker(text);
        // Told at once: a line that holds up or ends this process would be lost with it.
        visit.describe({ last_command: text });
        this.#timer = setTimeout(() => this.flush(), tellAfterMs);
        if (!visit.countCommand()) visit.end('too many commands');
        break;
      }
      case 'command':
        if (this.#line === null || this.#line.names.length >= 100) return;
        this.#line.names.push(fromPath(event.name));
        if (!event.isKnown) this.#line.unknown.push(fromPath(event.name));
        break;
      case 'download': {
        const url = fromPath(event.url);
        visit.report({
          event_type: 'decoy.download',
          message: `${visit.address} wanted to fetch ${url} with ${event.tool}. Nothing was fetched.`,
          user,
          fields: {
            url,
            tool: event.tool,
            command: this.#lastText,
            ...(event.destination !== null && { destination: fromPath(event.destination) }),
          },
        });
        break;
      }
      case 'connect':
        visit.report({
          event_type: 'decoy.forward',
          message: `${visit.address} wanted to reach ${fromPath(event.host)} with ${event.tool}. Nothing was connected.`,
          outcome: 'denied',
          user,
          fields: {
            kind: event.tool,
            dst_host: fromPath(event.host),
            dst_port: event.port,
            command: this.#lastText,
          },
        });
        break;
      case 'file': {
        if (event.content.length === 0) return;
        const upload = visit.upload(fromPath(event.path), 'shell');
        upload.write(event.content);
        upload.end({ tool: event.tool });
        break;
      }
      case 'credential':
        visit.report({
          event_type: 'decoy.command',
          message: `${visit.address} typed a password into ${event.tool}`,
          user,
          fields: {
            command: this.#lastText,
            tool: event.tool,
            target_user: fromPath(event.user),
            password: fromPath(event.password),
          },
        });
        break;
      case 'cap':
        visit.describe({ [`cap_${event.cap.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)}`]: true });
        break;
    }
  };

  /** Tells the line that waits. */
  flush(exitCode?: number): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
    const line = this.#line;
    if (line === null) return;
    this.#line = null;
    this.#visit.report({
      event_type: 'decoy.command',
      message: `${this.#visit.address} ran: ${line.text.slice(0, 500)}`,
      user: this.#user,
      fields: {
        command: line.text,
        mode: this.#mode,
        programs: line.names,
        found: line.unknown.length === 0,
        ...(line.unknown.length > 0 && { unknown: line.unknown }),
        ...(exitCode !== undefined && { exit_status: exitCode }),
      },
    });
  }
}
