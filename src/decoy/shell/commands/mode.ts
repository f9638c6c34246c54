import { curly } from '../bytes.ts';
import { namesFrom } from '../disk/long-name.ts';
import { type Call, type CommandTable, getopt } from '../run/call.ts';

/** A mode in digits or letters, applied to the present one; null where it is none. */
export function parseMode(text: string, present: number, isFolder: boolean, umask = 0o022): number | null {
  if (/^[0-7]{1,5}$/.test(text)) return Number.parseInt(text, 8) & 0o7777;
  let mode = present & 0o7777;
  for (const clause of text.split(',')) {
    const match = /^([ugoa]*)((?:[-+=](?:[rwxXst]*|[ugo]))+)$/.exec(clause);
    if (!match) return null;
    const who = match[1] === '' ? 'a' : (match[1] as string);
    const masked = match[1] === '' ? ~umask : 0o7777;
    for (const [, operator, letters = ''] of (match[2] as string).matchAll(/([-+=])([rwxXstugo]*)/g)) {
      let bits = 0;
      for (const person of who === 'a' ? 'ugo' : who) {
        const shift = person === 'u' ? 6 : person === 'g' ? 3 : 0;
        for (const letter of letters) {
          if (letter === 'r') bits |= 4 << shift;
          else if (letter === 'w') bits |= 2 << shift;
          else if (letter === 'x' || (letter === 'X' && (isFolder || (mode & 0o111) !== 0))) bits |= 1 << shift;
          else if (letter === 's') bits |= person === 'u' ? 0o4000 : person === 'g' ? 0o2000 : 0;
          else if (letter === 't') bits |= 0o1000;
          else if ('ugo'.includes(letter))
            bits |= ((mode >> (letter === 'u' ? 6 : letter === 'g' ? 3 : 0)) & 7) << shift;
        }
      }
      bits &= masked;
      if (operator === '+') mode |= bits;
      else if (operator === '-') mode &= ~bits;
      else {
        let clear = 0;
        for (const person of who === 'a' ? 'ugo' : who)
          clear |= person === 'u' ? 0o4700 : person === 'g' ? 0o2070 : 0o007;
        mode = (mode & ~(clear & masked)) | bits;
      }
    }
  }
  return mode;
}

async function eachFile(
  call: Call,
  names: readonly string[],
  isRecursive: boolean,
  work: (path: string, shown: string) => void,
): Promise<void> {
  const visit = async (path: string, shown: string): Promise<void> => {
    await call.machine.step();
    work(path, shown);
    const stat = call.disk.lstat(path, call.actor);
    if (!isRecursive || !stat.ok || stat.value.kind !== 'directory') return;
    const children = call.disk.readdir(path, call.actor);
    if (children.ok) for (const name of children.value) await visit(`${path}/${name}`, `${shown}/${name}`);
  };
  for (const name of names) await visit(call.path(name), name);
}

async function chmod(call: Call): Promise<number> {
  // A mode such as `-x` or `go=` looks like an option.
  const args = call.args.map((arg) => (/^-[rwxXst]+$/.test(arg) ? `a${arg}` : arg));
  const options = getopt(Object.create(call, { args: { value: args } }) as Call, 'Rvfc', {
    recursive: 'R',
    verbose: 'v',
    quiet: 'f',
    silent: 'f',
    'reference=': 'r',
  });
  if (!options) return 1;
  const [text, ...names] = options.rest;
  if (text === undefined) return call.fail(`missing operand\nTry '${call.name} --help' for more information.`);
  if (names.length === 0)
    return call.fail(`missing operand after ${curly(text)}\nTry '${call.name} --help' for more information.`);
  if (parseMode(text, 0, false) === null)
    return call.fail(`invalid mode: ${curly(text)}\nTry '${call.name} --help' for more information.`);
  let status = 0;
  await eachFile(call, names, options.has('R'), (path, shown) => {
    const stat = call.disk.stat(path, call.actor);
    if (!stat.ok) {
      status = 1;
      if (!options.has('f'))
        call.isBusybox
          ? call.err(`${call.name}: ${shown}: ${stat.error.message}\n`)
          : call.err(`${call.name}: cannot access '${shown}': ${stat.error.message}\n`);
      return;
    }
    call.machine.reportFiles(path);
    const mode = parseMode(text, stat.value.mode, stat.value.kind === 'directory', call.shell.umask) as number;
    const result = call.disk.chmod(path, mode, call.actor);
    if (!result.ok) status = call.fail(`changing permissions of '${shown}': ${result.error.message}`);
  });
  return status;
}

async function chown(call: Call): Promise<number> {
  const options = getopt(call, 'Rvfch', { recursive: 'R', verbose: 'v', 'no-dereference': 'h', quiet: 'f' });
  if (!options) return 1;
  const [text, ...names] = options.rest;
  if (text === undefined) return call.fail(`missing operand\nTry '${call.name} --help' for more information.`);
  if (names.length === 0)
    return call.fail(`missing operand after ${curly(text)}\nTry '${call.name} --help' for more information.`);
  const isGroup = call.name.endsWith('chgrp');
  const [user = '', group] = isGroup ? ['', text] : text.split(/[:.]/, 2);
  const idOf = (file: '/etc/passwd' | '/etc/group', name: string): number => {
    if (/^\d+$/.test(name)) return Number(name);
    return [...namesFrom(call.disk, file)].find(([, each]) => each === name)?.[0] ?? -1;
  };
  const uid = user === '' ? -1 : idOf('/etc/passwd', user);
  const gid = group === undefined || group === '' ? -1 : idOf('/etc/group', group);
  if (user !== '' && uid < 0) return call.fail(`invalid user: ${curly(text)}`);
  if (group !== undefined && group !== '' && gid < 0)
    return call.fail(`invalid group: ${curly(isGroup ? group : text)}`);
  let status = 0;
  await eachFile(call, names, options.has('R'), (path, shown) => {
    const result = call.disk.stat(path, call.actor).ok ? call.disk.chown(path, uid, gid, call.actor) : null;
    if (result === null) status = call.fail(`cannot access '${shown}': No such file or directory`);
    else if (!result.ok)
      status = call.fail(`changing ${isGroup ? 'group' : 'ownership'} of '${shown}': ${result.error.message}`);
  });
  return status;
}

function chattr(call: Call): number {
  const names = call.args.filter((arg) => !/^[-+=]/.test(arg));
  if (names.length === 0) {
    call.err('Usage: chattr [-RVf] [-+=aAcCdDeijPsStTuFx] [-p project] [-v version] files...\n');
    return 1;
  }
  let status = 0;
  for (const name of names)
    if (!call.disk.stat(call.path(name), call.actor).ok)
      status = call.fail(`No such file or directory while trying to stat ${name}`);
  return status;
}

function lsattr(call: Call): number {
  let status = 0;
  const names = call.args.filter((arg) => !arg.startsWith('-'));
  for (const name of names.length > 0 ? names : ['.']) {
    const stat = call.disk.stat(call.path(name), call.actor);
    if (!stat.ok) status = call.fail(`${stat.error.message} while trying to stat ${name}`);
    else if (stat.value.kind === 'directory' && !call.args.includes('-d')) {
      const children = call.disk.readdir(call.path(name), call.actor);
      if (children.ok)
        for (const child of children.value)
          if (!child.startsWith('.')) call.out(`--------------e------- ${name}/${child}\n`);
    } else call.out(`--------------e------- ${name}\n`);
  }
  return status;
}

export const modeCommands: CommandTable = { chmod, chown, chgrp: chown, chattr, lsattr };
