import type { Event } from '../../model/index.ts';
import { asAddress } from '../address.ts';
import { defineFormat } from '../contract.ts';
import { applyStamp } from '../time/apply.ts';
import { readCtime } from '../time/month-first.ts';
import { stamp } from '../time/stamp.ts';
import { judge, loginSeverity } from '../verdict.ts';

/** `CONNECT`, `OK LOGIN`, `FAIL LOGIN`, `OK UPLOAD`, `FTP command` …: vsftpd's logging.c. The client stands behind `Client "`. */
function readMessage(event: Event, what: string, rest: string): boolean {
  const client = /^: Client "([^"]*)"(?:, (.*))?/s.exec(rest);
  // A user name or a command may hold one, too: which of them is the client cannot be told then.
  const isPlain = rest.indexOf(': Client "', 1) < 0;
  if (client !== null && isPlain) event.src_ip = asAddress(client[1] ?? '');
  const detail = client?.[2] ?? '';
  switch (what) {
    case 'CONNECT':
      return judge(event, 'net.connection', 'unknown', 'info');
    case 'OK LOGIN':
      if (detail.startsWith('anon password')) event.fields.anonymous = true;
      return judge(event, 'auth.success', 'success', 'info');
    case 'FAIL LOGIN':
      return judge(event, 'auth.failure', 'failure', loginSeverity(event.user));
    case 'FTP command': {
      const command = detail.replace(/^"|"$/g, '');
      event.fields.command = command;
      return judge(event, 'process.exec', 'unknown', 'info');
    }
    case 'FTP response':
      event.fields.response = detail.replace(/^"|"$/g, '');
      return true;
    default: {
      const found = /^(OK|FAIL) (UPLOAD|DOWNLOAD|DELETE|MKDIR|RMDIR|RENAME|CHMOD|APPEND)$/.exec(what);
      if (found === null) return true;
      const path = /^"([^"]*)"/.exec(detail);
      if (path !== null) event.fields.path = path[1] ?? '';
      const bytes = /, (\d+) bytes/.exec(detail);
      if (bytes !== null) event.fields.bytes = Number(bytes[1]);
      event.fields.action = (found[2] ?? '').toLowerCase();
      return judge(event, 'file.transfer', found[1] === 'OK' ? 'success' : 'failure', 'info');
    }
  }
}

/** vsftpd's own log (`Fri Nov 20 20:19:41 2026 [pid 27312] [deploy] FAIL LOGIN: Client "203.0.113.84"`), also through syslog. */
export const vsftpd = defineFormat({
  name: 'vsftpd',
  description: 'vsftpd: connections, failed and accepted logins, commands, transfers.',
  programs: ['vsftpd'],
  leads: 'AZSMTWF[',
  parse(event, text, context) {
    let at = 0;
    const timed = event.program === null && readCtime(text, 0);
    if (timed) at = stamp.end + 1;
    const found =
      /^(?:\[pid (\d+)\] )?(?:\[(.*?)\] )?(CONNECT|OK LOGIN|FAIL LOGIN|FTP command|FTP response|(?:OK|FAIL) [A-Z]{4,9}|DEBUG)(?=:)/s.exec(
        text.slice(at, at + 400),
      );
    if (found === null) {
      if (event.program === null || text.startsWith('pam_')) return false;
      event.format = 'vsftpd';
      return true;
    }
    if (timed) applyStamp(event, context);
    event.format = 'vsftpd';
    event.protocol = 'ftp';
    event.program ??= 'vsftpd';
    if (found[1] !== undefined) event.pid = Number(found[1]);
    if (found[2] !== undefined && found[2] !== '') event.user = found[2];
    readMessage(event, found[3] ?? '', text.slice(at + found[0].length));
    return true;
  },
});
