import { readFileSync } from 'node:fs';
import { networkInterfaces } from 'node:os';

/** What must never be blocked because this machine needs it. */
export interface MachineAddresses {
  own: string[];
  gateways: string[];
  resolvers: string[];
}

/**
 * Read anew each time: addresses come and go. What is not there is left out; what cannot be read now (too many open files) is as
 * it was, so that nobody can take the protection away by using them up.
 */
export function machineAddresses(): MachineAddresses {
  return {
    own: [...new Set(ownAddresses())],
    gateways: [...new Set([...gateways4(text('/proc/net/route')), ...gateways6(text('/proc/net/ipv6_route'))])],
    // systemd-resolved hides the real ones behind 127.0.0.53.
    resolvers: [
      ...new Set([...resolvers(text('/etc/resolv.conf')), ...resolvers(text('/run/systemd/resolve/resolv.conf'))]),
    ],
  };
}

let lastOwn: string[] = [];
const lastTexts = new Map<string, string>();

function ownAddresses(): string[] {
  try {
    lastOwn = Object.values(networkInterfaces()).flatMap((all) => (all ?? []).map(({ address }) => address));
  } catch {
    // They are as they were.
  }
  return lastOwn;
}

function text(file: string): string {
  try {
    lastTexts.set(file, readFileSync(file, 'utf8'));
  } catch (error) {
    if (['ENOENT', 'EACCES'].includes((error as NodeJS.ErrnoException).code ?? '')) lastTexts.delete(file);
  }
  return lastTexts.get(file) ?? '';
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
