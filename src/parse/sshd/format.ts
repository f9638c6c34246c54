import type { Event, EventType, Outcome, Severity } from '../../model/index.ts';
import { addressEnd, asAddress, numberEnd, readAddress, readPort } from '../address.ts';
import { defineFormat } from '../contract.ts';

/** The part of the message that a reader works on: without `error: ` in front and ` [preauth]` behind. */
let body = '';
let isPreauth = false;

function set(event: Event, type: EventType, outcome: Outcome, severity: Severity): true {
  event.event_type = type;
  event.outcome = outcome;
  event.severity = severity;
  return true;
}

/** A name that sshd prints for a user that does not exist, or one that should never log in over the network. */
function failureSeverity(event: Event): Severity {
  return event.user === 'root' || event.fields.invalid_user === true ? 'medium' : 'low';
}

/** Takes the peer at `at`: an address goes to `src_ip`, a host name to `fields.src_host`. Then ` port N` if it follows. */
function takePeer(event: Event, text: string, at: number): number {
  const ip = readAddress(text, at);
  let end = addressEnd;
  if (ip !== null) event.src_ip = ip;
  else {
    end = text.indexOf(' ', at);
    if (end < 0) end = text.length;
    let name = text.slice(at, end);
    if (name.endsWith(':') || name.endsWith(',')) {
      name = name.slice(0, -1);
      end -= 1;
    }
    const inside = asAddress(name);
    if (inside !== null) event.src_ip = inside;
    else if (name !== '' && name !== 'UNKNOWN') event.fields.src_host = name;
  }
  if (text.startsWith(' port ', end)) {
    const port = readPort(text, end + 6);
    if (port !== null) {
      event.src_port = port;
      end = numberEnd;
    }
  }
  return end;
}

/**
 * Where the peer begins in `… for USER from PEER port N …`. The user name is the attacker's to choose and may hold
 * ` from 192.0.2.1 port 1 `, so the last ` from X port N` of the message is the one sshd wrote. -1: none.
 */
function peerAt(text: string, after: number): number {
  let at = text.lastIndexOf(' from ');
  while (at >= after) {
    const end = text.indexOf(' ', at + 6);
    if (end > 0 && text.startsWith(' port ', end) && readPort(text, end + 6) !== null) return at + 6;
    if (at === 0) break;
    at = text.lastIndexOf(' from ', at - 1);
  }
  // Without a port: only where the peer ends the message or is followed by words of sshd's own.
  at = text.lastIndexOf(' from ');
  if (at < after) return -1;
  return at + 6;
}

function takeUser(event: Event, text: string, from: number, to: number): void {
  let at = from;
  if (text.startsWith('invalid user ', at) || text.startsWith('illegal user ', at)) {
    at += 13;
    event.fields.invalid_user = true;
  } else if (text.startsWith('invalid user', at) && at + 12 === to) {
    at = to;
    event.fields.invalid_user = true;
  }
  const user = text.slice(Math.min(at, to), to);
  if (user === '<invalid username>') event.fields.invalid_user = true;
  else if (user !== '') event.user = user;
}

/** `Failed METHOD for [invalid user ]USER from PEER port N ssh2[: extra]`. */
function failed(event: Event): boolean {
  const methodEnd = body.indexOf(' for ', 7);
  if (methodEnd < 0 || methodEnd > 60) return false;
  const method = body.slice(7, methodEnd);
  const userAt = methodEnd + 5;
  const at = peerAt(body, methodEnd);
  if (at < 0) {
    takeUser(event, body, userAt, body.length);
    event.fields.method = method;
    return set(event, 'auth.failure', 'failure', failureSeverity(event));
  }
  takeUser(event, body, userAt, Math.max(userAt, at - 6));
  takePeer(event, body, at);
  event.fields.method = method;
  return set(event, 'auth.failure', 'failure', failureSeverity(event));
}

/** `Accepted METHOD for USER from PEER port N ssh2[: KEYTYPE FINGERPRINT]`. */
function accepted(event: Event): boolean {
  const methodEnd = body.indexOf(' for ', 9);
  if (methodEnd < 0) return false;
  const at = peerAt(body, methodEnd);
  if (at < 0) return false;
  event.fields.method = body.slice(9, methodEnd);
  takeUser(event, body, methodEnd + 5, Math.max(methodEnd + 5, at - 6));
  const end = takePeer(event, body, at);
  const key = body.indexOf(': ', end);
  if (key > 0 && key < end + 8) event.fields.key = body.slice(key + 2);
  return set(event, 'auth.success', 'success', 'info');
}

/** `Invalid user NAME from PEER[ port N]`. */
function invalidUser(event: Event): boolean {
  const at = peerAt(body, 12);
  event.fields.invalid_user = true;
  if (at < 0) {
    event.user = body.slice(13);
    return set(event, 'auth.failure', 'failure', 'medium');
  }
  const user = body.slice(13, Math.max(13, at - 6));
  if (user !== '') event.user = user;
  takePeer(event, body, at);
  return set(event, 'auth.failure', 'failure', 'medium');
}

/**
 * `[authenticating user |invalid user |user ]NAME PEER port N …` at `at`: the peer is the last word before ` port `, since the
 * name may hold blanks and addresses.
 */
function takeUserAndPeer(event: Event, at: number): void {
  const port = body.lastIndexOf(' port ');
  let peerFrom = at;
  let peerTo = body.length;
  if (port >= at) {
    peerFrom = Math.max(at, body.lastIndexOf(' ', port - 1) + 1);
    peerTo = port;
  } else {
    const colon = body.indexOf(': ', at);
    if (colon > 0 && readAddress(body, at) === null) peerTo = colon;
    if (/^(?:authenticating |invalid )?user /.test(body.slice(at, at + 24))) {
      peerFrom = Math.max(at, body.lastIndexOf(' ', peerTo - 1) + 1);
    }
  }
  takePeer(event, body, peerFrom);
  let userFrom = -1;
  if (body.startsWith('authenticating user ', at)) userFrom = at + 20;
  else if (body.startsWith('invalid user ', at)) {
    userFrom = at + 13;
    event.fields.invalid_user = true;
  } else if (body.startsWith('user ', at)) userFrom = at + 5;
  if (userFrom >= 0 && userFrom < peerFrom) {
    const user = body.slice(userFrom, peerFrom - 1);
    if (user !== '') event.user = user;
  }
}

/** A connection that ended before anybody was authenticated failed; after that it just ended. */
function disconnect(event: Event, at: number): true {
  takeUserAndPeer(event, at);
  return set(event, 'auth.disconnect', isPreauth ? 'failure' : 'unknown', isPreauth ? 'low' : 'info');
}

/** An address behind the word, with or without brackets or port, or nothing. */
function peerBehind(event: Event, word: string): void {
  const at = body.lastIndexOf(word);
  if (at < 0) return;
  let from = at + word.length;
  if (body.charCodeAt(from) === 91 || body.charCodeAt(from) === 40) from += 1;
  takePeer(event, body, from);
}

function complaint(event: Event, outcome: Outcome = 'failure', severity: Severity = 'low'): true {
  return set(event, 'auth.error', outcome, severity);
}

/** `Received disconnect from PEER[ port N]:CODE: REASON`, RFC 4253 section 11.1. */
function receivedDisconnect(event: Event): true {
  const end = takePeer(event, body, 25);
  const found = /^: ?(\d+): ?(.*)$/s.exec(body.slice(end));
  if (found !== null) {
    event.fields.code = Number(found[1]);
    event.fields.reason = found[2] ?? '';
    // 14: no more authentication methods available; 3 with jsch's words: the client gave up after its password failed.
    if (event.fields.code === 14 || /Auth fail|authentication fail/i.test(found[2] ?? '')) {
      return set(event, 'auth.disconnect', 'failure', 'low');
    }
  }
  return set(event, 'auth.disconnect', isPreauth ? 'failure' : 'unknown', isPreauth ? 'low' : 'info');
}

function readFailureLetters(event: Event): boolean {
  if (body.startsWith('Failed ')) return failed(event);
  return false;
}

function readC(event: Event): boolean {
  if (body.startsWith('Connection closed by ')) {
    if (body.startsWith('remote host', 21)) return disconnect(event, body.length);
    return disconnect(event, 21);
  }
  if (body.startsWith('Connection reset by ')) return disconnect(event, 20);
  if (body.startsWith('Connection from ')) {
    const end = takePeer(event, body, 16);
    const on = body.indexOf(' on ', end);
    if (on >= 0) {
      const ip = readAddress(body, on + 4);
      if (ip !== null) {
        event.dst_ip = ip;
        if (body.startsWith(' port ', addressEnd)) event.dst_port = readPort(body, addressEnd + 6);
      }
    }
    return set(event, 'net.connection', 'unknown', 'info');
  }
  if (body.startsWith('Certificate invalid')) {
    event.fields.reason = body;
    return set(event, 'auth.failure', 'failure', 'low');
  }
  if (body.startsWith('Close session: user ')) {
    const end = body.indexOf(' from ', 20);
    if (end > 0) {
      event.user = body.slice(20, end);
      takePeer(event, body, end + 6);
    }
    return set(event, 'session.closed', 'success', 'info');
  }
  return false;
}

function readD(event: Event): boolean {
  if (body.startsWith('Disconnected from ')) return disconnect(event, 18);
  if (body.startsWith('Disconnecting')) {
    const at = body.startsWith('Disconnecting: ') ? -1 : 14;
    const split = body.lastIndexOf(': ');
    const reason = split > 0 ? body.slice(split + 2) : '';
    if (at > 0) takeUserAndPeer(event, at);
    const tooMany = body.indexOf('Too many authentication failures');
    if (tooMany > 0) {
      event.fields.reason = 'Too many authentication failures';
      const user = /^Too many authentication failures for (?:invalid user )?(\S+)$/.exec(body.slice(tooMany));
      if (user !== null && event.user === null) event.user = user[1] ?? null;
      return complaint(event, 'failure', 'medium');
    }
    if (reason !== '') event.fields.reason = reason;
    return set(event, 'auth.disconnect', isPreauth ? 'failure' : 'unknown', isPreauth ? 'low' : 'info');
  }
  if (body.startsWith('Did not receive identification string from ')) {
    takePeer(event, body, 43);
    return complaint(event);
  }
  return false;
}

function readR(event: Event): boolean {
  if (body.startsWith('Read error from remote host ')) {
    takePeer(event, body, 28);
    return set(event, 'auth.disconnect', 'failure', 'info');
  }
  if (body.startsWith('Received disconnect from ')) return receivedDisconnect(event);
  if (body.startsWith('ROOT LOGIN REFUSED FROM ')) {
    event.user = 'root';
    takePeer(event, body, 24);
    return set(event, 'auth.failure', 'denied', 'medium');
  }
  if (body.startsWith('Root login accepted for forced command')) return set(event, 'auth.success', 'success', 'low');
  return false;
}

function readU(event: Event): boolean {
  if (body.startsWith('User ')) {
    const not = body.lastIndexOf(' not allowed because ');
    if (not > 0) {
      event.fields.reason = body.slice(not + 21);
      const from = body.lastIndexOf(' from ', not);
      if (from > 4) {
        event.user = body.slice(5, from);
        takePeer(event, body.slice(0, not), from + 6);
      } else event.user = body.slice(5, not);
      return set(event, 'auth.failure', 'denied', event.user === 'root' ? 'medium' : 'low');
    }
    if (body.startsWith('User child is on pid ')) return set(event, 'session.opened', 'unknown', 'info');
    return false;
  }
  if (body.startsWith('Unable to negotiate ')) {
    const at = body.indexOf(' with ');
    if (at > 0) {
      const end = takePeer(event, body, at + 6);
      const reason = body.indexOf(': ', end);
      if (reason > 0) event.fields.reason = body.slice(reason + 2);
    }
    return complaint(event);
  }
  return false;
}

function readM(event: Event): boolean {
  if (!/^[Mm]aximum authentication attempts exceeded for /.test(body)) return false;
  const at = peerAt(body, 44);
  if (at > 0) {
    takeUser(event, body, 45, Math.max(45, at - 6));
    takePeer(event, body, at);
  }
  event.fields.reason = 'maximum authentication attempts exceeded';
  return complaint(event, 'failure', 'medium');
}

function readP(event: Event): boolean {
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
        takePeer(event, body, from + 6);
        return set(event, 'auth.failure', 'failure', failureSeverity(event));
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
      return set(event, 'auth.failure', 'failure', failureSeverity(event));
    }
    return false;
  }
  if (body.startsWith('Protocol major versions differ for ')) {
    takePeer(event, body, 35);
    return complaint(event);
  }
  if (body.startsWith('Postponed ')) {
    const methodEnd = body.indexOf(' for ');
    const at = peerAt(body, methodEnd);
    if (methodEnd > 0 && at > 0) {
      takeUser(event, body, methodEnd + 5, Math.max(methodEnd + 5, at - 6));
      takePeer(event, body, at);
    }
    return set(event, 'message', 'unknown', 'info');
  }
  return false;
}

function readB(event: Event): boolean {
  if (/^Bad (?:remote )?protocol version identification /.test(body) || body.startsWith('Bad packet length')) {
    const at = peerAt(body, 10);
    if (at > 0) takePeer(event, body, at);
    return complaint(event);
  }
  if (body.startsWith('banner exchange: ') || body.startsWith('beginning MaxStartups')) {
    const at = body.indexOf('Connection from ');
    if (at > 0) takePeer(event, body, at + 16);
    return complaint(event);
  }
  return false;
}

function readS(event: Event): boolean {
  if (body.startsWith('Server listening on ')) return set(event, 'service.started', 'success', 'info');
  if (body.startsWith('Starting session: ')) {
    const found = /^Starting session: (.*) for (\S+) from (\S+) port (\d+)/.exec(body);
    if (found !== null) {
      event.fields.session = found[1] ?? '';
      event.user = found[2] ?? null;
      takePeer(event, `${found[3]} port ${found[4]}`, 0);
    }
    return set(event, 'session.opened', 'success', 'info');
  }
  if (body.startsWith('subsystem request for ')) {
    const user = body.indexOf(' by user ');
    if (user > 0) event.user = body.slice(user + 9);
    return set(event, 'session.opened', 'success', 'info');
  }
  if (body.startsWith('session opened for local user ')) {
    const from = body.lastIndexOf(' from ');
    if (from > 30) {
      event.user = body.slice(30, from);
      peerBehind(event, ' from ');
    }
    return set(event, 'session.opened', 'success', 'info');
  }
  if (body.startsWith('session closed for local user ')) {
    const from = body.lastIndexOf(' from ');
    if (from > 30) {
      event.user = body.slice(30, from);
      peerBehind(event, ' from ');
    }
    return set(event, 'session.closed', 'success', 'info');
  }
  if (body.startsWith('ssh_dispatch_run_fatal: Connection from ')) {
    takePeer(event, body, 40);
    return complaint(event);
  }
  if (body.startsWith('SSH: Server;')) {
    const remote = /;Remote: (\S+)-(\d+);/.exec(body);
    if (remote !== null) takePeer(event, `${remote[1]} port ${remote[2]}`, 0);
    return set(event, 'net.connection', 'unknown', 'info');
  }
  if (body.startsWith('srclimit_penalise')) return complaint(event);
  return false;
}

function readT(event: Event): boolean {
  if (body.startsWith('Timeout before authentication for ')) {
    const at = body.startsWith('connection from ', 34) ? 50 : 34;
    takePeer(event, body, at);
    return complaint(event);
  }
  if (body.startsWith('Timeout, client not responding from ')) return disconnect(event, 36);
  if (body.startsWith('Too many authentication failures for ')) {
    event.user = body.slice(37).split(' ')[0] ?? null;
    return complaint(event, 'failure', 'medium');
  }
  return false;
}

function readA(event: Event): boolean {
  if (body.startsWith('Accepted ')) return accepted(event);
  if (body.startsWith('Address ') && body.includes(' POSSIBLE BREAK-IN ATTEMPT')) {
    takePeer(event, body, 8);
    return complaint(event, 'unknown', 'medium');
  }
  if (body.startsWith('Authentication tried for ')) {
    const with_ = body.indexOf(' with correct key but not from a permitted host');
    if (with_ > 0) event.user = body.slice(25, with_);
    const found = /[ (]ip=([^),]+)/.exec(body);
    if (found !== null) takePeer(event, found[1] ?? '', 0);
    return set(event, 'auth.failure', 'denied', 'medium');
  }
  if (body.startsWith('Authentication refused: ')) return complaint(event, 'denied');
  if (body.startsWith('Authentication key ')) return set(event, 'auth.failure', 'denied', 'medium');
  return false;
}

function readLower(event: Event): boolean {
  if (body.startsWith('reverse mapping checking getaddrinfo for ')) {
    const open = body.lastIndexOf(' [');
    if (open > 0) takePeer(event, body, open + 2);
    return complaint(event, 'unknown', 'medium');
  }
  if (body.startsWith('refused connect from ')) {
    const open = body.lastIndexOf(' (');
    const ip = open > 0 ? readAddress(body, open + 2) : null;
    if (ip !== null) event.src_ip = ip;
    else takePeer(event, body, 21);
    return complaint(event, 'denied', 'low');
  }
  if (body.startsWith('drop connection ')) {
    const found = / from \[?([^\]\s]+)\]?:(\d+) on /.exec(body);
    if (found !== null) takePeer(event, `${found[1]} port ${found[2]}`, 0);
    return complaint(event, 'denied');
  }
  if (body.startsWith('input_userauth_request: ')) {
    takeUser(event, body, 24, body.length);
    event.fields.invalid_user = true;
    return set(event, 'auth.failure', 'failure', 'medium');
  }
  if (body.startsWith('kex_') || body.startsWith('key_exchange')) return complaint(event);
  if (body.startsWith('userauth_')) {
    return complaint(event);
  }
  return false;
}

/** By first character: one comparison instead of a chain of patterns. */
function readBody(event: Event): boolean {
  switch (body.charCodeAt(0)) {
    case 65:
      return readA(event);
    case 66:
    case 98:
      return readB(event);
    case 67:
      if (body.startsWith('Corrupted MAC on input')) return complaint(event);
      return readC(event);
    case 68:
      return readD(event);
    case 70:
      return readFailureLetters(event);
    case 73:
      return body.startsWith('Invalid user ') || body.startsWith('Illegal user ') ? invalidUser(event) : false;
    case 77:
    case 109:
      return readM(event);
    case 78:
      if (!body.startsWith('Nasty PTR record ')) return false;
      peerBehind(event, ' set up for ');
      return complaint(event, 'unknown', 'medium');
    case 80:
      return readP(event);
    case 82:
      return readR(event);
    case 83:
    case 115:
      return readS(event);
    case 84:
      return readT(event);
    case 85:
      return readU(event);
    default:
      return readLower(event);
  }
}

/** OpenSSH's server and its children. Message texts: OpenSSH auth.c, auth2.c, packet.c, sshd.c, sshd-session.c. */
export const sshd = defineFormat({
  name: 'sshd',
  description: 'OpenSSH server: failed and accepted logins, unknown users, disconnects, key and protocol errors.',
  programs: ['sshd', 'sshd-session', 'sshd-auth', 'internal-sftp', 'sftp-server', 'ssh'],
  leads: 'FAIeR',
  parse(event, text) {
    if (event.program === null && !isOurs(text)) return false;
    body = text;
    isPreauth = false;
    // pam_unix and its relatives speak for themselves, inside sshd too.
    if (body.startsWith('pam_')) return false;
    for (const prefix of levelPrefixes) {
      if (body.startsWith(prefix.text)) {
        body = body.slice(prefix.text.length);
        break;
      }
    }
    if (body.charCodeAt(body.length - 1) === 93 && body.endsWith(' [preauth]')) {
      isPreauth = true;
      body = body.slice(0, -10);
    }
    const known = readBody(event);
    if (!known) {
      if (event.program === null) return false;
      if (text.startsWith('fatal: ')) {
        peerBehind(event, ' from ');
        complaint(event);
      } else if (text.startsWith('error: ')) set(event, 'auth.error', 'unknown', 'low');
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
