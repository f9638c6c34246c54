import type { Event } from '../../model/index.ts';
import type { Enrichment } from '../contract.ts';

/** Formats whose programs name the client in one line and serve it from a process of its own, whose later lines do not. */
const joined: ReadonlySet<string> = new Set(['postgresql']);

/** Processes remembered; the one that was silent longest is forgotten first. */
const mostProcesses = 10_000;
/** A process that was silent for so long may be another one with the same number, ms. */
const longestSilence = 3_600_000;

interface Client {
  ip: string;
  port: number | null;
  /** Event time of the process' last line, epoch ms. */
  lastAt: number;
}

/**
 * Remembers, per source, host, format and pid, who is connected, and gives later lines of that process the address.
 * Debian's PostgreSQL states the client in `connection received: host=…` only; the refused login that follows does not.
 * Such an event carries the tag `src_from_session`.
 */
export function createSessions(): Enrichment {
  const clients = new Map<string, Client>();

  return {
    name: 'session',
    apply(event: Event): void {
      if (event.pid === null || !joined.has(event.format)) return;
      const key = `${event.pid} ${event.format} ${event.host ?? ''} ${event.source}`;
      const known = clients.get(key);
      if (known !== undefined) clients.delete(key);
      // A new client of the same pid; over a local socket it has no address.
      const begins = event.message.includes('connection received:');
      if (event.src_ip !== null) {
        remember(key, { ip: event.src_ip, port: event.src_port ?? known?.port ?? null, lastAt: event.time });
      } else if (known !== undefined && !begins && Math.abs(event.time - known.lastAt) <= longestSilence) {
        event.src_ip = known.ip;
        event.src_port ??= known.port;
        event.tags.push('src_from_session');
        remember(key, { ...known, lastAt: event.time });
      }
      if (event.message.includes('disconnection:')) clients.delete(key);
    },
  };

  function remember(key: string, client: Client): void {
    clients.set(key, client);
    if (clients.size <= mostProcesses) return;
    for (const oldest of clients.keys()) {
      clients.delete(oldest);
      return;
    }
  }
}
