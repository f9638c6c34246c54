/** Addresses as numbers, for look-ups on the data's way: no allocation, no regular expression. */

import { ipv4Between } from '../model/index.ts';

/** How an address was read: 4, 6, or 0 for what is none. */
export type AddressKind = 0 | 4 | 6;

/** Room for the words of an address. IPv4 uses the first. */
export const addressWords = (): Uint32Array => new Uint32Array(4);

/**
 * Reads an address into `out`: one word of IPv4, four of IPv6. IPv4 inside IPv6 (`::ffff:192.0.2.1`) is IPv4; a zone
 * (`%eth0`) is left out. Brackets and ports are not part of an address.
 */
export function readAddress(text: string, out: Uint32Array): AddressKind {
  const { length } = text;
  if (length < 2 || length > 60) return 0;
  const v4 = ipv4Between(text, 0, length, true);
  if (v4 >= 0) {
    out[0] = v4;
    return 4;
  }
  return readV6(text, length, out);
}

const groups = new Uint16Array(8);

function readV6(text: string, length: number, out: Uint32Array): AddressKind {
  let end = text.indexOf('%');
  if (end < 0) end = length;
  let count = 0;
  let gap = -1;
  let value = -1;
  let digits = 0;
  let groupAt = 0;
  for (let i = 0; i <= end; i += 1) {
    const c = i < end ? text.charCodeAt(i) : 58;
    const digit = c >= 48 && c <= 57 ? c - 48 : c >= 97 && c <= 102 ? c - 87 : c >= 65 && c <= 70 ? c - 55 : -1;
    if (digit >= 0) {
      if (digits === 0) groupAt = i;
      digits += 1;
      if (digits > 4) return 0;
      value = value < 0 ? digit : value * 16 + digit;
    } else if (c === 58) {
      if (value >= 0) {
        if (count === 8) return 0;
        groups[count] = value;
        count += 1;
        // One colon at the end belongs to nothing.
        if (i === end - 1) return 0;
      } else if (i < end) {
        const next = text.charCodeAt(i + 1);
        if (i === 0) {
          if (next !== 58 || end < 2) return 0;
        } else {
          if (gap >= 0 || text.charCodeAt(i - 1) !== 58) return 0;
          gap = count;
        }
      }
      value = -1;
      digits = 0;
    } else if (c === 46) {
      if (digits === 0 || count > 6) return 0;
      const tail = ipv4Between(text, groupAt, end, true);
      if (tail < 0) return 0;
      groups[count] = Math.floor(tail / 65536);
      groups[count + 1] = tail % 65536;
      count += 2;
      break;
    } else return 0;
  }
  if (gap < 0 ? count !== 8 : count > 7) return 0;
  if (gap >= 0) {
    const moved = count - gap;
    for (let i = 0; i < moved; i += 1) groups[7 - i] = groups[count - 1 - i] as number;
    for (let i = gap; i < 8 - moved; i += 1) groups[i] = 0;
  }
  for (let i = 0; i < 4; i += 1) out[i] = (groups[i * 2] as number) * 65536 + (groups[i * 2 + 1] as number);
  if (out[0] === 0 && out[1] === 0 && out[2] === 0xffff) {
    out[0] = out[3] as number;
    return 4;
  }
  return 6;
}

/**
 * Whether an address is one of the open Internet: not private, shared by carriers, loopback, link-local, multicast,
 * reserved or unspecified. Documentation ranges count as open: examples and tests live there.
 */
export function isExternal(kind: AddressKind, words: Uint32Array): boolean {
  const first = words[0] as number;
  if (kind === 4) {
    const top = first >>> 24;
    if (top === 0 || top === 10 || top === 127 || top >= 224) return false;
    if (top === 172) return first >>> 20 !== 0xac1;
    if (top === 192) return first >>> 16 !== 0xc0a8;
    if (top === 169) return first >>> 16 !== 0xa9fe;
    if (top === 100) return first >>> 22 !== 0x191;
    return true;
  }
  if (kind !== 6) return false;
  // Only 2000::/3 is given out (IANA); 64:ff9b::/96 translates to IPv4 of the open Internet.
  return first >>> 29 === 1 || (first === 0x0064ff9b && words[1] === 0 && words[2] === 0);
}

const scratch = addressWords();

/** Open addresses that belong to nobody: RFC 5737, 6890, 2544 and 7526; RFC 3849, 9637, 5180, 4843 and 7343. */
const nobodys: readonly [kind: AddressKind, first: number, bits: number][] = [
  [4, 0xc0000200, 24], // 192.0.2.0, documentation
  [4, 0xc6336400, 24], // 198.51.100.0, documentation
  [4, 0xcb007100, 24], // 203.0.113.0, documentation
  [4, 0xc0000000, 24], // 192.0.0.0, protocols of the IETF
  [4, 0xc6120000, 15], // 198.18.0.0, measurements
  [4, 0xc0586300, 24], // 192.88.99.0, relays of 6to4, given up
  [6, 0x20010db8, 32], // 2001:db8::, documentation
  [6, 0x3fff0000, 20], // 3fff::, documentation
  [6, 0x20010002, 32], // 2001:2::, measurements
  [6, 0x20010010, 28], // 2001:10::, hashes
  [6, 0x20010020, 28], // 2001:20::, hashes
];

/** Whether an address is one that somebody can have on the open Internet, and so is somewhere. */
export function isPublicText(text: string): boolean {
  const kind = readAddress(text, scratch);
  const first = scratch[0] as number;
  return isExternal(kind, scratch) && !nobodys.some(([of, start, bits]) => of === kind && cut(first, bits) === start);
}

/** {@link isExternal} of an address as text. */
export const isExternalText = (text: string): boolean => isExternal(readAddress(text, scratch), scratch);

/** An address or network as people write it (RFC 5952), with its length where it is a network. */
export function writeNetwork(kind: 4 | 6, words: Uint32Array, bits: number): string {
  if (kind === 4) {
    const value = cut(words[0] as number, bits);
    const text = `${value >>> 24}.${(value >>> 16) & 255}.${(value >>> 8) & 255}.${value & 255}`;
    return bits === 32 ? text : `${text}/${bits}`;
  }
  const parts: number[] = [];
  for (let i = 0; i < 4; i += 1) {
    const word = cut(words[i] as number, Math.max(0, Math.min(32, bits - i * 32)));
    parts.push(word >>> 16, word & 0xffff);
  }
  return bits === 128 ? compressed(parts) : `${compressed(parts)}/${bits}`;
}

/** The first bits of a word, the others zero. */
export const cut = (word: number, bits: number): number =>
  bits === 0 ? 0 : bits >= 32 ? word >>> 0 : (word & (0xffffffff << (32 - bits))) >>> 0;

function compressed(parts: readonly number[]): string {
  let best = 1;
  let bestAt = -1;
  for (let i = 0; i < 8; i += 1) {
    let n = 0;
    while (i + n < 8 && parts[i + n] === 0) n += 1;
    if (n > best) {
      best = n;
      bestAt = i;
    }
  }
  const text = (some: readonly number[]) => some.map((part) => part.toString(16)).join(':');
  return bestAt < 0 ? text(parts) : `${text(parts.slice(0, bestAt))}::${text(parts.slice(bestAt + best))}`;
}
