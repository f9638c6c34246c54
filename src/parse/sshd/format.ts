import { defineFormat } from '../contract.ts';
import { takeClient } from '../sentence.ts';
import { judge } from '../verdict.ts';
import { readAuthentication } from './authentication.ts';
import { readConnection } from './connection.ts';
import { complaint, peerBehind } from './peer.ts';

/** OpenSSH's server and its children. Message texts: OpenSSH auth.c, auth2.c, packet.c, sshd.c, sshd-session.c. */
export const sshd = defineFormat({
  name: 'sshd',
  description: 'OpenSSH server: failed and accepted logins, unknown users, disconnects, key and protocol errors.',
  programs: ['sshd', 'sshd-session', 'sshd-auth', 'internal-sftp', 'sftp-server', 'ssh'],
  leads: 'FAIeR',
  parse(event, text) {
    if (event.program === null && !isOurs(text)) return false;
    let body = text;
    let isPreauth = false;
    // pam_unix and its relatives speak for themselves, inside sshd too.
    if (body.startsWith('pam_')) return false;
    for (const prefix of levelPrefixes) {
      if (body.startsWith(prefix.text)) {
        body = body.slice(prefix.text.length);
        break;
      }
    }
    if (body.charCodeAt(body.length - 1) === 32) body = body.trimEnd();
    if (body.charCodeAt(body.length - 1) === 93 && body.endsWith(' [preauth]')) {
      isPreauth = true;
      body = body.slice(0, -10);
    }
    const known = readAuthentication(event, body) || readConnection(event, body, isPreauth);
    if (!known) {
      if (event.program === null) return false;
      if (text.startsWith('fatal: ')) {
        peerBehind(event, body, ' from ');
        complaint(event);
      } else if (text.startsWith('error: ')) judge(event, 'auth.error', 'unknown', 'low');
      takeClient(event, body);
    }
    event.format = 'sshd';
    if (event.program !== null) event.protocol = 'ssh';
    else {
      event.program = 'sshd';
      event.protocol = 'ssh';
    }
    return true;
  },
});

const levelPrefixes = [{ text: 'error: ' }, { text: 'fatal: ' }, { text: 'Error: ' }, { text: 'debug1: ' }];

/** A message of sshd without its header, as forwarders and webhooks send it. */
function isOurs(text: string): boolean {
  return (
    /^(?:error: PAM: |Failed (?:password|publickey|none|keyboard-interactive(?:\/pam)?|hostbased|gssapi-with-mic|unknown) for |Accepted (?:password|publickey|keyboard-interactive(?:\/pam)?|hostbased|gssapi-with-mic|none) for |ROOT LOGIN REFUSED FROM |Received disconnect from )/.test(
      text,
    ) || /^(?:Invalid|Illegal) user .* from \S+(?: port \d+)?$/.test(text)
  );
}
