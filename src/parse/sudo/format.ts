import { defineFormat } from '../contract.ts';
import { judge } from '../verdict.ts';

/** Value of `KEY=…` up to the next ` ; `, or (COMMAND, always last) up to the end. */
function value(text: string, key: string, from: number): string | null {
  const at = text.indexOf(key, from);
  if (at < 0) return null;
  const start = at + key.length;
  if (key === 'COMMAND=') return text.slice(start);
  const end = text.indexOf(' ; ', start);
  return end < 0 ? text.slice(start).trimEnd() : text.slice(start, end);
}

const denials =
  /^(?:user NOT in sudoers|command not allowed|user NOT authorized on host|a password is required|no tty present|sorry, you must|not allowed to|(\d+) incorrect password attempts?|unable to|authentication failure|pam_authenticate|timed out|account validation failure|host validation failure|policy plugin failed|parse error|environment variable)/i;

/** sudo(8): `user : [reason ; ]TTY=… ; PWD=… ; USER=… ; [GROUP=… ; ][ENV=… ; ]COMMAND=…`. */
export const sudo = defineFormat({
  name: 'sudo',
  description: 'sudo: commands that were run, refused commands, wrong passwords, users who are not in sudoers.',
  programs: ['sudo', 'sudo-rs', 'sudoedit'],
  leads: '',
  parse(event, text) {
    if (text.startsWith('pam_')) return false;
    const split = text.indexOf(' : ');
    if (split < 0) {
      event.format = 'sudo';
      if (/^(?:conversation failed|auth could not identify password for \[)/.test(text)) {
        judge(event, 'privilege.denied', 'failure', 'medium');
      }
      return true;
    }
    event.format = 'sudo';
    event.user = text.slice(0, split).trim() || null;
    const from = split + 3;
    const command = value(text, 'COMMAND=', from);
    const target = value(text, 'USER=', from);
    const tty = value(text, 'TTY=', from);
    const directory = value(text, 'PWD=', from);
    if (target !== null) event.fields.target_user = target;
    if (command !== null) event.fields.command = command;
    if (tty !== null) event.fields.tty = tty;
    if (directory !== null) event.fields.directory = directory;
    // A reason stands before the first KEY=value; what the user typed comes after COMMAND= and is never read as one.
    const reasonEnd = text.indexOf(' ; ', from);
    const reason = text.slice(from, reasonEnd < 0 ? text.length : reasonEnd).trim();
    if (/^(?:TTY|HOST|PWD|USER|GROUP|COMMAND|CHROOT|TSID)=/.test(reason)) {
      return judge(event, 'privilege.sudo', 'success', 'low');
    }
    const denied = denials.exec(reason);
    if (reason === '' && command !== null) return judge(event, 'privilege.sudo', 'success', 'low');
    event.fields.reason = reason;
    if (denied !== null) {
      if (denied[1] !== undefined) {
        event.fields.count = Number(denied[1]);
        return judge(event, 'privilege.denied', 'failure', 'medium');
      }
      return judge(event, 'privilege.denied', 'denied', 'medium');
    }
    return command === null ? true : judge(event, 'privilege.denied', 'unknown', 'medium');
  },
});
