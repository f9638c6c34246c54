import { curly, linesOf } from '../bytes.ts';
import { type Call, type CommandTable, getopt } from '../run/call.ts';
import { contents, sized } from './inputs.ts';

async function cat(call: Call): Promise<number> {
  const options = getopt(call, 'nbsAETvetu', {
    number: 'n',
    'number-nonblank': 'b',
    'squeeze-blank': 's',
    'show-all': 'A',
    'show-ends': 'E',
    'show-tabs': 'T',
  });
  if (!options) return 1;
  const isPlain = !['n', 'b', 's', 'A', 'E', 'T', 'v', 'e', 't'].some(options.has);
  let status = 0;
  let number = 0;
  let blank = 0;
  for (const name of options.rest.length > 0 ? options.rest : ['-']) {
    if (name === '-' && isPlain && call.stdin.isTerminal) {
      for (let line = await call.stdin.line(); line !== null; line = await call.stdin.line()) call.out(line);
      continue;
    }
    const content = await call.read(name);
    if (!content.ok) {
      status = call.isBusybox
        ? call.fail(`can't open '${name}': ${content.error.message}`)
        : call.fail(`${name}: ${content.error.message}`);
      continue;
    }
    if (isPlain) {
      call.out(content.value);
      continue;
    }
    for (const line of content.value.split(/(?<=\n)/)) {
      const isBlank = line === '\n';
      blank = isBlank ? blank + 1 : 0;
      if (options.has('s') && blank > 1) continue;
      let text = line;
      if (options.has('A') || options.has('v') || options.has('e') || options.has('t'))
        text = text.replace(/[^\n\t -~]/g, (each) => visible(each.charCodeAt(0)));
      if (options.has('A') || options.has('T') || options.has('t')) text = text.replaceAll('\t', '^I');
      if (options.has('A') || options.has('E') || options.has('e')) text = text.replace(/\n$/, '$$\n');
      const numbered = options.has('b') ? !isBlank : options.has('n');
      call.out(numbered ? `${String(++number).padStart(6)}\t${text}` : text);
    }
  }
  return status;
}

function visible(code: number): string {
  if (code >= 128)
    return `M-${code - 128 < 32 || code === 255 ? visible(code - 128) : String.fromCharCode(code - 128)}`;
  return code === 127 ? '^?' : `^${String.fromCharCode(code + 64)}`;
}

async function head(call: Call): Promise<number> {
  const old = /^-(\d+)([bkmc]?)$/.exec(call.args[0] ?? '');
  const own = old ? withArgs(call, [old[2] === 'c' ? '-c' : '-n', old[1] as string, ...call.args.slice(1)]) : call;
  const options = getopt(own, 'n:c:qvz', { 'lines=': 'n', 'bytes=': 'c', quiet: 'q', verbose: 'v' });
  if (!options) return 1;
  const given = options.get('c') ?? options.get('n') ?? '10';
  const count = sized(given.replace(/^[-+]/, ''));
  if (count === null) return call.fail(`invalid number of ${options.has('c') ? 'bytes' : 'lines'}: ${curly(given)}`);
  const isAll = given.startsWith('-');
  if (options.rest.length === 0 && !isAll) {
    if (options.has('c')) call.out(await call.stdin.bytes(count));
    else
      for (let at = 0; at < count; at++) {
        const line = await call.stdin.line();
        if (line === null) break;
        call.out(line);
      }
    return 0;
  }
  const files = await contents(call, options.rest, (name, message) =>
    message === 'Is a directory'
      ? `error reading '${name}': ${message}`
      : `cannot open '${name}' for reading: ${message}`,
  );
  for (const [at, { name, text }] of files.entries()) {
    if ((options.rest.length > 1 && !options.has('q')) || options.has('v'))
      call.out(`${at > 0 ? '\n' : ''}==> ${name === '-' ? 'standard input' : name} <==\n`);
    if (options.has('c')) call.out(isAll ? text.slice(0, Math.max(0, text.length - count)) : text.slice(0, count));
    else {
      const lines = text.split(/(?<=\n)/);
      call.out(lines.slice(0, isAll ? Math.max(0, lines.filter(Boolean).length - count) : count).join(''));
    }
  }
  return files.failed ? 1 : 0;
}

/** The same call with other arguments. */
const withArgs = (call: Call, args: readonly string[]): Call => Object.create(call, { args: { value: args } }) as Call;

async function tail(call: Call): Promise<number> {
  const old = /^([-+])(\d+)([cf]?)$/.exec(call.args[0] ?? '');
  const own = old ? withArgs(call, ['-n', `${old[1] === '+' ? '+' : ''}${old[2]}`, ...call.args.slice(1)]) : call;
  const options = getopt(own, 'n:c:fFqvs:z', { 'lines=': 'n', 'bytes=': 'c', follow: 'f', quiet: 'q', 'pid=': 'p' });
  if (!options) return 1;
  const given = options.get('c') ?? options.get('n') ?? '10';
  const count = sized(given.replace(/^[-+]/, ''));
  if (count === null) return call.fail(`invalid number of ${options.has('c') ? 'bytes' : 'lines'}: ${curly(given)}`);
  const fromStart = given.startsWith('+');
  const files = await contents(call, options.rest, (name, message) =>
    message === 'Is a directory'
      ? `error reading '${name}': ${message}`
      : `cannot open '${name}' for reading: ${message}`,
  );
  for (const [at, { name, text }] of files.entries()) {
    if (options.rest.length > 1 && !options.has('q'))
      call.out(`${at > 0 ? '\n' : ''}==> ${name === '-' ? 'standard input' : name} <==\n`);
    if (options.has('c'))
      call.out(fromStart ? text.slice(Math.max(0, count - 1)) : count === 0 ? '' : text.slice(-count));
    else {
      const lines = text.split(/(?<=\n)/).filter(Boolean);
      call.out((fromStart ? lines.slice(Math.max(0, count - 1)) : count === 0 ? [] : lines.slice(-count)).join(''));
    }
  }
  if ((options.has('f') || options.has('F')) && files.length > 0) for (;;) await call.machine.wait(5000);
  return files.failed ? 1 : 0;
}

async function wc(call: Call): Promise<number> {
  const options = getopt(call, 'lwcmL', { lines: 'l', words: 'w', bytes: 'c', chars: 'm', 'max-line-length': 'L' });
  if (!options) return 1;
  const files = await contents(call, options.rest);
  const chosen = ['l', 'w', 'm', 'c', 'L'].filter(options.has);
  const columns = chosen.length > 0 ? chosen : ['l', 'w', 'c'];
  const rows = files.map(({ name, text }) => ({
    name,
    counts: columns.map((column) =>
      column === 'l'
        ? (text.match(/\n/g)?.length ?? 0)
        : column === 'w'
          ? (text.match(/[^\s]+/g)?.length ?? 0)
          : column === 'L'
            ? Math.max(0, ...linesOf(text).map((line) => line.length))
            : column === 'm'
              ? text.replace(/[\x80-\xbf]/g, '').length
              : text.length,
    ),
  }));
  if (options.rest.length > 1)
    rows.push({
      name: 'total',
      counts: columns.map((_, at) => rows.reduce((sum, row) => sum + (row.counts[at] ?? 0), 0)),
    });
  const isStdin = options.rest.length === 0 || options.rest.includes('-');
  const total = files.reduce((sum, { text }) => sum + text.length, 0);
  const width = columns.length === 1 && rows.length === 1 ? 1 : isStdin ? 7 : String(total).length;
  for (const { name, counts } of rows)
    call.out(
      `${counts.map((count) => String(count).padStart(width)).join(' ')}${options.rest.length > 0 ? ` ${name}` : ''}\n`,
    );
  return files.failed ? 1 : 0;
}

async function byLine(
  call: Call,
  letters: string,
  work: (lines: string[], options: NonNullable<ReturnType<typeof getopt>>) => string[],
): Promise<number> {
  const options = getopt(call, letters);
  if (!options) return 1;
  const files = await contents(call, options.rest);
  for (const { text } of files) {
    const lines = work(linesOf(text), options);
    if (lines.length > 0) call.out(`${lines.join('\n')}\n`);
  }
  return files.failed ? 1 : 0;
}

const rev = (call: Call): Promise<number> =>
  byLine(call, '', (lines) => lines.map((line) => [...line].reverse().join('')));
const tac = (call: Call): Promise<number> => byLine(call, 'brs:', (lines) => lines.reverse());

const fold = (call: Call): Promise<number> =>
  byLine(call, 'w:sb', (lines, options) => {
    const width = Math.max(1, Number(options.get('w') ?? 80) || 80);
    return lines.flatMap((line) => {
      const pieces: string[] = [];
      let rest = line;
      while (rest.length > width) {
        const at = options.has('s') ? rest.lastIndexOf(' ', width - 1) + 1 || width : width;
        pieces.push(rest.slice(0, at));
        rest = rest.slice(at);
      }
      return [...pieces, rest];
    });
  });

const nl = (call: Call): Promise<number> => {
  let number = 0;
  return byLine(call, 'b:s:w:n:', (lines, options) =>
    lines.map((line) =>
      line === '' && options.get('b') !== 'a'
        ? '       '
        : `${String(++number).padStart(Number(options.get('w') ?? 6))}${options.get('s') ?? '\t'}${line}`,
    ),
  );
};

const column = (call: Call): Promise<number> =>
  byLine(call, 'ts:o:c:x', (lines, options) => {
    if (!options.has('t')) return lines;
    const separator = options.get('s');
    const rows = lines
      .filter((line) => line.trim() !== '')
      .map((line) => (separator ? line.split(separator) : line.trim().split(/\s+/)));
    const widths: number[] = [];
    for (const row of rows) for (const [at, cell] of row.entries()) widths[at] = Math.max(widths[at] ?? 0, cell.length);
    return rows.map((row) =>
      row
        .map((cell, at) => (at === row.length - 1 ? cell : cell.padEnd(widths[at] ?? 0)))
        .join(options.get('o') ?? '  '),
    );
  });

async function cut(call: Call): Promise<number> {
  const options = getopt(call, 'd:f:c:b:sn', {
    'delimiter=': 'd',
    'fields=': 'f',
    'characters=': 'c',
    'bytes=': 'b',
    complement: 'C',
    'only-delimited': 's',
    'output-delimiter=': 'o',
  });
  if (!options) return 1;
  const list = options.get('f') ?? options.get('c') ?? options.get('b');
  if (list === undefined)
    return call.fail(
      `you must specify a list of bytes, characters, or fields\nTry '${call.name} --help' for more information.`,
    );
  const delimiter = options.get('d') ?? '\t';
  if (delimiter.length > 1)
    return call.fail(`the delimiter must be a single character\nTry '${call.name} --help' for more information.`);
  const ranges: [number, number][] = [];
  for (const part of list.split(/[, ]/)) {
    const match = /^(\d*)(-?)(\d*)$/.exec(part);
    if (!match || part === '' || part === '-')
      return call.fail(
        `invalid ${options.has('f') ? 'field' : 'byte/character'} ${part === '-' ? 'range with no endpoint: -' : `value ${curly(part)}`}\nTry '${call.name} --help' for more information.`,
      );
    const start = Number(match[1] || 1);
    if (start === 0)
      return call.fail(
        `${options.has('f') ? 'fields are' : 'byte/character positions are'} numbered from 1\nTry '${call.name} --help' for more information.`,
      );
    ranges.push([start, match[2] === '' ? start : Number(match[3] || Number.POSITIVE_INFINITY)]);
  }
  const wanted = (place: number): boolean =>
    ranges.some(([from, to]) => place >= from && place <= to) !== options.has('C');
  const files = await contents(call, options.rest);
  const out = options.get('o');
  for (const { text } of files) {
    let result = '';
    for (const line of linesOf(text)) {
      if (options.has('f')) {
        if (!line.includes(delimiter)) {
          if (!options.has('s')) result += `${line}\n`;
          continue;
        }
        result += `${line
          .split(delimiter)
          .filter((_, at) => wanted(at + 1))
          .join(out ?? delimiter)}\n`;
      } else result += `${[...line].filter((_, at) => wanted(at + 1)).join('')}\n`;
    }
    call.out(result);
  }
  return files.failed ? 1 : 0;
}

const trClasses: Readonly<Record<string, (code: number) => boolean>> = {
  alpha: (c) => (c > 64 && c < 91) || (c > 96 && c < 123),
  digit: (c) => c > 47 && c < 58,
  alnum: (c) => (c > 47 && c < 58) || (c > 64 && c < 91) || (c > 96 && c < 123),
  upper: (c) => c > 64 && c < 91,
  lower: (c) => c > 96 && c < 123,
  space: (c) => c === 32 || (c > 8 && c < 14),
  blank: (c) => c === 32 || c === 9,
  punct: (c) => c > 32 && c < 127 && !/[A-Za-z0-9]/.test(String.fromCharCode(c)),
  cntrl: (c) => c < 32 || c === 127,
  print: (c) => c > 31 && c < 127,
  graph: (c) => c > 32 && c < 127,
  xdigit: (c) => /[0-9A-Fa-f]/.test(String.fromCharCode(c)),
};

function trSet(text: string): number[] {
  const codes: number[] = [];
  const escapes: Record<string, number> = { n: 10, t: 9, r: 13, a: 7, b: 8, f: 12, v: 11, '\\': 92 };
  const unit = (at: number): [number, number] => {
    if (text[at] !== '\\') return [text.charCodeAt(at), at + 1];
    const octal = /^[0-7]{1,3}/.exec(text.slice(at + 1))?.[0];
    if (octal !== undefined) return [Number.parseInt(octal, 8) & 255, at + 1 + octal.length];
    const next = text[at + 1];
    return next === undefined ? [92, at + 1] : [escapes[next] ?? next.charCodeAt(0), at + 2];
  };
  for (let at = 0; at < text.length; ) {
    const named = /^\[:([a-z]+):\]/.exec(text.slice(at));
    if (named) {
      const test = trClasses[named[1] as string];
      for (let code = 0; code < 256; code++) if (test?.(code)) codes.push(code);
      at += named[0].length;
      continue;
    }
    const [from, after] = unit(at);
    if (text[after] === '-' && after + 1 < text.length) {
      const [to, end] = unit(after + 1);
      for (let code = from; code <= to; code++) codes.push(code);
      at = end;
    } else {
      codes.push(from);
      at = after;
    }
  }
  return codes;
}

async function tr(call: Call): Promise<number> {
  const options = getopt(
    call,
    'cCdst',
    { complement: 'c', delete: 'd', 'squeeze-repeats': 's', 'truncate-set1': 't' },
    { stopAtFirst: true },
  );
  if (!options) return 1;
  const [first, second] = options.rest;
  if (first === undefined) return call.fail(`missing operand\nTry '${call.name} --help' for more information.`);
  if (second === undefined && !options.has('d') && !options.has('s'))
    return call.fail(
      `missing operand after ${curly(first)}\nTwo strings must be given when translating.\nTry '${call.name} --help' for more information.`,
    );
  let from = trSet(first);
  if (options.has('c') || options.has('C')) {
    const present = new Set(from);
    from = Array.from({ length: 256 }, (_, code) => code).filter((code) => !present.has(code));
  }
  const to = second === undefined ? [] : trSet(second);
  const isDelete = options.has('d');
  const map = new Map(from.map((code, at) => [code, to[Math.min(at, to.length - 1)] ?? code]));
  const gone = new Set(isDelete ? from : []);
  const squeezed = new Set(options.has('s') ? (second === undefined ? from : to) : []);
  const text = await call.stdin.all();
  let result = '';
  let last = -1;
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (gone.has(code)) continue;
    const next = isDelete || second === undefined ? code : (map.get(code) ?? code);
    if (next === last && squeezed.has(next)) continue;
    result += String.fromCharCode(next);
    last = next;
  }
  call.out(result);
  return 0;
}

async function tee(call: Call): Promise<number> {
  const options = getopt(call, 'aip', { append: 'a' });
  if (!options) return 1;
  const text = await call.stdin.all();
  call.out(text);
  let status = 0;
  for (const name of options.rest) {
    const result = call.write(name, text, { append: options.has('a') });
    if (!result.ok) status = call.fail(`${name}: ${result.error.message}`);
  }
  return status;
}

async function paste(call: Call): Promise<number> {
  const options = getopt(call, 'sd:', { serial: 's', 'delimiters=': 'd' });
  if (!options) return 1;
  const files = (await contents(call, options.rest)).map(({ text }) => linesOf(text));
  const delimiters = (options.get('d') ?? '\t').replaceAll('\\n', '\n').replaceAll('\\t', '\t');
  const join = (cells: readonly string[]): string =>
    cells.map((cell, at) => (at === 0 ? cell : `${delimiters[(at - 1) % delimiters.length] ?? ''}${cell}`)).join('');
  if (options.has('s')) for (const lines of files) call.out(`${join(lines)}\n`);
  else
    for (let row = 0; row < Math.max(0, ...files.map((lines) => lines.length)); row++)
      call.out(`${join(files.map((lines) => lines[row] ?? ''))}\n`);
  return 0;
}

export const textCommands: CommandTable = { cat, head, tail, wc, rev, tac, fold, nl, column, cut, tr, tee, paste };
