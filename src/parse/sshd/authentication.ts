import type { Event } from '../../model/index.ts';
import { lastWord } from '../search.ts';
import { judge } from '../verdict.ts';
import { complaint, failureSeverity, peerAt, takePeer, takeUser } from './peer.ts';

/** `Failed METHOD for [invalid user ]USER from PEER port N ssh2[: extra]`. */
function failed(event: Event, body: string): boolean {
  const methodEnd = body.indexOf(' for ', 7);
  if (methodEnd < 0 || methodEnd > 60) return false;
  const method = body.slice(7, methodEnd);
  const userAt = methodEnd + 5;
  // Behind a host key stands what the client says of itself.
  const told = method === 'hostbased' ? body.indexOf(', client user "', userAt) : -1;
  const at = peerAt(told < 0 ? body : body.slice(0, told), methodEnd);
  if (at < 0) {
    takeUser(event, body, userAt, body.length);
    event.fields.method = method;
    return judge(event, 'auth.failure', 'failure', failureSeverity(event));
  }
  takeUser(event, body, userAt, Math.max(userAt, at - 6));
  takePeer(event, body, at);
  event.fields.method = method;
  return judge(event, 'auth.failure', 'failure', failureSeverity(event));
}

/** `Accepted METHOD for USER from PEER port N ssh2[: KEYTYPE FINGERPRINT]`. */
function accepted(event: Event, body: string): boolean {
  const methodEnd = body.indexOf(' for ', 9);
  if (methodEnd < 0) return false;
  const at = peerAt(body, methodEnd);
  if (at < 0) return false;
  event.fields.method = body.slice(9, methodEnd);
  takeUser(event, body, methodEnd + 5, Math.max(methodEnd + 5, at - 6));
  const end = takePeer(event, body, at);
  const key = body.indexOf(': ', end);
  if (key > 0 && key < end + 8) event.fields.key = body.slice(key + 2);
  return judge(event, 'auth.success', 'success', 'info');
}

/** `Invalid user NAME from PEER[ port N]`. */
function invalidUser(event: Event, body: string): boolean {
  if (!/^(?:[Ii]nvalid|[Ii]llegal) user /.test(body)) return false;
  // The peer ends the message, with or without a port: the last ` from ` is sshd's.
  const at = lastWord(body, 'from ', 12) + 6;
  event.fields.invalid_user = true;
  if (at < 6) {
    event.user = body.slice(13);
    return judge(event, 'auth.failure', 'failure', 'medium');
  }
  const user = body.slice(13, Math.max(13, at - 6));
  if (user !== '') event.user = user;
  takePeer(event, body, at);
  return judge(event, 'auth.failure', 'failure', 'medium');
}

function readA(event: Event, body: string): boolean {
  if (body.startsWith('Accepted ')) return accepted(event, body);
  if (body.startsWith('Authentication tried for ')) {
    const with_ = body.indexOf(' with correct key but not from a permitted host');
    if (with_ > 0) event.user = body.slice(25, with_);
    const found = / ip=([^),]+)(?:, required=[^)]*)?\)\.?$/.exec(body);
    if (found !== null) takePeer(event, found[1] ?? '', 0);
    return judge(event, 'auth.failure', 'denied', 'medium');
  }
  if (body.startsWith('Authentication refused: ')) return complaint(event, 'denied');
  if (body.startsWith('Authentication key ')) return judge(event, 'auth.failure', 'denied', 'medium');
  return false;
}

/** `Certificate invalid: …`. */
function readC(event: Event, body: string): boolean {
  if (!body.startsWith('Certificate invalid')) return false;
  event.fields.reason = body;
  return judge(event, 'auth.failure', 'failure', 'low');
}

function readM(event: Event, body: string): boolean {
  if (!/^[Mm]aximum authentication attempts exceeded for /.test(body)) return false;
  const at = peerAt(body, 44);
  if (at > 0) {
    takeUser(event, body, 45, Math.max(45, at - 6));
    takePeer(event, body, at);
  }
  event.fields.reason = 'maximum authentication attempts exceeded';
  return complaint(event, 'failure', 'medium');
}

function readP(event: Event, body: string): boolean {
  if (body.startsWith('PAM: ') || body.startsWith('PAM ')) {
    const found =
      /^PAM:? (?:[Aa]uthentication (?:failure|error|failed)|User not known to the underlying authentication module|[\w /-]+?) for (?:illegal user |invalid user )?/.exec(
        body,
      );
    if (found !== null && body.startsWith('PAM: ')) {
      const from = body.lastIndexOf(' from ');
      if (from >= found[0].length) {
        event.user = body.slice(found[0].length, from);
        if (/ (?:illegal|invalid) user $/.test(found[0])) event.fields.invalid_user = true;
        // `from NAME [192.0.2.1]`, as some builds write it.
        const open = body.charCodeAt(body.length - 1) === 93 ? body.indexOf(' [', from) : -1;
        takePeer(event, open < 0 ? body : body.slice(0, -1), open < 0 ? from + 6 : open + 2);
        return judge(event, 'auth.failure', 'failure', failureSeverity(event));
      }
    }
    if (body.startsWith('PAM service(')) return complaint(event, 'failure', 'medium');
    const more = /^PAM (\d+) more authentication failures?;/.exec(body);
    if (more !== null) {
      event.fields.count = Number(more[1]);
      const host = /\brhost=(\S+)/.exec(body);
      if (host !== null) takePeer(event, host[1] ?? '', 0);
      const user = /\suser=(\S+)\s*$/.exec(body);
      if (user !== null) event.user = user[1] ?? null;
      return judge(event, 'auth.failure', 'failure', failureSeverity(event));
    }
    return false;
  }
  if (body.startsWith('Postponed ')) {
    const methodEnd = body.indexOf(' for ');
    const at = peerAt(body, methodEnd);
    if (methodEnd > 0 && at > 0) {
      takeUser(event, body, methodEnd + 5, Math.max(methodEnd + 5, at - 6));
      takePeer(event, body, at);
    }
    return judge(event, 'message', 'unknown', 'info');
  }
  return false;
}

function readR(event: Event, body: string): boolean {
  if (body.startsWith('ROOT LOGIN REFUSED')) {
    event.user = 'root';
    const from = body.lastIndexOf(' FROM ');
    if (from > 0) takePeer(event, body, from + 6);
    return judge(event, 'auth.failure', 'denied', 'medium');
  }
  if (body.startsWith('Root login accepted for forced command')) return judge(event, 'auth.success', 'success', 'low');
  return false;
}

function readT(event: Event, body: string): boolean {
  if (body.startsWith('Too many authentication failures for ')) {
    event.user = body.slice(37).split(' ')[0] ?? null;
    return complaint(event, 'failure', 'medium');
  }
  return false;
}

function readU(event: Event, body: string): boolean {
  if (body.startsWith('User ')) {
    const not = body.lastIndexOf(' not allowed because ');
    if (not > 0) {
      event.fields.reason = body.slice(not + 21);
      const from = body.lastIndexOf(' from ', not);
      if (from > 4) {
        event.user = body.slice(5, from);
        takePeer(event, body.slice(0, not), from + 6);
      } else event.user = body.slice(5, not);
      return judge(event, 'auth.failure', 'denied', event.user === 'root' ? 'medium' : 'low');
    }
    if (body.startsWith('User child is on pid ')) return judge(event, 'session.opened', 'unknown', 'info');
    return false;
  }
  return false;
}

function readOther(event: Event, body: string): boolean {
  if (body.startsWith('input_userauth_request: ')) {
    takeUser(event, body, 24, body.length);
    event.fields.invalid_user = true;
    return judge(event, 'auth.failure', 'failure', 'medium');
  }
  if (body.startsWith('userauth_')) return complaint(event);
  return invalidUser(event, body);
}

/** Who tried to log in, and what came of it. By first character: one comparison instead of a chain of patterns. */
export function readAuthentication(event: Event, body: string): boolean {
  switch (body.charCodeAt(0)) {
    case 65:
      return readA(event, body);
    case 67:
      return readC(event, body);
    case 70:
      return body.startsWith('Failed ') ? failed(event, body) : false;
    case 73:
      return invalidUser(event, body);
    case 77:
    case 109:
      return readM(event, body);
    case 80:
      return readP(event, body);
    case 82:
      return readR(event, body);
    case 84:
      return readT(event, body);
    case 85:
      return readU(event, body);
    case 105:
    case 117:
      return readOther(event, body);
    default:
      return false;
  }
}
