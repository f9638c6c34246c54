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

/** Reads what {@link alertDocument} wrote, and documents whose events are written in full. */
export function readAlertDocument(text: string): Omit<Alert, Own> {
  const document = JSON.parse(text) as Omit<Alert, Own | 'events'> & { events: readonly (ReadRow | EventJson)[] };
  return { ...document, events: document.events.map((told) => (isRow(told) ? eventToJson(eventOfRow(told)) : told)) };
}

function isRow(told: ReadRow | EventJson): told is ReadRow {
  return typeof told.time === 'number';
}
