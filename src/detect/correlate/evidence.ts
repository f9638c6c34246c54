import type { Event } from '../../model/index.ts';
import type { AlertExtent } from '../contract.ts';
import { evidenceLimit } from './window.ts';

/** Everything that is kept. */
export const fullDetail: AlertExtent = { first: evidenceLimit, last: evidenceLimit, clauses: true };

/**
 * An alert's events: the ids of the first and of the last {@link evidenceLimit}, and as many of the events themselves as
 * will be told. No event is in both lists; the lists of the last ones are rings.
 */
export interface Evidence {
  seen: number;
  firstIds: string[];
  lastIds: string[];
  head: Event[];
  tail: Event[];
  newest: Event;
}

export function evidenceOf(events: readonly Event[], newest: Event, detail: AlertExtent): Evidence {
  const evidence: Evidence = { seen: 0, firstIds: [], lastIds: [], head: [], tail: [], newest };
  for (const event of events) addEvidence(evidence, event, detail);
  return evidence;
}

export function addEvidence(evidence: Evidence, event: Event, detail: AlertExtent): void {
  const { seen } = evidence;
  evidence.seen = seen + 1;
  evidence.newest = event;
  if (seen < evidenceLimit) evidence.firstIds.push(event.id);
  else evidence.lastIds[(seen - evidenceLimit) % evidenceLimit] = event.id;
  if (seen < detail.first) evidence.head.push(event);
  else if (detail.last > 0) evidence.tail[(seen - detail.first) % detail.last] = event;
}

/** Ids and events in the order they came. */
export function told({ seen, firstIds, lastIds, head, tail }: Evidence): { ids: string[]; events: Event[] } {
  return {
    ids: [...firstIds, ...unrolled(lastIds, seen - firstIds.length)],
    events: [...head, ...unrolled(tail, seen - head.length)],
  };
}

/** A full ring's oldest item stands where the next one would go. */
function unrolled<T>(ring: readonly T[], added: number): readonly T[] {
  const start = added % ring.length;
  return ring.length === 0 || start === 0 || added < ring.length
    ? ring
    : [...ring.slice(start), ...ring.slice(0, start)];
}

/** Appends, and lets the oldest go beyond the limit. */
export function keepLast<T>(items: T[], item: T, limit: number): void {
  if (items.length >= limit) items.shift();
  items.push(item);
}
