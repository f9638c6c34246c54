import type { z } from 'zod';
import {
  allOf,
  analyzerCases,
  analyzerSeverities,
  isNull,
  isOneOf,
  isoTime,
  notOf,
  protocolWord,
  speaksTcp,
} from '../../model/index.ts';
import type { EventFilter } from '../../store/contract.ts';
import type { Services } from '../contract.ts';
import { isUsualPort, topPortsOf } from '../top-ports.ts';
import type { summaryShape, topAddressShape, topPortShape } from './shapes.ts';

type Asked = Pick<Services, 'events'>;
type TopAddress = z.output<typeof topAddressShape>;
type TopPort = z.output<typeof topPortShape>;

const cases = analyzerCases.map(({ when }) => when);

/** Counts in the analyzer's words. */
export async function logSummary(services: Asked, filter: EventFilter): Promise<z.output<typeof summaryShape>> {
  const events = await services.events.settled();
  const [tally, protocols, overTcp, hours, addresses, ports] = await Promise.all([
    events.tally(filter, cases),
    events.top(filter, 'protocol', 1000),
    events.count({ ...filter, condition: allOf(...(filter.condition ? [filter.condition] : []), speaksTcp) }),
    events.histogram(filter, 3_600_000, 'source_type'),
    topAddresses({ events }, filter, 10),
    topPorts({ events }, filter, 10),
  ]);
  const severity_counts: Record<string, number> = Object.fromEntries(analyzerSeverities.map((word) => [word, 0]));
  const event_type_counts: Record<string, number> = {};
  let total_logs = 0;
  for (const { case: at, count } of tally) {
    const found = analyzerCases[at];
    if (found === undefined) continue;
    total_logs += count;
    add(severity_counts, found.severity, count);
    add(event_type_counts, found.event_type, count);
  }
  const protocol_counts: Record<string, number> = {};
  for (const { value, count } of protocols) add(protocol_counts, protocolWord(value), count);
  if (overTcp > 0) add(protocol_counts, 'TCP', overTcp);
  const byHour = new Map<number, number>();
  for (const { time, count } of hours) byHour.set(time, (byHour.get(time) ?? 0) + count);
  return {
    total_logs,
    severity_counts,
    event_type_counts,
    protocol_counts,
    logs_by_hour: [...byHour].map(([time, count]) => ({ hour: isoTime(time), count })),
    top_source_ips: addresses,
    top_ports: ports,
  };
}

function add(counts: Record<string, number>, word: string, count: number): void {
  counts[word] = (counts[word] ?? 0) + count;
}

/** Addresses that most events come from, with how grave those are. */
export async function topAddresses(asked: Asked, filter: EventFilter, limit: number): Promise<TopAddress[]> {
  const events = await asked.events.settled();
  const top = await events.top(filter, 'src_ip', limit);
  if (top.length === 0) return [];
  const of = allOf(
    ...(filter.condition ? [filter.condition] : []),
    // In an order of their own, so that the same addresses are the same question.
    isOneOf('src_ip', ...top.map(({ value }) => value).sort()),
  );
  const tally = await events.tally({ ...filter, condition: of }, cases, 'src_ip');
  const breakdowns = new Map<string | null, Record<string, number>>();
  for (const { key, case: at, count } of tally) {
    const breakdown = breakdowns.get(key) ?? {};
    add(breakdown, analyzerCases[at]?.severity ?? 'LOW', count);
    breakdowns.set(key, breakdown);
  }
  return top.map(({ value, count }) => {
    return { source_ip: value, count, severity_breakdown: breakdowns.get(value) ?? {} };
  });
}

/** Ports that are asked for most, with the protocol that most of their events have. */
export async function topPorts(asked: Asked, filter: EventFilter, limit: number): Promise<TopPort[]> {
  const events = await asked.events.settled();
  const top = await topPortsOf(events, filter, limit);
  if (top.length === 0) return [];
  const condition = allOf(
    ...(filter.condition ? [filter.condition] : []),
    { op: 'number', column: 'dst_port', values: top.map(({ port }) => port) },
    notOf(isNull('protocol')),
  );
  const words = await events.top({ ...filter, condition }, 'protocol', 20);
  const stored = words.map(({ value }) => value);
  const tally =
    stored.length === 0
      ? []
      : await events.tally(
          { ...filter, condition },
          stored.map((word) => isOneOf('protocol', word)),
          'dst_port',
        );
  const best = new Map<string, { word: string; count: number }>();
  for (const { key, case: at, count } of tally) {
    const known = best.get(key ?? '');
    if (known === undefined || count > known.count) best.set(key ?? '', { word: stored[at] ?? '', count });
  }
  return top.map(({ port, count }) => {
    const word = best.get(String(port))?.word;
    const protocol = word === undefined ? (isUsualPort(port) ? 'TCP' : null) : protocolWord(word);
    return { port, count, protocol };
  });
}
