import type { Event, FieldValue } from '../model/index.ts';
import type { ParseContext } from './contract.ts';
import { readStructured } from './structured.ts';

/** How far into a line an object may begin, and behind how many words: a host, a level, a logger. More are a sentence. */
const farthest = 120;
const mostWords = 3;
const fewestKeys = 3;

/**
 * A JSON object behind words: `2026-11-21T09:00:00Z web01 {"client_ip": …}`, `app.INFO: {…} []`. The record says more about
 * itself than what a collector wrote in front of it.
 */
export function readEmbedded(event: Event, text: string, context: ParseContext): boolean {
  const from = text.indexOf('{');
  if (from < 0 || from > farthest || from === text.length - 1) return false;
  const front = text.slice(0, from).trim();
  if (front !== '' && (front.split(/\s+/).length > mostWords || /["'`=]/.test(front))) return false;
  const next = text
    .slice(from + 1, from + 40)
    .trimStart()
    .charCodeAt(0);
  if (next !== 34) return false;
  const end = text.lastIndexOf('}') + 1;
  // Monolog writes an empty context behind it.
  if (end <= from || !/^(?:\s|\[\])*$/.test(text.slice(end, end + 16)) || text.length - end > 16) return false;
  let record: FieldValue;
  try {
    record = JSON.parse(text.slice(from, end)) as FieldValue;
  } catch {
    return false;
  }
  if (record === null || typeof record !== 'object' || Array.isArray(record)) return false;
  if (Object.keys(record).length < fewestKeys) return false;
  const { host, program, pid } = event;
  const timed = event.has_time;
  const { time, zone_minutes: zone } = event;
  for (const key of Object.keys(record)) if (key !== '__proto__') event.fields[key] = record[key] as FieldValue;
  readStructured(event, record, context);
  event.host = host ?? event.host;
  event.program = program ?? event.program;
  event.pid = pid ?? event.pid;
  if (timed) {
    event.time = time;
    event.zone_minutes = zone;
    event.has_time = true;
  }
  return true;
}
