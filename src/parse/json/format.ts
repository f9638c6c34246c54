import type { Event, FieldValue } from '../../model/index.ts';
import { defineFormat } from '../contract.ts';
import { readStructured } from '../structured.ts';

const maximumDepth = 32;

/** Deeper nesting than this is kept as text: nobody reads it, and recursion over it must stay bounded. */
function bounded(value: FieldValue, depth: number): FieldValue {
  if (value === null || typeof value !== 'object') return value;
  if (depth >= maximumDepth) return '[nested too deeply]';
  if (Array.isArray(value)) return value.map((item) => bounded(item, depth + 1));
  for (const key of Object.keys(value)) {
    const child = value[key] as FieldValue;
    if (child !== null && typeof child === 'object') value[key] = bounded(child, depth + 1);
  }
  return value;
}

function isJournal(record: Readonly<Record<string, FieldValue>>): boolean {
  return (
    typeof record.MESSAGE === 'string' &&
    ('__REALTIME_TIMESTAMP' in record || '_HOSTNAME' in record || 'SYSLOG_IDENTIFIER' in record)
  );
}

/** journalctl -o json: the fields of systemd.journal-fields(7). */
function readJournal(event: Event, record: Readonly<Record<string, FieldValue>>): void {
  const program = record.SYSLOG_IDENTIFIER ?? record._COMM;
  if (typeof program === 'string') event.program = program;
  if (typeof record._HOSTNAME === 'string') event.host = record._HOSTNAME;
  const pid = Number(record._PID ?? record.SYSLOG_PID);
  if (Number.isInteger(pid)) event.pid = pid;
  event.message = String(record.MESSAGE);
}

/** JSON objects in one line: ECS, Docker's json-file, journald, pino, bunyan, zap, Suricata EVE, whatever a webhook posts. */
export const json = defineFormat({
  name: 'json',
  description:
    'JSON objects: ECS, Docker, journald, application logs, webhooks. A log line inside is read again by its own format.',
  anyProgram: true,
  leads: '{[ \t"-tfn9@',
  parse(event, text, context) {
    let body = text;
    const first = body.charCodeAt(0);
    if (first !== 123) {
      // `@cee: {…}` (CEE cookie); JSON that is no object comes from webhooks only.
      if (body.startsWith('@cee:')) body = body.slice(5);
      else if (event.source_type !== 'webhook' && !(first === 32 || first === 9)) return false;
      body = body.trimStart();
      if (event.source_type !== 'webhook' && body.charCodeAt(0) !== 123) return false;
    }
    if (event.source_type !== 'webhook') {
      const last = body.charCodeAt(body.trimEnd().length - 1);
      if (last !== 125) return false;
    }
    let parsed: FieldValue;
    try {
      parsed = JSON.parse(body) as FieldValue;
    } catch {
      return false;
    }
    if (parsed === null || typeof parsed !== 'object' || Array.isArray(parsed)) {
      if (event.source_type !== 'webhook') return false;
      event.format = 'json';
      event.event_type = 'app.event';
      event.fields.value = bounded(parsed, 0);
      if (typeof parsed === 'string') event.message = parsed;
      return true;
    }
    const record = bounded(parsed, 0) as Record<string, FieldValue>;
    event.format = 'json';
    Object.assign(event.fields, record);
    if (Object.hasOwn(record, '__proto__')) {
      Object.defineProperty(event.fields, '__proto__', {
        value: Object.getOwnPropertyDescriptor(record, '__proto__')?.value,
        enumerable: true,
        configurable: true,
        writable: true,
      });
    }
    readStructured(event, record, context);
    if (isJournal(record)) readJournal(event, record);
    return true;
  },
});
