import type { EventSubscription } from '../api/socket.ts';
import type { EventJson, PhosorEvent, Severity } from '../api/types.ts';
import { asSeverity } from '../ui/Severity.tsx';
import type { LiveSearch } from './routes.ts';

/** One line of the tail, whether it came over the socket or from the store. */
export interface TailRow {
  id: string;
  time: string;
  received_at: string;
  severity: Severity;
  source: string;
  format: string;
  event_type: string;
  outcome: string;
  host: string | null;
  program: string | null;
  user: string | null;
  src_ip: string | null;
  dst_ip: string | null;
  dst_port: number | null;
  message: string;
  raw: string;
  tags: readonly string[];
  fields: Record<string, unknown>;
}

/** Fields that can be filtered by a click, with the name shown. */
export const tailFields = ['source', 'host', 'program', 'user', 'src_ip', 'dst_ip', 'format', 'event_type'] as const;
export type TailField = (typeof tailFields)[number];

export function fromSocket(event: PhosorEvent): TailRow {
  const message = event.parsed.message;
  return {
    id: event.id,
    time: event.time,
    received_at: event.received_at,
    severity: asSeverity(event.severity_level),
    source: event.source,
    format: event.format,
    event_type: event.event_class,
    outcome: event.outcome,
    host: event.host,
    program: event.program,
    user: event.user,
    src_ip: event.src_ip,
    dst_ip: event.dst_ip,
    dst_port: event.dst_port,
    message: typeof message === 'string' ? message : event.raw,
    raw: event.raw,
    tags: event.tags,
    fields: event.fields,
  };
}

export function fromStore(event: EventJson): TailRow {
  return { ...event, time: event.time ?? event.received_at };
}

/** Field and value of a chip. */
export const splitChip = (chip: string): [string, string] => {
  const colon = chip.indexOf(':');
  return [chip.slice(0, colon), chip.slice(colon + 1)];
};

/** Whether a line passes the chips: any value of each field that is asked for, none that is left out. */
export function passes(row: TailRow, search: LiveSearch): boolean {
  const fieldText = (name: string) => {
    const field = tailFields.find((known) => known === name);
    return field ? (row[field] ?? '') : '';
  };
  const wanted = new Map<string, string[]>();
  for (const chip of search.only ?? []) {
    const [field, value] = splitChip(chip);
    wanted.set(field, [...(wanted.get(field) ?? []), value]);
  }
  for (const [field, values] of wanted) if (!values.includes(fieldText(field))) return false;
  for (const chip of search.not ?? []) {
    const [field, value] = splitChip(chip);
    if (fieldText(field) === value) return false;
  }
  return true;
}

/** The part of the filters that the server can apply, so that it does not send what would be thrown away. */
export function subscription(search: LiveSearch): EventSubscription {
  const single = (field: string) => {
    const values = (search.only ?? []).map(splitChip).filter(([name]) => name === field);
    return values.length === 1 ? values[0]?.[1] : undefined;
  };
  const source = single('source');
  const format = single('format');
  const address = single('src_ip');
  return {
    ...(search.q ? { q: search.q } : {}),
    ...(search.severity ? { severity: search.severity } : {}),
    ...(source ? { source } : {}),
    ...(format ? { format } : {}),
    ...(address ? { src_ip: address } : {}),
  };
}
