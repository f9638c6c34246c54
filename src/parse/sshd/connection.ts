import type { Event } from '../../model/index.ts';
import { addressEnd, readAddress, readPort } from '../address.ts';
import { judge } from '../verdict.ts';
import { complaint, peerAt, peerBehind, takePeer, takeUserAndPeer } from './peer.ts';

/** A connection that ended before anybody was authenticated failed; after that it just ended. */
function disconnect(event: Event, body: string, isPreauth: boolean, at: number): true {
  takeUserAndPeer(event, body, at);
  return judge(event, 'auth.disconnect', isPreauth ? 'failure' : 'unknown', isPreauth ? 'low' : 'info');
}

/** `Received disconnect from PEER[ port N]:CODE: REASON`, RFC 4253 section 11.1. */
function receivedDisconnect(event: Event, body: string, isPreauth: boolean): true {
  const end = takePeer(event, body, 25);
  const found = /^: ?(\d+): ?(.*)$/s.exec(body.slice(end));
  if (found !== null) {
    event.fields.code = Number(found[1]);
    event.fields.reason = found[2] ?? '';
    // 14: no more authentication methods available; 3 with jsch's words: the client gave up after its password failed.
    if (event.fields.code === 14 || /Auth fail|authentication fail/i.test(found[2] ?? '')) {
      return judge(event, 'auth.disconnect', 'failure', 'low');
    }
  }
  return judge(event, 'auth.disconnect', isPreauth ? 'failure' : 'unknown', isPreauth ? 'low' : 'info');
}

function readC(event: Event, body: string, isPreauth: boolean): boolean {
  if (body.startsWith('Corrupted MAC on input')) return complaint(event);
  if (body.startsWith('Connection closed by ')) {
    if (body.startsWith('remote host', 21)) return disconnect(event, body, isPreauth, body.length);
    return disconnect(event, body, isPreauth, 21);
  }
  if (body.startsWith('Connection reset by ')) return disconnect(event, body, isPreauth, 20);
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
    return judge(event, 'net.connection', 'unknown', 'info');
  }
  if (body.startsWith('Close session: user ')) {
    const at = peerAt(body, 20);
    if (at > 0) {
      event.user = body.slice(20, at - 6);
      takePeer(event, body, at);
    }
    return judge(event, 'session.closed', 'success', 'info');
  }
  return false;
}

function readD(event: Event, body: string, isPreauth: boolean): boolean {
  if (body.startsWith('Disconnected from ')) return disconnect(event, body, isPreauth, 18);
  if (body.startsWith('Disconnecting')) {
    const at = body.startsWith('Disconnecting: ') ? -1 : 14;
    const split = body.lastIndexOf(': ');
    const reason = split > 0 ? body.slice(split + 2) : '';
    // The reason may repeat the name.
    const change = body.indexOf(': Change of username or service not allowed: ');
    if (at > 0) takeUserAndPeer(event, change < 0 ? body : body.slice(0, change), at);
    const tooMany = body.indexOf('Too many authentication failures');
    if (tooMany > 0) {
      event.fields.reason = 'Too many authentication failures';
      const user = /^Too many authentication failures for (?:invalid user )?(\S+)$/.exec(body.slice(tooMany));
      if (user !== null && event.user === null) event.user = user[1] ?? null;
      return complaint(event, 'failure', 'medium');
    }
    if (reason !== '') event.fields.reason = reason;
    return judge(event, 'auth.disconnect', isPreauth ? 'failure' : 'unknown', isPreauth ? 'low' : 'info');
  }
  if (body.startsWith('Did not receive identification string from ')) {
    takePeer(event, body, 43);
    return complaint(event);
  }
  return false;
}

function readR(event: Event, body: string, isPreauth: boolean): boolean {
  if (body.startsWith('Read error from remote host ')) {
    takeUserAndPeer(event, body, 28);
    return judge(event, 'auth.disconnect', 'failure', 'info');
  }
  if (body.startsWith('Received disconnect from ')) return receivedDisconnect(event, body, isPreauth);
  return false;
}

function readU(event: Event, body: string): boolean {
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

function readP(event: Event, body: string): boolean {
  if (body.startsWith('probed from ')) {
    takePeer(event, body, 12);
    return complaint(event);
  }
  if (!body.startsWith('Protocol major versions differ for ')) return false;
  takePeer(event, body, 35);
  return complaint(event);
}

function readB(event: Event, body: string): boolean {
  if (/^Bad (?:remote )?protocol version identification:? /.test(body) || body.startsWith('Bad packet length')) {
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

function readS(event: Event, body: string): boolean {
  if (body.startsWith('Server listening on ')) return judge(event, 'service.started', 'success', 'info');
  if (body.startsWith('Starting session: ')) {
    const at = peerAt(body, 18);
    const found = at < 0 ? null : /^(.*) for (.*)$/s.exec(body.slice(18, at - 6));
    if (found !== null) {
      event.fields.session = found[1] ?? '';
      event.user = found[2] ?? null;
      takePeer(event, body, at);
    }
    return judge(event, 'session.opened', 'success', 'info');
  }
  if (body.startsWith('subsystem request for ')) {
    const user = body.indexOf(' by user ');
    if (user > 0) event.user = body.slice(user + 9);
    return judge(event, 'session.opened', 'success', 'info');
  }
  if (body.startsWith('session opened for local user ')) {
    const from = body.lastIndexOf(' from ');
    if (from > 30) {
      event.user = body.slice(30, from);
      peerBehind(event, body, ' from ');
    }
    return judge(event, 'session.opened', 'success', 'info');
  }
  if (body.startsWith('session closed for local user ')) {
    const from = body.lastIndexOf(' from ');
    if (from > 30) {
      event.user = body.slice(30, from);
      peerBehind(event, body, ' from ');
    }
    return judge(event, 'session.closed', 'success', 'info');
  }
  if (body.startsWith('ssh_dispatch_run_fatal: Connection from ')) {
    takeUserAndPeer(event, body, 40);
    return complaint(event);
  }
  if (body.startsWith('SSH: Server;')) {
    const remote = /^SSH: Server;Ltype: (\w+);Remote: (\S+)-(\d+);(?:Name: (\S+))?/.exec(body);
    if (remote !== null) {
      takePeer(event, `${remote[2]} port ${remote[3]}`, 0);
      if (remote[1] === 'Authname') event.user = remote[4] ?? null;
    }
    return judge(event, 'net.connection', 'unknown', 'info');
  }
  if (body.startsWith('srclimit_penalise')) return complaint(event);
  if (body.startsWith('scanned from ')) {
    takePeer(event, body, 13);
    return complaint(event);
  }
  return false;
}

function readT(event: Event, body: string, isPreauth: boolean): boolean {
  if (body.startsWith('Timeout before authentication for ')) {
    const at = body.startsWith('connection from ', 34) ? 50 : 34;
    takePeer(event, body, at);
    return complaint(event);
  }
  if (body.startsWith('Timeout, client not responding from ')) return disconnect(event, body, isPreauth, 36);
  return false;
}

/** `Address 192.0.2.1 maps to …, but this does not map back to the address - POSSIBLE BREAK-IN ATTEMPT!`. */
function readA(event: Event, body: string): boolean {
  if (!body.startsWith('Address ') || !/ POSSIBLE BREAK-IN ATTEMPT| does not map back /.test(body)) return false;
  takePeer(event, body, 8);
  return complaint(event, 'unknown', 'medium');
}

function readOther(event: Event, body: string): boolean {
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
  return body.startsWith('kex_') || body.startsWith('key_exchange') ? complaint(event) : false;
}

/**
 * Connections, sessions and the protocol itself. `isPreauth`: the message ended in ` [preauth]`, so nobody was
 * authenticated yet.
 */
export function readConnection(event: Event, body: string, isPreauth: boolean): boolean {
  switch (body.charCodeAt(0)) {
    case 65:
      return readA(event, body);
    case 66:
    case 98:
      return readB(event, body);
    case 67:
      return readC(event, body, isPreauth);
    case 68:
      return readD(event, body, isPreauth);
    case 78:
      if (!body.startsWith('Nasty PTR record ')) return false;
      peerBehind(event, body, ' set up for ');
      return complaint(event, 'unknown', 'medium');
    case 80:
    case 112:
      return readP(event, body);
    case 82:
      return readR(event, body, isPreauth);
    case 83:
    case 115:
      return readS(event, body);
    case 84:
      return readT(event, body, isPreauth);
    case 85:
      return readU(event, body);
    default:
      return readOther(event, body);
  }
}
