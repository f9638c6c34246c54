import { curly } from '../bytes.ts';
import { modeString, namesFrom } from '../disk/long-name.ts';
import type { Call, CommandTable } from '../run/call.ts';
import { matches } from '../run/pattern.ts';
import type { FileStat } from '../types.ts';
import { du, file, xargs } from './measure.ts';

interface Found {
  shown: string;
  path: string;
  stat: FileStat;
  depth: number;
}

type Test = (found: Found) => boolean | Promise<boolean>;

const kinds: Readonly<Record<string, FileStat['kind']>> = {
  f: 'file',
  d: 'directory',
  l: 'symlink',
  c: 'character',
  b: 'block',
  p: 'fifo',
  s: 'socket',
};

class FindError extends Error {}

function numeric(text: string, value: number): boolean {
  const number = Number(text.replace(/^[-+]/, '').replace(/[a-zA-Z]$/, ''));
  return text.startsWith('+') ? value > number : text.startsWith('-') ? value < number : value === number;
}

class Find {
  readonly #call: Call;
  readonly #words: readonly string[];
  #at = 0;
  minimum = 0;
  maximum = Number.POSITIVE_INFINITY;
  isDepthFirst = false;
  hasAction = false;
  follows = false;
  isPruned = false;
  readonly #batches: { words: string[]; found: string[] }[] = [];

  constructor(call: Call, words: readonly string[]) {
    this.#call = call;
    this.#words = words;
  }

  parse(): Test {
    const test = this.#or();
    if (this.#at < this.#words.length)
      throw new FindError(`paths must precede expression: \`${this.#words[this.#at]}'`);
    return test;
  }

  #or(): Test {
    let left = this.#and();
    while (['-o', '-or', ','].includes(this.#words[this.#at] ?? '')) {
      this.#at += 1;
      const [first, second] = [left, this.#and()];
      left = async (found) => (await first(found)) || second(found);
    }
    return left;
  }

  #and(): Test {
    const tests: Test[] = [];
    while (this.#at < this.#words.length && !['-o', '-or', ',', ')'].includes(this.#words[this.#at] as string)) {
      if (['-a', '-and'].includes(this.#words[this.#at] as string)) this.#at += 1;
      tests.push(this.#one());
    }
    return async (found) => {
      for (const test of tests) if (!(await test(found))) return false;
      return true;
    };
  }

  #argument(name: string): string {
    const value = this.#words[this.#at++];
    if (value === undefined) throw new FindError(`missing argument to \`${name}'`);
    return value;
  }

  #one(): Test {
    const name = this.#words[this.#at++] as string;
    const call = this.#call;
    switch (name) {
      case '!':
      case '-not': {
        const inner = this.#one();
        return async (found) => !(await inner(found));
      }
      case '(': {
        const inner = this.#or();
        if (this.#words[this.#at] === ')') this.#at += 1;
        return inner;
      }
      case '-name':
      case '-iname': {
        const pattern = this.#argument(name);
        const fold = (text: string): string => (name === '-iname' ? text.toLowerCase() : text);
        return ({ shown }) => matches(fold(shown.replace(/\/+$/, '').split('/').at(-1) || '/'), fold(pattern));
      }
      case '-path':
      case '-wholename':
      case '-ipath': {
        const pattern = this.#argument(name);
        return ({ shown }) => matches(shown, pattern);
      }
      case '-regex': {
        const pattern = this.#argument(name);
        return ({ shown }) => matches(shown, pattern.replaceAll('.*', '*'));
      }
      case '-type': {
        const letters = this.#argument(name).split(',');
        for (const letter of letters)
          if (kinds[letter] === undefined) throw new FindError(`Unknown argument to -type: ${letter}`);
        return ({ stat }) => letters.some((letter) => kinds[letter] === stat.kind);
      }
      case '-maxdepth':
        this.maximum = Number(this.#argument(name));
        return () => true;
      case '-mindepth':
        this.minimum = Number(this.#argument(name));
        return () => true;
      case '-depth':
        this.isDepthFirst = true;
        return () => true;
      case '-xdev':
      case '-mount':
      case '-noleaf':
      case '-follow':
        return () => true;
      case '-perm': {
        const text = this.#argument(name);
        const wanted = Number.parseInt(text.replace(/^[-/]/, ''), 8) || (/u=?\+?s/.test(text) ? 0o4000 : 0);
        return ({ stat }) =>
          text.startsWith('-')
            ? (stat.mode & wanted) === wanted
            : text.startsWith('/')
              ? (stat.mode & wanted) !== 0
              : (stat.mode & 0o7777) === wanted;
      }
      case '-user':
      case '-group': {
        const wanted = this.#argument(name);
        const names = namesFrom(call.disk, name === '-user' ? '/etc/passwd' : '/etc/group');
        return ({ stat }) => {
          const id = name === '-user' ? stat.uid : stat.gid;
          return names.get(id) === wanted || String(id) === wanted;
        };
      }
      case '-size': {
        const text = this.#argument(name);
        const unit = { c: 1, w: 2, k: 1024, M: 1 << 20, G: 1 << 30 }[text.at(-1) as 'c'] ?? 512;
        return ({ stat }) => numeric(text, Math.ceil(stat.size / unit));
      }
      case '-mtime':
      case '-ctime':
      case '-atime': {
        const text = this.#argument(name);
        return ({ stat }) => numeric(text, Math.floor((call.now - stat.modifiedAt) / 86_400_000));
      }
      case '-mmin':
      case '-cmin':
      case '-amin': {
        const text = this.#argument(name);
        return ({ stat }) => numeric(text, Math.ceil((call.now - stat.modifiedAt) / 60_000));
      }
      case '-newer': {
        const file = this.#argument(name);
        const reference = call.disk.stat(call.path(file), call.actor);
        if (!reference.ok) throw new FindError(`${curly(file)}: ${reference.error.message}`);
        return ({ stat }) => stat.modifiedAt > reference.value.modifiedAt;
      }
      case '-empty':
        return ({ stat, path }) => {
          const names = stat.kind === 'directory' ? call.disk.readdir(path) : null;
          return names ? names.ok && names.value.length === 0 : stat.size === 0;
        };
      case '-executable':
      case '-readable':
      case '-writable':
        return ({ path }) => call.disk.may(path, name === '-executable' ? 1 : name === '-readable' ? 4 : 2, call.actor);
      case '-true':
        return () => true;
      case '-print':
        this.hasAction = true;
        return ({ shown }) => {
          call.out(`${shown}\n`);
          return true;
        };
      case '-print0':
        this.hasAction = true;
        return ({ shown }) => {
          call.out(`${shown}\0`);
          return true;
        };
      case '-printf': {
        this.hasAction = true;
        const format = this.#argument(name).replaceAll('\\n', '\n').replaceAll('\\t', '\t');
        return ({ shown, stat, depth }) => {
          const fields: Record<string, string> = {
            p: shown,
            f: shown.split('/').at(-1) ?? '',
            h: shown.split('/').slice(0, -1).join('/') || '.',
            s: String(stat.size),
            m: (stat.mode & 0o7777).toString(8),
            M: modeString(stat),
            u: String(stat.uid),
            d: String(depth),
            y: stat.kind[0] as string,
          };
          call.out(format.replace(/%([a-zA-Z])/g, (whole, letter: string) => fields[letter] ?? whole));
          return true;
        };
      }
      case '-ls':
        this.hasAction = true;
        return ({ shown, stat }) => {
          call.out(
            `${String(stat.inode).padStart(9)} ${String(Math.ceil(stat.size / 1024)).padStart(6)} ${call.disk.longName(shown, stat)}\n`,
          );
          return true;
        };
      case '-delete':
        this.hasAction = true;
        this.isDepthFirst = true;
        return ({ path, shown, stat }) => {
          call.machine.reportFiles(path);
          const result =
            stat.kind === 'directory' ? call.disk.rmdir(path, call.actor) : call.disk.unlink(path, call.actor);
          if (!result.ok) call.fail(`cannot delete ${curly(shown)}: ${result.error.message}`);
          return result.ok;
        };
      case '-prune':
        return () => {
          this.isPruned = true;
          return true;
        };
      case '-quit':
        return () => true;
      case '-exec':
      case '-execdir':
      case '-ok': {
        this.hasAction = true;
        const words: string[] = [];
        for (;;) {
          const word = this.#words[this.#at++];
          if (word === undefined) throw new FindError("missing argument to `-exec'");
          if (word === ';') break;
          if (word === '+' && words.at(-1) === '{}') {
            words.pop();
            const batch = { words, found: [] as string[] };
            this.#batches.push(batch);
            return ({ shown }) => {
              batch.found.push(shown);
              return true;
            };
          }
          words.push(word);
        }
        return async ({ shown }) => (await call.run(words.map((word) => word.replaceAll('{}', shown)))) === 0;
      }
      default:
        if (name.startsWith('-')) throw new FindError(`unknown predicate \`${name}'`);
        throw new FindError(`paths must precede expression: \`${name}'`);
    }
  }

  async flush(): Promise<void> {
    for (const { words, found } of this.#batches) if (found.length > 0) await this.#call.run([...words, ...found]);
  }
}

async function find(call: Call): Promise<number> {
  const args = [...call.args];
  while (/^-[HLP]$/.test(args[0] ?? '')) args.shift();
  const places: string[] = [];
  while (args[0] !== undefined && !/^(?:-.|[!()])/.test(args[0])) places.push(args.shift() as string);
  if (places.length === 0) places.push('.');
  const state = new Find(call, args);
  let status = 0;
  try {
    const test = state.parse();
    const visit = async (shown: string, path: string, depth: number): Promise<void> => {
      await call.machine.step();
      const stat = call.disk.lstat(path, call.actor);
      if (!stat.ok) {
        status = call.fail(`${curly(shown)}: ${stat.error.message}`);
        return;
      }
      const found: Found = { shown, path, stat: stat.value, depth };
      const apply = async (): Promise<void> => {
        if (depth < state.minimum) return;
        if ((await test(found)) && !state.hasAction) call.out(`${shown}\n`);
      };
      state.isPruned = false;
      if (!state.isDepthFirst) await apply();
      if (stat.value.kind === 'directory' && depth < state.maximum && !state.isPruned) {
        const names = call.disk.readdir(path, call.actor);
        if (names.ok)
          for (const name of names.value)
            await visit(`${shown.replace(/\/$/, '')}/${name}`, `${path === '/' ? '' : path}/${name}`, depth + 1);
        else status = call.fail(`${curly(shown)}: ${names.error.message}`);
      }
      if (state.isDepthFirst) await apply();
    };
    for (const place of places) await visit(place, call.path(place).replace(/(.)\/+$/, '$1'), 0);
    await state.flush();
  } catch (error) {
    if (!(error instanceof FindError)) throw error;
    return call.fail(error.message);
  }
  return status;
}

export const findCommands: CommandTable = { find, xargs, du, file };
