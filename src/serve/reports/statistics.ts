import type { EventStore } from '../../store/contract.ts';
import type { Services } from '../contract.ts';
import { countriesOf, mostPlaced } from '../countries.ts';
import { topPortsOf } from '../top-ports.ts';
import { type Bucket, countingMs, type Period, type Span, spanFilter, zonedIso } from './period.ts';
import { type LogStatistics, reportSeverities, type TimePart } from './types.ts';

/** What the store was asked about a period. Counts only: no event is read for it. */
export interface Counted {
  statistics: LogStatistics;
  breakdown: TimePart[];
  /** By source: events and the newest of them, all sources of the period. */
  sources: SourceCount[];
}

export interface SourceCount {
  value: string;
  count: number;
  /** Epoch ms. */
  last: number;
}

/** Of the period before: what is compared. */
export interface CountedBefore {
  total: number;
  severities: Record<string, number>;
  sources: SourceCount[];
}

/** Sources that are looked at for silence. A busy site has hundreds. */
const mostSources = 10_000;
const topLength = 20;

/** Asks the store for the statistics of a period: a fixed number of queries, one after the other. */
export async function countPeriod(
  from: Pick<Services, 'events' | 'intel'>,
  period: Period,
  buckets: readonly Bucket[],
): Promise<Counted> {
  const { events, intel } = from;
  const filter = spanFilter({ start: period.start, end: period.until });
  const stepMs = countingMs(period);
  const parts = await events.histogram(filter, stepMs, 'severity');
  const breakdown = buckets.map(
    ({ start, end, label }): TimePart => ({
      start: zonedIso(start, period.zone),
      end: zonedIso(end, period.zone),
      label,
      total: 0,
      severity_counts: noCounts(),
    }),
  );
  const hours = Array.from({ length: 24 }, (_, hour) => ({ hour, count: 0 }));
  const severities = noCounts();
  let total = 0;
  const hourOf = hourIn(period.zone);
  let index = 0;
  for (const { time, key, count } of parts) {
    const severity = key.toUpperCase();
    const from = Math.max(time, period.start);
    // Both are in order of time.
    while (index < buckets.length - 1 && from >= (buckets[index]?.end ?? 0)) index += 1;
    add(severities, severity, count);
    total += count;
    const part = breakdown[index];
    if (part !== undefined) {
      part.total += count;
      add(part.severity_counts, severity, count);
    }
    const hour = hours[hourOf(from)];
    if (hour !== undefined) hour.count += count;
  }
  const types = await events.top(filter, 'event_type', 200);
  const protocols = await events.top(filter, 'protocol', 100);
  const ips = await events.top(filter, 'src_ip', mostPlaced);
  const ports = await topPortsOf(events, filter, topLength);
  const users = await events.top(filter, 'user', topLength);
  const hosts = await events.top(filter, 'host', topLength);
  const sources = await events.top(filter, 'source', mostSources);
  const iso = (time: number) => zonedIso(time, period.zone);
  return {
    breakdown,
    sources,
    statistics: {
      total_logs: total,
      severity_counts: severities,
      event_type_counts: Object.fromEntries(types.map(({ value, count }) => [value, count])),
      protocol_counts: Object.fromEntries(protocols.map(({ value, count }) => [value, count])),
      logs_by_hour: hours,
      top_source_ips: ips
        .slice(0, topLength)
        .map(({ value, count, last }) => ({ source_ip: value, count, last_seen: iso(last) })),
      top_ports: ports,
      top_users: users.map(({ value, count }) => ({ username: value, count })),
      top_countries: countriesOf(intel, ips, topLength).map(({ country, count, addresses }) => ({
        country,
        count,
        addresses,
      })),
      top_hosts: hosts.map(({ value, count }) => ({ host: value, count })),
      top_sources: sources
        .slice(0, topLength)
        .map(({ value, count, last }) => ({ source: value, count, last_seen: iso(last) })),
    },
  };
}

export async function countBefore(events: EventStore, before: Span): Promise<CountedBefore> {
  const filter = spanFilter(before);
  const severities = noCounts();
  let total = 0;
  for (const { key, count } of await events.histogram(filter, 86_400_000, 'severity')) {
    add(severities, key.toUpperCase(), count);
    total += count;
  }
  return { total, severities, sources: await events.top(filter, 'source', mostSources) };
}

/** Which of these addresses had no event in a span. */
export async function unseenIn(events: EventStore, span: Span, addresses: readonly string[]): Promise<string[]> {
  if (addresses.length === 0) return [];
  const where = [{ field: 'src_ip' as const, op: 'in' as const, values: [...addresses] }];
  const seen = new Set(
    (await events.top({ ...spanFilter(span), where }, 'src_ip', addresses.length)).map(({ value }) => value),
  );
  return addresses.filter((address) => !seen.has(address));
}

const noCounts = (): Record<string, number> => Object.fromEntries(reportSeverities.map((name) => [name, 0]));

/** Never on a prototype's keys: they come from the store. */
function add(counts: Record<string, number>, key: string, count: number): void {
  counts[key] = (Object.hasOwn(counts, key) ? (counts[key] ?? 0) : 0) + count;
}

/** The hour of the day in a zone. Asking the zone database for each of many parts would take long: offsets are kept by day. */
function hourIn(zone: string): (time: number) => number {
  const format = new Intl.DateTimeFormat('en-US', { timeZone: zone, hour: 'numeric', hourCycle: 'h23' });
  const known = new Map<number, number>();
  return (time) => {
    const quarter = Math.floor(time / 900_000);
    let hour = known.get(quarter);
    if (hour === undefined) {
      hour = Number(format.format(quarter * 900_000));
      known.set(quarter, hour);
    }
    return hour;
  };
}
