import type { z } from 'zod';
import {
  type AnalyzerFilter,
  analyzerCondition,
  analyzerEventTypes,
  analyzerLog,
  analyzerLogSources,
  analyzerSeverities,
  type EventJson,
  eventFromJson,
} from '../../model/index.ts';
import {
  cursorAt,
  deepestSorted,
  type EventFilter,
  type EventPage,
  type EventStore,
  type FilterField,
} from '../../store/contract.ts';
import type { Services } from '../contract.ts';
import { apiError } from '../errors.ts';
import { briefReputation } from '../reputation/brief.ts';
import type { logQuery } from './query.ts';
import type { LogView } from './shapes.ts';

/** An event in the analyzer's words. */
const logView = (event: EventJson): LogView => analyzerLog(eventFromJson(event));

/** Logs of a filter, newest first, at most `most`. What the PDF export reads. */
export async function readLogs(services: Services, filter: EventFilter, most: number): Promise<LogView[]> {
  const logs: LogView[] = [];
  for await (const part of logParts(services, filter, most)) logs.push(...part);
  return logs;
}

/** Logs by id, in the order of the ids; what is unknown is left out. */
export async function logsByIds(services: Services, ids: readonly string[]): Promise<LogView[]> {
  return (await services.events.byIds(ids)).map(logView);
}

/** Larger ones do not fit into the store's memory beside a load. Of very long lines it gives fewer. */
const partSize = 1000;
const leastPart = 4;

/** Logs of a filter in parts, with nothing cut, so that no more than one part is held. */
export async function* logParts(
  services: Services,
  filter: EventFilter,
  most = Number.POSITIVE_INFINITY,
  order: 'newest' | 'oldest' = 'newest',
): AsyncGenerator<LogView[]> {
  let left = most;
  let after: string | null = null;
  let size = partSize;
  // Once: what arrives while it is written would otherwise have to be stored before each part.
  const events = await services.events.settled();
  do {
    const asked = Math.min(size, left);
    const page: EventPage = await events.page(filter, asked, after, order, true);
    const { length } = page.events;
    if (length > 0) yield page.events.map(logView);
    left -= length;
    after = page.next;
    // What does not come is looked for in vain.
    size = length < asked ? Math.max(leastPart, length * 2) : Math.min(partSize, size * 4);
  } while (after !== null && left > 0);
}

/** Adds what is known against the source addresses. Nobody is asked for a list: that would use up a day's budget. */
export async function withReputation<T extends { source_ip: string | null }>(
  { reputation }: Services,
  rows: readonly T[],
): Promise<(T & { virustotal?: LogView['virustotal'] })[]> {
  const addresses = [...new Set(rows.flatMap(({ source_ip }) => source_ip ?? []))];
  const known = new Map(addresses.map((address) => [address, reputation.known(address)]));
  return rows.map((row) => {
    const virustotal = row.source_ip === null ? undefined : briefReputation(known.get(row.source_ip));
    return virustotal === undefined ? row : { ...row, virustotal };
  });
}

type Query = z.output<typeof logQuery>;

export interface LogPage {
  logs: LogView[];
  total: number;
  next_cursor: string | null;
}

/** One page in the order that was asked for. */
export async function listLogs(services: Services, filter: EventFilter, query: Query): Promise<LogPage> {
  const { page, page_size, sort_by, sort_order, after } = query;
  const order = sort_order === 'desc' ? 'newest' : 'oldest';
  const events = await services.events.settled();
  if (after !== undefined) {
    if (sort_by !== 'timestamp') throw apiError('VALIDATION_FAILED', 'A cursor goes on by time. Leave "sort_by" out.');
    const [found, total] = await Promise.all([events.page(filter, page_size, after, order), events.count(filter)]);
    return { logs: found.events.map(logView), total, next_cursor: found.next };
  }
  const at = { offset: (page - 1) * page_size, limit: page_size };
  if (sort_by === 'timestamp') {
    const found = await events.pageAt(filter, { ...at, order });
    const last = found.events.at(-1);
    const isMore = last !== undefined && at.offset + found.events.length < found.total;
    const next_cursor = isMore ? cursorAt(Date.parse(last.time ?? last.received_at), last.id) : null;
    return { logs: found.events.map(logView), total: found.total, next_cursor };
  }
  if (sort_by === 'severity' || sort_by === 'event_type' || sort_by === 'log_source') {
    const words = wordsOf[sort_by];
    return byWords(events, filter, at, sort_by, order === 'oldest' ? words : words.toReversed());
  }
  if (at.offset + at.limit > deepestSorted) throw apiError('TOO_DEEP', deepestSorted);
  const field = columns[sort_by];
  const sort = { field, descending: sort_order === 'desc' };
  const found = await events.pageAt(filter, { ...at, order: 'newest', sort });
  return { logs: found.events.map(logView), total: found.total, next_cursor: null };
}

const columns = {
  source_ip: 'src_ip',
  destination_ip: 'dst_ip',
  source_port: 'src_port',
  destination_port: 'dst_port',
  protocol: 'protocol',
  username: 'user',
} as const satisfies Record<string, FilterField>;

/** Words of the view in rising order: severities by their weight, the others as texts. */
const wordsOf = {
  severity: analyzerSeverities,
  event_type: analyzerEventTypes.toSorted(),
  log_source: analyzerLogSources.toSorted(),
} as const satisfies Record<string, readonly string[]>;

/** The events of one word after those of another, each newest first. */
async function byWords(
  events: EventStore,
  filter: EventFilter,
  at: { offset: number; limit: number },
  key: keyof AnalyzerFilter,
  words: readonly string[],
): Promise<LogPage> {
  const logs: LogView[] = [];
  let before = 0;
  for (const word of words) {
    const condition = analyzerCondition({ [key]: [word] });
    const of = { op: 'all', of: [...(filter.condition ? [filter.condition] : []), condition] } as const;
    const offset = Math.max(0, at.offset - before);
    const limit = at.limit - logs.length;
    const narrowed = { ...filter, condition: of };
    if (limit === 0) before += await events.count(narrowed);
    else {
      const found = await events.pageAt(narrowed, { offset, limit, order: 'newest' });
      logs.push(...found.events.map(logView));
      before += found.total;
    }
  }
  return { logs, total: before, next_cursor: null };
}
