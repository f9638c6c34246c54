import type { Event } from '../../model/index.ts';
import { readEndpoint } from '../address.ts';
import { defineFormat } from '../contract.ts';
import { actionOf, protocolName, setAction } from '../netfilter.ts';
import { takeTime } from '../time/any.ts';
import { levelOf } from '../verdict.ts';
import { readFilterlog } from './filterlog.ts';

const actionWord =
  '(?:DENY|DENIED|Deny|Denied|deny|denied|DROP|DROPPED|Drop|Dropped|drop|dropped|BLOCK|BLOCKED|Block|Blocked|block|blocked|REJECT|REJECTED|Reject|Rejected|reject|rejected|ACCEPT|ACCEPTED|Accept|accept|accepted|ALLOW|ALLOWED|Allow|Allowed|allow|allowed|PERMIT|PERMITTED|Permit|permit|permitted|PASS|pass)';
const start = new RegExp(
  `^(?:(?:\\[?(?:FIREWALL|Firewall|firewall|FW|fw|iptables|netfilter|pf|packet|Packet|connection|Connection|traffic|Traffic|list \\S{1,40}|access-list \\S{1,40})\\]?[:\\s-]+)?\\[?(${actionWord})\\]?|(?:FIREWALL|Firewall|firewall|FW)[\\s:-]+(?:\\w+[\\s:]+)?(${actionWord}))(?:[:\\s]|$)`,
);
const protocolWord =
  /(?:^|[\s=({,])(tcp|udp|icmp|icmpv6|ipv6-icmp|sctp|gre|esp|TCP|UDP|ICMP|ICMPv6|SCTP|GRE|ESP)(?=[\s,:)}/]|$)/;
const arrow =
  /(?:^|\s)(?:from\s+|src\s*[=:]?\s*|\w+:)?([0-9A-Fa-f.:[\]]{3,50}(?:\/\d{1,5}|\(\d{1,5}\))?)\s*(?:->|=>|→|>|\bto\b)\s*(?:dst\s*[=:]?\s*|\w+:(?=\d))?([0-9A-Fa-f.:[\]]{3,50}(?:\/\d{1,5}|\(\d{1,5}\))?)/;
const keyed =
  /(?:^|[\s,;(])(src|source|src_?ip|source_?ip|srcip|sip|from|dst|dest|destination|dst_?ip|dest_?ip|dstip|dip|to|spt|sport|src_?port|source_?port|srcport|dpt|dport|dst_?port|dest_?port|destination_?port|dstport|port|proto|protocol)\s*[=: ]\s*\[?(?!port\b)([\w.:/-]+)/gi;
/** `DENY TCP 203.0.113.9 port 22`: the address right behind the action. */
const bare = /^\s*(?:(?:tcp|udp|icmp)\s+)?([0-9A-Fa-f.:[\]]{3,50})(?=[\s,]|$)/i;

const sourceKeys = new Set(['src', 'source', 'src_ip', 'srcip', 'source_ip', 'sourceip', 'sip', 'from']);
const destinationKeys = new Set(['dst', 'dest', 'destination', 'dst_ip', 'dstip', 'dest_ip', 'destip', 'dip', 'to']);
const sourcePortKeys = new Set(['spt', 'sport', 'src_port', 'srcport', 'source_port', 'sourceport']);
const destinationPortKeys = new Set([
  'dpt',
  'dport',
  'dst_port',
  'dstport',
  'dest_port',
  'destport',
  'destination_port',
  'destinationport',
  'port',
]);

function port(text: string): number | null {
  const value = /^\d{1,5}$/.test(text) ? Number(text) : Number.NaN;
  return value <= 65_535 ? value : null;
}

interface Flow {
  src: string | null;
  srcPort: number | null;
  dst: string | null;
  dstPort: number | null;
  protocol: string | null;
}

/** ASA puts the interface in front: `outside:203.0.113.9/40000`. */
const interfaceName = /^[A-Za-z_][\w.-]*:(?=\d+\.|[\da-f]*:)/;

function endpoint(text: string): { ip: string | null; port: number | null } {
  if (interfaceName.test(text) && readEndpoint(text).ip === null) return endpoint(text.replace(interfaceName, ''));
  return readEndpoint(
    text
      .replace(/[,;]+$/, '')
      .replace(/\((\d{1,5})\)$/, ':$1')
      .replace(/[()]/g, '')
      .replace('/', ':'),
  );
}

/** Addresses, ports and protocol of a sentence about a packet. */
function readFlow(text: string): Flow {
  const flow: Flow = { src: null, srcPort: null, dst: null, dstPort: null, protocol: null };
  const pair = arrow.exec(text);
  if (pair !== null) {
    const from = endpoint(pair[1] ?? '');
    const to = endpoint(pair[2] ?? '');
    if (from.ip !== null) {
      flow.src = from.ip;
      flow.srcPort = from.port;
      flow.dst = to.ip;
      flow.dstPort = to.port ?? (to.ip === null ? port(pair[2] ?? '') : null);
    }
  }
  // `from A port N to B port M`: each port belongs to the address before it.
  const sentence = /\bfrom\s+\S+\s+port\s+(\d{1,5})\s+to\s+\S+\s+port\s+(\d{1,5})/i.exec(text);
  if (sentence !== null) {
    flow.srcPort = port(sentence[1] ?? '');
    flow.dstPort = port(sentence[2] ?? '');
  }
  keyed.lastIndex = 0;
  for (let count = 0; count < 40; count += 1) {
    const found = keyed.exec(text);
    if (found === null) break;
    const key = (found[1] ?? '').toLowerCase();
    const value = found[2] ?? '';
    if (sourceKeys.has(key)) {
      const from = endpoint(value);
      if (from.ip !== null && flow.src === null) {
        flow.src = from.ip;
        flow.srcPort ??= from.port;
      }
    } else if (destinationKeys.has(key)) {
      const to = endpoint(value);
      if (to.ip !== null && flow.dst === null) {
        flow.dst = to.ip;
        flow.dstPort ??= to.port;
      }
    } else if (sourcePortKeys.has(key)) flow.srcPort ??= port(value);
    else if (destinationPortKeys.has(key)) flow.dstPort ??= port(value);
    else flow.protocol ??= protocolName(value.toUpperCase() === value ? value : value.toUpperCase());
  }
  if (flow.src === null) {
    const first = endpoint(bare.exec(text)?.[1] ?? '');
    flow.src = first.ip;
    flow.srcPort ??= first.port;
  }
  const protocol = protocolWord.exec(text);
  if (flow.protocol === null && protocol !== null) flow.protocol = protocolName((protocol[1] ?? '').toUpperCase());
  return flow;
}

/** A level with its brackets. A longer word is none, and trimming it would take a time that grows with its square. */
const longestLevel = 24;

function skipWord(event: Event, text: string, at: number): number {
  const space = text.indexOf(' ', at);
  if (space < 0 || space - at > longestLevel) return at;
  const word = text.slice(at, space).replace(/^\[|[\]:]+$/g, '');
  const level = levelOf(word);
  if (level === null) return at;
  event.level ??= level;
  return space + 1;
}

/** Firewalls in plain words: `Firewall DENY TCP 203.0.113.9:4431 -> 192.0.2.1:22`, `DENY src=… dst=… dport=22`, Cisco ASA's `Deny tcp src …`. */
export const firewall = defineFormat({
  name: 'firewall',
  description: 'Firewall lines in plain words: an action, an address or two, ports.',
  programs: ['firewall', 'pf', 'pflog', 'fw', 'filterlog'],
  anyProgram: true,
  leads: 'FfDdBbRrAaPp[9CcTtl',
  parse(event, text, context) {
    if (event.program === 'filterlog') return readFilterlog(event, text);
    const { time, has_time: hasTime, zone_minutes: zone, level } = event;
    let at = 0;
    if (!hasTime) {
      const opened = text.charCodeAt(0) === 91 ? 1 : 0;
      const end = takeTime(event, text, opened, context);
      if (end > 0) {
        at = text.charCodeAt(end) === 93 ? end + 1 : end;
        while (text.charCodeAt(at) === 32) at += 1;
        at = skipWord(event, text, at);
      }
    }
    const line = text.length > 1000 ? text.slice(at, at + 1000) : text.slice(at);
    const found = start.exec(line);
    if (found !== null) {
      const flow = readFlow(line.slice(found[0].length - 1));
      if (flow.src !== null && (flow.dst !== null || flow.dstPort !== null || flow.protocol !== null)) {
        event.format = 'firewall';
        event.src_ip = flow.src;
        event.src_port = flow.srcPort;
        event.dst_ip = flow.dst;
        event.dst_port = flow.dstPort;
        event.protocol = flow.protocol;
        const action = found[1] ?? found[2] ?? '';
        event.fields.action = action;
        setAction(event, actionOf(action));
        return true;
      }
    }
    event.time = time;
    event.has_time = hasTime;
    event.zone_minutes = zone;
    event.level = level;
    if (!hasTime) {
      const skew = event.tags.indexOf('clock_skew');
      if (skew >= 0) event.tags.splice(skew, 1);
    }
    return false;
  },
});
