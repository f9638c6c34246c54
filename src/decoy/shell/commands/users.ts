import { type Call, getopt } from '../run/call.ts';
import { day, edit, groupsOf, needsRoot } from './account.ts';

export function useradd(call: Call): number {
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

export function userdel(call: Call): number {
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

export function usermod(call: Call): number {
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

export function groupadd(call: Call): number {
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

export async function adduser(call: Call): Promise<number> {
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
