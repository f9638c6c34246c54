import { asAddress } from '../address.ts';
import { defineFormat } from '../contract.ts';
import { judge, loginSeverity } from '../verdict.ts';

/** `(user@192.0.2.1) [WARNING] Authentication failed for user [root]`: Pure-FTPd's ftpd.c. */
export const pureFtpd = defineFormat({
  name: 'pure-ftpd',
  description: 'Pure-FTPd: failed and accepted logins, transfers.',
  programs: ['pure-ftpd', 'pure-ftp', 'pureftpd'],
  leads: '',
  parse(event, text) {
    if (text.startsWith('pam_')) return false;
    event.format = 'pure-ftpd';
    event.protocol = 'ftp';
    const found = /^\((.*?)@([^\s)@]+)\) \[(\w+)\] (.*)$/s.exec(text);
    if (found === null) return true;
    event.src_ip = asAddress(found[2] ?? '');
    if (event.src_ip === null && found[2] !== '?') event.fields.src_host = found[2] ?? '';
    if (found[1] !== '?' && found[1] !== '') event.user = found[1] ?? null;
    const body = found[4] ?? '';
    const failed = /^Authentication failed for user \[(.*)\]/.exec(body);
    if (failed !== null) {
      event.user = failed[1] || null;
      return judge(event, 'auth.failure', 'failure', loginSeverity(event.user));
    }
    const logged = /^(.+) is now logged in/.exec(body);
    if (logged !== null) {
      event.user = logged[1] ?? null;
      return judge(event, 'auth.success', 'success', 'info');
    }
    if (/^New connection from |^Logout|^Timeout/.test(body)) return judge(event, 'net.connection', 'unknown', 'info');
    if (/ (?:uploaded|downloaded) {2}?|^\S+ (?:uploaded|downloaded)/.test(body))
      return judge(event, 'file.transfer', 'success', 'info');
    return true;
  },
});
