import { readFileSync } from 'node:fs';
import { networkInterfaces } from 'node:os';

/** What must never be blocked because this machine needs it. */
export interface MachineAddresses {
  own: string[];
  gateways: string[];
  resolvers: string[];
}

/** Read anew each time: addresses come and go. What cannot be read is left out. */
export function machineAddresses(): MachineAddresses {
  const own = Object.values(networkInterfaces()).flatMap((all) => (all ?? []).map(({ address }) => address));
  return {
    own: [...new Set(own)],
    gateways: [...new Set([...gateways4(text('/proc/net/route')), ...gateways6(text('/proc/net/ipv6_route'))])],
    // systemd-resolved hides the real ones behind 127.0.0.53.
    resolvers: [
      ...new Set([...resolvers(text('/etc/resolv.conf')), ...resolvers(text('/run/systemd/resolve/resolv.conf'))]),
    ],
  };
}

function text(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}

/** Hexadecimal in the machine's byte order, which is little-endian wherever Node runs. */
export function gateways4(table: string): string[] {
  return table
    .split('\n')
    .slice(1)
    .flatMap((line) => {
      const gateway = line.split('\t')[2];
      if (gateway === undefined || !/^[0-9A-F]{8}$/i.test(gateway) || /^0+$/.test(gateway)) return [];
      return [[6, 4, 2, 0].map((at) => Number.parseInt(gateway.slice(at, at + 2), 16)).join('.')];
    });
}

export function gateways6(table: string): string[] {
  return table.split('\n').flatMap((line) => {
    const hop = line.split(/\s+/)[4];
    if (hop === undefined || !/^[0-9a-f]{32}$/i.test(hop) || /^0+$/.test(hop)) return [];
    return [(hop.match(/.{4}/g) ?? []).join(':')];
  });
}

export const resolvers = (conf: string): string[] =>
  [...conf.matchAll(/^\s*nameserver\s+(\S+)/gm)].map(([, address]) => address as string);
