import {
  type Event,
  type EventType,
  eventTypes,
  type FieldValue,
  outcomes,
  type Severity,
  severities,
} from '../../model/index.ts';
import { defineFormat } from '../contract.ts';
import { judge } from '../verdict.ts';

/** What each kind of touch says by itself. Nobody has business with a decoy; what they do there tells how serious it is. */
const standard: Readonly<Record<string, Severity>> = {
  'decoy.connection': 'low',
  'decoy.client': 'low',
  'decoy.login': 'medium',
  'decoy.command': 'high',
  'decoy.request': 'medium',
  'decoy.download': 'high',
  'decoy.upload': 'high',
  'decoy.forward': 'high',
  'decoy.token': 'critical',
  'decoy.session': 'info',
  'decoy.error': 'low',
};

/** The decoy's name is the protocol, but for those of the web. */
const protocolOf = (decoy: string): string | null => (decoy === 'decoys' ? null : decoy);

/**
 * What the main process writes about visits to decoys (runtime/decoys/witness.ts). Nobody else can: a sender's line stays
 * that of a sender.
 */
export const decoy = defineFormat({
  name: 'decoy',
  description: 'Visits to the decoys of Phosor: connections, tried passwords, commands, requests, files, forwarding.',
  leads: '{',
  parse(event, text) {
    if (event.source_type !== 'decoy' || !text.startsWith('{"decoy":')) return false;
    const record = recordOf(text);
    if (record === null) return false;
    const { decoy: name, event_type: type, time, message, fields } = record;
    if (typeof name !== 'string' || typeof type !== 'string') return false;
    if (!type.startsWith('decoy.') || !Object.hasOwn(eventTypes, type)) return false;
    event.format = 'decoy';
    event.program = 'phosor';
    event.protocol = protocolOf(name);
    if (typeof message === 'string') event.message = message;
    if (typeof time === 'number') {
      event.time = time;
      event.has_time = true;
    }
    takeEndpoints(event, record);
    if (typeof record.user === 'string') event.user = record.user;
    event.fields = isRecord(fields) ? { decoy: name, ...fields } : { decoy: name };
    event.tags.push('decoy');
    const outcome = outcomes.find((each) => each === record.outcome) ?? 'unknown';
    const severity =
      severities.find((each) => each === record.severity) ??
      (type === 'decoy.login' && outcome === 'success' ? 'high' : (standard[type] ?? 'medium'));
    return judge(event, type as EventType, outcome, severity);
  },
});

function takeEndpoints(event: Event, record: Record<string, FieldValue>): void {
  const port = (value: FieldValue | undefined): number | null => (typeof value === 'number' ? value : null);
  const address = (value: FieldValue | undefined): string | null =>
    typeof value === 'string' && value !== '' ? value : null;
  event.src_ip = address(record.src_ip);
  event.src_port = port(record.src_port);
  event.dst_ip = address(record.dst_ip);
  event.dst_port = port(record.dst_port);
}

const isRecord = (value: FieldValue | undefined): value is { [key: string]: FieldValue } =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

function recordOf(text: string): Record<string, FieldValue> | null {
  try {
    return JSON.parse(text) as Record<string, FieldValue>;
  } catch {
    return null;
  }
}
