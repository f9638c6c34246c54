import { defineFormat } from '../contract.ts';
import { judge } from '../verdict.ts';

/** Vixie cron, cronie, anacron, atd and crontab(1): `(user) ACTION (detail)`. */
export const cron = defineFormat({
  name: 'cron',
  description: 'cron: jobs that ran, crontabs that were edited or replaced, refusals and errors.',
  programs: ['cron', 'crond', 'crontab', 'anacron', 'atd', 'fcron', '/usr/sbin/cron'],
  leads: '',
  parse(event, text) {
    if (text.startsWith('pam_')) return false;
    event.format = 'cron';
    const found = /^\(([^)]*)\) ([A-Z][A-Z ]*?|wrong user|AUTH) \((.*)\)\s*$/s.exec(text);
    if (found === null) {
      const busybox = /^USER (\S+) pid +(\d+) cmd (.*)$/.exec(text);
      if (busybox !== null) {
        event.user = busybox[1] ?? null;
        event.fields.command = busybox[3] ?? '';
        return judge(event, 'cron.run', 'success', 'info');
      }
      if (/^(?:Job|Starting job) /.test(text)) return judge(event, 'cron.run', 'success', 'info');
      return true;
    }
    const user = found[1] ?? '';
    const action = found[2] ?? '';
    const detail = found[3] ?? '';
    if (user !== '' && user !== 'CRON' && user !== '*system*') event.user = user;
    switch (action) {
      case 'CMD':
      case 'CMDEND':
      case 'CMDOUT':
        event.fields.command = detail;
        return judge(event, 'cron.run', 'success', 'info');
      case 'BEGIN EDIT':
      case 'END EDIT':
      case 'REPLACE':
      case 'DELETE':
      case 'RELOAD':
        event.fields.action = action.toLowerCase();
        event.fields.crontab = detail;
        return judge(
          event,
          'cron.changed',
          'success',
          action === 'RELOAD' || action.endsWith('EDIT') ? 'low' : 'medium',
        );
      case 'LIST':
        event.fields.action = 'list';
        event.fields.crontab = detail;
        return true;
      case 'AUTH':
        event.fields.reason = detail;
        return judge(event, 'privilege.denied', 'denied', 'medium');
      case 'STARTUP':
        return judge(event, 'service.started', 'success', 'info');
      default:
        event.fields.action = action.toLowerCase();
        event.fields.reason = detail;
        return /ERROR|FAILED|WRONG|BAD|NOT|DEATH/i.test(action) ? judge(event, 'system.error', 'failure', 'low') : true;
    }
  },
});
