import type { Event } from '../../model/index.ts';
import { asAddress } from '../address.ts';
import { defineFormat } from '../contract.ts';
import { takeClient } from '../sentence.ts';
import { judge, loginSeverity } from '../verdict.ts';

function takeHost(event: Event, host: string | undefined): void {
  if (host === undefined || host === '' || host === '(null)') return;
  const clean = host.startsWith('`') || host.startsWith("'") ? host.slice(1, -1) : host;
  const ip = asAddress(clean);
  if (ip !== null) event.src_ip = ip;
  else if (clean !== '') event.fields.src_host = clean;
}

/** login(1) of util-linux and shadow, systemd-logind, display managers. */
export const login = defineFormat({
  name: 'login',
  description: 'Console and remote logins by login, systemd-logind and display managers.',
  programs: [
    'login',
    'remote',
    'systemd-logind',
    'rlogin',
    'rlogind',
    'telnetd',
    'in.telnetd',
    'rshd',
    'rexecd',
    'elogind',
  ],
  leads: '',
  parse(event, text) {
    if (text.startsWith('pam_')) return false;
    event.format = 'login';
    // FAILED LOGIN 1 FROM tty1 FOR root, Authentication failure · FAILED LOGIN (1) on '/dev/tty1' FOR 'root', …
    let found =
      /^(?:FAILED LOGIN|TOO MANY LOGIN TRIES|LOGIN FAILURE)(?: SESSION)?\s*(?:\(?(\d+)\)?)?(?: (?:from|on) (\S+))?(?: from \S+)? for [`'(]?([^`',)]*)/i.exec(
        text,
      );
    if (found !== null) {
      const user = found[3] ?? '';
      if (user !== '' && user !== 'UNKNOWN' && user !== 'unknown') event.user = user;
      const where = found[2]?.replace(/^['`]|['`]$/g, '') ?? '';
      const from = / (?:from|FROM) [`']?([\w.:%-]+)[`']?(?: FOR|,|$)/.exec(text);
      const ip = asAddress(where) ?? (from === null ? null : asAddress(from[1] ?? ''));
      if (ip !== null) event.src_ip = ip;
      else if (where !== '' && where !== '(null)') event.fields.tty = where;
      if (found[1] !== undefined) event.fields.count = Number(found[1]);
      return judge(event, 'auth.failure', 'failure', loginSeverity(event.user, /user not known|UNKNOWN/i.test(text)));
    }
    // `3 LOGIN FAILURES FROM 192.0.2.1, root`, `REPEATED LOGIN FAILURES ON tty1 FROM host, root`.
    found = /^(?:(\d+)|REPEATED) LOGIN FAILURES?(?: ON ([\w/]+))?(?: FROM ([^\s,]+))?(?:, (\S+))?$/.exec(text);
    if (found !== null) {
      if (found[1] !== undefined) event.fields.count = Number(found[1]);
      if (found[2] !== undefined) event.fields.tty = found[2];
      takeHost(event, found[3]);
      if (found[4] !== undefined) event.user = found[4];
      return judge(event, 'auth.failure', 'failure', loginSeverity(event.user));
    }
    found = /^(?:ROOT LOGIN|LOGIN ON|DIALUP AT)\s+(?:ON )?'?([\w/]+)'?(?: BY (.*?))?(?: FROM (\S+))?$/i.exec(text);
    if (found !== null) {
      event.user = /^ROOT LOGIN/i.test(text) ? 'root' : (found[2] ?? null);
      event.fields.tty = found[1] ?? '';
      takeHost(event, found[3]);
      return judge(event, 'auth.success', 'success', event.user === 'root' ? 'low' : 'info');
    }
    found = /^(ROOT )?LOGIN REFUSED (?:ON|FROM) (\S+)/i.exec(text);
    if (found !== null) {
      if (found[1] !== undefined) event.user = 'root';
      takeHost(event, found[2]);
      return judge(event, 'auth.failure', 'denied', 'medium');
    }
    found = /^New session '?(\S+?)'? of user '?([^\s']+)'?(?:\.?$| with )/.exec(text);
    if (found !== null) {
      event.user = (found[2] ?? '').replace(/\.$/, '');
      event.fields.session = found[1] ?? '';
      return judge(event, 'session.opened', 'success', 'info');
    }
    found = /^(?:Removed session|Session) '?(\w+?)'?(?: logged out\b.*|\.)$/.exec(text);
    if (found !== null) {
      event.fields.session = found[1] ?? '';
      return judge(event, 'session.closed', 'success', 'info');
    }
    found = /^(?:invalid|bad) password for [`']?([^`'\s]+)[`']?(?: .* from [`']?([^`'\s]+))?/i.exec(text);
    if (found !== null) {
      event.user = found[1] === 'UNKNOWN' ? null : (found[1] ?? null);
      takeHost(event, found[2]);
      return judge(event, 'auth.failure', 'failure', loginSeverity(event.user));
    }
    if (text.startsWith('refused connect from ')) judge(event, 'net.connection', 'denied', 'low');
    takeClient(event, text);
    return true;
  },
});
