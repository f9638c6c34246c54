import type { Event, FieldValue, LogRecord } from '../model/index.ts';
import { newEvent } from '../model/index.ts';
import { accounts } from './accounts/format.ts';
import { apacheError } from './apache-error/format.ts';
import { auditd } from './auditd/format.ts';
import { capture } from './capture/format.ts';
import { cef } from './cef/format.ts';
import type { Format, ParseContext } from './contract.ts';
import { cron } from './cron/format.ts';
import { decoy } from './decoy/format.ts';
import { buildDispatch, recognise } from './dispatch.ts';
import { doas } from './doas/format.ts';
import { dovecot } from './dovecot/format.ts';
import { dropbear } from './dropbear/format.ts';
import { firewall } from './firewall/format.ts';
import { general } from './general/format.ts';
import { iptables } from './iptables/format.ts';
import { json } from './json/format.ts';
import { kernel } from './kernel/format.ts';
import { keyValue } from './key-value/format.ts';
import { login } from './login/format.ts';
import { mssql } from './mssql/format.ts';
import { mysql } from './mysql/format.ts';
import { nginxError } from './nginx-error/format.ts';
import { pam } from './pam/format.ts';
import { phosor } from './phosor/format.ts';
import { pkexec } from './pkexec/format.ts';
import { postfix } from './postfix/format.ts';
import { postgresql } from './postgresql/format.ts';
import { proftpd } from './proftpd/format.ts';
import { pureFtpd } from './pure-ftpd/format.ts';
import { service } from './service/format.ts';
import { sql } from './sql/format.ts';
import { sshd } from './sshd/format.ts';
import { su } from './su/format.ts';
import { sudo } from './sudo/format.ts';
import { readHeader } from './syslog/header.ts';
import { unwrap } from './syslog/unwrap.ts';
import { takeTime } from './time/any.ts';
import { ufw } from './ufw/format.ts';
import { judgeByLevel } from './verdict.ts';
import { vsftpd } from './vsftpd/format.ts';
import { webAccess } from './web-access/format.ts';

/** Every log format Phosor reads. The first that recognises a line wins, so the strictest come first. */
export const formats = [
  pam,
  sshd,
  dropbear,
  sudo,
  su,
  doas,
  pkexec,
  login,
  cron,
  accounts,
  ufw,
  iptables,
  kernel,
  service,
  auditd,
  cef,
  postgresql,
  mysql,
  mssql,
  nginxError,
  apacheError,
  webAccess,
  vsftpd,
  proftpd,
  pureFtpd,
  postfix,
  dovecot,
  phosor,
  decoy,
  capture,
  json,
  firewall,
  keyValue,
  sql,
  general,
] as const satisfies readonly Format[];

const dispatch = buildDispatch(formats);

/** Reads one record. Always answers an event: what nobody understands has format `raw` and its text complete. */
export function parseRecord(record: LogRecord, context: ParseContext): Event {
  return parse(record, context, null);
}

/** One stage of parsing and what came of it, in words for people. */
export interface TraceStage {
  stage: string;
  result: string;
}

/** {@link parseRecord} with an account of what was tried. */
export function traceParse(record: LogRecord, context: ParseContext): { event: Event; trace: TraceStage[] } {
  const trace: TraceStage[] = [];
  const event = parse(record, context, trace);
  trace.push({ stage: 'time', result: timeResult(event) });
  const found = describedFields.filter((key) => event[key] !== null).map((key) => `${key}=${String(event[key])}`);
  for (const [key, value] of Object.entries(event.fields)) found.push(`fields.${key}=${JSON.stringify(value)}`);
  trace.push({ stage: 'fields', result: found.join(' ') });
  return { event, trace };
}

const describedFields = [
  'event_type',
  'outcome',
  'severity',
  'src_ip',
  'src_port',
  'dst_ip',
  'dst_port',
  'protocol',
  'user',
] as const;

function timeResult(event: Event): string {
  if (event.tags.includes('clock_skew')) return 'more than 5 minutes ahead of the receive time: clamped to it';
  return event.has_time ? 'read from the line' : 'none in the line: the receive time is used';
}

function parse(record: LogRecord, context: ParseContext, trace: TraceStage[] | null): Event {
  const raw = record.body;
  const event = newEvent(record.origin, record.received_at, raw);
  const line = raw.charCodeAt(0) === 0xfeff ? raw.slice(1) : raw;
  readLine(event, line, context, record.origin.hint, trace);
  if (event.format === 'json' || event.format === 'key-value') readInner(event, record, context, trace);
  if (event.event_type === 'message' && event.level !== null) judgeByLevel(event);
  return event;
}

/** Header, then the first format that recognises what is behind it. */
function readLine(
  event: Event,
  line: string,
  context: ParseContext,
  hint: string | null,
  trace: TraceStage[] | null,
): void {
  const at = readHeader(event, line, context, dispatch.isProgram);
  let text = at <= 0 ? line : line.slice(at);
  if (at >= 0) {
    text = unwrap(event, text);
    event.message = text;
  }
  const lead = text.charCodeAt(0);
  const candidates = at >= 0 ? dispatch.framed(event.program, lead) : dispatch.frameless(lead);
  if (trace !== null) traceHeader(trace, event, at, candidates);
  const format = recognise(candidates, event, text, context, hint);
  if (format === null && !event.has_time) takeTime(event, line, line.charCodeAt(0) === 91 ? 1 : 0, context);
  if (trace !== null) {
    trace.push({
      stage: 'format',
      result: format === null ? 'none recognised it: raw' : `${format.name}: ${format.description}`,
    });
  }
}

/** Formats that say more about the inner line than the envelope does. */
const isSpecific = (format: string): boolean =>
  format !== 'raw' && format !== 'general' && format !== 'key-value' && format !== 'sql';

/**
 * The line inside a structured record (`message`, `log`, `MESSAGE`) is read by the specific formats as if it had come
 * alone; the envelope keeps what it says about host, time and severity.
 */
function readInner(event: Event, record: LogRecord, context: ParseContext, trace: TraceStage[] | null): void {
  if (event.message === event.raw || event.message === '') return;
  const text = event.message.trimEnd();
  if (event.event_type === 'web.request' || event.event_type === 'web.attack') return;
  const inner = newEvent(record.origin, record.received_at, text);
  inner.program = event.program;
  inner.level = event.level;
  const lead = text.charCodeAt(0);
  const header = readHeader(inner, text, context, dispatch.isProgram);
  if (header < 0) inner.program = event.program;
  const body = header > 0 ? text.slice(header) : text;
  const known = inner.program !== null && dispatch.isProgram(inner.program);
  const candidates =
    header >= 0
      ? dispatch.framed(inner.program, body.charCodeAt(0))
      : known
        ? dispatch.framed(inner.program, lead)
        : dispatch.frameless(lead);
  const tried =
    header < 0 && !known
      ? withoutProgram(inner, candidates, body, context)
      : recognise(candidates, inner, body, context, null);
  if (tried === null || !isSpecific(tried.name)) return;
  if (header > 0) inner.message = body;
  merge(event, inner);
  if (trace !== null) trace.push({ stage: 'inner line', result: `${tried.name}: ${tried.description}` });
}

/** Program names of applications (`logger`, `service`) must not make the frameless formats believe in a syslog frame. */
function withoutProgram(
  inner: Event,
  candidates: readonly Format[],
  text: string,
  context: ParseContext,
): Format | null {
  inner.program = null;
  return recognise(candidates, inner, text, context, null);
}

function merge(event: Event, inner: Event): void {
  const stated = event.fields.severity;
  event.format = inner.format;
  event.event_type = inner.event_type;
  event.outcome = inner.outcome;
  if (typeof stated !== 'string') event.severity = inner.severity;
  for (const key of ['host', 'src_ip', 'src_port', 'dst_ip', 'dst_port', 'protocol', 'user'] as const) {
    const value = inner[key];
    if (value !== null) (event[key] as typeof value) = value;
  }
  event.program ??= inner.program;
  event.pid ??= inner.pid;
  event.level ??= inner.level;
  if (!event.has_time && inner.has_time) {
    event.has_time = true;
    event.time = inner.time;
    event.zone_minutes = inner.zone_minutes;
  }
  event.message = inner.message;
  for (const key of Object.keys(inner.fields)) {
    if (!Object.hasOwn(event.fields, key)) event.fields[key] = inner.fields[key] as FieldValue;
  }
}

function traceHeader(trace: TraceStage[], event: Event, at: number, candidates: readonly Format[]): void {
  const header =
    at < 0
      ? 'none'
      : (['facility', 'level', 'host', 'program', 'pid'] as const)
          .filter((key) => event[key] !== null)
          .map((key) => `${key}=${String(event[key])}`)
          .join(' ') || 'without host and program';
  trace.push({ stage: 'syslog header', result: header });
  trace.push({ stage: 'candidates', result: candidates.map((format) => format.name).join(', ') || 'none' });
}
