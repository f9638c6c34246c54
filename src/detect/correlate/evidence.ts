import type { Event } from '../../model/index.ts';
import type { AlertExtent } from '../contract.ts';
import type { HeldEvents, Seen } from './seen.ts';
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
  /** null: it had been let go when the alert was opened. */
  head: (Event | null)[];
  tail: (Event | null)[];
  newest: Event;
}

/** What a window has found: as far as its events are still held, they are in it. */
export function evidenceOf(found: readonly Seen[], newest: Event, held: HeldEvents, detail: AlertExtent): Evidence {
  const evidence: Evidence = { seen: 0, firstIds: [], lastIds: [], head: [], tail: [], newest };
  for (const seen of found) noteSeen(evidence, seen, held, detail);
  return evidence;
}

export function noteSeen(evidence: Evidence, seen: Seen, held: HeldEvents, detail: AlertExtent): void {
  note(evidence, seen.id, held.get(seen), detail);
}

export function addEvidence(evidence: Evidence, event: Event, detail: AlertExtent): void {
  evidence.newest = event;
  note(evidence, event.id, event, detail);
}

function note(evidence: Evidence, id: string, event: Event | null, detail: AlertExtent): void {
  const { seen } = evidence;
  evidence.seen = seen + 1;
  if (seen < evidenceLimit) evidence.firstIds.push(id);
  else evidence.lastIds[(seen - evidenceLimit) % evidenceLimit] = id;
  if (seen < detail.first) evidence.head.push(event);
  else if (detail.last > 0) evidence.tail[(seen - detail.first) % detail.last] = event;
}

/** Ids and events in the order they came. Events that were let go are missing: their ids are there. */
export function told({ seen, firstIds, lastIds, head, tail }: Evidence): { ids: string[]; events: Event[] } {
  const events = [...head, ...unrolled(tail, seen - head.length)].filter((event) => event !== null);
  return { ids: [...firstIds, ...unrolled(lastIds, seen - firstIds.length)], events };
}

/** A full ring's oldest item stands where the next one would go. */
function unrolled<T>(ring: readonly T[], added: number): readonly T[] {
  const start = added % ring.length;
  return ring.length === 0 || start === 0 || added < ring.length
    ? ring
    : [...ring.slice(start), ...ring.slice(0, start)];
}

/** Appends, and lets the oldest go beyond the limit. Returns the list, which may be a new one. */
export function keepLast<T>(items: T[], item: T, limit: number): T[] {
  const { length } = items;
  if (length < limit) return grown(items, item);
  // `shift` would give its place away, and `push` would make room for dozens.
  for (let i = 1; i < length; i += 1) items[i - 1] = items[i] as T;
  items[length - 1] = item;
  return items;
}

/** Short lists are made anew with no room to spare: `push` makes room for seventeen, in each of a million groups. */
export function grown<T>(items: T[], item: T): T[] {
  if (items.length === 0) return [item];
  if (items.length < 12) return items.concat([item]);
  items.push(item);
  return items;
}
