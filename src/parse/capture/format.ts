import { type Event, type EventType, eventTypes, type FieldValue, recordScore } from '../../model/index.ts';
import { defineFormat } from '../contract.ts';
import { judge } from '../verdict.ts';
import { applyRequest } from '../web-request.ts';

/** What a capture of packets may tell; see src/wire/records.ts. */
const kinds = new Set<string>([
  'net.flow',
  'net.packet',
  'net.capture',
  'dns.query',
  'dns.answer',
  'tls.hello',
  'http.request',
]);

/**
 * What Phosor saw on the wire. Of a source that is no capture (rules' tests, an export that is read again) it is read all
 * the same: where an event comes from is told by `source_type`, which no sender can choose.
 */
export const capture = defineFormat({
  name: 'capture',
  description: 'Conversations, packets, DNS, TLS hellos and HTTP requests that Phosor saw on the wire.',
  leads: '{',
  parse(event, text) {
    if (!text.startsWith('{"wire":"')) return false;
    const record = recordOf(text);
    if (record === null) return false;
    const { wire, time, message, fields, ...rest } = record;
    if (typeof wire !== 'string' || !kinds.has(wire) || !Object.hasOwn(eventTypes, wire)) return false;
    event.format = 'capture';
    event.program = 'phosor';
    if (typeof message === 'string') event.message = message;
    if (typeof time === 'string') takeTime(event, time);
    takeEnds(event, rest);
    if (isTree(fields)) event.fields = fields;
    return judgeRecord(event, wire as EventType);
  },
});

function takeTime(event: Event, text: string): void {
  const time = Date.parse(text);
  if (!Number.isFinite(time)) return;
  event.time = time;
  event.has_time = true;
}

function takeEnds(event: Event, ends: Record<string, FieldValue>): void {
  const text = (key: string): string | null => {
    const value = ends[key];
    return typeof value === 'string' && value.length <= 64 ? value : null;
  };
  const port = (key: string): number | null => {
    const value = ends[key];
    return typeof value === 'number' && Number.isInteger(value) && value >= 0 && value <= 65_535 ? value : null;
  };
  event.src_ip = text('src_ip');
  event.src_port = port('src_port');
  event.dst_ip = text('dst_ip');
  event.dst_port = port('dst_port');
  event.protocol = text('protocol');
}

function judgeRecord(event: Event, type: EventType): boolean {
  switch (type) {
    case 'net.flow':
      return judge(event, type, flowOutcome(event.fields.state), 'info');
    case 'net.packet': {
      const isRead = judge(event, type, 'unknown', 'info');
      scorePacket(event);
      return isRead;
    }
    case 'net.capture':
      return judge(
        event,
        type,
        event.fields.ok === false ? 'failure' : 'success',
        event.fields.ok === false ? 'low' : 'info',
      );
    case 'dns.answer':
      return judge(event, type, event.fields.code === 'NOERROR' ? 'success' : 'failure', 'info');
    case 'http.request':
      return request(event);
    default:
      return judge(event, type, 'unknown', 'info');
  }
}

function flowOutcome(state: FieldValue | undefined): Event['outcome'] {
  if (state === 'refused' || state === 'attempt' || state === 'unanswered') return 'failure';
  return state === 'open' || state === 'closed' || state === 'reset' || state === 'answered' ? 'success' : 'unknown';
}

/** The documented features of a packet, and how far its source has spread. What is known of the source comes when it is asked for. */
function scorePacket(event: Event): void {
  const { parts, ...figures } = recordScore(event);
  event.score = {
    ...figures,
    parts: parts.map((part) => ({ ...part, reasons: part.reasons.map((each) => ({ ...each })) })),
  };
}

/** As a line of an access log, without an answer: its status is not known. */
function request(event: Event): boolean {
  const { method, target, host, user_agent } = event.fields;
  const text = (value: FieldValue | undefined): string => (typeof value === 'string' ? value : '');
  event.fields = {};
  applyRequest(event, {
    method: text(method),
    target: text(target),
    version: '',
    status: -1,
    bytes: -1,
    referrer: '',
    agent: text(user_agent),
    host: text(host),
  });
  if (event.event_type === 'web.request') event.event_type = 'http.request';
  return true;
}

const isTree = (value: unknown): value is Record<string, FieldValue> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

function recordOf(text: string): Record<string, FieldValue> | null {
  try {
    const value: unknown = JSON.parse(text);
    return isTree(value) ? value : null;
  } catch {
    return null;
  }
}
