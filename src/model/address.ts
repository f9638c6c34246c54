/** IPv4 and IPv6 addresses as the rules need them: networks and prefixes. Pure text and numbers, no allocation-heavy library. */

/** 32 bits of an IPv4 address as an unsigned number, or -1. */
export const ipv4Number = (text: string): number => ipv4Between(text, 0, text.length, false);

/** The same of a part of a text. @param isStrict leading zeros are refused: some read them as octal */
export function ipv4Between(text: string, from: number, to: number, isStrict: boolean): number {
  let value = 0;
  let octet = -1;
  let dots = 0;
  if (to - from > 15) return -1;
  for (let i = from; i < to; i += 1) {
    const c = text.charCodeAt(i);
    if (c === 46) {
      if (octet < 0 || dots === 3) return -1;
      value = value * 256 + octet;
      octet = -1;
      dots += 1;
    } else if (c >= 48 && c <= 57) {
      if (isStrict && octet === 0) return -1;
      octet = octet < 0 ? c - 48 : octet * 10 + c - 48;
      if (octet > 255) return -1;
    } else return -1;
  }
  return dots === 3 && octet >= 0 ? value * 256 + octet : -1;
}

/** The eight groups of an IPv6 address, or null. A zone (`%eth0`) is ignored; an IPv4 tail is read. */
export function addressGroups(text: string): number[] | null {
  const bare = text.includes('%') ? text.slice(0, text.indexOf('%')) : text;
  if (!bare.includes(':') || bare.length > 45) return null;
  const halves = bare.split('::');
  if (halves.length > 2) return null;
  const head = groups(halves[0] as string);
  const tail = halves.length === 2 ? groups(halves[1] as string) : [];
  if (head === null || tail === null) return null;
  if (halves.length === 1) return head.length === 8 ? head : null;
  const gap = 8 - head.length - tail.length;
  return gap < 1 ? null : [...head, ...new Array<number>(gap).fill(0), ...tail];
}

function groups(text: string): number[] | null {
  if (text === '') return [];
  const result: number[] = [];
  const parts = text.split(':');
  for (let i = 0; i < parts.length; i += 1) {
    const part = parts[i] as string;
    if (i === parts.length - 1 && part.includes('.')) {
      const v4 = ipv4Number(part);
      if (v4 < 0) return null;
      result.push(Math.floor(v4 / 65536), v4 % 65536);
    } else {
      if (!/^[0-9a-fA-F]{1,4}$/.test(part)) return null;
      result.push(Number.parseInt(part, 16));
    }
  }
  return result;
}

export const isNetwork = (text: string): boolean => networkTest(text) !== null;

/** A test for addresses of a network in CIDR notation (or one address); null where the text is none. */
export function networkTest(text: string): ((address: string) => boolean) | null {
  const slash = text.indexOf('/');
  const base = slash < 0 ? text : text.slice(0, slash);
  const prefixText = slash < 0 ? null : text.slice(slash + 1);
  if (prefixText !== null && !/^\d{1,3}$/.test(prefixText)) return null;
  const v4 = ipv4Number(base);
  if (v4 >= 0) {
    const bits = prefixText === null ? 32 : Number(prefixText);
    if (bits > 32) return null;
    const divisor = 2 ** (32 - bits);
    const wanted = Math.floor(v4 / divisor);
    return (address) => {
      const value = ipv4Number(address);
      return value >= 0 && Math.floor(value / divisor) === wanted;
    };
  }
  const v6 = addressGroups(base);
  if (v6 === null) return null;
  const bits = prefixText === null ? 128 : Number(prefixText);
  if (bits > 128) return null;
  return (address) => {
    const value = addressGroups(address);
    return value !== null && sharesBits(value, v6, bits);
  };
}

function sharesBits(a: readonly number[], b: readonly number[], bits: number): boolean {
  for (let i = 0; i < 8; i += 1) {
    const left = bits - i * 16;
    if (left <= 0) return true;
    const mask = left >= 16 ? 0xffff : (0xffff << (16 - left)) & 0xffff;
    if (((a[i] as number) & mask) !== ((b[i] as number) & mask)) return false;
  }
  return true;
}

/** `2001:db8:1:2::/64` for an IPv6 address cut to its first bits; anything else as it is. */
export function ipv6Prefix(address: string, bits: number): string {
  if (!address.includes(':')) return address;
  const value = addressGroups(address);
  if (value === null || bits >= 128) return address;
  const kept = value.map((group, i) => {
    const left = bits - i * 16;
    if (left >= 16) return group;
    return left <= 0 ? 0 : group & ((0xffff << (16 - left)) & 0xffff);
  });
  return `${compress(kept)}/${bits}`;
}

/** RFC 5952: lower case, the longest run of zeros shortened. */
function compress(value: readonly number[]): string {
  let best = 0;
  let bestAt = -1;
  for (let i = 0; i < 8; i += 1) {
    let n = 0;
    while (i + n < 8 && value[i + n] === 0) n += 1;
    if (n > best && n > 1) {
      best = n;
      bestAt = i;
    }
  }
  const text = (part: readonly number[]) => part.map((group) => group.toString(16)).join(':');
  return bestAt < 0 ? text(value) : `${text(value.slice(0, bestAt))}::${text(value.slice(bestAt + best))}`;
}

/** An address as events hold it: IPv6 by RFC 5952, without a zone, IPv4-mapped as IPv4. Null where the text is none. */
export function canonicalAddress(text: string): string | null {
  const v4 = ipv4Number(text);
  if (v4 >= 0) return [24, 16, 8, 0].map((shift) => (v4 >>> shift) & 255).join('.');
  const v6 = addressGroups(text);
  if (v6 === null) return null;
  const isMapped = v6.slice(0, 5).every((group) => group === 0) && v6[5] === 0xffff;
  if (!isMapped) return compress(v6);
  const [high, low] = v6.slice(6) as [number, number];
  return [high >> 8, high & 255, low >> 8, low & 255].join('.');
}
