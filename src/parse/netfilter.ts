import type { Event } from '../model/index.ts';
import { asAddress } from './address.ts';

/**
 * What the kernel's LOG target and nft's `log` write (net/netfilter/nf_log_syslog.c): a free prefix, then
 * `IN=… OUT=… MAC=… SRC=… DST=… LEN=… … PROTO=… SPT=… DPT=… WINDOW=… RES=0x00 SYN URGP=0`.
 */

/** Behind the kernel's uptime stamp (`[ 3384.029257] `), if there is one. */
export function behindUptime(text: string): number {
  if (text.charCodeAt(0) !== 91) return 0;
  const close = text.indexOf('] ', 1);
  if (close < 0 || close > 24) return 0;
  for (let i = 1; i < close; i += 1) {
    const code = text.charCodeAt(i);
    if (code !== 32 && code !== 46 && !(code >= 48 && code <= 57)) return 0;
  }
  return close + 2;
}

/** Start of the first `IN=` field, or -1. Only the first part of the text may be a prefix (29 characters for iptables, 127 for nft). */
export function fieldsAt(text: string, from: number): number {
  let at = text.indexOf('IN=', from);
  while (at >= 0 && at - from < 200) {
    const before = text.charCodeAt(at - 1);
    if (at === from || !((before >= 65 && before <= 90) || (before >= 97 && before <= 122) || before === 95)) return at;
    at = text.indexOf('IN=', at + 3);
  }
  return -1;
}

const protocolNames: Record<string, string> = {
  '1': 'icmp',
  '2': 'igmp',
  '6': 'tcp',
  '17': 'udp',
  '41': 'ipv6',
  '47': 'gre',
  '50': 'esp',
  '51': 'ah',
  '58': 'ipv6-icmp',
  '89': 'ospf',
  '103': 'pim',
  '112': 'vrrp',
  '132': 'sctp',
  '136': 'udplite',
  ICMPv6: 'ipv6-icmp',
  TCP: 'tcp',
  UDP: 'udp',
  ICMP: 'icmp',
};

/** Lower-case name of a protocol that is given by number or name. */
export function protocolName(text: string): string {
  return protocolNames[text] ?? text.toLowerCase();
}

function decimal(text: string): number | null {
  if (text === '' || text.length > 10) return null;
  let value = 0;
  for (let i = 0; i < text.length; i += 1) {
    const code = text.charCodeAt(i) - 48;
    if (!(code >= 0 && code <= 9)) return null;
    value = value * 10 + code;
  }
  return value;
}

/** A torn line may run numbers together: what is no port is none. */
function port(text: string): number | null {
  const value = decimal(text);
  return value !== null && value <= 65_535 ? value : null;
}

/**
 * Reads the fields of a packet into the event. False where it has no source address: then the event is untouched.
 * The inner packet that ICMP errors quote in brackets is skipped: its addresses are not the sender's.
 */
export function readPacket(event: Event, text: string, from: number): boolean {
  const srcAt = text.indexOf('SRC=', from);
  if (srcAt < 0 || srcAt - from > 300) return false;
  let srcEnd = text.indexOf(' ', srcAt);
  if (srcEnd < 0) srcEnd = text.length;
  const source = asAddress(text.slice(srcAt + 4, srcEnd));
  if (source === null) return false;
  event.src_ip = source;
  const fields = event.fields;
  let flags = '';
  let inTcp = false;
  let at = from;
  const length = Math.min(text.length, from + 2000);
  while (at < length) {
    if (text.charCodeAt(at) === 32) {
      at += 1;
      continue;
    }
    let end = text.indexOf(' ', at);
    if (end < 0) end = text.length;
    const first = text.charCodeAt(at);
    // `[SRC=… ]`: the packet that an ICMP error is about.
    if (first === 91) break;
    const equals = text.indexOf('=', at);
    if (equals < 0 || equals >= end) {
      // Flags stand without a value: SYN ACK FIN RST PSH URG CWR ECE; DF and MF are IP's.
      if (inTcp && end - at === 3) flags = flags === '' ? text.slice(at, end) : `${flags} ${text.slice(at, end)}`;
      at = end + 1;
      continue;
    }
    const size = equals - at;
    const second = text.charCodeAt(at + 1);
    const third = text.charCodeAt(at + 2);
    if (size === 3) {
      if (first === 83 && second === 80 && third === 84) event.src_port = port(text.slice(equals + 1, end));
      else if (first === 68 && second === 80 && third === 84) event.dst_port = port(text.slice(equals + 1, end));
      else if (first === 68 && second === 83 && third === 84) event.dst_ip = asAddress(text.slice(equals + 1, end));
      else if (first === 79 && second === 85) {
        if (end > equals + 1) fields.out = text.slice(equals + 1, end);
      } else if (first === 77 && second === 65) {
        if (end > equals + 1) fields.mac = text.slice(equals + 1, end);
      } else if (first === 76 && second === 69) {
        // UDP and SCTP have a second LEN=, of the datagram.
        if (fields.length === undefined) fields.length = decimal(text.slice(equals + 1, end));
      } else if (first === 84 && second === 84) fields.ttl = decimal(text.slice(equals + 1, end));
      else if (first === 85 && second === 73) fields.uid = decimal(text.slice(equals + 1, end));
    } else if (size === 2) {
      if (first === 73 && second === 78) {
        if (end > equals + 1) fields.in = text.slice(equals + 1, end);
      }
    } else if (size === 4) {
      if (first === 84 && second === 89) fields.icmp_type = decimal(text.slice(equals + 1, end));
      else if (first === 67 && second === 79) fields.icmp_code = decimal(text.slice(equals + 1, end));
      else if (first === 85 && second === 82) inTcp = false;
    } else if (size === 5) {
      if (first === 80 && second === 82 && third === 79) {
        const name = protocolName(text.slice(equals + 1, end));
        event.protocol = name;
        inTcp = name === 'tcp';
      }
    }
    at = end + 1;
  }
  if (event.protocol === 'tcp') fields.tcp_flags = flags;
  return true;
}

/** What a firewall says it did, by the words people put in log prefixes. */
export type FirewallAction = 'blocked' | 'allowed' | 'logged';

const blockWords =
  /(?:^|[^a-z])(?:drop(?:ped|ping|s)?|reject(?:ed|ing|s)?|den(?:y|ied|ies)|block(?:ed|ing|s)?|deny|discard(?:ed)?|refus(?:e|ed)|blacklist(?:ed)?|invalid|ban(?:ned)?|filtered|prohibit(?:ed)?|attack|flood|spoof(?:ed)?|bogon|portscan|scan)(?![a-z])/i;
const allowWords = /(?:^|[^a-z])(?:accept(?:ed|ing|s)?|allow(?:ed|ing|s)?|permit(?:ted|s)?|pass(?:ed)?)(?![a-z])/i;

const known = new Map<string, FirewallAction>();

/** Action of a log prefix. Prefixes are few, so the answer is remembered (up to a cap: they come from outside). */
export function actionOf(prefix: string): FirewallAction {
  const seen = known.get(prefix);
  if (seen !== undefined) return seen;
  const action: FirewallAction = blockWords.test(prefix)
    ? 'blocked'
    : allowWords.test(prefix)
      ? 'allowed'
      : // EdgeOS and UniFi: `[WAN_LOCAL-default-D]`, drop or reject, and A for accept.
        /-[DR]\]?$/.test(prefix)
        ? 'blocked'
        : /-A\]?$/.test(prefix)
          ? 'allowed'
          : // Shorewall and OpenWrt: `Shorewall:net2fw:DROP:`; firewalld `FINAL_REJECT: `; a bare D, R or A as in `fw-D-`.
            /(?:DROP|REJECT|DENY|BLOCK)/.test(prefix)
            ? 'blocked'
            : /(?:ACCEPT|ALLOW|PASS)/.test(prefix)
              ? 'allowed'
              : 'logged';
  if (known.size < 1000) known.set(prefix, action);
  return action;
}

export function setAction(event: Event, action: FirewallAction): void {
  if (action === 'blocked') {
    event.event_type = 'net.blocked';
    event.outcome = 'denied';
    event.severity = 'low';
  } else if (action === 'allowed') {
    event.event_type = 'net.allowed';
    event.outcome = 'success';
    event.severity = 'info';
  } else {
    event.event_type = 'net.logged';
    event.outcome = 'unknown';
    event.severity = 'info';
  }
}
