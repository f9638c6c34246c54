import { linesOf, quoted } from '../bytes.ts';
import { type Call, getopt } from '../run/call.ts';
import { Input } from '../run/streams.ts';
import { contents, human } from './inputs.ts';

export async function xargs(call: Call): Promise<number> {
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

export async function du(call: Call): Promise<number> {
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

export async function file(call: Call): Promise<number> {
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
