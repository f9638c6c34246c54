/** What an address says by itself: IPv4 and IPv6 ranges with a meaning of their own, narrowest first. */
const ranges: readonly [prefix: string, bits: number, kind: string][] = [
  ['127.0.0.0', 8, 'loopback: this machine'],
  ['10.0.0.0', 8, 'private network'],
  ['172.16.0.0', 12, 'private network'],
  ['192.168.0.0', 16, 'private network'],
  ['169.254.0.0', 16, 'link-local'],
  ['100.64.0.0', 10, 'carrier-grade NAT'],
  ['192.0.2.0', 24, 'documentation range'],
  ['198.51.100.0', 24, 'documentation range'],
  ['203.0.113.0', 24, 'documentation range'],
  ['198.18.0.0', 15, 'range for measurements'],
  ['224.0.0.0', 4, 'multicast'],
  ['0.0.0.0', 8, 'no address of a host'],
  ['240.0.0.0', 4, 'reserved'],
];
const ranges6: readonly [start: RegExp, kind: string][] = [
  [/^::1$/, 'loopback: this machine'],
  [/^f[cd]/i, 'private network'],
  [/^fe[89ab]/i, 'link-local'],
  [/^2001:0?db8:/i, 'documentation range'],
  [/^3fff:0?[0-9a-f]{0,3}:/i, 'documentation range'],
  [/^ff/i, 'multicast'],
];

const numberOf = (address: string): number | null => {
  const parts = address.split('.').map(Number);
  if (parts.length !== 4 || parts.some((part) => !Number.isInteger(part) || part < 0 || part > 255)) return null;
  return parts.reduce((sum, part) => sum * 256 + part, 0);
};

/** Which kind of network an address belongs to, in words; null for what is no address. */
export function addressKind(address: string): string | null {
  if (address.includes(':')) return ranges6.find(([start]) => start.test(address))?.[1] ?? 'public address';
  const value = numberOf(address);
  if (value === null) return null;
  const inside = ([prefix, bits]: readonly [string, number, string]) => {
    const size = 2 ** (32 - bits);
    return Math.floor(value / size) === Math.floor((numberOf(prefix) ?? 0) / size);
  };
  return ranges.find(inside)?.[2] ?? 'public address';
}
