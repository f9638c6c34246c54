import { type Alert, type Event, type EventJson, eventToJson } from '../model/index.ts';
import { encodeRow, eventOfRow, type ReadRow } from './events/row.ts';

/** What people set. It is stored beside the document. */
type Own = 'status' | 'disposition' | 'acknowledged_by' | 'acknowledged_at';

/** What an alert is listed and found by. The rest is in its document. */
export type AlertHead = Pick<
  Alert,
  'id' | 'time' | 'severity' | 'rule_id' | 'rule_name' | 'message' | 'group' | 'signal' | Own
>;

export function alertHead(alert: AlertHead): AlertHead {
  const { id, time, severity, rule_id, rule_name, message, group } = alert;
  const { status, disposition, acknowledged_by, acknowledged_at } = alert;
  return {
    id,
    time,
    severity,
    rule_id,
    rule_name,
    message,
    group,
    status,
    disposition,
    acknowledged_by,
    acknowledged_at,
  };
}

/**
 * An alert as JSON text, without what people set; its events are rows, as in the spool. Hot where an attack raises
 * alerts by the thousand.
 */
export function alertDocument(alert: Alert, events: readonly Event[]): string {
  const { events: _, status, disposition, acknowledged_by, acknowledged_at, ...rest } = alert;
  // A row ends with its newline, which JSON allows.
  return `${JSON.stringify(rest).slice(0, -1)},"events":[${events.map(rowOf).join(',')}]}`;
}

const rows = new WeakMap<Event, string>();

/** One attack raises several alerts over the same events, and each is told again as it grows: rows are made once. */
function rowOf(event: Event): string {
  let row = rows.get(event);
  if (row === undefined) {
    row = encodeRow(event);
    rows.set(event, row);
  }
  return row;
}

/** Which of an alert's events are wanted: `some` are the first and the last five. */
export type Evidence = 'all' | 'some' | 'none';
const someAtEachEnd = 5;

/** The wanted ones of an alert's events, in their order. */
export function evidenceOf<E>(events: readonly E[], wanted: Evidence): readonly E[] {
  if (wanted === 'none') return [];
  if (wanted === 'all' || events.length <= 2 * someAtEachEnd) return events;
  return [...events.slice(0, someAtEachEnd), ...events.slice(-someAtEachEnd)];
}

/** Reads what {@link alertDocument} wrote, and documents whose events are written in full. */
export function readAlertDocument(text: string, wanted: Evidence = 'all'): Omit<Alert, Own> {
  const document = JSON.parse(withoutMiddle(text, wanted)) as Omit<Alert, Own | 'events'> & {
    events: readonly (ReadRow | EventJson)[];
  };
  const events = evidenceOf(document.events, wanted);
  return { ...document, events: events.map((told) => (isRow(told) ? eventToJson(eventOfRow(told)) : told)) };
}

/**
 * A document without the events between the first and the last ones. Those are most of its text, and lists do not show them: it
 * is not even parsed. The rows that {@link alertDocument} writes end their lines, and nothing else in JSON does; a document whose
 * events are written in full is one line and stays whole.
 */
function withoutMiddle(text: string, wanted: Evidence): string {
  if (wanted === 'all') return text;
  // What comes before the events stands in the line of the first.
  const [first, last] = wanted === 'some' ? [someAtEachEnd, someAtEachEnd] : [1, 0];
  let begin = 0;
  for (let row = 0; row < first; row += 1) {
    begin = text.indexOf('\n', begin) + 1;
    if (begin === 0) return text;
  }
  let end = text.length;
  // The last line ends the last row and closes the document.
  for (let row = 0; row <= last; row += 1) end = text.lastIndexOf('\n', end - 1);
  return end < begin ? text : text.slice(0, begin) + text.slice(end + 1);
}

function isRow(told: ReadRow | EventJson): told is ReadRow {
  return typeof told.time === 'number';
}

/** The ids of an alert's events that are not in it. */
export function missingIn({
  event_ids,
  events,
}: {
  event_ids: readonly string[];
  events: readonly { id: string }[];
}): string[] {
  if (events.length >= event_ids.length) return [];
  const there = new Set(events.map(({ id }) => id));
  return event_ids.filter((id) => !there.has(id));
}

/** Events in the order of their ids, each once; where one is there twice, the last. */
export function inOrder<E extends { id: string }>(ids: readonly string[], events: readonly E[]): E[] {
  const byId = new Map(events.map((event) => [event.id, event]));
  return ids.flatMap((id) => byId.get(id) ?? []);
}

/** A document with events that another version of the alert has, and the ids of those that are missing all the same. */
export function completeDocument(text: string, known: readonly EventJson[]): { document: string; missing: string[] } {
  const document = JSON.parse(text) as { event_ids: string[]; events: ({ id: string } & (ReadRow | EventJson))[] };
  const events = inOrder(document.event_ids, [...(known as typeof document.events), ...document.events]);
  const complete = { ...document, events };
  return { document: JSON.stringify(complete), missing: missingIn(complete) };
}

/** An alert with those of its events that only the store has. */
export async function withAllEvents<A extends { event_ids: readonly string[]; events: EventJson[] }>(
  alert: A,
  find: (ids: readonly string[]) => Promise<EventJson[]>,
): Promise<A> {
  const missing = missingIn(alert);
  if (missing.length === 0) return alert;
  return { ...alert, events: inOrder(alert.event_ids, [...(await find(missing)), ...alert.events]) };
}
