import { type Event, type EventJson, type FieldValue, isoTime, newEvent } from '../../model/index.ts';

/**
 * The row of an event: one NDJSON line in the spool, the same names as columns of the store.
 *
 * What is null or empty is left out. `message` is left out too where it is a part of `raw`, which it nearly always is;
 * then `message_at` and `message_length` (UTF-16 units) say which part. Every string is made well-formed, because one
 * lone surrogate makes DuckDB refuse a whole file.
 */
export interface EventRow {
  id: string;
  /** Epoch ms. */
  time: number;
  /** Epoch ms. */
  received_at: number;
  source: string;
  source_type: Event['source_type'];
  format: string;
  host: string | null;
  program: string | null;
  pid: number | null;
  facility: Event['facility'];
  level: Event['level'];
  event_type: Event['event_type'];
  outcome: Event['outcome'];
  severity: Event['severity'];
  src_ip: string | null;
  src_port: number | null;
  dst_ip: string | null;
  dst_port: number | null;
  protocol: string | null;
  user: string | null;
  /** Null where `message_at` and `message_length` find it in `raw`. */
  message: string | null;
  message_at: number | null;
  message_length: number | null;
  raw: string;
  /** JSON text, null where empty. */
  tags: string | null;
  fields: string | null;
  geo: string | null;
  intel: string | null;
  score: string | null;
  redacted: string | null;
}

/**
 * Columns in order. `text`, `integer` and `uuid` are stored as such; `json` is stored as its JSON text.
 * Stores map these four to their own types.
 */
export const rowColumns: readonly { name: keyof EventRow; kind: 'uuid' | 'integer' | 'text' | 'json' }[] = [
  { name: 'id', kind: 'uuid' },
  { name: 'time', kind: 'integer' },
  { name: 'received_at', kind: 'integer' },
  { name: 'source', kind: 'text' },
  { name: 'source_type', kind: 'text' },
  { name: 'format', kind: 'text' },
  { name: 'host', kind: 'text' },
  { name: 'program', kind: 'text' },
  { name: 'pid', kind: 'integer' },
  { name: 'facility', kind: 'text' },
  { name: 'level', kind: 'text' },
  { name: 'event_type', kind: 'text' },
  { name: 'outcome', kind: 'text' },
  { name: 'severity', kind: 'text' },
  { name: 'src_ip', kind: 'text' },
  { name: 'src_port', kind: 'integer' },
  { name: 'dst_ip', kind: 'text' },
  { name: 'dst_port', kind: 'integer' },
  { name: 'protocol', kind: 'text' },
  { name: 'user', kind: 'text' },
  { name: 'message', kind: 'text' },
  { name: 'message_at', kind: 'integer' },
  { name: 'message_length', kind: 'integer' },
  { name: 'raw', kind: 'text' },
  { name: 'tags', kind: 'json' },
  { name: 'fields', kind: 'json' },
  { name: 'geo', kind: 'json' },
  { name: 'intel', kind: 'json' },
  { name: 'score', kind: 'json' },
  { name: 'redacted', kind: 'json' },
];

/** Every row starts with this, so that its id stands at a fixed place: 36 characters from offset 7. */
export const rowPrefix = '{"id":"';

/** One row, newline included. Pure and hot: once per event. */
export function encodeRow(event: Event): string {
  let row = `${rowPrefix}${event.id}","time":${integer(event.time)},"received_at":${integer(event.received_at)}`;
  row += `,"source_type":"${event.source_type}","source":${quote(event.source)},"format":"${event.format}"`;
  row += `,"event_type":"${event.event_type}","outcome":"${event.outcome}","severity":"${event.severity}"`;
  if (event.host !== null) row += `,"host":${quote(event.host)}`;
  if (event.program !== null) row += `,"program":${quote(event.program)}`;
  if (Number.isSafeInteger(event.pid)) row += `,"pid":${event.pid}`;
  if (event.facility !== null) row += `,"facility":"${event.facility}"`;
  if (event.level !== null) row += `,"level":"${event.level}"`;
  if (event.src_ip !== null) row += `,"src_ip":${quote(event.src_ip)}`;
  if (Number.isSafeInteger(event.src_port)) row += `,"src_port":${event.src_port}`;
  if (event.dst_ip !== null) row += `,"dst_ip":${quote(event.dst_ip)}`;
  if (Number.isSafeInteger(event.dst_port)) row += `,"dst_port":${event.dst_port}`;
  if (event.protocol !== null) row += `,"protocol":${quote(event.protocol)}`;
  if (event.user !== null) row += `,"user":${quote(event.user)}`;
  const { raw, message } = event;
  if (message === raw) {
    row += `,"message_at":0,"message_length":${raw.length}`;
  } else {
    // Nearly always the end of the line; `endsWith` takes seven times longer to find that out.
    const end = raw.length - message.length;
    const at = end > 0 && raw.slice(end) === message ? end : raw.indexOf(message);
    row += at >= 0 ? `,"message_at":${at},"message_length":${message.length}` : `,"message":${quote(message)}`;
  }
  row += `,"raw":${JSON.stringify(raw.isWellFormed() ? raw : raw.toWellFormed())}`;
  if (event.tags.length > 0) row += `,"tags":${json(event.tags)}`;
  if (hasKeys(event.fields)) row += `,"fields":${json(event.fields)}`;
  if (event.geo !== null && hasKeys(event.geo)) row += `,"geo":${json(event.geo)}`;
  if (event.intel !== null && hasKeys(event.intel)) row += `,"intel":${json(event.intel)}`;
  if (event.score !== null && hasKeys(event.score)) row += `,"score":${json(event.score)}`;
  if (event.redacted.length > 0) row += `,"redacted":${json(event.redacted)}`;
  return `${row}}\n`;
}

/** A stored row as the API prints it. Times come back in UTC: the zone a line was read in is not stored. */
export function rowToJson(row: EventRow): EventJson {
  return {
    id: row.id,
    time: isoTime(row.time),
    received_at: isoTime(row.received_at),
    source: row.source,
    source_type: row.source_type,
    format: row.format,
    host: row.host,
    program: row.program,
    pid: row.pid,
    facility: row.facility,
    level: row.level,
    event_type: row.event_type,
    outcome: row.outcome,
    severity: row.severity,
    src_ip: row.src_ip,
    src_port: row.src_port,
    dst_ip: row.dst_ip,
    dst_port: row.dst_port,
    protocol: row.protocol,
    user: row.user,
    message: messageOf(row),
    raw: row.raw,
    tags: row.tags === null ? [] : JSON.parse(row.tags),
    fields: row.fields === null ? {} : JSON.parse(row.fields),
    geo: row.geo === null ? {} : JSON.parse(row.geo),
    intel: row.intel === null ? {} : JSON.parse(row.intel),
    score: row.score === null ? {} : JSON.parse(row.score),
    redacted: row.redacted === null ? [] : JSON.parse(row.redacted),
  };
}

/** What {@link encodeRow} wrote, read as JSON. */
export type ReadRow = Partial<Omit<EventRow, 'tags' | 'fields' | 'geo' | 'intel' | 'score' | 'redacted'>> &
  Partial<Pick<Event, 'tags' | 'fields' | 'geo' | 'intel' | 'score' | 'redacted'>>;

/** The event of a spooled row, for correlation that resumes after a stop. Throws on text that is no row. */
export function decodeRow(line: string): Event {
  return eventOfRow(JSON.parse(line) as ReadRow);
}

/** The same of a row that was read already. */
export function eventOfRow(row: ReadRow): Event {
  if (typeof row.id !== 'string' || typeof row.raw !== 'string') throw new Error('the line is no row of an event');
  const origin = {
    source: row.source ?? '',
    source_type: row.source_type ?? 'internal',
    peer: null,
    hint: null,
    identity: '',
  } as const;
  const event = newEvent(origin, row.received_at ?? 0, row.raw);
  event.id = row.id;
  event.time = row.time ?? event.received_at;
  event.format = row.format ?? 'raw';
  event.host = row.host ?? null;
  event.program = row.program ?? null;
  event.pid = row.pid ?? null;
  event.facility = row.facility ?? null;
  event.level = row.level ?? null;
  event.event_type = row.event_type ?? 'message';
  event.outcome = row.outcome ?? 'unknown';
  event.severity = row.severity ?? 'info';
  event.src_ip = row.src_ip ?? null;
  event.src_port = row.src_port ?? null;
  event.dst_ip = row.dst_ip ?? null;
  event.dst_port = row.dst_port ?? null;
  event.protocol = row.protocol ?? null;
  event.user = row.user ?? null;
  event.message = messageOf({
    raw: row.raw,
    message: row.message ?? null,
    message_at: row.message_at ?? null,
    message_length: row.message_length ?? null,
  });
  event.tags = row.tags ?? [];
  event.fields = row.fields ?? {};
  event.geo = row.geo ?? null;
  event.intel = row.intel ?? null;
  event.score = row.score ?? null;
  event.redacted = row.redacted ?? [];
  event.has_time = true;
  return event;
}

function messageOf(row: Pick<EventRow, 'raw' | 'message' | 'message_at' | 'message_length'>): string {
  if (row.message !== null) return row.message;
  const at = row.message_at ?? 0;
  return row.raw.slice(at, at + (row.message_length ?? row.raw.length));
}

/* For short strings quicker than JSON.stringify. What JSON must escape, and every surrogate: whether those pair up is for the slow path to see. */
const special = /["\\\u0000-\u001f\ud800-\udfff]/;

function quote(text: string): string {
  return special.test(text) ? JSON.stringify(text.toWellFormed()) : `"${text}"`;
}

/** The span that a Date can print. */
const maxTime = 8.64e15;

function integer(value: number): number {
  if (value >= -maxTime && value <= maxTime) return Math.trunc(value);
  return value > 0 ? maxTime : value < 0 ? -maxTime : 0;
}

function hasKeys(record: object): boolean {
  for (const _ in record) return true;
  return false;
}

/** JSON.stringify writes a lone surrogate as `\udXXX`, which other readers refuse: then, and only then, repair and repeat. */
function json(value: FieldValue): string {
  const text = JSON.stringify(value);
  return text.includes('\\ud') ? JSON.stringify(wellFormed(value)) : text;
}

function wellFormed(value: FieldValue): FieldValue {
  if (typeof value === 'string') return value.toWellFormed();
  if (Array.isArray(value)) return value.map(wellFormed);
  if (value === null || typeof value !== 'object') return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key.toWellFormed(), wellFormed(inner)]));
}
