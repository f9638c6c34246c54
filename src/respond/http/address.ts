import ipaddr from 'ipaddr.js';

/** Whether a connection to this internal address, or to this host, is allowed nevertheless. */
export type AllowInternal = (host: string, address: string) => boolean;

/**
 * Whether an address is anything but one of the public internet: loopback, private, link-local (clouds keep credentials
 * there), carrier-grade NAT, multicast, reserved, documentation, or an IPv6 form that carries an IPv4 address.
 */
export function isInternal(address: string): boolean {
  if (!ipaddr.isValid(address)) return true;
  const parsed = ipaddr.process(address.replace(/%.*$/, ''));
  if (parsed.range() !== 'unicast') return true;
  // ::a.b.c.d (deprecated IPv4-compatible) and fec0::/10 (deprecated site-local).
  if (parsed instanceof ipaddr.IPv6) {
    const [first = 0, ...rest] = parsed.parts;
    return (first === 0 && rest.slice(0, 5).every((part) => part === 0)) || (first & 0xffc0) === 0xfec0;
  }
  return false;
}

/**
 * Reads the list of allowed internal receivers: names, addresses and ranges.
 *
 * An entry that is no address or range is a host name; it allows exactly that name.
 */
export function allowInternal(entries: readonly string[]): AllowInternal {
  const names = new Set<string>();
  const ranges: [ipaddr.IPv4 | ipaddr.IPv6, number][] = [];
  for (const entry of entries.map((each) => each.trim().toLowerCase())) {
    if (ipaddr.isValidCIDR(entry)) ranges.push(ipaddr.parseCIDR(entry));
    else if (ipaddr.isValid(entry)) {
      const parsed = ipaddr.process(entry);
      ranges.push([parsed, parsed.kind() === 'ipv4' ? 32 : 128]);
    } else names.add(entry);
  }
  return (host, address) => {
    if (names.has(host.toLowerCase())) return true;
    if (!ipaddr.isValid(address)) return false;
    const parsed = ipaddr.process(address);
    return ranges.some(([range, bits]) => range.kind() === parsed.kind() && parsed.match(range, bits));
  };
}
