import type { Event, LogRecord } from '../model/index.ts';
import { newEvent } from '../model/index.ts';
import type { Format, ParseContext } from './contract.ts';
import { buildDispatch, recognise } from './dispatch.ts';
import { iptables } from './iptables/format.ts';
import { sshd } from './sshd/format.ts';
import { readHeader } from './syslog/header.ts';
import { ufw } from './ufw/format.ts';

/** Every log format Phosor reads. The first that recognises a line wins, so the strictest come first. */
export const formats = [sshd, ufw, iptables] as const satisfies readonly Format[];

export type FormatName = (typeof formats)[number]['name'] | 'raw';

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
  const at = readHeader(event, line, context, dispatch.isProgram);
  const text = at <= 0 ? line : line.slice(at);
  if (at >= 0) event.message = text;
  const lead = text.charCodeAt(0);
  const candidates = at >= 0 ? dispatch.framed(event.program, lead) : dispatch.frameless(lead);
  if (trace !== null) traceHeader(trace, event, at, candidates);
  const format = recognise(candidates, event, text, context, record.origin.hint);
  if (trace !== null) {
    trace.push({
      stage: 'format',
      result: format === null ? 'none recognised it: raw' : `${format.name}: ${format.description}`,
    });
  }
  return event;
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
