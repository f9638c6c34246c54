import { curly, linesOf } from '../bytes.ts';
import { type Call, type CommandTable, getopt } from '../run/call.ts';
import { compareNames } from '../run/pattern.ts';
import { contents } from './inputs.ts';

interface Key {
  start: number;
  end: number;
  flags: string;
}

function numberOf(text: string): number {
  return Number(/^\s*-?\d*\.?\d*/.exec(text)?.[0] ?? 0) || 0;
}

const unitSizes: Readonly<Record<string, number>> = { K: 1, M: 2, G: 3, T: 4, k: 1 };

function compareBy(flags: string, a: string, b: string): number {
  if (flags.includes('n')) return numberOf(a) - numberOf(b);
  if (flags.includes('g')) return (Number.parseFloat(a) || 0) - (Number.parseFloat(b) || 0);
  if (flags.includes('h')) {
    const size = (text: string): number =>
      numberOf(text) * 1024 ** (unitSizes[/[\d.]([KMGTk])/.exec(text)?.[1] ?? ''] ?? 0);
    return size(a) - size(b);
  }
  if (flags.includes('V')) return a.localeCompare(b, 'en', { numeric: true });
  const [left, right] = flags.includes('f') ? [a.toUpperCase(), b.toUpperCase()] : [a, b];
  return compareNames(flags.includes('b') ? left.trimStart() : left, flags.includes('b') ? right.trimStart() : right);
}

async function sort(call: Call): Promise<number> {
  const options = getopt(call, 'bdfghinrRuVk:t:o:sczmMS:T:', {
    reverse: 'r',
    unique: 'u',
    'numeric-sort': 'n',
    'human-numeric-sort': 'h',
    'key=': 'k',
    'field-separator=': 't',
    'output=': 'o',
    'version-sort': 'V',
    'ignore-case': 'f',
    'random-sort': 'R',
    check: 'c',
    stable: 's',
  });
  if (!options) return 2;
  const files = await contents(call, options.rest, (name, message) => `cannot read: ${name}: ${message}`);
  if (files.failed) return 2;
  const lines = files.flatMap(({ text }) => linesOf(text));
  const separator = options.get('t');
  const global = [...'bdfghnrV'].filter(options.has).join('');
  const keys: Key[] = [];
  for (const text of options.all('k')) {
    const match = /^(\d+)(?:\.\d+)?([a-zA-Z]*)(?:,(\d+)(?:\.\d+)?([a-zA-Z]*))?$/.exec(text);
    if (!match) return call.fail(`invalid number at field start: invalid count at start of ${curly(text)}`, 2);
    keys.push({
      start: Number(match[1]),
      end: Number(match[3] ?? Number.POSITIVE_INFINITY),
      flags: `${match[2]}${match[4] ?? ''}` || global,
    });
  }
  const part = (line: string, key: Key): string => {
    const fields = separator === undefined ? (line.match(/\s*[^\s]+/g) ?? []) : line.split(separator);
    return fields.slice(key.start - 1, key.end).join(separator ?? '');
  };
  const compare = (a: string, b: string): number => {
    for (const key of keys) {
      const order = compareBy(key.flags, part(a, key), part(b, key));
      if (order !== 0) return key.flags.includes('r') ? -order : order;
    }
    const order = keys.length > 0 ? 0 : compareBy(global, a, b);
    if (order !== 0) return options.has('r') ? -order : order;
    if (options.has('s') || options.has('u')) return 0;
    return options.has('r') ? -compareNames(a, b) : compareNames(a, b);
  };
  await call.machine.step(1 + lines.length / 50);
  if (options.has('R'))
    for (let at = lines.length - 1; at > 0; at--) swap(lines, at, Math.floor(call.machine.options.random() * (at + 1)));
  else lines.sort(compare);
  const kept = options.has('u')
    ? lines.filter((line, at) => at === 0 || compare(line, lines[at - 1] as string) !== 0)
    : lines;
  const text = kept.length > 0 ? `${kept.join('\n')}\n` : '';
  const output = options.get('o');
  if (output === undefined) call.out(text);
  else {
    const result = call.write(output, text);
    if (!result.ok) return call.fail(`open failed: ${output}: ${result.error.message}`, 2);
  }
  return 0;
}

function swap(lines: string[], a: number, b: number): void {
  [lines[a], lines[b]] = [lines[b] as string, lines[a] as string];
}

async function uniq(call: Call): Promise<number> {
  const options = getopt(call, 'cduif:s:w:z', {
    count: 'c',
    repeated: 'd',
    unique: 'u',
    'ignore-case': 'i',
    'skip-fields=': 'f',
  });
  if (!options) return 1;
  const files = await contents(call, options.rest.slice(0, 1));
  const skip = Number(options.get('f') ?? 0);
  const key = (line: string): string => {
    const rest = skip > 0 ? line.replace(new RegExp(`^(?:\\s*\\S+){0,${Math.min(skip, 99)}}`), '') : line;
    return options.has('i') ? rest.toLowerCase() : rest;
  };
  const groups: { line: string; count: number }[] = [];
  for (const line of linesOf(files[0]?.text ?? '')) {
    const last = groups.at(-1);
    if (last && key(last.line) === key(line)) last.count += 1;
    else groups.push({ line, count: 1 });
  }
  const shown = groups.filter(({ count }) => (options.has('d') ? count > 1 : options.has('u') ? count === 1 : true));
  call.out(
    shown
      .map(({ line, count }) => (options.has('c') ? `${String(count).padStart(7)} ${line}\n` : `${line}\n`))
      .join(''),
  );
  return files.failed ? 1 : 0;
}

async function comm(call: Call): Promise<number> {
  const options = getopt(call, '123');
  if (!options) return 1;
  const [a, b] = (await contents(call, options.rest)).map(({ text }) => linesOf(text));
  if (!a || !b) return 1;
  const column = (number: 1 | 2 | 3, line: string): string =>
    options.has(String(number))
      ? ''
      : `${'\t'.repeat([1, 2].filter((each) => each < number && !options.has(String(each))).length)}${line}\n`;
  let i = 0;
  let j = 0;
  while (i < a.length || j < b.length) {
    const left = a[i];
    const right = b[j];
    if (right === undefined || (left !== undefined && left < right)) call.out(column(1, a[i++] as string));
    else if (left === undefined || right < left) call.out(column(2, b[j++] as string));
    else {
      call.out(column(3, left));
      i += 1;
      j += 1;
    }
  }
  return 0;
}

async function shuf(call: Call): Promise<number> {
  const options = getopt(call, 'ei:n:rz', { echo: 'e', 'input-range=': 'i', 'head-count=': 'n' });
  if (!options) return 1;
  const range = /^(\d+)-(\d+)$/.exec(options.get('i') ?? '');
  const lines = options.has('e')
    ? [...options.rest]
    : range
      ? Array.from({ length: Math.min(10_000, Number(range[2]) - Number(range[1]) + 1) }, (_, at) =>
          String(Number(range[1]) + at),
        )
      : (await contents(call, options.rest)).flatMap(({ text }) => linesOf(text));
  for (let at = lines.length - 1; at > 0; at--) swap(lines, at, Math.floor(call.machine.options.random() * (at + 1)));
  call.out(
    lines
      .slice(0, Number(options.get('n') ?? lines.length))
      .map((line) => `${line}\n`)
      .join(''),
  );
  return 0;
}

async function diff(call: Call): Promise<number> {
  const options = getopt(call, 'urNqawbBiy', { unified: 'u', recursive: 'r', brief: 'q' });
  if (!options) return 2;
  if (options.rest.length < 2)
    return call.fail(
      `missing operand after '${options.rest[0] ?? call.name}'\n${call.name}: Try '${call.name} --help' for more information.`,
      2,
    );
  const files = await contents(call, options.rest.slice(0, 2));
  if (files.failed) return 2;
  const [a, b] = files.map(({ text }) => linesOf(text)) as [string[], string[]];
  if (files[0]?.text === files[1]?.text) return 0;
  if (options.has('q')) {
    call.out(`Files ${options.rest[0]} and ${options.rest[1]} differ\n`);
    return 1;
  }
  let start = 0;
  while (start < a.length && start < b.length && a[start] === b[start]) start += 1;
  let end = 0;
  while (end < a.length - start && end < b.length - start && a[a.length - 1 - end] === b[b.length - 1 - end]) end += 1;
  const removed = a.slice(start, a.length - end);
  const added = b.slice(start, b.length - end);
  const range = (count: number): string => (count <= 1 ? String(start + count) : `${start + 1},${start + count}`);
  const kind = removed.length === 0 ? 'a' : added.length === 0 ? 'd' : 'c';
  call.out(
    `${range(removed.length)}${kind}${range(added.length)}\n${removed.map((line) => `< ${line}\n`).join('')}${kind === 'c' ? '---\n' : ''}${added.map((line) => `> ${line}\n`).join('')}`,
  );
  return 1;
}

async function cmp(call: Call): Promise<number> {
  const options = getopt(call, 'sl', { silent: 's', quiet: 's' });
  if (!options) return 2;
  const files = await contents(call, options.rest.slice(0, 2));
  if (files.failed || files.length < 2) return 2;
  const [a, b] = files.map(({ text }) => text) as [string, string];
  if (a === b) return 0;
  let at = 0;
  while (at < a.length && at < b.length && a[at] === b[at]) at += 1;
  if (options.has('s')) return 1;
  const line = a.slice(0, at).split('\n').length;
  if (at >= Math.min(a.length, b.length))
    call.fail(`EOF on ${a.length < b.length ? options.rest[0] : options.rest[1]} after byte ${at}, in line ${line}`);
  else call.out(`${options.rest[0]} ${options.rest[1]} differ: byte ${at + 1}, line ${line}\n`);
  return 1;
}

export const orderCommands: CommandTable = { sort, uniq, comm, shuf, diff, cmp };
