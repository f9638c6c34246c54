import { asAddress } from '../address.ts';
import { defineFormat } from '../contract.ts';
import { applyStamp } from '../time/apply.ts';
import { readIso } from '../time/iso.ts';
import { stamp } from '../time/stamp.ts';
import { judge } from '../verdict.ts';

/** Microsoft SQL Server's error log: `2020-02-24 16:05:21.00 Logon  Login failed for user 'sa'. Reason: … [CLIENT: 192.0.2.1]`. */
export const mssql = defineFormat({
  name: 'mssql',
  description: 'Microsoft SQL Server: refused and accepted logins.',
  programs: ['sqlservr', 'mssql', 'mssqlserver'],
  leads: '9L',
  parse(event, text, context) {
    let at = 0;
    const timed = readIso(text, 0);
    if (timed) at = stamp.end;
    const found = /^\s*(?:Logon\s+|spid\w+\s+)?(Error: 18456|Login (failed|succeeded) for user '(.*)'\. ?(.*))/s.exec(
      text.slice(at, at + 2000),
    );
    if (found === null) {
      // The words of a refused login behind others are what somebody sent, not what the server says.
      if (event.program === null && !(timed && text.includes('Login failed for user ') && text.includes('[CLIENT: ')))
        return false;
    } else if (found[2] === undefined) {
      judge(event, 'sql.auth_failure', 'failure', 'low');
    } else {
      event.user = found[3] || null;
      const rest = found[4] ?? '';
      const client = rest.lastIndexOf('[CLIENT: ');
      if (client >= 0) {
        const end = rest.indexOf(']', client);
        event.src_ip = asAddress(rest.slice(client + 9, end < 0 ? rest.length : end));
      }
      const reason = /^Reason: (.*?)\s*(?:\[CLIENT|$)/.exec(rest);
      if (reason !== null) event.fields.reason = reason[1] ?? '';
      if (found[2] === 'failed') judge(event, 'sql.auth_failure', 'failure', 'medium');
      else judge(event, 'sql.auth_success', 'success', 'info');
    }
    if (timed) applyStamp(event, context);
    event.format = 'mssql';
    return true;
  },
});
