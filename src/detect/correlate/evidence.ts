import type { Event } from '../../model/index.ts';
import { evidenceLimit } from './window.ts';

/** How much of an alert is told. */
export interface Detail {
  /** Events from its beginning and from its end; at most {@link evidenceLimit} each. */
  first: number;
  last: number;
  clauses: boolean;
}

/** Everything that is kept. */
export const fullDetail: Detail = { first: evidenceLimit, last: evidenceLimit, clauses: true };

/**
 * An alert's events: the ids of the first and of the last {@link evidenceLimit}, and as many of the events themselves as
 * will be told. No event is in both lists.
 */
export interface Evidence {
  firstIds: string[];
  lastIds: string[];
  head: Event[];
  tail: Event[];
  newest: Event;
}

export function evidenceOf(events: readonly Event[], newest: Event, detail: Detail): Evidence {
  const evidence: Evidence = { firstIds: [], lastIds: [], head: [], tail: [], newest };
  for (const event of events) addEvidence(evidence, event, detail);
  return evidence;
}

export function addEvidence(evidence: Evidence, event: Event, detail: Detail): void {
  const { firstIds, head } = evidence;
  evidence.newest = event;
  if (firstIds.length < evidenceLimit) firstIds.push(event.id);
  else keepLast(evidence.lastIds, event.id, evidenceLimit);
  if (head.length < detail.first) head.push(event);
  else if (detail.last > 0) keepLast(evidence.tail, event, detail.last);
}

/** Appends, and lets the oldest go beyond the limit. */
export function keepLast<T>(items: T[], item: T, limit: number): void {
  if (items.length >= limit) items.shift();
  items.push(item);
}
