import { defineFormat } from '../contract.ts';
import { judge } from '../verdict.ts';

/** polkit's pkexec(1): `alice: Executing command [USER=root] [TTY=…] [CWD=…] [COMMAND=…]`, and its refusals. */
export const pkexec = defineFormat({
  name: 'pkexec',
  description:
    'pkexec and polkit: commands that were run with other rights, refusals, signs of the environment exploits.',
  programs: ['pkexec', 'polkitd', 'polkit-agent-helper-1'],
  leads: '',
  parse(event, text) {
    if (text.startsWith('pam_')) return false;
    event.format = 'pkexec';
    const user = /^([^\s:]+): /.exec(text);
    if (user !== null) event.user = user[1] ?? null;
    for (const [key, name] of bracketed) {
      const at = text.indexOf(`[${key}=`);
      if (at < 0) continue;
      // The command is last and may hold brackets of its own.
      const end = key === 'COMMAND' ? text.lastIndexOf(']') : text.indexOf(']', at);
      if (end > at) event.fields[name] = text.slice(at + key.length + 2, end);
    }
    const body = user === null ? text : text.slice(user[0].length);
    if (body.startsWith('Executing command')) return judge(event, 'privilege.sudo', 'success', 'low');
    if (body.startsWith('The value for')) {
      // What CVE-2021-4034 leaves behind: an environment that no shell would have set.
      event.fields.reason = body.slice(0, body.indexOf(' [') > 0 ? body.indexOf(' [') : body.length);
      return judge(event, 'privilege.denied', 'denied', 'high');
    }
    if (/^(?:Error executing|Not authorized|Request dismissed|Error getting authority)/.test(body)) {
      return judge(event, 'privilege.denied', 'denied', 'medium');
    }
    const polkit = /^Operator of (\S+) (FAILED to|successfully) authenticate/.exec(text);
    if (polkit !== null) {
      const who = /unix-user:(\S+)/.exec(text);
      if (who !== null) event.user = who[1] ?? null;
      return polkit[2] === 'FAILED to'
        ? judge(event, 'privilege.denied', 'failure', 'medium')
        : judge(event, 'privilege.sudo', 'success', 'low');
    }
    return true;
  },
});

const bracketed = [
  ['USER', 'target_user'],
  ['TTY', 'tty'],
  ['CWD', 'directory'],
  ['COMMAND', 'command'],
] as const;
