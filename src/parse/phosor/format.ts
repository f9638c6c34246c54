import { type Event, type EventType, eventTypes, type FieldValue } from '../../model/index.ts';
import { defineFormat } from '../contract.ts';
import { judge } from '../verdict.ts';

/**
 * What Phosor writes about its own sources (runtime/source-health.ts) and about addresses that it was told of
 * (runtime/intel). Nobody else can: a sender's line stays that of a sender.
 */
export const phosor = defineFormat({
  name: 'phosor',
  description:
    'Phosor about its own sources (silent, back again, clock off, lines that are no longer understood) and about addresses that providers call malicious.',
  leads: '{',
  parse(event, text) {
    if (event.source_type !== 'internal' || !text.startsWith('{"phosor":')) return false;
    const record = recordOf(text);
    if (record === null) return false;
    const { phosor: type, message, ...fields } = record;
    if (typeof type !== 'string' || !/^(?:source|intel)\./.test(type) || !Object.hasOwn(eventTypes, type)) return false;
    event.format = 'phosor';
    event.program = 'phosor';
    if (typeof message === 'string') event.message = message;
    event.fields = fields;
    if (type === 'intel.malicious') return verdict(event, fields);
    const isGood = type === 'source.resumed';
    return judge(event, type as EventType, isGood ? 'success' : 'failure', isGood ? 'info' : 'low');
  },
});

/** A provider's verdict about an address: told as if a list held it. */
function verdict(event: Event, { address, providers, ...rest }: Record<string, FieldValue>): boolean {
  if (typeof address !== 'string' || !Array.isArray(providers)) return false;
  event.src_ip = address;
  event.fields = rest;
  event.intel = {
    address,
    field: 'src_ip',
    matched: address,
    feeds: providers,
    categories: ['reputation'],
    level: 'malicious',
  };
  return judge(event, 'intel.malicious', 'unknown', 'high');
}

function recordOf(text: string): Record<string, FieldValue> | null {
  try {
    return JSON.parse(text) as Record<string, FieldValue>;
  } catch {
    return null;
  }
}
