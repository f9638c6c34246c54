import type { Event, FieldValue } from '../../model/index.ts';
import { asAddress } from '../address.ts';
import { defineFormat } from '../contract.ts';
import { readTime } from '../time/any.ts';
import { applyStamp } from '../time/apply.ts';
import { stamp } from '../time/stamp.ts';
import { judge, loginSeverity } from '../verdict.ts';

/** auditd writes values that hold blanks or quotes as hexadecimal. */
function plain(value: string): string {
  if (value.length < 2 || value.length % 2 === 1 || !/^[0-9A-F]+$/.test(value)) return value;
  let text = '';
  for (let at = 0; at < value.length; at += 2)
    text += String.fromCharCode(Number.parseInt(value.slice(at, at + 2), 16));
  return text.replaceAll('\0', ' ');
}

function pairsOf(text: string, into: Record<string, FieldValue>): void {
  let count = 0;
  for (const found of text.matchAll(/([\w-]{1,32})=("[^"]*"|'[^']*'|\S*)/g)) {
    count += 1;
    if (count > 120) return;
    const key = found[1] ?? '';
    let value = found[2] ?? '';
    if (value.startsWith("'")) {
      pairsOf(value.slice(1, -1), into);
      continue;
    }
    const quoted = value.startsWith('"');
    value = value.replace(/^"|"$|'$/g, '');
    if (
      !quoted &&
      (key === 'cmd' || key === 'acct' || key === 'proctitle' || key === 'exe' || key === 'name' || /^a\d+$/.test(key))
    )
      value = plain(value);
    if (key !== '__proto__') into[key] = value;
  }
}

function verdict(event: Event, type: string): boolean {
  const { fields } = event;
  const failed = fields.res === 'failed' || fields.success === 'no' || fields.res === '0';
  switch (type) {
    case 'USER_AUTH':
    case 'USER_LOGIN':
    case 'USER_ERR':
      if (fields.op === 'PAM:session_open') break;
      return failed
        ? judge(event, 'auth.failure', 'failure', loginSeverity(event.user))
        : judge(event, type === 'USER_LOGIN' ? 'auth.success' : 'message', 'success', 'info');
    case 'USER_CMD':
      fields.command = String(fields.cmd ?? '');
      return failed
        ? judge(event, 'privilege.denied', 'denied', 'medium')
        : judge(event, 'privilege.sudo', 'success', 'low');
    case 'USER_START':
      return judge(event, 'session.opened', failed ? 'failure' : 'success', 'info');
    case 'USER_END':
    case 'USER_LOGOUT':
      return judge(event, 'session.closed', failed ? 'failure' : 'success', 'info');
    case 'ADD_USER':
    case 'ADD_GROUP':
      return judge(event, 'account.created', failed ? 'failure' : 'success', 'medium');
    case 'DEL_USER':
    case 'DEL_GROUP':
      return judge(event, 'account.deleted', failed ? 'failure' : 'success', 'medium');
    case 'USER_MGMT':
    case 'GRP_MGMT':
    case 'USER_CHAUTHTOK':
    case 'ACCT_LOCK':
    case 'ACCT_UNLOCK':
      return judge(event, 'account.changed', failed ? 'failure' : 'success', 'medium');
    case 'SYSCALL':
    case 'EXECVE':
      if (type === 'EXECVE' || fields.syscall === '59' || fields.syscall === 'execve') {
        const words = Object.keys(fields).filter((key) => /^a\d+$/.test(key));
        if (type === 'EXECVE') fields.command = words.map((key) => String(fields[key])).join(' ');
        return judge(event, 'process.exec', failed ? 'failure' : 'success', 'info');
      }
      return true;
    case 'CONFIG_CHANGE':
    case 'DAEMON_END':
    case 'DAEMON_ABORT':
      return judge(
        event,
        type === 'CONFIG_CHANGE' && !/audit_enabled=0|op=set|op=remove/.test(event.message)
          ? 'message'
          : 'system.tampering',
        'success',
        'medium',
      );
    case 'ANOM_PROMISCUOUS':
      return judge(event, 'system.warning', 'unknown', 'medium');
    case 'AVC':
    case 'SELINUX_ERR':
      return judge(event, 'privilege.denied', 'denied', 'low');
    case 'SERVICE_START':
      return judge(
        event,
        failed ? 'service.failed' : 'service.started',
        failed ? 'failure' : 'success',
        failed ? 'high' : 'info',
      );
    case 'SERVICE_STOP':
      return judge(event, 'service.stopped', failed ? 'failure' : 'success', 'info');
    default:
      return true;
  }
  return true;
}

/** Linux audit records, one line each: `type=USER_AUTH msg=audit(1684329817.587:2998): pid=… acct="alice" addr=192.0.2.1 res=failed`. */
export const auditd = defineFormat({
  name: 'auditd',
  description: 'Linux audit: logins, commands run by sudo, account changes, executed programs.',
  programs: ['audit', 'auditd', 'audispd', 'audisp-syslog'],
  leads: 'tn',
  parse(event, text, context) {
    const found = /^(?:node=(\S+) )?type=(\w+) (?:msg=)?audit\((\d{9,11}\.\d{1,3}):(\d+)\): ?/.exec(text.slice(0, 200));
    if (found === null) return false;
    event.format = 'auditd';
    if (found[1] !== undefined) event.host = found[1];
    if (!event.has_time && readTime(found[3] ?? '', 0) && stamp.end > 9) applyStamp(event, context);
    const type = found[2] ?? '';
    const { fields } = event;
    pairsOf(text.slice(found[0].length, 16_384), fields);
    fields.type = type;
    fields.serial = Number(found[4]);
    const pid = Number(fields.pid);
    if (Number.isInteger(pid)) event.pid = pid;
    const account = fields.acct;
    if (typeof account === 'string' && account !== '' && account !== '(unknown)' && account !== '?')
      event.user = account;
    if (typeof fields.addr === 'string') event.src_ip = asAddress(fields.addr);
    verdict(event, type);
    return true;
  },
});
