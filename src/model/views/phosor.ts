import type { EventType, Level, Severity } from '../enumerations.ts';
import { facilities, levels, severities } from '../enumerations.ts';
import type { Event, FieldValue } from '../event.ts';
import { isoTime } from '../event.ts';
import { plainText } from '../text.ts';

/**
 * PHOSOR's view of an event and of severities: what clients written against its documents expect.
 * A view's severity follows from the event by the view's own table; Phosor's level travels beside it as `severity_level`.
 */
export const phosorSeverities = ['info', 'warning', 'critical'] as const;
export type PhosorSeverity = (typeof phosorSeverities)[number];

/** Event type → PHOSOR's word. A type that PHOSOR never knew keeps its own name with an underscore. */
const eventTypeWords: Partial<Record<EventType, string>> = {
  'auth.failure': 'auth_fail',
  'sql.auth_failure': 'auth_fail',
  'privilege.sudo': 'privileged_access',
  'privilege.su': 'privileged_access',
  'privilege.denied': 'privileged_access',
  'system.error': 'error',
  'service.failed': 'error',
  'web.error': 'error',
  'sql.error': 'error',
  'auth.error': 'error',
};

/** Event types that are at least a warning, or critical, whatever syslog level the sender chose. */
const floor: Partial<Record<EventType, PhosorSeverity>> = {
  'auth.failure': 'warning',
  'auth.error': 'warning',
  'sql.auth_failure': 'warning',
  'sql.error': 'warning',
  'privilege.sudo': 'warning',
  'privilege.su': 'warning',
  'privilege.denied': 'warning',
  'account.created': 'warning',
  'account.changed': 'warning',
  'account.deleted': 'warning',
  'service.failed': 'warning',
  'system.error': 'warning',
  'system.warning': 'warning',
  'net.blocked': 'warning',
  'mail.rejected': 'warning',
  'web.error': 'warning',
  'web.attack': 'critical',
  'sql.injection': 'critical',
  'system.tampering': 'critical',
  'decoy.login': 'critical',
  'decoy.command': 'critical',
};

const levelSeverity: Record<Level, PhosorSeverity> = {
  emergency: 'critical',
  alert: 'critical',
  critical: 'critical',
  error: 'critical',
  warning: 'warning',
  notice: 'info',
  info: 'info',
  debug: 'info',
};

const rank: Record<PhosorSeverity, number> = { info: 0, warning: 1, critical: 2 };

/** PHOSOR's event type: what a webhook posted stays, else the table. */
export function phosorEventType(event: Event): string {
  const posted = event.source_type === 'webhook' ? event.fields.event_type : undefined;
  if (typeof posted === 'string' && posted !== '') return posted;
  return eventTypeWords[event.event_type] ?? event.event_type.replace('.', '_');
}

export function phosorEventSeverity(event: Event): PhosorSeverity {
  if (event.source_type === 'webhook') return phosorSeverity(event.severity);
  const byType = floor[event.event_type] ?? 'info';
  const byLevel = event.level === null ? 'info' : levelSeverity[event.level];
  return rank[byLevel] > rank[byType] ? byLevel : byType;
}

/** For alerts and rules: info, low → info; medium → warning; high, critical → critical. */
export function phosorSeverity(severity: Severity): PhosorSeverity {
  if (severity === 'medium') return 'warning';
  return severity === 'high' || severity === 'critical' ? 'critical' : 'info';
}

const spellings: Record<string, Severity> = {
  debug: 'info',
  informational: 'info',
  information: 'info',
  notice: 'info',
  warn: 'medium',
  warning: 'medium',
  moderate: 'medium',
  err: 'high',
  error: 'high',
  alert: 'critical',
  crit: 'critical',
  emerg: 'critical',
  emergency: 'critical',
  fatal: 'critical',
  panic: 'critical',
};

/** Reads a severity in any spelling that one of the seeds or Sigma uses, case-blind. Undefined where it is none. */
export function readSeverity(word: string): Severity | undefined {
  const lower = word.trim().toLowerCase();
  return (
    severities.find((severity) => severity === lower) ??
    (Object.hasOwn(spellings, lower) ? spellings[lower] : undefined)
  );
}

export interface PhosorEvent {
  id: string;
  timestamp: string;
  source: string;
  raw: string;
  parsed: Record<string, FieldValue>;
  severity: PhosorSeverity;
  tags: string[];
  severity_level: Severity;
  event_class: EventType;
  format: string;
  host: string | null;
  program: string | null;
  user: string | null;
  src_ip: string | null;
  src_port: number | null;
  dst_ip: string | null;
  dst_port: number | null;
  outcome: string;
  time: string;
  received_at: string;
  fields: Record<string, FieldValue>;
}

/** Syslog PRI of the event, or null where it had none. */
function priority(event: Event): number | null {
  if (event.facility === null || event.level === null) return null;
  return facilities.indexOf(event.facility) * 8 + levels.indexOf(event.level);
}

function sourceTag(event: Event): string {
  return event.source_type === 'file' ? 'file_tail' : event.source_type;
}

/** One value of `parsed`, without building the whole view: rules ask for single fields of every event. */
function parsedField(event: Event, key: string): FieldValue | undefined {
  switch (key) {
    case 'event_type':
      return phosorEventType(event);
    case 'hostname':
    case 'host':
      return event.host;
    case 'src_ip':
    case 'source_ip':
      return event.src_ip;
    case 'src_port':
      return event.src_port;
    case 'dst_ip':
    case 'destination_ip':
      return event.dst_ip;
    case 'dst_port':
    case 'destination_port':
      return event.dst_port;
    case 'protocol':
      return event.protocol;
    case 'user':
    case 'username':
      return event.user;
    case 'program':
    case 'app':
      return event.program;
    case 'pid':
      return event.pid;
    case 'message':
      return event.message;
    case 'outcome':
      return event.outcome;
    case 'format':
      return event.format;
    case 'facility':
      return event.facility;
    case 'level':
      return event.level;
    case 'priority':
      return priority(event);
    case 'pii_redacted':
      return event.redacted.length > 0;
    case 'pii_types':
      return event.redacted;
    case 'syslog_timestamp':
    case 'log_timestamp':
      return event.has_time ? isoTime(event.time, event.zone_minutes).slice(0, 19) : null;
    default:
      return Object.hasOwn(event.fields, key) ? event.fields[key] : undefined;
  }
}

/** A field by the name PHOSOR's native rules use: `raw`, `source`, `severity`, `tags`, `parsed.event_type` … */
export function phosorField(event: Event, path: string): FieldValue | undefined {
  if (path.startsWith('parsed.')) return parsedField(event, path.slice(7));
  switch (path) {
    case 'raw':
      return event.raw;
    case 'source':
      return event.source;
    case 'severity':
      return phosorEventSeverity(event);
    case 'severity_level':
      return event.severity;
    case 'tags':
      return [sourceTag(event), ...event.tags];
    case 'id':
      return event.id;
    case 'timestamp':
      return isoTime(event.time);
    case 'source_type':
      return event.source_type;
    // At the top level `event_type` is Phosor's own; PHOSOR's word is `parsed.event_type`.
    case 'event_type':
    case 'event_class':
      return event.event_type;
    default:
      return parsedField(event, path);
  }
}

export function phosorEvent(event: Event): PhosorEvent {
  const parsed: Record<string, FieldValue> = { ...event.fields };
  for (const key of [
    'event_type',
    'hostname',
    'src_ip',
    'src_port',
    'dst_ip',
    'dst_port',
    'protocol',
    'user',
    'program',
  ]) {
    parsed[key] = parsedField(event, key) ?? null;
  }
  for (const key of [
    'facility',
    'level',
    'priority',
    'pii_redacted',
    'pii_types',
    'log_timestamp',
    'syslog_timestamp',
  ]) {
    parsed[key] = parsedField(event, key) ?? null;
  }
  parsed.message = plainText(event.message);
  return {
    id: event.id,
    timestamp: isoTime(event.time),
    source: event.source,
    raw: plainText(event.raw),
    parsed,
    severity: phosorEventSeverity(event),
    tags: [sourceTag(event), ...event.tags],
    severity_level: event.severity,
    event_class: event.event_type,
    format: event.format,
    host: event.host,
    program: event.program,
    user: event.user,
    src_ip: event.src_ip,
    src_port: event.src_port,
    dst_ip: event.dst_ip,
    dst_port: event.dst_port,
    outcome: event.outcome,
    time: isoTime(event.time),
    received_at: isoTime(event.received_at),
    fields: event.fields,
  };
}
