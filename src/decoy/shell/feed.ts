import type { Interpreter } from './run/interpreter.ts';
import { Parser } from './syntax/parser.ts';
import { ShellSyntaxError } from './syntax/scanner.ts';

/** Standard input of a session without a terminal: chunks as they come. */
export class Feed {
  #chunks: string[] = [];
  #isEnded = false;
  #waiting: ((chunk: string | null) => void) | null = null;

  push(chunk: string): void {
    if (this.#waiting) this.#settle(chunk);
    else if (this.#chunks.length < 20_000) this.#chunks.push(chunk);
  }

  end(): void {
    this.#isEnded = true;
    if (this.#waiting) this.#settle(null);
  }

  #settle(chunk: string | null): void {
    const waiting = this.#waiting;
    this.#waiting = null;
    waiting?.(chunk);
  }

  pull(): Promise<string | null> {
    const chunk = this.#chunks.shift();
    if (chunk !== undefined) return Promise.resolve(chunk);
    if (this.#isEnded) return Promise.resolve(null);
    return new Promise((resolve) => {
      this.#waiting = resolve;
    });
  }
}

/** Whether more lines belong to the text. */
export function isUnfinished(text: string): boolean {
  if (/(?:^|[^\\])(?:\\\\)*\\\n$/.test(text)) return true;
  const parser = new Parser(text);
  try {
    parser.all();
  } catch (error) {
    return error instanceof ShellSyntaxError && error.isIncomplete;
  }
  return parser.scanner.unfinished.length > 0;
}

/** The only way a word can go on, by the names on the disk. */
export function completion(shell: Interpreter, line: string): string | null {
  const word = /[^\s;|&<>]*$/.exec(line)?.[0] ?? '';
  const at = word.lastIndexOf('/');
  const folder =
    at < 0
      ? shell.cwd
      : at === 0
        ? '/'
        : word.startsWith('/')
          ? word.slice(0, at)
          : `${shell.cwd}/${word.slice(0, at)}`;
  const names = shell.machine.disk.readdir(folder, shell.actor);
  if (!names.ok || word === '') return null;
  const start = word.slice(at + 1);
  const fitting = names.value.filter(
    (name) => name.startsWith(start) && (start.startsWith('.') || !name.startsWith('.')),
  );
  if (fitting.length !== 1) return null;
  const stat = shell.machine.disk.stat(`${folder}/${fitting[0]}`, shell.actor);
  return `${line.slice(0, line.length - start.length)}${fitting[0]}${stat.ok && stat.value.kind === 'directory' ? '/' : ' '}`;
}
