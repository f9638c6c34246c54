import type { Persona } from '../../persona/types.ts';
import type { Disk } from '../disk/disk.ts';
import type { Machine } from '../machine.ts';
import type { Actor, FileResult } from '../types.ts';
import type { Interpreter } from './interpreter.ts';
import type { Input } from './streams.ts';

/** One running command: its arguments, its surroundings, and where its output goes. */
export class Call {
  /** As it was called: error texts begin with it. */
  readonly name: string;
  readonly args: readonly string[];
  /** The shell it runs in: builtins change it, programs must not. */
  readonly shell: Interpreter;
  /** Called as an applet of busybox, whose texts differ. */
  readonly isBusybox: boolean;
  readonly environment: ReadonlyMap<string, string>;

  constructor(
    shell: Interpreter,
    name: string,
    args: readonly string[],
    options: { isBusybox?: boolean; environment?: ReadonlyMap<string, string> } = {},
  ) {
    this.shell = shell;
    this.name = name;
    this.args = args;
    this.isBusybox = options.isBusybox ?? false;
    this.environment = options.environment ?? shell.variables.exported();
  }

  get machine(): Machine {
    return this.shell.machine;
  }

  get disk(): Disk {
    return this.shell.machine.disk;
  }

  get persona(): Persona {
    return this.shell.machine.persona;
  }

  get actor(): Actor {
    return this.shell.actor;
  }

  get stdin(): Input {
    return this.shell.stdin;
  }

  get now(): number {
    return this.machine.now();
  }

  out(text: string): void {
    this.shell.out(text);
  }

  err(text: string): void {
    this.shell.err(text);
  }

  /** Writes and gives the status to return. */
  say(stream: 'out' | 'err', text: string, status = 0): number {
    this[stream](text);
    return status;
  }

  /** `name: message` on stderr; gives the status to return. */
  fail(message: string, status = 1): number {
    this.err(`${this.name}: ${message}\n`);
    return status;
  }

  /** The message of a builtin: with the shell's name and line before it. */
  complain(message: string, status = 1): number {
    this.shell.complain(`${this.name}: ${message}`);
    return status;
  }

  /** A name as an absolute path. */
  path(name: string): string {
    return name.startsWith('/') ? name : name === '' ? '' : `${this.shell.cwd === '/' ? '' : this.shell.cwd}/${name}`;
  }

  /** Content of a file, or of standard input for `-`. */
  async read(name: string): Promise<FileResult<string>> {
    if (name === '-' || name === '/dev/stdin' || name === '/proc/self/fd/0')
      return { ok: true, value: await this.stdin.all() };
    const path = this.path(name);
    const content = this.disk.read(path, this.actor);
    return content.ok ? { ok: true, value: this.disk.text(path) } : content;
  }

  /** Writes a file and notes it for the record. */
  write(name: string, text: string, options: { append?: boolean; mode?: number } = {}): FileResult<void> {
    const path = this.path(name);
    const result = this.disk.writeText(path, text, { mode: 0o666 & ~this.shell.umask, ...options }, this.actor);
    if (result.ok) this.machine.touched(path, this.name);
    return result;
  }

  /** Runs another command by its words, as `xargs`, `env` and the like do. */
  run(words: readonly string[], input?: Input, environment?: ReadonlyMap<string, string>): Promise<number> {
    return this.shell.runWords(words, { ...(input ? { input } : {}), ...(environment ? { environment } : {}) });
  }
}

/** What a command does: writes, and returns its exit status. */
export type CommandFunction = (call: Call) => number | Promise<number>;

export type CommandTable = Readonly<Record<string, CommandFunction>>;

/** Options of a command line after reading. */
export interface Options {
  has: (letter: string) => boolean;
  get: (letter: string) => string | undefined;
  all: (letter: string) => readonly string[];
  rest: readonly string[];
}

/**
 * Reads options as GNU getopt does: `ab:` names letters (with `:` those that take a value), `long` maps long names to
 * letters (a name that ends in `=` takes a value). A wrong option is told in GNU's words, and null comes back.
 */
export function getopt(
  call: Call,
  letters: string,
  long: Readonly<Record<string, string>> = {},
  settings: { stopAtFirst?: boolean; help?: string } = {},
): Options | null {
  const found: [string, string][] = [];
  const rest: string[] = [];
  const usage = (message: string): null => {
    call.err(`${call.name}: ${message}\n${settings.help ?? `Try '${call.name} --help' for more information.\n`}`);
    return null;
  };
  const takesValue = (letter: string): boolean => letters[letters.indexOf(letter) + 1] === ':';
  for (let at = 0; at < call.args.length; at++) {
    const arg = call.args[at] as string;
    if (arg === '--') {
      rest.push(...call.args.slice(at + 1));
      break;
    }
    if (arg.startsWith('--')) {
      const [name = '', given] = splitOnce(arg.slice(2), '=');
      const names = Object.keys(long).filter((each) => each.replace('=', '') === name);
      const candidates = names.length > 0 ? names : Object.keys(long).filter((each) => each.startsWith(name));
      if (candidates.length === 0)
        return usage(`unrecognized option '--${name}${given === undefined ? '' : `=${given}`}'`);
      const chosen = candidates[0] as string;
      const letter = long[chosen] as string;
      if (chosen.endsWith('=')) {
        const value = given ?? call.args[++at];
        if (value === undefined) return usage(`option '--${name}' requires an argument`);
        found.push([letter, value]);
      } else found.push([letter, given ?? '']);
      continue;
    }
    if (arg.length > 1 && arg.startsWith('-')) {
      for (let place = 1; place < arg.length; place++) {
        const letter = arg[place] as string;
        if (letter === ':' || !letters.includes(letter)) return usage(`invalid option -- '${letter}'`);
        if (!takesValue(letter)) {
          found.push([letter, '']);
          continue;
        }
        const value = place + 1 < arg.length ? arg.slice(place + 1) : call.args[++at];
        if (value === undefined) return usage(`option requires an argument -- '${letter}'`);
        found.push([letter, value]);
        break;
      }
      continue;
    }
    rest.push(arg);
    if (settings.stopAtFirst) {
      rest.push(...call.args.slice(at + 1));
      break;
    }
  }
  return {
    has: (letter) => found.some(([each]) => each === letter),
    get: (letter) => found.findLast(([each]) => each === letter)?.[1],
    all: (letter) => found.filter(([each]) => each === letter).map(([, value]) => value),
    rest,
  };
}

export function splitOnce(text: string, separator: string): [string, string | undefined] {
  const at = text.indexOf(separator);
  return at < 0 ? [text, undefined] : [text.slice(0, at), text.slice(at + separator.length)];
}
