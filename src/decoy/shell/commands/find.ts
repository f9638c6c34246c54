import { curly, linesOf, quoted } from '../bytes.ts';
import { modeString, namesFrom } from '../disk/long-name.ts';
import { type Call, type CommandTable, getopt } from '../run/call.ts';
import { matches } from '../run/pattern.ts';
import { Input } from '../run/streams.ts';
import type { FileStat } from '../types.ts';
import { contents, human } from './inputs.ts';

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

async function xargs(call: Call): Promise<number> {
  const options = getopt(
    call,
    '0n:I:i:P:L:l:rtd:p',
    {
      null: '0',
      'max-args=': 'n',
      'replace=': 'I',
      'max-procs=': 'P',
      'no-run-if-empty': 'r',
      verbose: 't',
      'delimiter=': 'd',
    },
    { stopAtFirst: true },
  );
  if (!options) return 1;
  const text = await call.stdin.all();
  const mark = options.get('I');
  const delimiter = options.get('d')?.replace('\\n', '\n');
  const items = options.has('0')
    ? text.split('\0').filter((item) => item !== '')
    : mark !== undefined
      ? linesOf(text)
          .map((line) => line.trim())
          .filter(Boolean)
      : delimiter !== undefined
        ? text.replace(/\n$/, '').split(delimiter)
        : words(text);
  const command = options.rest.length > 0 ? options.rest : ['echo'];
  if (items.length === 0 && (options.has('r') || mark !== undefined)) return 0;
  const size = Number(options.get('n') ?? options.get('L') ?? 5000) || 5000;
  const input = new Input('');
  let status = 0;
  for (let at = 0; at < Math.max(items.length, 1); at += mark !== undefined ? 1 : size) {
    const chunk = items.slice(at, at + (mark !== undefined ? 1 : size));
    const line =
      mark !== undefined ? command.map((word) => word.replaceAll(mark, chunk[0] ?? '')) : [...command, ...chunk];
    if (options.has('t')) call.err(`${line.join(' ')}\n`);
    const result = await call.run(line, input);
    if (result !== 0) status = result === 127 || result === 126 ? result : 123;
    if (status === 127) break;
  }
  return status;
}

/** Words of `xargs`: blanks separate, quotes and backslashes protect. */
function words(text: string): string[] {
  return [...text.matchAll(/(?:"[^"\n]*"|'[^'\n]*'|\\.|[^\s"'\\])+/gs)].map(([word]) =>
    word.replace(/"([^"]*)"|'([^']*)'|\\([\s\S])/g, (_, a?: string, b?: string, c?: string) => a ?? b ?? c ?? ''),
  );
}

async function du(call: Call): Promise<number> {
  const options = getopt(call, 'shackmbxd:L', {
    summarize: 's',
    'human-readable': 'h',
    all: 'a',
    total: 'c',
    'max-depth=': 'd',
  });
  if (!options) return 1;
  const limit = options.has('s') ? 0 : Number(options.get('d') ?? Number.POSITIVE_INFINITY);
  const shown = (kb: number): string =>
    options.has('h')
      ? kb === 0
        ? '0'
        : human(kb * 1024)
      : options.has('m')
        ? String(Math.ceil(kb / 1024))
        : options.has('b')
          ? String(kb * 1024)
          : String(kb);
  let status = 0;
  let total = 0;
  const measure = async (name: string, path: string, depth: number): Promise<number> => {
    await call.machine.step();
    const stat = call.disk.lstat(path, call.actor);
    if (!stat.ok) {
      status = call.fail(`cannot access ${quoted(name)}: ${stat.error.message}`);
      return 0;
    }
    let size = Math.ceil((stat.value.kind === 'symlink' ? 0 : stat.value.size) / 4096) * 4;
    if (stat.value.kind === 'directory') {
      const names = call.disk.readdir(path, call.actor);
      if (names.ok)
        for (const child of names.value)
          size += await measure(
            `${name.replace(/\/$/, '')}/${child}`,
            `${path === '/' ? '' : path}/${child}`,
            depth + 1,
          );
    } else if (!options.has('a') && depth > 0) return size;
    if (depth <= limit) call.out(`${shown(size)}\t${name}\n`);
    return size;
  };
  for (const name of options.rest.length > 0 ? options.rest : ['.']) total += await measure(name, call.path(name), 0);
  if (options.has('c')) call.out(`${shown(total)}\ttotal\n`);
  return status;
}

async function file(call: Call): Promise<number> {
  const options = getopt(call, 'biLkzs', { brief: 'b', mime: 'i' });
  if (!options) return 1;
  if (options.rest.length === 0) {
    call.err(
      'Usage: file [-bcCdEhikLlNnprsSvzZ0] [--apple] [--extension] [--mime-encoding]\n            [--mime-type] [-e <testname>] [-F <separator>]  [-f <namefile>]\n            [-m <magicfiles>] [-P <parameter=value>] [--exclude-quiet]\n            <file> ...\n       file -C [-m <magicfiles>]\n       file [--help]\n',
    );
    return 1;
  }
  const width = Math.max(...options.rest.map((name) => name.length));
  for (const name of options.rest) {
    const stat = call.disk.lstat(call.path(name), call.actor);
    const what = !stat.ok
      ? `cannot open \`${name}' (${stat.error.message})`
      : stat.value.kind === 'directory'
        ? 'directory'
        : stat.value.kind === 'symlink'
          ? `symbolic link to ${stat.value.target}`
          : stat.value.kind !== 'file'
            ? `${stat.value.kind} special`
            : describe((await contents(call, [name]))[0]?.text ?? '');
    call.out(options.has('b') ? `${what}\n` : `${`${name}:`.padEnd(width + 1)} ${what}\n`);
  }
  return 0;
}

function describe(text: string): string {
  if (text === '') return 'empty';
  if (text.startsWith('\x7fELF'))
    return text[4] === '\x02'
      ? 'ELF 64-bit LSB pie executable, x86-64, version 1 (SYSV), dynamically linked, interpreter /lib64/ld-linux-x86-64.so.2, for GNU/Linux 3.2.0, stripped'
      : 'ELF 32-bit LSB executable, Intel 80386, version 1 (SYSV), statically linked, stripped';
  const bang = /^#! *(\S+)/.exec(text)?.[1];
  if (bang !== undefined)
    return bang.endsWith('bash')
      ? 'Bourne-Again shell script, ASCII text executable'
      : bang.endsWith('sh')
        ? 'POSIX shell script, ASCII text executable'
        : `a ${bang} script, ASCII text executable`;
  if (text.startsWith('\x1f\x8b')) return 'gzip compressed data';
  if (text.startsWith('PK\x03\x04')) return 'Zip archive data';
  if (/[\0-\x08\x0e-\x1a]/.test(text)) return 'data';
  return /[\x80-\xff]/.test(text)
    ? 'Unicode text, UTF-8 text'
    : text.includes('\n')
      ? 'ASCII text'
      : 'ASCII text, with no line terminators';
}

export const findCommands: CommandTable = { find, xargs, du, file };
