import type { Event } from '../../model/index.ts';
import { asAddress } from '../address.ts';
import { setAction } from '../netfilter.ts';

function port(text: string | undefined): number | null {
  const value = text !== undefined && /^\d{1,5}$/.test(text) ? Number(text) : Number.NaN;
  return value <= 65_535 ? value : null;
}

/**
 * pf's log as pfSense and OPNsense write it (`filterlog`), comma-separated: rule, sub-rule, anchor, tracker, interface, reason,
 * action, direction, IP version, the fields of that version, source, destination, ports.
 */
export function readFilterlog(event: Event, text: string): boolean {
  const values = text.length > 1000 ? text.slice(0, 1000).split(',') : text.split(',');
  const version = values[8];
  const at = version === '4' ? 18 : version === '6' ? 15 : 0;
  const source = at === 0 ? null : asAddress(values[at] ?? '');
  if (source === null) return false;
  const action = values[6] ?? '';
  event.format = 'firewall';
  event.src_ip = source;
  event.dst_ip = asAddress(values[at + 1] ?? '');
  const protocol = (version === '4' ? values[16] : values[12])?.toLowerCase() ?? '';
  if (protocol !== '') event.protocol = protocol;
  event.fields.action = action;
  event.fields.direction = values[7] ?? '';
  event.fields.in = values[4] ?? '';
  if (protocol === 'tcp' || protocol === 'udp' || protocol === 'sctp') {
    event.src_port = port(values[at + 2]);
    event.dst_port = port(values[at + 3]);
    if (protocol === 'tcp') event.fields.tcp_flags = flagsOf(values[at + 5] ?? '');
  }
  setAction(event, action === 'pass' ? 'allowed' : action === 'block' || action === 'reject' ? 'blocked' : 'logged');
  return true;
}

const flagNames: Record<string, string> = {
  S: 'SYN',
  A: 'ACK',
  F: 'FIN',
  R: 'RST',
  P: 'PSH',
  U: 'URG',
  E: 'ECE',
  C: 'CWR',
  W: 'CWR',
};

/** `PA` → `PSH ACK`, as the Linux kernel's log has them. */
const flagsOf = (letters: string): string =>
  [...letters].flatMap((letter) => (flagNames[letter] === undefined ? [] : [flagNames[letter]])).join(' ');
