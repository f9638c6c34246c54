import { type Call, getopt, type Options } from '../run/call.ts';
import type { FileStat } from '../types.ts';
import { baseName } from './files.ts';

interface Transfer {
  call: Call;
  options: Options;
  status: number;
}

function readStat(
  call: Call,
  path: string,
  follow: boolean,
): { ok: true; value: FileStat } | { ok: false; message: string } {
  const stat = follow ? call.disk.stat(path, call.actor) : call.disk.lstat(path, call.actor);
  return stat.ok ? stat : { ok: false, message: stat.error.message };
}

async function copyOne(
  transfer: Transfer,
  shown: string,
  source: string,
  target: string,
  shownTarget: string,
): Promise<void> {
  const { call, options } = transfer;
  await call.machine.step();
  const isRecursive = options.has('r') || options.has('R') || options.has('a');
  const stat = readStat(call, source, !isRecursive && !options.has('d') && !options.has('P'));
  const fail = (message: string): void => {
    transfer.status = call.fail(message);
  };
  if (!stat.ok) return fail(`cannot stat '${shown}': ${stat.message}`);
  const keep = options.has('p') || options.has('a');
  if (stat.value.kind === 'directory') {
    if (!isRecursive) return fail(`-r not specified; omitting directory '${shown}'`);
    if (`${target}/`.startsWith(`${source}/`))
      return fail(`cannot copy a directory, '${shown}', into itself, '${shownTarget}'`);
    if (!call.disk.stat(target).ok) {
      const made = call.disk.mkdir(target, stat.value.mode & 0o7777, call.actor);
      if (!made.ok) return fail(`cannot create directory '${shownTarget}': ${made.error.message}`);
    }
    const names = call.disk.readdir(source, call.actor);
    if (!names.ok) return fail(`cannot open directory '${shown}': ${names.error.message}`);
    for (const name of names.value)
      await copyOne(transfer, `${shown}/${name}`, `${source}/${name}`, `${target}/${name}`, `${shownTarget}/${name}`);
    return;
  }
  if (stat.value.kind === 'symlink') {
    const made = call.disk.symlink(stat.value.target ?? '', target, call.actor);
    if (!made.ok) fail(`cannot create symbolic link '${shownTarget}': ${made.error.message}`);
    return;
  }
  const from = call.disk.realpath(source);
  const to = call.disk.realpath(target);
  if (from.ok && to.ok && from.value === to.value) return fail(`'${shown}' and '${shownTarget}' are the same file`);
  const content = call.disk.read(source, call.actor);
  if (!content.ok) return fail(`cannot open '${shown}' for reading: ${content.error.message}`);
  const isNew = !to.ok;
  const result = call.disk.writeText(
    target,
    call.disk.text(source),
    { mode: stat.value.mode & 0o777 & ~call.shell.umask },
    call.actor,
  );
  if (!result.ok) return fail(`cannot create regular file '${shownTarget}': ${result.error.message}`);
  if (isNew || keep) call.disk.chmod(target, stat.value.mode & (keep ? 0o7777 : 0o777 & ~call.shell.umask));
  if (keep) call.disk.utimes(target, stat.value.modifiedAt);
  if (options.has('v')) call.out(`'${shown}' -> '${shownTarget}'\n`);
}

export async function copy(call: Call): Promise<number> {
  const options = getopt(call, 'rRafpiuvdPLHTnlst:', {
    recursive: 'r',
    archive: 'a',
    force: 'f',
    verbose: 'v',
    preserve: 'p',
    'no-clobber': 'n',
    'target-directory=': 't',
    parents: 'X',
    'no-target-directory': 'T',
  });
  if (!options) return 1;
  return transferAll(call, options, async (transfer, shown, source, target, shownTarget) =>
    copyOne(transfer, shown, source, target, shownTarget),
  );
}

export async function move(call: Call): Promise<number> {
  const options = getopt(call, 'fivnuTt:b', {
    force: 'f',
    verbose: 'v',
    'no-clobber': 'n',
    'target-directory=': 't',
    backup: 'b',
  });
  if (!options) return 1;
  return transferAll(call, options, async (transfer, shown, source, target, shownTarget) => {
    await call.machine.step();
    const stat = call.disk.lstat(source, call.actor);
    if (!stat.ok) {
      transfer.status = call.fail(`cannot stat '${shown}': ${stat.error.message}`);
      return;
    }
    if (options.has('n') && call.disk.lstat(target).ok) return;
    const to = call.disk.realpath(target);
    if (to.ok && to.value === source) {
      transfer.status = call.fail(`'${shown}' and '${shownTarget}' are the same file`);
      return;
    }
    call.machine.reportFiles(source);
    const result = call.disk.rename(source, target, call.actor);
    if (!result.ok)
      transfer.status = call.fail(
        result.error.code === 'EINVAL'
          ? `cannot move '${shown}' to a subdirectory of itself, '${shownTarget}'`
          : `cannot move '${shown}' to '${shownTarget}': ${result.error.message}`,
      );
    else if (options.has('v')) call.out(`renamed '${shown}' -> '${shownTarget}'\n`);
  });
}

async function transferAll(
  call: Call,
  options: Options,
  work: (transfer: Transfer, shown: string, source: string, target: string, shownTarget: string) => Promise<void>,
): Promise<number> {
  const names = [...options.rest];
  const chosen = options.get('t');
  if (names.length === 0) return call.fail(`missing file operand\nTry '${call.name} --help' for more information.`);
  if (names.length === 1 && chosen === undefined)
    return call.fail(
      `missing destination file operand after '${names[0]}'\nTry '${call.name} --help' for more information.`,
    );
  const last = chosen ?? (names.pop() as string);
  const stat = call.disk.stat(call.path(last), call.actor);
  const isFolder = stat.ok && stat.value.kind === 'directory' && !options.has('T');
  if (names.length > 1 && !isFolder)
    return call.fail(`target '${last}'${stat.ok ? ' is not a directory' : ': No such file or directory'}`);
  const transfer: Transfer = { call, options, status: 0 };
  for (const name of names) {
    const shownTarget = isFolder ? `${last.replace(/\/$/, '')}/${baseName(name)}` : last;
    await work(transfer, name, call.path(name), call.path(shownTarget), shownTarget);
  }
  return transfer.status;
}

export function link(call: Call): number {
  const options = getopt(call, 'sfnrvTit:b', { symbolic: 's', force: 'f', 'no-dereference': 'n', relative: 'r' });
  if (!options) return 1;
  const names = [...options.rest];
  if (names.length === 0) return call.fail(`missing file operand\nTry '${call.name} --help' for more information.`);
  const last = names.length === 1 ? '.' : (names.pop() as string);
  const stat = call.disk.stat(call.path(last), call.actor);
  let status = 0;
  for (const name of names) {
    const isFolder = stat.ok && stat.value.kind === 'directory' && !options.has('n');
    const shown = isFolder ? `${last === '.' ? '.' : last.replace(/\/$/, '')}/${baseName(name)}` : last;
    const path = call.path(shown);
    if (!options.has('s')) {
      const source = call.disk.stat(call.path(name), call.actor);
      if (!source.ok) {
        status = call.fail(`failed to access '${name}': ${source.error.message}`);
        continue;
      }
    }
    if (options.has('f') && call.disk.lstat(path).ok) call.disk.unlink(path, call.actor);
    const result = options.has('s')
      ? call.disk.symlink(name, path, call.actor)
      : call.disk.lstat(path).ok
        ? ({ ok: false, error: { message: 'File exists' } } as const)
        : call.disk.writeText(path, call.disk.text(call.path(name)), {}, call.actor);
    if (!result.ok)
      status = call.fail(
        options.has('s')
          ? `failed to create symbolic link '${shown.replace(/^\.\//, './')}': ${result.error.message}`
          : `failed to create hard link '${shown}': ${result.error.message}`,
      );
  }
  return status;
}
