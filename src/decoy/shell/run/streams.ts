import type { Disk } from '../disk/disk.ts';
import type { Actor } from '../types.ts';
import { PipeSignal } from './signals.ts';

/** Something commands read from. A chunk is a byte string; null is the end. */
export class Input {
  readonly #pull: () => Promise<string | null>;
  #buffer = '';
  #isOver = false;
  /** A terminal, for `tty` and `test -t`. */
  readonly isTerminal: boolean;

  constructor(source: string | (() => Promise<string | null>), isTerminal = false) {
    this.isTerminal = isTerminal;
    if (typeof source === 'string') {
      this.#buffer = source;
      this.#isOver = true;
      this.#pull = () => Promise.resolve(null);
    } else this.#pull = source;
  }

  async #fill(): Promise<boolean> {
    if (this.#isOver) return false;
    const chunk = await this.#pull();
    if (chunk === null) this.#isOver = true;
    else this.#buffer += chunk;
    return chunk !== null;
  }

  /** A line with its line feed (the last one may lack it); null at the end. */
  async line(end = '\n'): Promise<string | null> {
    for (;;) {
      const at = this.#buffer.indexOf(end);
      if (at >= 0) return this.#take(at + 1);
      if (!(await this.#fill())) return this.#buffer === '' ? null : this.#take(this.#buffer.length);
    }
  }

  /** Up to `count` bytes; shorter only at the end. */
  async bytes(count: number): Promise<string> {
    while (this.#buffer.length < count && (await this.#fill()));
    return this.#take(Math.min(count, this.#buffer.length));
  }

  async all(limit = 8 << 20): Promise<string> {
    while (this.#buffer.length < limit && (await this.#fill()));
    return this.#take(this.#buffer.length);
  }

  #take(count: number): string {
    const taken = this.#buffer.slice(0, count);
    this.#buffer = this.#buffer.slice(count);
    return taken;
  }
}

/** Something commands write to. */
export interface Output {
  write: (text: string) => void;
  readonly isTerminal?: boolean;
  /** The file, where it is one. */
  readonly path?: string;
}

/** Keeps what is written, up to a limit; then the writer is ended as by a closed pipe. */
export class BufferOutput implements Output {
  text = '';
  readonly #limit: number;
  constructor(limit: number) {
    this.#limit = limit;
  }
  write(text: string): void {
    this.text += text;
    if (this.text.length > this.#limit) {
      this.text = this.text.slice(0, this.#limit);
      throw new PipeSignal();
    }
  }
}

/** Thrown when a write to a file fails; commands report it as a write error. */
export class WriteError extends Error {}

/** Appends to an open file. */
export class FileOutput implements Output {
  readonly path: string;
  readonly #disk: Disk;
  readonly #actor: Actor;
  constructor(disk: Disk, path: string, actor: Actor) {
    this.#disk = disk;
    this.path = path;
    this.#actor = actor;
  }
  write(text: string): void {
    if (text === '') return;
    const result = this.#disk.writeText(this.path, text, { append: true }, { ...this.#actor, uid: 0 });
    if (!result.ok) throw new WriteError(result.error.message);
  }
}

export interface Descriptor {
  input?: Input;
  output?: Output;
}
