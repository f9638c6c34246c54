import { curly, quoted } from '../bytes.ts';
import { type Call, type CommandTable, getopt } from '../run/call.ts';
import { scaled, sized } from './inputs.ts';
import { parseMode } from './mode.ts';
import { copy, link, move } from './transfer.ts';

export const baseName = (path: string): string => path.replace(/\/+$/, '').split('/').at(-1) || '/';
const missing = (call: Call, status = 1): number =>
  call.fail(`missing operand\nTry '${call.name} --help' for more information.`, status);

async function mkdir(call: Call): Promise<number> {
  const options = getopt(call, 'pm:v', { parents: 'p', 'mode=': 'm', verbose: 'v' });
  if (!options) return 1;
  if (options.rest.length === 0) return missing(call);
  let status = 0;
  const mode =
    options.get('m') === undefined
      ? 0o777 & ~call.shell.umask
      : (parseMode(options.get('m') as string, 0o777, true) ?? 0o755);
  for (const name of options.rest) {
    await call.machine.step();
    const path = call.path(name);
    if (options.has('p')) {
      const parts = path.split('/').filter(Boolean);
      for (let at = 1; at <= parts.length; at++) {
        const part = `/${parts.slice(0, at).join('/')}`;
        const stat = call.disk.stat(part, call.actor);
        if (stat.ok && stat.value.kind === 'directory') continue;
        const made = stat.ok
          ? ({ ok: false, error: { message: 'Not a directory' } } as const)
          : call.disk.mkdir(part, mode, call.actor);
        if (!made.ok) {
          status = call.fail(
            `cannot create directory ${curly(name)}: ${stat.ok && at === parts.length ? 'File exists' : made.error.message}`,
          );
          break;
        }
      }
      continue;
    }
    const made = call.disk.mkdir(path, mode, call.actor);
    if (!made.ok)
      status = call.isBusybox
        ? call.fail(`can't create directory '${name}': ${made.error.message}`)
        : call.fail(`cannot create directory ${curly(name)}: ${made.error.message}`);
    else if (options.has('v')) call.out(`${call.name}: created directory ${quoted(name)}\n`);
  }
  return status;
}

function rmdir(call: Call): number {
  const options = getopt(call, 'pv', { 'ignore-fail-on-non-empty': 'i', parents: 'p' });
  if (!options) return 1;
  if (options.rest.length === 0) return missing(call);
  let status = 0;
  for (const name of options.rest) {
    const result = call.disk.rmdir(call.path(name), call.actor);
    if (!result.ok) status = call.fail(`failed to remove '${name}': ${result.error.message}`);
  }
  return status;
}

async function rm(call: Call): Promise<number> {
  const options = getopt(call, 'rRfivId', {
    recursive: 'r',
    force: 'f',
    verbose: 'v',
    'no-preserve-root': 'N',
    'preserve-root': 'P',
    dir: 'd',
    'one-file-system': 'O',
  });
  if (!options) return 1;
  const isForced = options.has('f');
  if (options.rest.length === 0) return isForced ? 0 : missing(call);
  let status = 0;
  const cannot = (name: string, message: string): void => {
    status = call.isBusybox
      ? call.fail(`can't remove '${name}': ${message}`)
      : call.fail(`cannot remove ${quoted(name)}: ${message}`);
  };
  const isRecursive = options.has('r') || options.has('R');
  const remove = async (shown: string, path: string): Promise<void> => {
    await call.machine.step();
    const stat = call.disk.lstat(path, call.actor);
    if (!stat.ok) {
      if (!isForced || (stat.error.code !== 'ENOENT' && stat.error.code !== 'ENOTDIR'))
        cannot(shown, stat.error.message);
      return;
    }
    if (stat.value.kind === 'directory') {
      if (!isRecursive && !options.has('d')) {
        cannot(shown, 'Is a directory');
        return;
      }
      const names = isRecursive ? call.disk.readdir(path, call.actor) : null;
      if (names?.ok)
        for (const name of names.value) await remove(`${shown.replace(/\/$/, '')}/${name}`, `${path}/${name}`);
      const result = call.disk.rmdir(path, call.actor);
      if (!result.ok && (result.error.code !== 'ENOTEMPTY' || status === 0)) cannot(shown, result.error.message);
      else if (result.ok && options.has('v')) call.out(`removed directory ${quoted(shown)}\n`);
      return;
    }
    call.machine.reportFiles(path);
    const result = call.disk.unlink(path, call.actor);
    if (!result.ok) cannot(shown, result.error.message);
    else if (options.has('v')) call.out(`removed ${quoted(shown)}\n`);
  };
  for (const name of options.rest) {
    if (/(?:^|\/)\.{1,2}\/*$/.test(name)) {
      status = call.fail(`refusing to remove '.' or '..' directory: skipping ${quoted(name)}`);
      continue;
    }
    if (isRecursive && /^\/+$/.test(name) && !options.has('N')) {
      call.fail("it is dangerous to operate recursively on '/'");
      status = call.fail('use --no-preserve-root to override this failsafe');
      continue;
    }
    await remove(name, call.path(name));
  }
  return status;
}

async function touch(call: Call): Promise<number> {
  const options = getopt(call, 'acmr:t:d:fh', { 'no-create': 'c', 'reference=': 'r', 'date=': 'd', 'time=': 'T' });
  if (!options) return 1;
  if (options.rest.length === 0)
    return call.fail(`missing file operand\nTry '${call.name} --help' for more information.`);
  let time = call.now;
  const reference = options.get('r');
  if (reference !== undefined) {
    const stat = call.disk.stat(call.path(reference), call.actor);
    if (!stat.ok) return call.fail(`failed to get attributes of '${reference}': ${stat.error.message}`);
    time = stat.value.modifiedAt;
  }
  const stamp = /^(?:(\d{2})?(\d{2}))?(\d{2})(\d{2})(\d{2})(\d{2})(?:\.(\d{2}))?$/.exec(options.get('t') ?? '');
  if (stamp) {
    const year =
      stamp[2] === undefined
        ? new Date(call.now).getUTCFullYear()
        : Number(stamp[1] ?? (Number(stamp[2]) > 68 ? 19 : 20)) * 100 + Number(stamp[2]);
    time = Date.UTC(
      year,
      Number(stamp[3]) - 1,
      Number(stamp[4]),
      Number(stamp[5]),
      Number(stamp[6]),
      Number(stamp[7] ?? 0),
    );
  } else if (options.has('t')) return call.fail(`invalid date format ${curly(options.get('t') ?? '')}`);
  const date = options.get('d');
  if (date !== undefined && !Number.isNaN(Date.parse(`${date}Z`))) time = Date.parse(`${date}Z`);
  else if (date !== undefined && !Number.isNaN(Date.parse(date))) time = Date.parse(date);
  let status = 0;
  for (const name of options.rest) {
    await call.machine.step();
    const path = call.path(name);
    if (!call.disk.stat(path, call.actor).ok) {
      if (options.has('c')) continue;
      const made = call.disk.writeText(path, '', { append: true, mode: 0o666 & ~call.shell.umask }, call.actor);
      if (!made.ok) {
        status = call.fail(`cannot touch '${name}': ${made.error.message}`);
        continue;
      }
    }
    const result = call.disk.utimes(path, time, call.actor);
    if (!result.ok) status = call.fail(`setting times of '${name}': ${result.error.message}`);
  }
  return status;
}

async function dd(call: Call): Promise<number> {
  const values = new Map(call.args.map((arg) => [arg.split('=')[0] as string, arg.slice(arg.indexOf('=') + 1)]));
  for (const arg of call.args)
    if (!/^(?:if|of|bs|ibs|obs|count|skip|seek|conv|status|iflag|oflag)=/.test(arg))
      return call.fail(`unrecognized operand ${curly(arg)}\nTry '${call.name} --help' for more information.`);
  const size = sized(values.get('bs') ?? values.get('ibs') ?? '512');
  if (size === null || size === 0) return call.fail(`invalid number: ${curly(values.get('bs') ?? '')}`);
  const count = values.has('count') ? sized(values.get('count') as string) : null;
  const skip = (sized(values.get('skip') ?? '0') ?? 0) * size;
  const wanted = count === null ? Number.POSITIVE_INFINITY : count * size;
  const started = call.now;
  let data: string;
  const source = values.get('if');
  if (source === undefined) data = (await call.stdin.bytes(Math.min(wanted + skip, 8 << 20))).slice(skip);
  else {
    const content = await call.read(source);
    if (!content.ok) return call.fail(`failed to open ${quoted(source)}: ${content.error.message}`);
    const isEndless = /^\/dev\/(?:zero|u?random)$/.test(source);
    const text =
      isEndless && Number.isFinite(wanted)
        ? content.value.repeat(Math.max(1, Math.ceil(Math.min(wanted, 16 << 20) / content.value.length)))
        : content.value;
    data = text.slice(skip, skip + Math.min(wanted, 16 << 20));
  }
  const total = Number.isFinite(wanted) && /^\/dev\/(?:zero|u?random)$/.test(source ?? '') ? wanted : data.length;
  const target = values.get('of');
  if (target === undefined) call.out(data);
  else {
    const result = call.write(target, data, {
      append: /append/.test(values.get('oflag') ?? '') || (values.get('conv') ?? '').includes('notrunc'),
    });
    if (!result.ok)
      return call.fail(
        result.error.code === 'ENOSPC'
          ? `error writing ${quoted(target)}: ${result.error.message}`
          : `failed to open ${quoted(target)}: ${result.error.message}`,
      );
  }
  const full = Math.floor(total / size);
  const partial = total % size > 0 ? 1 : 0;
  const status = values.get('status');
  if (status !== 'none') call.err(`${full}+${partial} records in\n${full}+${partial} records out\n`);
  if (status !== 'none' && status !== 'noxfer')
    call.err(
      `${total} byte${total === 1 ? '' : 's'}${total >= 1000 ? ` (${decimal(total, 1000, 'B')}${total >= 1024 ? `, ${decimal(total, 1024, 'iB')}` : ''})` : ''} copied, ${speed(total, Math.max(call.now - started, 0) / 1000 + (0.6 + call.machine.options.random()) * 0.0001 + total / 1.3e9)}\n`,
    );
  return 0;
}

/** @param fine below it, one digit follows the point */
function decimal(total: number, base: number, suffix: string, fine = 9.95): string {
  const units = base === 1000 ? ['', 'k', 'M', 'G', 'T'] : ['', 'K', 'M', 'G', 'T'];
  const { value, unit } = scaled(total, base, units);
  return `${value < fine ? value.toFixed(1) : Math.round(value)} ${units[unit]}${suffix}`;
}

const speed = (total: number, seconds: number): string =>
  `${shortest(seconds)} s, ${decimal(total / seconds, 1000, 'B/s', 99.95)}`;

/** As C's `%g` writes it: `9.4396e-05`, `0.0123`. */
const shortest = (value: number): string =>
  value > 0 && value < 1e-4
    ? value
        .toExponential(5)
        .replace(/\.?0+e/, 'e')
        .replace(/e-(\d)$/, 'e-0$1')
    : String(Number(value.toPrecision(6)));

function truncate(call: Call): number {
  const options = getopt(call, 's:cr:o', { 'size=': 's' });
  if (!options) return 1;
  const size = sized((options.get('s') ?? '').replace(/^[-+<>/%]/, ''));
  if (size === null)
    return call.fail(
      `you must specify either ${curly('--size')} or ${curly('--reference')}\nTry '${call.name} --help' for more information.`,
    );
  for (const name of options.rest) {
    const content = call.disk.read(call.path(name), call.actor);
    const text = content.ok ? call.disk.text(call.path(name)) : '';
    const result = call.write(name, text.slice(0, size).padEnd(Math.min(size, 1 << 20), '\0'));
    if (!result.ok) return call.fail(`cannot open '${name}' for writing: ${result.error.message}`);
  }
  return 0;
}

function mktemp(call: Call): number {
  const options = getopt(call, 'dutp:q', { directory: 'd', 'tmpdir=': 'p', 'dry-run': 'u', tmpdir: 't' });
  if (!options) return 1;
  const template = options.rest[0] ?? 'tmp.XXXXXXXXXX';
  const marks = /X{3,}(?=[^X]*$)/.exec(template);
  if (!marks) return call.fail(`too few X's in template ${curly(template)}`);
  const letters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789';
  const name = template.replace(
    marks[0],
    [...marks[0]].map(() => letters[Math.floor(call.machine.options.random() * letters.length)]).join(''),
  );
  const path =
    options.rest[0] === undefined || options.has('t') || options.has('p')
      ? `${options.get('p') || '/tmp'}/${name}`
      : name;
  const result = options.has('u')
    ? null
    : options.has('d')
      ? call.disk.mkdir(call.path(path), 0o700, call.actor)
      : call.disk.writeText(call.path(path), '', { mode: 0o600 }, call.actor);
  if (result && !result.ok)
    return call.fail(
      `failed to create ${options.has('d') ? 'directory' : 'file'} via template ${curly(template)}: ${result.error.message}`,
    );
  call.out(`${path}\n`);
  return 0;
}

async function install(call: Call): Promise<number> {
  const options = getopt(call, 'dm:o:g:Dvt:s', { 'mode=': 'm', directory: 'd' });
  if (!options) return 1;
  if (options.has('d')) return call.run(['mkdir', '-p', ...options.rest]);
  const status = await call.run(['cp', ...options.rest]);
  const target = options.rest.at(-1);
  if (status === 0 && target !== undefined)
    call.disk.chmod(call.path(target), parseMode(options.get('m') ?? '755', 0o755, false) ?? 0o755, call.actor);
  return status;
}

function mkfifo(call: Call): number {
  const names = call.args.filter((arg) => !arg.startsWith('-'));
  const isNode = call.name.endsWith('mknod');
  let status = 0;
  for (const name of isNode ? names.slice(0, 1) : names) {
    const kind = isNode ? ({ p: 'fifo', c: 'character', b: 'block' } as const)[names[1] as 'p'] : 'fifo';
    const made = call.disk.make(
      call.path(name),
      { kind: kind ?? 'fifo', mode: 0o644, content: '', onWrite: 'swallow' },
      call.actor,
    );
    if (!made.ok)
      status = call.fail(
        isNode ? `${name}: ${made.error.message}` : `cannot create fifo '${name}': ${made.error.message}`,
      );
  }
  return status;
}

async function shred(call: Call): Promise<number> {
  const options = getopt(call, 'n:uzvfs:x', { remove: 'u', zero: 'z', 'iterations=': 'n', force: 'f', verbose: 'v' });
  if (!options) return 1;
  let status = 0;
  for (const name of options.rest) {
    const stat = call.disk.stat(call.path(name), call.actor);
    if (!stat.ok) status = call.fail(`${name}: failed to open for writing: ${stat.error.message}`);
    else if (options.has('u')) status = await call.run(['rm', '-f', name]);
  }
  return status;
}

export const fileCommands: CommandTable = {
  mkdir,
  rmdir,
  rm,
  touch,
  cp: copy,
  mv: move,
  ln: link,
  link,
  dd,
  truncate,
  mktemp,
  install,
  mkfifo,
  mknod: mkfifo,
  shred,
  unlink: (call) => {
    const result = call.disk.unlink(call.path(call.args[0] ?? ''), call.actor);
    return result.ok ? 0 : call.fail(`cannot unlink '${call.args[0] ?? ''}': ${result.error.message}`);
  },
  sync: () => 0,
};
