import { addressGroups, canonicalAddress, ipv4Between } from '../../model/index.ts';

/** A range of addresses with its bounds, as numbers of 32 or 128 bits. */
export interface Network {
  family: 4 | 6;
  /** Length of the prefix. */
  bits: number;
  first: bigint;
  last: bigint;
  /** Canonical: `192.0.2.1`, `192.0.2.0/24`, `2001:db8::/64`. A single address has no prefix. */
  text: string;
}

/**
 * Reads an address or a range in CIDR notation; bits behind the prefix are cleared. Null: it is none. Zones and octets with
 * leading zeros are refused, because others read them otherwise. IPv4 mapped into IPv6 is IPv4.
 */
export function readNetwork(text: string): Network | null {
  const slash = text.indexOf('/');
  const base = slash < 0 ? text : text.slice(0, slash);
  const prefix = slash < 0 ? null : text.slice(slash + 1);
  if (prefix !== null && !/^(?:0|[1-9]\d{0,2})$/.test(prefix)) return null;
  const number = ipv4Between(base, 0, base.length, true);
  if (number >= 0) return network(4, BigInt(number), prefix === null ? 32 : Number(prefix));
  if (!/^[0-9a-fA-F:.]+$/.test(base)) return null;
  const groups = addressGroups(base);
  if (groups === null) return null;
  const bits = prefix === null ? 128 : Number(prefix);
  const value = groups.reduce((sum, group) => (sum << 16n) | BigInt(group), 0n);
  if (value >> 32n === 0xffffn && bits >= 96 && bits <= 128) return network(4, value & 0xffffffffn, bits - 96);
  return network(6, value, bits);
}

function network(family: 4 | 6, value: bigint, bits: number): Network | null {
  const width = family === 4 ? 32 : 128;
  if (bits > width) return null;
  const size = 1n << BigInt(width - bits);
  const first = (value / size) * size;
  const base = family === 4 ? text4(first) : text6(first);
  return { family, bits, first, last: first + size - 1n, text: bits === width ? base : `${base}/${bits}` };
}

const text4 = (value: bigint): string => [24n, 16n, 8n, 0n].map((shift) => String((value >> shift) & 255n)).join('.');

function text6(value: bigint): string {
  const groups: string[] = [];
  for (let shift = 112n; shift >= 0n; shift -= 16n) groups.push(((value >> shift) & 0xffffn).toString(16));
  // Mapped IPv4 was taken out before: what is left stays IPv6.
  return canonicalAddress(groups.join(':')) ?? groups.join(':');
}

/** Whether they have an address in common: one lies in the other, whichever is wider. */
export const overlap = (a: Network, b: Network): boolean =>
  a.family === b.family && a.first <= b.last && b.first <= a.last;

/** Whether the first holds all of the second. */
export const holds = (a: Network, b: Network): boolean =>
  a.family === b.family && a.first <= b.first && b.last <= a.last;

/** Those that lie in no other one, each once: what a set that allows no overlap can hold. */
export function outermost(networks: readonly Network[]): Network[] {
  const sorted = [...networks].sort((a, b) => a.family - b.family || compare(a.first, b.first) || a.bits - b.bits);
  const kept: Network[] = [];
  for (const each of sorted) {
    const before = kept.at(-1);
    if (before === undefined || !holds(before, each)) kept.push(each);
  }
  return kept;
}

const compare = (a: bigint, b: bigint): number => (a < b ? -1 : a > b ? 1 : 0);
