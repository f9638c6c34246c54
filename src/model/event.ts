import type { EventType, Facility, Level, Outcome, Severity, SourceType } from './enumerations.ts';

/**
 * The one Event: flat, `snake_case`, the same in memory, in the spool, in SQL, on the wire and in `phosor parse --json`.
 * Parsers fill what they know and leave the rest null; anything else they found goes to `fields`.
 *
 * Always create one with {@link newEvent}: every event then has the same hidden class, which the hot path depends on.
 */
export interface Event {
  /** UUID. First 48 bits: `time` in ms. The rest: hash of source identity and position, or random. '' until stamped. */
  id: string;
  /** Event time, epoch milliseconds. The receive time where the line states none (see `has_time`). */
  time: number;
  /** When Phosor received it, epoch milliseconds. */
  received_at: number;
  /** `syslog_192.0.2.1`, `file_auth.log`, `webhook_my_app`. */
  source: string;
  source_type: SourceType;
  /** Name of the parser's unit that recognised it: `sshd`, `ufw`, … or `raw`. */
  format: string;
  host: string | null;
  program: string | null;
  pid: number | null;
  facility: Facility | null;
  level: Level | null;
  event_type: EventType;
  outcome: Outcome;
  severity: Severity;
  src_ip: string | null;
  src_port: number | null;
  dst_ip: string | null;
  dst_port: number | null;
  /** Lower case: tcp, udp, icmp, ipv6-icmp, ssh, http … */
  protocol: string | null;
  user: string | null;
  message: string;
  raw: string;
  tags: string[];
  fields: Record<string, FieldValue>;
  geo: Record<string, FieldValue> | null;
  intel: Record<string, FieldValue> | null;
  score: Record<string, FieldValue> | null;
  /** Kinds of personal data or secrets that were masked, each once: `ssn`, `card`, `password` … */
  redacted: string[];

  /** In memory only: whether the line itself stated a time. */
  has_time: boolean;
  /** In memory only: offset from UTC in minutes of the zone the time was read in. For ISO output. */
  zone_minutes: number;
}

export type FieldValue = string | number | boolean | null | FieldValue[] | { [key: string]: FieldValue };

/** What ingest knows about where a record came from. One per source, shared by its records. */
export interface SourceInfo {
  source: string;
  source_type: SourceType;
  /** Sender's address (syslog, webhook), else null. */
  peer: string | null;
  /** Format name that only breaks ties, else null. */
  hint: string | null;
  /** Identity for ids: stable across restarts (`file:<dev>:<ino>:<fingerprint>`), or '' where ids are random. */
  identity: string;
  /** How syslog arrived: the pipeline tags the event with it. */
  transport?: 'udp' | 'tcp' | 'tls' | null;
}

/**
 * What ingest hands over: raw text (a log line, or the JSON text that a webhook posted) and where it is from.
 * (The design's `Record`; that name is TypeScript's own.)
 */
export interface LogRecord {
  /** Arrival order, assigned by ingest, rising. */
  seq: number;
  origin: SourceInfo;
  /** Epoch milliseconds. */
  received_at: number;
  /** The line without its terminator, or the JSON text a webhook posted. */
  body: string;
  /** Byte offset of the line's start in its file, sequence number in its queue, or -1 where there is none. */
  position: number;
}

/** A fresh event of format `raw` with every key present. */
export function newEvent(origin: SourceInfo, receivedAt: number, raw: string): Event {
  return {
    id: '',
    time: receivedAt,
    received_at: receivedAt,
    source: origin.source,
    source_type: origin.source_type,
    format: 'raw',
    host: null,
    program: null,
    pid: null,
    facility: null,
    level: null,
    event_type: 'message',
    outcome: 'unknown',
    severity: 'info',
    src_ip: null,
    src_port: null,
    dst_ip: null,
    dst_port: null,
    protocol: null,
    user: null,
    message: raw,
    raw,
    tags: [],
    fields: {},
    geo: null,
    intel: null,
    score: null,
    redacted: [],
    has_time: false,
    zone_minutes: 0,
  };
}

/** The event as `--json`, the API and exports print it: every key, times in ISO 8601, nothing that is memory-only. */
export type EventJson = Omit<Event, 'time' | 'received_at' | 'has_time' | 'zone_minutes'> & {
  time: string | null;
  received_at: string;
};

/** @param nullTime print `time: null` where the line stated none (the CLI's `parse` does; stored events have a time). */
export function eventToJson(event: Event, nullTime = false): EventJson {
  // Named one by one: objects made with a rest (`...rest`) take V8 eight times as long.
  return {
    id: event.id,
    time: nullTime && !event.has_time ? null : isoTime(event.time, event.zone_minutes),
    received_at: isoTime(event.received_at, 0),
    source: event.source,
    source_type: event.source_type,
    format: event.format,
    host: event.host,
    program: event.program,
    pid: event.pid,
    facility: event.facility,
    level: event.level,
    event_type: event.event_type,
    outcome: event.outcome,
    severity: event.severity,
    src_ip: event.src_ip,
    src_port: event.src_port,
    dst_ip: event.dst_ip,
    dst_port: event.dst_port,
    protocol: event.protocol,
    user: event.user,
    message: event.message,
    raw: event.raw,
    tags: event.tags,
    fields: event.fields,
    geo: event.geo ?? {},
    intel: event.intel ?? {},
    score: event.score ?? {},
    redacted: event.redacted,
  };
}

/** The event that {@link eventToJson} was given, as far as its JSON says it. */
export function eventFromJson(json: EventJson): Event {
  const received = Date.parse(json.received_at);
  return {
    id: json.id,
    time: json.time === null ? received : Date.parse(json.time),
    received_at: received,
    source: json.source,
    source_type: json.source_type,
    format: json.format,
    host: json.host,
    program: json.program,
    pid: json.pid,
    facility: json.facility,
    level: json.level,
    event_type: json.event_type,
    outcome: json.outcome,
    severity: json.severity,
    src_ip: json.src_ip,
    src_port: json.src_port,
    dst_ip: json.dst_ip,
    dst_port: json.dst_port,
    protocol: json.protocol,
    user: json.user,
    message: json.message,
    raw: json.raw,
    tags: json.tags,
    fields: json.fields,
    geo: json.geo,
    intel: json.intel,
    score: json.score,
    redacted: json.redacted,
    has_time: json.time !== null,
    zone_minutes: 0,
  };
}

/** ISO 8601 with milliseconds and offset: `2026-11-20T20:16:31.610+00:00`. `Z` is never used, so that all times look alike. */
export function isoTime(epochMs: number, zoneMinutes = 0): string {
  const ms = Math.trunc(epochMs) + zoneMinutes * 60_000;
  const second = Math.floor(ms / 1000);
  const slot = second & (rememberedSeconds - 1);
  if (seconds[slot] !== second) {
    const text = new Date(ms).toISOString();
    secondTexts[slot] = text.slice(0, text.length - 4);
    seconds[slot] = second;
  }
  const rest = ms - second * 1000;
  const zeros = rest < 10 ? '00' : rest < 100 ? '0' : '';
  return `${secondTexts[slot]}${zeros}${rest}${zoneMinutes === 0 ? '+00:00' : offsetText(zoneMinutes)}`;
}

/** Texts of seconds, up to the point before the milliseconds: events come close to each other, and Date is slow. */
const rememberedSeconds = 256;
const seconds = new Float64Array(rememberedSeconds).fill(Number.NaN);
const secondTexts: string[] = new Array<string>(rememberedSeconds).fill('');

function offsetText(zoneMinutes: number): string {
  const abs = Math.abs(zoneMinutes);
  const sign = zoneMinutes < 0 ? '-' : '+';
  return `${sign}${String(Math.trunc(abs / 60)).padStart(2, '0')}:${String(abs % 60).padStart(2, '0')}`;
}
