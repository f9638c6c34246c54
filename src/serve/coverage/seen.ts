import type { EventJson } from '../../model/index.ts';
import type { EventFilter, FilterField } from '../../store/contract.ts';
import type { Services } from '../contract.ts';

const dayMs = 86_400_000;
/** What arrived within this time counts as being sent. */
const lookBackMs = 30 * dayMs;
const nearMs = 3_600_000;
/** By what the sample is drawn, so that rare kinds of events are in it. */
const drawnBy: readonly { field: FilterField; values: number; events: number }[] = [
  { field: 'event_type', values: 100, events: 20 },
  { field: 'format', values: 60, events: 30 },
  { field: 'program', values: 60, events: 5 },
  { field: 'source', values: 40, events: 20 },
];

/** A sample of what arrived lately: of every event type, format, program and source the newest events. */
export async function sampleEvents({ events, now }: Pick<Services, 'events' | 'now'>): Promise<EventJson[]> {
  const span: EventFilter = { from: now() - lookBackMs };
  const byId = new Map<string, EventJson>();
  const draw = async (filter: EventFilter, count: number): Promise<void> => {
    const page = await events.page(filter, count, null);
    for (const event of page.events) byId.set(event.id, event);
  };
  await draw(span, 200);
  const from = now() - lookBackMs;
  for (const { field, values, events: count } of drawnBy) {
    // One after the other: two heavy queries at a time would let searches wait.
    for (const { value, last } of await events.top(span, field, values)) {
      // What is rare is looked for where it was seen last, not in all of the history.
      const near = { from: Math.max(from, last - nearMs), to: last + 1 };
      await draw({ ...near, where: [{ field, op: 'in', values: [value] }] }, count);
    }
  }
  return [...byId.values()];
}

/** Events with the same kind and the same fields show the same: one of each is enough. */
export function distinctShapes(events: readonly EventJson[]): EventJson[] {
  const byShape = new Map<string, EventJson>();
  for (const event of events) {
    const { format, program, event_type, source_type, source, facility } = event;
    const shape = [format, program, event_type, source_type, source, facility, ...pathsOf(event.fields, '', 3).sort()];
    byShape.set(shape.join('\n'), event);
  }
  return [...byShape.values()];
}

/** Names of a record's values, nested ones with dots. */
function pathsOf(value: unknown, prefix: string, depth: number): string[] {
  if (typeof value !== 'object' || value === null || Array.isArray(value) || depth === 0)
    return prefix === '' ? [] : [prefix];
  return Object.entries(value).flatMap(([key, inner]) =>
    inner === null ? [] : pathsOf(inner, prefix === '' ? key : `${prefix}.${key}`, depth - 1),
  );
}

export interface FieldInfo {
  name: string;
  type: 'string' | 'number' | 'boolean' | 'list' | 'object';
  /** Values that were seen, most frequent first. As stored: what was masked is masked here. */
  examples: string[];
}

const mostExamples = 8;
const longestExample = 120;
const mostFields = 2000;
/** Columns of an event that rules ask for; they are there whether any was seen or not. */
const columnTypes: readonly [name: string, type: FieldInfo['type']][] = [
  ...['event_type', 'outcome', 'severity', 'src_ip', 'dst_ip', 'user', 'host', 'program'].map(
    (name): [string, 'string'] => [name, 'string'],
  ),
  ...['src_port', 'dst_port', 'pid'].map((name): [string, 'number'] => [name, 'number']),
  ...['protocol', 'message', 'raw', 'format', 'source', 'source_type', 'facility', 'level', 'time'].map(
    (name): [string, 'string'] => [name, 'string'],
  ),
  ['tags', 'list'],
];

/** Columns first, then what parsers and senders put into `fields`, with examples from a sample of events. */
export function fieldsOf(events: readonly EventJson[]): FieldInfo[] {
  const columns = new Map(columnTypes.map(([name, type]): [string, Seen] => [name, { type, values: new Map() }]));
  const fields = new Map<string, Seen>();
  for (const event of events) {
    for (const [name] of columnTypes) note(columns, name, event[name as keyof EventJson]);
    for (const [name, value] of leavesOf(event.fields, 'fields', 5)) note(fields, name, value);
    for (const group of ['geo', 'intel', 'score'] as const)
      for (const [name, value] of leavesOf(event[group], group, 3)) note(fields, name, value);
  }
  const sorted = [...fields].sort(([a], [b]) => (a < b ? -1 : 1)).slice(0, mostFields);
  return [...columns, ...sorted].map(([name, { type, values }]) => ({
    name,
    type,
    examples: [...values]
      .sort((a, b) => b[1] - a[1])
      .slice(0, mostExamples)
      .map(([value]) => value),
  }));
}

interface Seen {
  type: FieldInfo['type'];
  values: Map<string, number>;
}

function note(all: Map<string, Seen>, name: string, value: unknown): void {
  let seen = all.get(name);
  if (seen === undefined) {
    if (all.size > mostFields * 2) return;
    seen = { type: 'string', values: new Map() };
    all.set(name, seen);
  }
  if (value === null || value === undefined) return;
  const one = Array.isArray(value) ? value[0] : value;
  if (Array.isArray(value)) seen.type = 'list';
  else if (typeof value === 'object') seen.type = 'object';
  else if (typeof value === 'number' || typeof value === 'boolean') seen.type = typeof value as 'number' | 'boolean';
  if (typeof one === 'object' || one === undefined || one === '' || seen.values.size > 500) return;
  const text = String(one).slice(0, longestExample).toWellFormed();
  seen.values.set(text, (seen.values.get(text) ?? 0) + 1);
}

function* leavesOf(value: unknown, prefix: string, depth: number): Generator<[string, unknown]> {
  if (typeof value !== 'object' || value === null || Array.isArray(value) || depth === 0) {
    yield [prefix, value];
    return;
  }
  for (const [key, inner] of Object.entries(value)) yield* leavesOf(inner, `${prefix}.${key}`, depth - 1);
}
