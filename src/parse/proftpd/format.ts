import { asAddress } from '../address.ts';
import { defineFormat } from '../contract.ts';
import { takeTime } from '../time/any.ts';
import { judge, loginSeverity } from '../verdict.ts';

/** `HOST (NAME[192.0.2.1]) - USER alice: Login successful.` The bracketed address is ProFTPD's; what follows may be the client's. */
export const proftpd = defineFormat({
  name: 'proftpd',
  description: 'ProFTPD: failed and accepted logins, unknown users, refused connections.',
  programs: ['proftpd'],
  leads: '9',
  parse(event, text, context) {
    let line = text;
    if (event.program === null) {
      const tag = / proftpd\[(\d+)\]:? /.exec(text.slice(0, 120));
      if (tag === null || takeTime(event, text, 0, context) < 0) return false;
      event.program = 'proftpd';
      event.pid = Number(tag[1]);
      line = text.slice(tag.index + tag[0].length);
    }
    if (line.startsWith('pam_')) return false;
    event.format = 'proftpd';
    event.protocol = 'ftp';
    const peer = /\(([^\s[]*)\[([^\]]+)\]\)?/.exec(line.slice(0, 300));
    if (peer !== null) event.src_ip = asAddress(peer[2] ?? '');
    const dash = line.indexOf(' - ', peer === null ? 0 : peer.index);
    const body = dash < 0 ? line : line.slice(dash + 3);
    const user = /^(?:ANON )?(?:USER|user) (.*?)(?::| \(Login failed\)|$)/.exec(body);
    if (user !== null) {
      const name = (user[1] ?? '').trim();
      if (name !== '') event.user = name;
    }
    if (/no such user (?:found )?|no such user '/.test(body)) {
      const named = /no such user '([^']*)'/.exec(body);
      if (named !== null) event.user = named[1] ?? null;
      event.fields.invalid_user = true;
      return judge(event, 'auth.failure', 'failure', 'medium');
    }
    if (
      /Login failed|Incorrect password|\(Login failed\)|authentication (?:failed|failure)|Limit configuration denies login|Limit access denies login/i.test(
        body,
      )
    ) {
      return judge(event, 'auth.failure', /denies/.test(body) ? 'denied' : 'failure', loginSeverity(event.user));
    }
    if (/^SECURITY VIOLATION/.test(body)) {
      const named = /[Uu]ser '?"?([\w.@-]+)|^SECURITY VIOLATION: (\S+) login/.exec(body);
      event.user = named?.[2] ?? named?.[1] ?? event.user;
      return judge(event, 'auth.failure', 'denied', 'medium');
    }
    const refused = /^refused connect from \S+ \(([^)]+)\)/.exec(body);
    if (refused !== null) {
      event.src_ip = asAddress(refused[1] ?? '');
      return judge(event, 'net.connection', 'denied', 'low');
    }
    if (/^(?:Connection from .* denied|Connection refused)/.test(body))
      return judge(event, 'net.connection', 'denied', 'low');
    if (/^Maximum login attempts/.test(body)) return judge(event, 'auth.error', 'failure', 'medium');
    if (/Login successful/.test(body)) return judge(event, 'auth.success', 'success', 'info');
    if (/^(?:FTP session opened|FTP session closed|FTP login timed out|FTP no transfer timeout)/.test(body)) {
      return judge(event, 'net.connection', 'unknown', 'info');
    }
    return true;
  },
});
