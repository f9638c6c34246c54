import { curly } from '../bytes.ts';
import { type Call, type CommandTable, getopt } from '../run/call.ts';
import { digest } from './digest.ts';

interface Group {
  name: string;
  gid: number;
  members: string[];
}

const groupsOf = (call: Call): Group[] =>
  call.disk
    .text('/etc/group')
    .split('\n')
    .filter((line) => line.includes(':'))
    .map((line) => {
      const [name = '', , gid, members = ''] = line.split(':');
      return { name, gid: Number(gid), members: members.split(',').filter(Boolean) };
    });

const memberships = (call: Call, user: string, gid: number): Group[] => {
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

const needsRoot = (call: Call, message: string): number | null => (call.actor.uid === 0 ? null : call.fail(message));
const day = (call: Call): number => Math.floor(call.now / 86_400_000);
const edit = (call: Call, file: string, change: (lines: string[]) => string[]): void => {
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
async function secret(call: Call, prompt: string): Promise<string | null> {
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

function useradd(call: Call): number {
  const options = getopt(
    call,
    'b:c:d:De:f:g:G:hk:K:lmMNop:rR:P:s:u:UZ:',
    {
      'shell=': 's',
      'home-dir=': 'd',
      'create-home': 'm',
      system: 'r',
      'uid=': 'u',
      'gid=': 'g',
      'groups=': 'G',
      'password=': 'p',
      'non-unique': 'o',
      'comment=': 'c',
    },
    { help: 'Usage: useradd [options] LOGIN\n       useradd -D\n       useradd -D [options]\n' },
  );
  if (!options) return 2;
  const name = options.rest[0];
  if (name === undefined) {
    call.err('Usage: useradd [options] LOGIN\n       useradd -D\n       useradd -D [options]\n');
    return 2;
  }
  const denied = needsRoot(call, 'Permission denied.\nuseradd: cannot lock /etc/passwd; try again later.');
  if (denied !== null) return denied;
  if (!/^[a-z_][a-z0-9_.-]*\$?$/i.test(name))
    return call.fail(`invalid user name '${name}': use --badname to ignore`, 3);
  if (call.shell.account(name)) return call.fail(`user '${name}' already exists`, 9);
  const accounts = call.shell.accounts();
  const next = (from: number, taken: readonly number[]): number => {
    let free = from;
    while (taken.includes(free)) free += 1;
    return free;
  };
  const uid = Number(
    options.get('u') ??
      next(
        1000,
        accounts.map((each) => each.uid),
      ),
  );
  const gid = options.has('g')
    ? (groupsOf(call).find((group) => group.name === options.get('g'))?.gid ?? Number(options.get('g')))
    : next(
        Math.max(uid, 1000),
        groupsOf(call).map((group) => group.gid),
      );
  const home = options.get('d') ?? `/home/${name}`;
  edit(call, '/etc/passwd', (lines) => [
    ...lines,
    `${name}:x:${uid}:${gid}:${options.get('c') ?? ''}:${home}:${options.get('s') ?? '/bin/sh'}`,
  ]);
  edit(call, '/etc/shadow', (lines) => [...lines, `${name}:${options.get('p') ?? '!'}:${day(call)}:0:99999:7:::`]);
  edit(call, '/etc/group', (lines) => [
    ...lines.map((line) =>
      options
        .get('G')
        ?.split(',')
        .includes(line.split(':')[0] as string)
        ? `${line}${line.endsWith(':') ? '' : ','}${name}`
        : line,
    ),
    ...(options.has('g') ? [] : [`${name}:x:${gid}:`]),
  ]);
  if (options.has('m')) {
    call.disk.mkdir(home, 0o755);
    call.disk.chown(home, uid, gid);
  }
  return 0;
}

function userdel(call: Call): number {
  const options = getopt(call, 'frRPZ', { remove: 'r', force: 'f' });
  if (!options) return 2;
  const name = options.rest[0] ?? '';
  const denied = needsRoot(call, 'Permission denied.');
  if (denied !== null) return denied;
  if (!call.shell.account(name)) return call.fail(`user '${name}' does not exist`, 6);
  edit(call, '/etc/passwd', (lines) => lines.filter((line) => !line.startsWith(`${name}:`)));
  edit(call, '/etc/shadow', (lines) => lines.filter((line) => !line.startsWith(`${name}:`)));
  edit(call, '/etc/group', (lines) =>
    lines
      .filter((line) => !line.startsWith(`${name}:`))
      .map((line) =>
        line.replace(new RegExp(`([:,])${name.replace(/\W/g, '\\$&')}(?=,|$)`), (_, lead: string) =>
          lead === ':' ? ':' : '',
        ),
      ),
  );
  return 0;
}

function usermod(call: Call): number {
  const options = getopt(call, 'aG:g:s:d:l:u:LUp:moc:', {
    append: 'a',
    'groups=': 'G',
    'shell=': 's',
    'password=': 'p',
  });
  if (!options) return 2;
  const name = options.rest[0] ?? '';
  if (!call.shell.account(name)) return call.fail(`user '${name}' does not exist`, 6);
  const wanted = (options.get('G') ?? '').split(',').filter(Boolean);
  for (const group of wanted)
    if (!groupsOf(call).some((each) => each.name === group)) return call.fail(`group '${group}' does not exist`, 6);
  edit(call, '/etc/group', (lines) =>
    lines.map((line) =>
      wanted.includes(line.split(':')[0] as string) && !new RegExp(`[:,]${name}(?:,|$)`).test(line)
        ? `${line}${line.endsWith(':') ? '' : ','}${name}`
        : line,
    ),
  );
  const shell = options.get('s');
  if (shell !== undefined)
    edit(call, '/etc/passwd', (lines) =>
      lines.map((line) => (line.startsWith(`${name}:`) ? line.replace(/[^:]*$/, shell) : line)),
    );
  return 0;
}

function groupadd(call: Call): number {
  const options = getopt(call, 'fg:K:op:r', { force: 'f', 'gid=': 'g', system: 'r' });
  if (!options) return 2;
  const name = options.rest[0] ?? '';
  const all = groupsOf(call);
  if (all.some((group) => group.name === name))
    return options.has('f') ? 0 : call.fail(`group '${name}' already exists`, 9);
  let gid = Number(options.get('g') ?? 1000);
  while (all.some((group) => group.gid === gid)) gid += 1;
  edit(call, '/etc/group', (lines) => [...lines, `${name}:x:${gid}:`]);
  return 0;
}

async function adduser(call: Call): Promise<number> {
  const names = call.args.filter(
    (arg, at) => !arg.startsWith('-') && !/^--(?:shell|home|uid|gid|gecos|ingroup)$/.test(call.args[at - 1] ?? ''),
  );
  const [name, group] = names;
  if (name === undefined) return call.fail('Only one or two names allowed.');
  if (group !== undefined) {
    call.out(`Adding user \`${name}' to group \`${group}' ...\n`);
    const status = await call.run(['usermod', '-aG', group, name]);
    call.out('Done.\n');
    return status;
  }
  if (call.shell.account(name)) return call.fail(`The user \`${name}' already exists.`);
  call.out(`Adding user \`${name}' ...\n`);
  const status = await call.run(['useradd', '-m', '-s', '/bin/bash', name]);
  const account = call.shell.account(name);
  if (account)
    call.out(
      `Adding new group \`${name}' (${account.gid}) ...\nAdding new user \`${name}' (${account.uid}) with group \`${name} (${account.gid})' ...\nCreating home directory \`/home/${name}' ...\nCopying files from \`/etc/skel' ...\n`,
    );
  if (!call.args.includes('--disabled-password')) return call.run(['passwd', name], call.stdin);
  return status;
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

/** Runs words, or a shell, as another user. */
function asUser(call: Call, user: string, words: readonly string[], isLogin: boolean): Promise<number> {
  const account = call.shell.account(user);
  const child = call.shell.fork();
  if (account) {
    child.actor = { uid: account.uid, gid: account.gid };
    child.user = account.name;
    for (const [name, value] of [
      ['HOME', account.home],
      ['USER', account.name],
      ['LOGNAME', account.name],
      ['SHELL', account.shell],
    ] as const)
      child.variables.set(name, value).isExported = true;
    if (isLogin) child.cwd = call.disk.stat(account.home).ok ? account.home : '/';
  }
  return child.runWords(words);
}

async function su(call: Call): Promise<number> {
  const options = getopt(call, 'lmpc:s:fg:G:P', {
    login: 'l',
    'command=': 'c',
    'shell=': 's',
    'preserve-environment': 'p',
  });
  if (!options) return 1;
  const rest = [...options.rest];
  const isLogin = options.has('l') || rest[0] === '-';
  if (rest[0] === '-') rest.shift();
  const user = rest[0] ?? 'root';
  const account = call.shell.account(user);
  if (!account)
    return call.fail(`user ${user} does not exist or the user entry does not contain all the required fields`);
  if (call.actor.uid !== 0) {
    const password = await secret(call, 'Password: ');
    if (password !== null) call.machine.report({ type: 'credential', tool: 'su', user, password });
    await call.machine.wait(2000);
    call.err('su: Authentication failure\n');
    return 1;
  }
  if (account.shell.endsWith('nologin')) {
    call.out('This account is currently not available.\n');
    return 1;
  }
  const command = options.get('c');
  return asUser(call, user, command === undefined ? ['bash'] : ['bash', '-c', command], isLogin);
}

async function sudo(call: Call): Promise<number> {
  const usage =
    'usage: sudo -h | -K | -k | -V\nusage: sudo -v [-ABkNnS] [-g group] [-h host] [-p prompt] [-u user]\nusage: sudo -l [-ABkNnS] [-g group] [-h host] [-p prompt] [-U user] [-u user] [command]\nusage: sudo [-ABbEHkNnPS] [-r role] [-t type] [-C num] [-D directory] [-g group] [-h host] [-p prompt] [-R directory] [-T timeout] [-u user] [VAR=value] [-i | -s] [command]\nusage: sudo -e [-ABkNnS] [-r role] [-t type] [-C num] [-D directory] [-g group] [-h host] [-p prompt] [-R directory] [-T timeout] [-u user] file ...\n';
  const options = getopt(
    call,
    'AbBEHknPSsiKVlvu:g:p:h:C:',
    { user: 'u', stdin: 'S', 'non-interactive': 'n', login: 'i', shell: 's', list: 'l' },
    { stopAtFirst: true, help: usage },
  );
  if (!options) return 1;
  const user = options.get('u') ?? 'root';
  const mayList =
    call.actor.uid === 0 || memberships(call, call.shell.user, call.actor.gid).some((group) => group.name === 'sudo');
  if (call.actor.uid !== 0) {
    if (options.has('n')) return call.fail('a password is required');
    const password = await secret(call, `[sudo] password for ${call.shell.user}: `);
    if (password === null)
      return call.fail(
        'a terminal is required to read the password; either use the -S option to read from standard input or configure an askpass helper\nsudo: a password is required',
      );
    call.machine.report({ type: 'credential', tool: 'sudo', user: call.shell.user, password });
    if (!mayList) return call.say('err', `${call.shell.user} is not in the sudoers file.\n`, 1);
  }
  if (options.has('l')) {
    const host = call.disk.world.hostname;
    call.out(
      `Matching Defaults entries for ${call.shell.user} on ${host}:\n    env_reset, mail_badpass, secure_path=/usr/local/sbin\\:/usr/local/bin\\:/usr/sbin\\:/usr/bin\\:/sbin\\:/bin, use_pty\n\nUser ${call.shell.user} may run the following commands on ${host}:\n    (ALL : ALL) ALL\n`,
    );
    return 0;
  }
  if (options.has('v') || options.has('k') || options.has('K')) return 0;
  if (options.has('V')) {
    call.out('Sudo version 1.9.13p3\nSudoers policy plugin version 1.9.13p3\n');
    return 0;
  }
  const words = options.rest.filter(
    (word, at, all) => !(/^\w+=/.test(word) && all.slice(0, at).every((each) => /^\w+=/.test(each))),
  );
  if (words.length === 0 && !options.has('s') && !options.has('i')) {
    call.err(usage);
    return 1;
  }
  if (!call.shell.account(user)) return call.fail(`unknown user ${user}`);
  const [name = 'bash'] = words;
  if (
    words.length > 0 &&
    !name.includes('/') &&
    !['/usr/sbin', '/usr/bin'].some((folder) => call.disk.stat(`${folder}/${name}`).ok)
  )
    return call.fail(`${name}: command not found`);
  return asUser(call, user, words.length > 0 ? words : ['bash'], options.has('i'));
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
