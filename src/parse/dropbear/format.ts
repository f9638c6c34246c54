import type { Event } from '../../model/index.ts';
import { readEndpoint } from '../address.ts';
import { defineFormat } from '../contract.ts';
import { judge, loginSeverity } from '../verdict.ts';

function takePeer(event: Event, text: string): void {
  const peer = readEndpoint(text);
  event.src_ip = peer.ip;
  event.src_port = peer.port;
}

/** The user name is quoted and the peer is the last ` from ` of the message: names may hold either. */
function quotedUser(text: string, from: number): string | null {
  const open = text.indexOf("'", from);
  const close = text.lastIndexOf("'");
  return open >= 0 && close > open ? text.slice(open + 1, close) : null;
}

/** Dropbear, the SSH server of routers and small systems. Texts: svr-authpasswd.c, svr-auth.c, svr-session.c. */
export const dropbear = defineFormat({
  name: 'dropbear',
  description: 'Dropbear SSH server: bad passwords, unknown users, accepted logins and exits.',
  programs: ['dropbear'],
  leads: '',
  parse(event, text) {
    const from = text.lastIndexOf(' from ');
    const lower = text.slice(0, 24).toLowerCase();
    if (lower.startsWith('bad password attempt') || lower.startsWith('bad pam password')) {
      event.user = quotedUser(text, 20);
      if (from > 0) takePeer(event, text.slice(from + 6));
      event.fields.method = 'password';
      judge(event, 'auth.failure', 'failure', loginSeverity(event.user));
    } else if (lower.startsWith('login attempt for non') || lower.startsWith('login attempt with w')) {
      event.user = quotedUser(text, 13);
      if (from > 0) takePeer(event, text.slice(from + 6));
      event.fields.invalid_user = true;
      judge(event, 'auth.failure', 'failure', 'medium');
    } else if (
      lower.startsWith('password auth succeeded') ||
      lower.startsWith('pubkey auth succeeded') ||
      lower.startsWith('pam password auth succee')
    ) {
      event.user = quotedUser(text, 20);
      event.fields.method = lower.startsWith('pubkey') ? 'publickey' : 'password';
      if (from > 0) takePeer(event, text.slice(from + 6));
      judge(event, 'auth.success', 'success', 'info');
    } else if (lower.startsWith('child connection from ')) {
      takePeer(event, text.slice(22).trim());
      judge(event, 'net.connection', 'unknown', 'info');
    } else if (lower.startsWith('exit before auth')) {
      const peer = /^exit before auth from <([^>]+)>/i.exec(text);
      const behind = text.lastIndexOf("' from ");
      if (peer !== null) takePeer(event, peer[1] ?? '');
      else if (behind > 0) takePeer(event, text.slice(behind + 7));
      const user = /\(user '([^']*)', (\d+) fails\)/.exec(text);
      if (user !== null) event.user = user[1] ?? null;
      if (text.includes('Max auth tries reached')) judge(event, 'auth.error', 'failure', 'medium');
      else judge(event, 'auth.disconnect', 'failure', 'low');
    } else if (/^exit \(/i.test(text)) {
      const user = /^exit \(([^)]*)\)/i.exec(text);
      if (user !== null) event.user = user[1] ?? null;
      judge(event, 'session.closed', 'success', 'info');
    } else if (from > 0 && /^(?:pubkey auth|user '|root login|max auth tries)/i.test(text)) {
      event.user = quotedUser(text, 0);
      takePeer(event, text.slice(from + 6));
      judge(event, 'auth.failure', 'failure', loginSeverity(event.user));
    }
    event.format = 'dropbear';
    event.protocol = 'ssh';
    return true;
  },
});
