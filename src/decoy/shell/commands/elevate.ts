import { type Call, getopt } from '../run/call.ts';
import { memberships, secret } from './account.ts';

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

export async function su(call: Call): Promise<number> {
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

export async function sudo(call: Call): Promise<number> {
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
