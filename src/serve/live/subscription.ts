import { z } from 'zod';
import {
  type Event,
  isNetwork,
  networkTest,
  plainText,
  readSeverity,
  type Severity,
  severities,
  severityRank,
} from '../../model/index.ts';

/** What a client may ask for. Everything it leaves out stays as it was. */
export const subscribeMessage = z.object({
  type: z.literal('subscribe'),
  events: z.boolean().optional(),
  /** One `events` message at most every 100 ms instead of one message per event. */
  batch: z.boolean().optional(),
  /** Events per second at most; what is more is skipped and counted. Null: no limit. */
  max_per_second: z.number().min(1).max(100_000).nullish(),
  filter: z
    .object({
      q: z.string().max(500).nullish(),
      source: z.string().max(300).nullish(),
      severity: z
        .string()
        .max(20)
        .refine(
          (word) => word === '' || readSeverity(word) !== undefined,
          `is no severity. Use ${severities.join(', ')}`,
        )
        .nullish(),
      format: z.string().max(64).nullish(),
      src_ip: z
        .string()
        .max(64)
        .refine((text) => text === '' || isNetwork(text), 'is no address and no network')
        .nullish(),
    })
    .nullish(),
});
export type SubscribeMessage = z.output<typeof subscribeMessage>;

export interface Subscription {
  events: boolean;
  batch: boolean;
  maxPerSecond: number | null;
  /** Null: every event. */
  wants: ((event: Event) => boolean) | null;
}

export const everything: Subscription = { events: true, batch: false, maxPerSecond: null, wants: null };

export function subscriptionOf(message: SubscribeMessage, before: Subscription): Subscription {
  return {
    events: message.events ?? before.events,
    batch: message.batch ?? before.batch,
    maxPerSecond: message.max_per_second === undefined ? before.maxPerSecond : message.max_per_second,
    wants: message.filter === undefined ? before.wants : filterOf(message.filter),
  };
}

/** What is wrong with a request, and how one looks. */
export function refusalOf(error: z.ZodError): string {
  const [first] = error.issues;
  const where = (first?.path ?? []).map(String).join('.');
  return `${where === '' ? 'The request' : `"${where}"`} ${(first?.message ?? 'cannot be read').replace(/^Invalid input: /, '')}. Nothing was changed. Send {"type": "subscribe", "filter": {"severity": "high", "src_ip": "203.0.113.0/24", "q": "text"}}, or leave parts of it out.`;
}

/** All given parts must hold; `q` is a case-blind part of the raw line, `severity` the least, `src_ip` an address or a network. */
function filterOf(filter: SubscribeMessage['filter']): ((event: Event) => boolean) | null {
  if (!filter) return null;
  const text = filter.q ? filter.q.toLowerCase() : null;
  const least: Severity | undefined = filter.severity ? readSeverity(filter.severity) : undefined;
  const { source, format } = filter;
  const isFrom = filter.src_ip ? networkTest(filter.src_ip) : null;
  if (text === null && least === undefined && !source && !format && isFrom === null) return null;
  return (event) =>
    (!source || event.source === source) &&
    (!format || event.format === format) &&
    (isFrom === null || (event.src_ip !== null && isFrom(event.src_ip))) &&
    (least === undefined || severityRank[event.severity] >= severityRank[least]) &&
    (text === null || plainText(event.raw).toLowerCase().includes(text));
}
