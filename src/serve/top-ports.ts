import { anyOf, type EventCondition, usualPorts } from '../model/index.ts';
import type { EventFilter, EventStore } from '../store/contract.ts';

const named = [...new Set(usualPorts.map(({ port }) => port))];
/** Whether a service is at this port even where its lines do not say so. All of them speak TCP. */
export const isUsualPort = (port: number): boolean => named.includes(port);
const isPort = (port: number): EventCondition => ({ op: 'number', column: 'dst_port', values: [port] });

/** Events of a service that is always at the same port count for it, although their lines name none: as the views show them. */
const asked: readonly EventCondition[] = named.map((port) =>
  anyOf(isPort(port), ...usualPorts.filter((usual) => usual.port === port).map(({ when }) => when)),
);

/**
 * Ports that are asked for most, with the ports of services whose lines name none: a login by SSH counts for port 22.
 *
 * @param events the store, with what was acknowledged in it
 */
export async function topPortsOf(
  events: Pick<EventStore, 'top' | 'tally'>,
  filter: EventFilter,
  limit: number,
): Promise<{ port: number; count: number }[]> {
  const [stored, usual] = await Promise.all([events.top(filter, 'dst_port', limit), events.tally(filter, asked)]);
  const counts = new Map(stored.map(({ value, count }) => [Number(value), count]));
  for (const { case: at, count } of usual) {
    const port = named[at];
    if (port !== undefined) counts.set(port, count);
  }
  return [...counts]
    .map(([port, count]) => ({ port, count }))
    .sort((a, b) => b.count - a.count || a.port - b.port)
    .slice(0, limit);
}
