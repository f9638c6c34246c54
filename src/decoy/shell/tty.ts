import type { Machine } from './machine.ts';

/** The keyboard side of a pseudo terminal: echo, line editing, history, Ctrl-C and Ctrl-D. */
export class Terminal {
  readonly #machine: Machine;
  #line = '';
  #cursor = 0;
  #prompt = '';
  #escape = '';
  #historyAt = -1;
  #draft = '';
  #isEcho = true;
  #isAfterReturn = false;
  /** Lines typed ahead. */
  readonly #ready: string[] = [];
  #waiting: ((line: string | null) => void) | null = null;
  #isEnded = false;
  /** Called at Ctrl-C while a command runs. */
  onInterrupt: () => void = () => undefined;
  complete: (line: string) => string | null = () => null;

  constructor(machine: Machine) {
    this.#machine = machine;
  }

  /** Shows text: line feeds become CR LF. */
  show(text: string): void {
    this.#machine.write('stdout', text.replace(/\r?\n/g, '\r\n'));
  }

  /** The next line with its line feed; null at the end of the input, `''` after Ctrl-C at a prompt. */
  read(prompt: string, echo = true): Promise<string | null> {
    this.#prompt = prompt;
    this.#isEcho = echo;
    this.show(prompt);
    const line = this.#ready.shift();
    if (line !== undefined) {
      if (echo) this.show(line);
      return Promise.resolve(line);
    }
    if (this.#isEnded) return Promise.resolve(null);
    if (this.#line !== '' && echo) this.show(this.#line);
    return new Promise((resolve) => {
      this.#waiting = resolve;
    });
  }

  end(): void {
    this.#isEnded = true;
    this.#settle(null);
  }

  #settle(line: string | null): void {
    const waiting = this.#waiting;
    this.#waiting = null;
    waiting?.(line);
  }

  /** Bytes from the visitor. */
  input(text: string): void {
    for (const character of text) {
      if (this.#escape !== '' || character === '\x1b') this.#sequence(character);
      else this.#key(character);
    }
  }

  #echo(text: string): void {
    if (this.#isEcho && this.#waiting) this.show(text);
  }

  #key(character: string): void {
    const wasReturn = this.#isAfterReturn;
    this.#isAfterReturn = character === '\r';
    switch (character) {
      case '\n':
        if (wasReturn) return;
        this.#enter();
        return;
      case '\r':
        this.#enter();
        return;
      case '\x03':
        this.#line = '';
        this.#cursor = 0;
        if (this.#waiting) {
          this.show('^C\n');
          this.#settle('');
        } else {
          this.#ready.length = 0;
          this.show('^C\n');
        }
        this.onInterrupt();
        return;
      case '\x04':
        if (this.#line === '' && this.#waiting) this.#settle(null);
        else if (this.#line === '' && !this.#waiting) this.#isEnded = true;
        return;
      case '\x7f':
      case '\b':
        if (this.#cursor === 0) return;
        this.#replace(this.#line.slice(0, this.#cursor - 1) + this.#line.slice(this.#cursor), this.#cursor - 1);
        return;
      case '\x15':
        this.#replace(this.#line.slice(this.#cursor), 0);
        return;
      case '\x17': {
        const kept = this.#line.slice(0, this.#cursor).replace(/\S+\s*$/, '');
        this.#replace(kept + this.#line.slice(this.#cursor), kept.length);
        return;
      }
      case '\x0b':
        this.#replace(this.#line.slice(0, this.#cursor), this.#cursor);
        return;
      case '\x01':
        this.#move(0);
        return;
      case '\x05':
        this.#move(this.#line.length);
        return;
      case '\x0c':
        if (this.#waiting) this.show(`\x1b[H\x1b[2J${this.#prompt}${this.#line}`);
        return;
      case '\t': {
        const completed = this.#waiting && this.#isEcho ? this.complete(this.#line.slice(0, this.#cursor)) : null;
        if (completed !== null) this.#replace(completed + this.#line.slice(this.#cursor), completed.length);
        else if (this.#isEcho) this.#echo('\x07');
        return;
      }
      default:
        if (character < ' ') return;
        if (this.#line.length >= this.#machine.caps.lineBytes) {
          if (this.#line.length === this.#machine.caps.lineBytes)
            this.#machine.report({ type: 'cap', cap: 'lineBytes' });
          return;
        }
        if (this.#cursor === this.#line.length) {
          this.#line += character;
          this.#cursor += 1;
          this.#echo(character);
        } else
          this.#replace(
            this.#line.slice(0, this.#cursor) + character + this.#line.slice(this.#cursor),
            this.#cursor + 1,
          );
    }
  }

  #enter(): void {
    const line = `${this.#line}\n`;
    this.#line = '';
    this.#cursor = 0;
    this.#historyAt = -1;
    if (this.#waiting) {
      this.show('\n');
      this.#settle(line);
    } else if (this.#ready.length < this.#machine.caps.commands) this.#ready.push(line);
  }

  #move(to: number): void {
    const back = this.#cursor - to;
    if (back > 0) this.#echo('\b'.repeat(back));
    else if (back < 0) this.#echo(this.#line.slice(this.#cursor, to));
    this.#cursor = to;
  }

  #replace(line: string, cursor: number): void {
    this.#echo(`${'\b'.repeat(this.#cursor)}${line}\x1b[K${'\b'.repeat(line.length - cursor)}`);
    this.#line = line;
    this.#cursor = cursor;
  }

  #sequence(character: string): void {
    this.#escape += character;
    if (/^\x1b(?:\[|O)?$/.test(this.#escape) || /^\x1b\[[\d;]*$/.test(this.#escape)) {
      if (this.#escape.length < 12) return;
    }
    const sequence = this.#escape;
    this.#escape = '';
    const { history } = this.#machine;
    switch (sequence.replace('O', '[')) {
      case '\x1b[A':
      case '\x1b[B': {
        if (!this.#waiting || !this.#isEcho) return;
        if (this.#historyAt < 0) this.#draft = this.#line;
        const at = this.#historyAt < 0 ? history.length : this.#historyAt;
        const next = sequence.endsWith('A') ? at - 1 : at + 1;
        if (next < 0 || at > history.length) return;
        this.#historyAt = next >= history.length ? -1 : next;
        const line = next >= history.length ? this.#draft : (history[next] ?? '');
        this.#replace(line, line.length);
        return;
      }
      case '\x1b[C':
        if (this.#cursor < this.#line.length) this.#move(this.#cursor + 1);
        return;
      case '\x1b[D':
        if (this.#cursor > 0) this.#move(this.#cursor - 1);
        return;
      case '\x1b[H':
      case '\x1b[1~':
        this.#move(0);
        return;
      case '\x1b[F':
      case '\x1b[4~':
        this.#move(this.#line.length);
        return;
      case '\x1b[3~':
        if (this.#cursor < this.#line.length)
          this.#replace(this.#line.slice(0, this.#cursor) + this.#line.slice(this.#cursor + 1), this.#cursor);
        return;
      default:
    }
  }
}
