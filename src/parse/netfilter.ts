import type { Event } from '../model/index.ts';
import { addressEnd, readAddress } from './address.ts';

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

/** The number between two places, or null. A torn line may run numbers together: more than ten digits are none. */
function decimalAt(text: string, from: number, to: number): number | null {
  if (to <= from || to - from > 10) return null;
  let value = 0;
  for (let i = from; i < to; i += 1) {
    const code = text.charCodeAt(i) - 48;
    if (!(code >= 0 && code <= 9)) return null;
    value = value * 10 + code;
  }
  return value;
}

function portAt(text: string, from: number, to: number): number | null {
  const value = decimalAt(text, from, to);
  return value !== null && value <= 65_535 ? value : null;
}

function addressAt(text: string, from: number, to: number): string | null {
  const ip = readAddress(text, from);
  return ip !== null && addressEnd === to ? ip : null;
}

/** Whether a key of three letters and a '=' stand at `at`; its first letter is known. */
function isKey(text: string, at: number, second: number, third: number): boolean {
  return text.charCodeAt(at + 3) === 61 && text.charCodeAt(at + 1) === second && text.charCodeAt(at + 2) === third;
}

/** Whether the three characters are a TCP flag's: `SYN`, not `A=B`. */
function isFlag(text: string, at: number): boolean {
  return text.charCodeAt(at) !== 61 && text.charCodeAt(at + 1) !== 61 && text.charCodeAt(at + 2) !== 61;
}

/**
 * Reads the fields of a packet into the event. False where it has no source address: then the event is untouched.
 * The inner packet that ICMP errors quote in brackets is skipped: its addresses are not the sender's.
 *
 * Every token is decided by its first character and read in place: kernel logs are the longest lines of a busy machine.
 */
export function readPacket(event: Event, text: string, from: number): boolean {
  const srcAt = text.indexOf('SRC=', from);
  if (srcAt < 0 || srcAt - from > 300) return false;
  let srcEnd = text.indexOf(' ', srcAt);
  if (srcEnd < 0) srcEnd = text.length;
  const source = addressAt(text, srcAt + 4, srcEnd);
  if (source === null) return false;
  event.src_ip = source;
  const fields = event.fields;
  let flags = '';
  let inTcp = false;
  let at = from;
  const length = Math.min(text.length, from + 2000);
  while (at < length) {
    const first = text.charCodeAt(at);
    if (first === 32) {
      at += 1;
      continue;
    }
    // `[SRC=… ]`: the packet that an ICMP error is about.
    if (first === 91) break;
    let end = text.indexOf(' ', at);
    if (end < 0) end = text.length;
    switch (first) {
      case 68: // D: DST, DPT
        if (isKey(text, at, 80, 84)) event.dst_port = portAt(text, at + 4, end);
        else if (isKey(text, at, 83, 84)) event.dst_ip = addressAt(text, at + 4, end);
        break;
      case 83: // S: SPT
        if (isKey(text, at, 80, 84)) event.src_port = portAt(text, at + 4, end);
        break;
      case 73: // I: IN
        if (text.charCodeAt(at + 2) === 61 && text.charCodeAt(at + 1) === 78 && end > at + 3)
          fields.in = text.slice(at + 3, end);
        break;
      case 79: // O: OUT
        if (isKey(text, at, 85, 84) && end > at + 4) fields.out = text.slice(at + 4, end);
        break;
      case 77: // M: MAC
        if (isKey(text, at, 65, 67) && end > at + 4) fields.mac = text.slice(at + 4, end);
        break;
      case 76: // L: LEN; UDP and SCTP have a second one, of the datagram.
        if (fields.length === undefined && isKey(text, at, 69, 78)) fields.length = decimalAt(text, at + 4, end);
        break;
      case 84: // T: TTL, TYPE
        if (isKey(text, at, 84, 76)) fields.ttl = decimalAt(text, at + 4, end);
        else if (text.startsWith('TYPE=', at)) fields.icmp_type = decimalAt(text, at + 5, end);
        break;
      case 85: // U: UID, URGP (behind the flags)
        if (isKey(text, at, 73, 68)) fields.uid = decimalAt(text, at + 4, end);
        else if (text.startsWith('URGP=', at)) inTcp = false;
        break;
      case 67: // C: CODE
        if (text.startsWith('CODE=', at)) fields.icmp_code = decimalAt(text, at + 5, end);
        break;
      case 80: // P: PROTO
        if (text.startsWith('PROTO=', at)) {
          const name = protocolAt(text, at + 6, end);
          event.protocol = name;
          inTcp = name === 'tcp';
        }
        break;
      default:
    }
    // Flags stand without a value: SYN ACK FIN RST PSH URG CWR ECE; DF and MF are IP's.
    if (inTcp && end - at === 3 && isFlag(text, at))
      flags = flags === '' ? text.slice(at, end) : `${flags} ${text.slice(at, end)}`;
    at = end + 1;
  }
  if (event.protocol === 'tcp') fields.tcp_flags = flags;
  return true;
}

function protocolAt(text: string, from: number, to: number): string {
  if (to - from === 3 && text.charCodeAt(from + 2) === 80) {
    if (text.charCodeAt(from) === 84 && text.charCodeAt(from + 1) === 67) return 'tcp';
    if (text.charCodeAt(from) === 85 && text.charCodeAt(from + 1) === 68) return 'udp';
  }
  return protocolName(text.slice(from, to));
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
