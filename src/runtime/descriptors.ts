import { readFileSync } from 'node:fs';
import type { Server } from 'node:net';
import type { PhosorConfig } from '../config/index.ts';
import type { Log } from '../serve/contract.ts';

/** How many files and connections this process may have open at once. */
export function descriptorLimit(): number {
  try {
    const limits = readFileSync('/proc/self/limits', 'utf8');
    const [, most] = /^Max open files +(\d+|unlimited)/m.exec(limits) ?? [];
    return most === 'unlimited' ? Number.POSITIVE_INFINITY : Number(most ?? 1024);
  } catch {
    return 1024;
  }
}

/** What a kind of connections may take of the limit, so that files can always be opened. */
export const httpShare = (limit = descriptorLimit()): number => Math.min(20_000, Math.max(32, Math.floor(limit / 3)));
const syslogShare = (limit = descriptorLimit()): number => Math.max(8, Math.floor(limit / 8));

/** The configuration of syslog with no more connections than the limit leaves, which is said. */
export function syslogOf({ syslog }: PhosorConfig, log: Log, limit = descriptorLimit()): PhosorConfig['syslog'] {
  const configured = syslog.maxConnections;
  const most = syslogShare(limit);
  if (configured > most)
    log(
      'warn',
      `This process may open ${limit} files at once: at most ${most} syslog connections are taken instead of ${configured}. Raise the limit (ulimit -n, LimitNOFILE).`,
    );
  return { ...syslog, maxConnections: Math.min(configured, most) };
}

/**
 * Closes connections beyond a limit as they come: of all servers together `most`, of one address half of it. Whoever opens
 * thousands and says nothing then takes neither the files that Phosor needs nor everybody's place.
 */
export function limitConnections(servers: readonly Server[], most: number): void {
  const byAddress = new Map<string, number>();
  let all = 0;
  for (const server of servers)
    server.on('connection', (socket) => {
      const address = socket.remoteAddress ?? '';
      const own = byAddress.get(address) ?? 0;
      if (all >= most || own >= most / 2) return void socket.destroy();
      all += 1;
      byAddress.set(address, own + 1);
      socket.once('close', () => {
        all -= 1;
        const left = (byAddress.get(address) ?? 1) - 1;
        if (left === 0) byAddress.delete(address);
        else byAddress.set(address, left);
      });
    });
}
