import { linesOf } from '../bytes.ts';
import { type Call, type CommandTable, getopt } from '../run/call.ts';
import { visitorsRegex } from '../run/visitors-regex.ts';
import { clip, posixRegex } from './regex.ts';

async function grep(call: Call): Promise<number> {
  const base = call.name.split('/').at(-1) as string;
  const options = getopt(
    call,
    'EFGPivnclLoqsrRhHwxe:f:m:A:B:C:azbTuU0123456789',
    {
      'extended-regexp': 'E',
      'fixed-strings': 'F',
      'perl-regexp': 'P',
      'ignore-case': 'i',
      'invert-match': 'v',
      'line-number': 'n',
      count: 'c',
      'files-with-matches': 'l',
      'files-without-match': 'L',
      'only-matching': 'o',
      quiet: 'q',
      silent: 'q',
      'no-messages': 's',
      recursive: 'r',
      'no-filename': 'h',
      'with-filename': 'H',
      'word-regexp': 'w',
      'line-regexp': 'x',
      'regexp=': 'e',
      'file=': 'f',
      'max-count=': 'm',
      'after-context=': 'A',
      'before-context=': 'B',
      'context=': 'C',
      color: 'Y',
      'color=': 'Y',
      colour: 'Y',
      'include=': 'I',
      'exclude=': 'X',
      'exclude-dir=': 'D',
      text: 'a',
      'line-buffered': 'u',
    },
    { help: `Usage: ${call.name} [OPTION]... PATTERNS [FILE]...\nTry '${call.name} --help' for more information.\n` },
  );
  if (!options) return 2;
  const rest = [...options.rest];
  const patterns = [...options.all('e')];
  const file = options.get('f');
  if (file !== undefined) {
    const content = await call.read(file);
    if (!content.ok) return call.fail(`${file}: ${content.error.message}`, 2);
    patterns.push(...linesOf(content.value));
  }
  if (patterns.length === 0 && file === undefined) {
    const first = rest.shift();
    if (first === undefined) {
      call.err(`Usage: ${call.name} [OPTION]... PATTERNS [FILE]...\nTry '${call.name} --help' for more information.\n`);
      return 2;
    }
    patterns.push(...first.split('\n'));
  }
  const isFixed = options.has('F') || base === 'fgrep';
  const isExtended = options.has('E') || options.has('P') || base === 'egrep';
  const regexes: RegExp[] = [];
  for (const pattern of patterns.slice(0, 500)) {
    const source = isFixed ? pattern.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&') : pattern;
    const regex = options.has('P')
      ? perl(source, options.has('i'))
      : posixRegex(source, isFixed || isExtended, options.has('i') ? 'gi' : 'g');
    if (!regex)
      return call.fail(
        /\[/.test(pattern) && !pattern.includes(']')
          ? 'Unmatched [, [^, [:, [., or [='
          : /\(/.test(pattern)
            ? 'Unmatched ( or \\('
            : 'Invalid regular expression',
        2,
      );
    const wrapped = options.has('x')
      ? `^(?:${regex.source})$`
      : options.has('w')
        ? `(?<![A-Za-z0-9_])(?:${regex.source})(?![A-Za-z0-9_])`
        : null;
    regexes.push(wrapped === null ? regex : visitorsRegex(wrapped, regex.flags));
  }
  const isRecursive = options.has('r') || options.has('R');
  const names: string[] = [];
  let status = 1;
  const globs = options.all('I').map(
    (text) =>
      new RegExp(
        `^${text
          .replace(/[.+^${}()|[\]\\]/g, '\\$&')
          .replaceAll('*', '.*')
          .replaceAll('?', '.')}$`,
      ),
  );
  const collect = async (name: string): Promise<void> => {
    await call.machine.step();
    const stat = call.disk.stat(call.path(name), call.actor);
    if (name !== '-' && stat.ok && stat.value.kind === 'directory') {
      if (!isRecursive) {
        call.fail(`${name}: Is a directory`);
        return;
      }
      const children = call.disk.readdir(call.path(name), call.actor);
      if (children.ok)
        for (const child of children.value)
          await collect(`${name === '.' && rest.length === 0 ? '' : `${name.replace(/\/$/, '')}/`}${child}`);
    } else if (globs.length === 0 || globs.some((glob) => glob.test(name.split('/').at(-1) as string)))
      names.push(name);
  };
  for (const name of rest.length > 0 ? rest : [isRecursive ? '.' : '-']) await collect(name);
  const isTitled = (rest.length > 1 || isRecursive || options.has('H')) && !options.has('h');
  const max = options.get('m') === undefined ? Number.POSITIVE_INFINITY : Number(options.get('m'));
  const after = Number(options.get('A') ?? options.get('C') ?? 0);
  const before = Number(options.get('B') ?? options.get('C') ?? 0);
  let hasError = false;
  for (const name of names) {
    await call.machine.step();
    const content = await call.read(name);
    if (!content.ok) {
      hasError = true;
      if (!options.has('s')) call.fail(`${name}: ${content.error.message}`);
      continue;
    }
    const title = isTitled ? `${name === '-' ? '(standard input)' : name}:` : '';
    const isBinary = content.value.slice(0, 32_768).includes('\0') && !options.has('a');
    const lines = linesOf(content.value);
    let count = 0;
    let shownTo = -1;
    const hits: number[] = [];
    for (const [at, line] of lines.entries()) {
      if (count >= max) break;
      const isHit = regexes.some((regex) => {
        regex.lastIndex = 0;
        return regex.test(clip(line));
      });
      if (isHit === options.has('v')) continue;
      count += 1;
      hits.push(at);
      if (options.has('q')) break;
      if (isBinary) break;
    }
    await call.machine.step(1 + lines.length / 200);
    if (count > 0) status = 0;
    if (options.has('q')) {
      if (count > 0) return 0;
      continue;
    }
    if (options.has('c')) call.out(`${title}${count}\n`);
    else if (options.has('l')) call.out(count > 0 ? `${name === '-' ? '(standard input)' : name}\n` : '');
    else if (options.has('L')) call.out(count === 0 ? `${name}\n` : '');
    else if (isBinary && count > 0)
      call.out(`${call.name}: ${name === '-' ? '(standard input)' : name}: binary file matches\n`);
    else
      for (const at of hits) {
        const line = lines[at] as string;
        if (options.has('o')) {
          for (const regex of regexes)
            for (const match of line.matchAll(visitorsRegex(regex.source, regex.flags)))
              if (match[0] !== '') call.out(`${title}${options.has('n') ? `${at + 1}:` : ''}${match[0]}\n`);
          continue;
        }
        const from = Math.max(shownTo + 1, at - before);
        if ((before > 0 || after > 0) && shownTo >= 0 && from > shownTo + 1) call.out('--\n');
        for (let row = from; row <= Math.min(lines.length - 1, at + after); row++) {
          const isOwn = hits.includes(row);
          if (row > at && isOwn) break;
          call.out(
            `${isOwn ? title : title.replace(/:$/, '-')}${options.has('n') ? `${row + 1}${isOwn ? ':' : '-'}` : ''}${lines[row]}\n`,
          );
          shownTo = row;
        }
      }
  }
  return hasError ? (status === 0 && options.has('q') ? 0 : 2) : status;
}

function perl(source: string, isFolded: boolean): RegExp | null {
  try {
    return visitorsRegex(source.replace(/\\K/g, ''), isFolded ? 'gi' : 'g');
  } catch {
    return null;
  }
}

export const grepCommands: CommandTable = { grep, egrep: grep, fgrep: grep, rgrep: grep };
