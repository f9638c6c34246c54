import { type EventType, eventTypes, type FieldValue } from '../../model/index.ts';
import { defineFormat } from '../contract.ts';
import { judge } from '../verdict.ts';

/** What Phosor writes about its own sources (runtime/source-health.ts). Nobody else can: a sender's line stays that of a sender. */
export const phosor = defineFormat({
  name: 'phosor',
  description: 'Phosor about its own sources: silent, back again, clock off, lines that are no longer understood.',
  leads: '{',
  parse(event, text) {
    if (event.source_type !== 'internal' || !text.startsWith('{"phosor":')) return false;
    const record = recordOf(text);
    if (record === null) return false;
    const { phosor: type, message, ...fields } = record;
    if (typeof type !== 'string' || !type.startsWith('source.') || !Object.hasOwn(eventTypes, type)) return false;
    event.format = 'phosor';
    event.program = 'phosor';
    if (typeof message === 'string') event.message = message;
    event.fields = fields;
    const isGood = type === 'source.resumed';
    return judge(event, type as EventType, isGood ? 'success' : 'failure', isGood ? 'info' : 'low');
  },
});

function recordOf(text: string): Record<string, FieldValue> | null {
  try {
    return JSON.parse(text) as Record<string, FieldValue>;
  } catch {
    return null;
  }
}
