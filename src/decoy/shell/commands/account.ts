import { curly } from '../bytes.ts';
import { type Call, type CommandTable, getopt } from '../run/call.ts';
import { digest } from './digest.ts';
import { su, sudo } from './elevate.ts';
import { adduser, groupadd, useradd, userdel, usermod } from './users.ts';

interface Group {
  name: string;
  gid: number;
  members: string[];
}

export const groupsOf = (call: Call): Group[] =>
  call.disk
    .text('/etc/group')
    .split('\n')
    .filter((line) => line.includes(':'))
    .map((line) => {
      const [name = '', , gid, members = ''] = line.split(':');
      return { name, gid: Number(gid), members: members.split(',').filter(Boolean) };
    });

export const memberships = (call: Call, user: string, gid: number): Group[] => {
  const all = groupsOf(call);
  const first = all.filter((group) => group.gid === gid);
  return [...first, ...all.filter((group) => group.gid !== gid && group.members.includes(user))];
};

function id(call: Call): number {
  const options = getopt(call, 'ugGnrzaZ', { user: 'u', group: 'g', groups: 'G', name: 'n', real: 'r' });
  if (!options) return 1;
  const wanted = options.rest[0];
  const account =
    wanted === undefined
      ? call.shell.accounts().find(({ uid }) => uid === call.actor.uid)
      : (call.shell.account(wanted) ?? call.shell.accounts().find(({ uid }) => String(uid) === wanted));
  if (!account)
    return wanted === undefined
      ? call.say('out', `uid=${call.actor.uid} gid=${call.actor.gid}\n`, 0)
      : call.fail(`${curly(wanted)}: no such user`);
  const groups = memberships(call, account.name, account.gid);
  const groupName = groups[0]?.gid === account.gid ? (groups[0]?.name as string) : String(account.gid);
  if (options.has('u')) call.out(`${options.has('n') ? account.name : account.uid}\n`);
  else if (options.has('g')) call.out(`${options.has('n') ? groupName : account.gid}\n`);
  else if (options.has('G'))
    call.out(`${groups.map((group) => (options.has('n') ? group.name : group.gid)).join(' ')}\n`);
  else
    call.out(
      `uid=${account.uid}(${account.name}) gid=${account.gid}(${groupName}) groups=${groups.map((group) => `${group.gid}(${group.name})`).join(',')}\n`,
    );
  return 0;
}

function groups(call: Call): number {
  const names = call.args.length > 0 ? call.args : [call.shell.user];
  let status = 0;
  for (const name of names) {
    const account = call.shell.account(name);
    if (!account) status = call.fail(`${curly(name)}: no such user`);
    else
      call.out(
        `${call.args.length > 0 ? `${name} : ` : ''}${memberships(call, name, account.gid)
          .map((group) => group.name)
          .join(' ')}\n`,
      );
  }
  return status;
}

export const needsRoot = (call: Call, message: string): number | null =>
  call.actor.uid === 0 ? null : call.fail(message);
export const day = (call: Call): number => Math.floor(call.now / 86_400_000);
export const edit = (call: Call, file: string, change: (lines: string[]) => string[]): void => {
  const lines = change(call.disk.text(file).split('\n').filter(Boolean));
  call.disk.writeText(file, lines.map((line) => `${line}\n`).join(''));
};

/** Something that looks like a yescrypt hash and follows from the password. */
function hashOf(call: Call, password: string): string {
  const alphabet = './0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
  const seed = digest('sha512', `${call.persona.seed}${password}${call.now}`) + digest('sha256', password);
  const letters = [...seed].map((_, at) => alphabet[Number.parseInt(seed.slice(at, at + 2) || '0', 16) % 64]).join('');
  return `$y$j9T$${letters.slice(0, 22)}$${letters.slice(22, 65)}`;
}

function setPassword(call: Call, user: string, password: string): void {
  call.machine.report({ type: 'credential', tool: call.name.split('/').at(-1) as string, user, password });
  edit(call, '/etc/shadow', (lines) =>
    lines.map((line) =>
      line.startsWith(`${user}:`)
        ? line.replace(/^([^:]*):[^:]*:\d*/, `$1:${hashOf(call, password)}:${day(call)}`)
        : line,
    ),
  );
}

async function chpasswd(call: Call): Promise<number> {
  const denied = needsRoot(call, 'Permission denied.');
  if (denied !== null) return denied;
  let status = 0;
  for (const [at, line] of (await call.stdin.all()).split('\n').filter(Boolean).entries()) {
    const [user = '', ...rest] = line.split(':');
    if (rest.length === 0) status = call.fail(`line ${at + 1}: missing new password`);
    else if (!call.shell.account(user))
      status = call.fail(
        `(user ${user}) pam_chauthtok() failed, error:\nAuthentication token manipulation error\nchpasswd: (line ${at + 1}, user ${user}) password not changed`,
      );
    else setPassword(call, user, rest.join(':'));
  }
  return status;
}

/** A password from the keyboard, without echo. */
export async function secret(call: Call, prompt: string): Promise<string | null> {
  const { secretLine } = call.machine;
  if (call.stdin.isTerminal && secretLine) {
    const line = await secretLine(prompt);
    call.out('\n');
    return line?.replace(/\n$/, '') ?? null;
  }
  call.err(prompt);
  const line = await call.stdin.line();
  return line === null ? null : line.replace(/\n$/, '');
}

async function passwd(call: Call): Promise<number> {
  const options = getopt(call, 'adeSluqkn:x:w:i:', { delete: 'd', status: 'S', lock: 'l', unlock: 'u' }, { help: '' });
  if (!options) return 2;
  const user = options.rest[0] ?? call.shell.user;
  if (!call.shell.account(user)) return call.fail(`user '${user}' does not exist`);
  if (options.has('S')) {
    call.out(`${user} P ${new Date(call.now).toISOString().slice(0, 10)} 0 99999 7 -1\n`);
    return 0;
  }
  if (options.has('d') || options.has('l') || options.has('u') || options.has('e')) {
    call.out('passwd: password changed.\n');
    return 0;
  }
  if (call.actor.uid !== 0) {
    if (user !== call.shell.user) return call.fail(`You may not view or modify password information for ${user}.`);
    call.out(`Changing password for ${user}.\n`);
    const old = await secret(call, 'Current password: ');
    if (old !== null) call.machine.report({ type: 'credential', tool: 'passwd', user, password: old });
  }
  const first = await secret(call, 'New password: ');
  const second = first === null ? null : await secret(call, 'Retype new password: ');
  if (first === null || second === null || first === '') {
    call.err(first === '' ? 'No password has been supplied.\n' : '');
    call.err('passwd: Authentication token manipulation error\npasswd: password unchanged\n');
    return 10;
  }
  if (first !== second) {
    call.err(
      'Sorry, passwords do not match.\npasswd: Authentication token manipulation error\npasswd: password unchanged\n',
    );
    return 10;
  }
  setPassword(call, user, first);
  call.err('passwd: password updated successfully\n');
  return 0;
}

function getent(call: Call): number {
  const [database, key] = call.args;
  if (database === undefined) {
    call.err("Usage: getent [OPTION...] database [key ...]\nTry `getent --help' for more information.\n");
    return 1;
  }
  const file = { passwd: '/etc/passwd', group: '/etc/group', shadow: '/etc/shadow', hosts: '/etc/hosts' }[
    database as 'passwd'
  ];
  if (file === undefined) {
    call.err(`Unknown database: ${database}\nTry \`getent --help' or \`getent --usage' for more information.\n`);
    return 1;
  }
  const lines = call.disk
    .text(file)
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'));
  const found = key === undefined ? lines : lines.filter((line) => line.split(/[:\s]+/).includes(key)).slice(0, 1);
  for (const line of found) call.out(`${line}\n`);
  return found.length > 0 ? 0 : 2;
}

export const accountCommands: CommandTable = {
  id,
  groups,
  chpasswd,
  passwd,
  useradd,
  userdel,
  deluser: userdel,
  usermod,
  groupadd,
  addgroup: groupadd,
  adduser,
  getent,
  su,
  sudo,
  groupdel: (call) => {
    edit(call, '/etc/group', (lines) => lines.filter((line) => !line.startsWith(`${call.args.at(-1)}:`)));
    return 0;
  },
  chage: () => 0,
  chsh: () => 0,
  whoami: (call) =>
    call.say('out', `${call.shell.accounts().find(({ uid }) => uid === call.actor.uid)?.name ?? call.shell.user}\n`),
  logname: (call) =>
    call.machine.options.terminal ? call.say('out', `${call.shell.user}\n`, 0) : call.fail('no login name'),
  tty: (call) => (call.stdin.isTerminal ? call.say('out', '/dev/pts/0\n') : call.say('out', 'not a tty\n', 1)),
  nologin: (call) => call.say('out', 'This account is currently not available.\n', 1),
};
