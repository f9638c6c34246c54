import type { Event, Outcome, Severity } from '../../model/index.ts';
import { addressEnd, asAddress, numberEnd, readAddress, readPort } from '../address.ts';
import { lastWord } from '../search.ts';
import { judge } from '../verdict.ts';

/** A name that sshd prints for a user that does not exist, or one that should never log in over the network. */
export function failureSeverity(event: Event): Severity {
  return event.user === 'root' || event.fields.invalid_user === true ? 'medium' : 'low';
}

/** Takes the peer at `at`: an address goes to `src_ip`, a host name to `fields.src_host`. Then ` port N` if it follows. */
export function takePeer(event: Event, text: string, at: number): number {
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

const isDigit = (code: number): boolean => code >= 48 && code <= 57;

/**
 * Where the peer begins in `… for USER from PEER port N …`. The user name is the attacker's to choose and may hold
 * ` from 192.0.2.1 port 1 `, so the last ` from X port N` of the message is the one sshd wrote. -1: none.
 */
export function peerAt(text: string, after: number): number {
  const last = lastWord(text, 'from ', Math.max(0, after));
  if (last < 0) return -1;
  let at = last;
  while (at >= 0 && at >= after) {
    const end = text.indexOf(' ', at + 6);
    if (end > 0 && text.startsWith(' port ', end) && isDigit(text.charCodeAt(end + 6))) return at + 6;
    if (at === 0) break;
    at = text.lastIndexOf(' from ', at - 1);
  }
  // Without a port: only where the peer ends the message or is followed by words of sshd's own.
  return last + 6;
}

/** The name between `from` and `to`; the words that sshd puts in front of an unknown one go to `fields.invalid_user`. */
export function takeUser(event: Event, text: string, from: number, to: number): void {
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

/**
 * `[authenticating user |invalid user |user ]NAME PEER port N …` at `at`: the peer is the last word before ` port `, since the
 * name may hold blanks and addresses.
 */
export function takeUserAndPeer(event: Event, body: string, at: number): void {
  const port = lastWord(body, 'port ', at);
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

/** An address behind the word, with or without brackets or port, or nothing. */
export function peerBehind(event: Event, body: string, word: string): void {
  const at = body.lastIndexOf(word);
  if (at < 0) return;
  let from = at + word.length;
  if (body.charCodeAt(from) === 91 || body.charCodeAt(from) === 40) from += 1;
  takePeer(event, body, from);
}

/** What sshd refuses or cannot do, apart from a login. */
export function complaint(event: Event, outcome: Outcome = 'failure', severity: Severity = 'low'): true {
  return judge(event, 'auth.error', outcome, severity);
}
