import type { AlertDetail, ClauseResult, EventJson } from '../api/types.ts';
import type { TextMark } from '../ui/visible-text.ts';

function positions(clauses: readonly ClauseResult[], out: TextMark[]): TextMark[] {
  for (const clause of clauses) {
    if (clause.matched && clause.at) out.push(clause.at);
    positions(clause.children, out);
  }
  return out;
}

/**
 * What to mark in the raw line of each event, by event id. The explanation's offsets belong to the event that completed
 * the alert; in the others the same text is marked where it stands. Where the rule looked at nothing that stands in the
 * line (an event type, say), what the events were counted by is marked instead: the address, the user.
 */
export function marksOf(alert: Pick<AlertDetail, 'timestamp' | 'events' | 'explain'>): Map<string, TextMark[]> {
  const exact = positions(alert.explain.clauses, []);
  const marks = new Map<string, TextMark[]>();
  const raised = Date.parse(alert.timestamp);
  const completing: EventJson | undefined =
    alert.events.findLast((event) => event.time !== null && Date.parse(event.time) === raised) ?? alert.events.at(-1);
  if (!completing) return marks;
  if (exact.length === 0) {
    const counted = Object.values(alert.explain.correlation?.group ?? {});
    for (const event of alert.events) marks.set(event.id, found(event.raw, counted));
    return marks;
  }
  const texts = new Set(
    exact.map(({ offset, length }) => completing.raw.slice(offset, offset + length)).filter((text) => text.length > 0),
  );
  for (const event of alert.events) {
    if (event === completing) marks.set(event.id, exact);
    else marks.set(event.id, found(event.raw, texts));
  }
  return marks;
}

/** The first place of each text that stands in the line. */
function found(raw: string, texts: Iterable<string>): TextMark[] {
  return [...texts]
    .map((text) => ({ offset: text === '' ? -1 : raw.indexOf(text), length: text.length }))
    .filter(({ offset }) => offset >= 0);
}
