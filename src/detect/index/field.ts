import type { Event, FieldValue } from '../../model/index.ts';
import { phosorField } from '../../model/views/phosor.ts';
import type { Field } from '../form.ts';
import { mappedAccessor } from './mapped.ts';
import { bitOf, mayHave } from './names.ts';

/** Reads one field of an event. undefined: the event has no such field. */
export type Accessor = (event: Event) => FieldValue | undefined;

/** One small function per column: a keyed load with a changing key would cost several times as much. */
const columns: Record<string, Accessor> = {
  id: (e) => e.id,
  time: (e) => e.time,
  received_at: (e) => e.received_at,
  source: (e) => e.source,
  source_type: (e) => e.source_type,
  format: (e) => e.format,
  host: (e) => e.host,
  program: (e) => e.program,
  pid: (e) => e.pid,
  facility: (e) => e.facility,
  level: (e) => e.level,
  event_type: (e) => e.event_type,
  outcome: (e) => e.outcome,
  severity: (e) => e.severity,
  src_ip: (e) => e.src_ip,
  src_port: (e) => e.src_port,
  dst_ip: (e) => e.dst_ip,
  dst_port: (e) => e.dst_port,
  protocol: (e) => e.protocol,
  user: (e) => e.user,
  message: (e) => e.message,
  raw: (e) => e.raw,
  tags: (e) => e.tags,
  redacted: (e) => e.redacted,
};

/** Columns whose values come from lower-case lists: they need no folding. */
const lowerCase = new Set(['event_type', 'outcome', 'severity', 'source_type', 'facility', 'level', 'protocol']);

export const isLowerCase = (field: Field): boolean => field.view === 'event' && lowerCase.has(field.path);

/**
 * Whether a field that holds null is there all the same. Columns hold null where the event has no such thing; what the
 * sender wrote into `fields` is there as it was written.
 */
export const nullIsValue = ({ view, path, from }: Field): boolean =>
  view === 'event' && from === undefined && !Object.hasOwn(columns, path);

/**
 * The text that keywords are searched in, which is the whole event: the line, and the message where a parser wrote one of
 * its own. A line with backslashes (JSON, say) writes values otherwise than they are: those are searched too.
 */
export function keywordText(event: Event): string {
  const { raw, message, fields } = event;
  let text = raw === message || raw.includes(message) ? raw : `${raw}\n${message}`;
  if (raw.includes('\\')) for (const value of Object.values(fields)) text += valueTexts(value);
  return text;
}

function valueTexts(value: FieldValue): string {
  if (typeof value === 'string') return `\n${value}`;
  if (value === null || typeof value !== 'object') return '';
  let text = '';
  for (const inner of Array.isArray(value) ? value : Object.values(value)) text += valueTexts(inner);
  return text;
}

/** Same field, same key: the slots of the evaluation context are shared by it. */
export const fieldKey = (field: Field): string =>
  field.from === undefined
    ? `${field.view}:${field.path}`
    : `${field.view}:${field.path} ${JSON.stringify(field.from)}`;

/**
 * Resolves a field name once. Sigma names are a column of the Event, else a key of `fields` (with or without the
 * prefix `fields.`), else a nested path of it; `geo.…`, `intel.…` and `score.…` read those. An array yields all its elements.
 */
export function accessor(field: Field): Accessor {
  if (field.view === 'phosor') return phosorAccessor(field.path);
  if (field.from !== undefined)
    return mappedAccessor(field.path, field.from, (path) => accessor({ view: 'event', path }), namesIn);
  const column = Object.hasOwn(columns, field.path) ? columns[field.path] : undefined;
  if (column) return column;
  const dot = field.path.indexOf('.');
  const head = dot < 0 ? '' : field.path.slice(0, dot);
  const rest = field.path.slice(dot + 1);
  if (head === 'fields') return inFields(rest);
  if (head === 'geo') return inRecord((e) => e.geo, rest);
  if (head === 'intel') return inRecord((e) => e.intel, rest);
  if (head === 'score') return inRecord((e) => e.score, rest);
  if (head === 'logsource') return declaredLogsource(rest);
  return inFields(field.path);
}

/** The bits of the names at the top of `fields` that a path may begin with; null: it is not about those alone. */
function namesIn(path: string): number | null {
  if (Object.hasOwn(columns, path) || /^(?:fields|geo|intel|score|logsource)\./.test(path)) return null;
  return bitsOfPath(path);
}

const bitsOfPath = (path: string): number =>
  [path, path.replaceAll(' ', ''), ...headsOf(path)].reduce((bits, name) => bits | bitOf(name), 0);

/** What `a.b.c` may begin with: `a` and `a.b`. */
function headsOf(path: string): string[] {
  const parts = path.split('.');
  return parts.slice(1).map((_, i) => parts.slice(0, i + 1).join('.'));
}

function inFields(path: string): Accessor {
  const read = inRecord((e) => e.fields, path);
  const names = bitsOfPath(path);
  return (event) => (mayHave(event, names) ? read(event) : undefined);
}

/**
 * Whether an event may say what its log source is: the fields of these formats are the sender's own, and there alone
 * `product` means what Sigma means by it.
 */
export const declaresLogsource = ({ format }: Event): boolean => format === 'raw' || format === 'json';

/** What a structured event says about its own log source: the key itself, or in `logsource`. Blank is not said. */
function declaredLogsource(key: string): Accessor {
  const read = (record: FieldValue | undefined): string | undefined => {
    const value = record !== null && typeof record === 'object' && !Array.isArray(record) ? record[key] : undefined;
    return typeof value === 'string' && value.trim() !== '' ? value : undefined;
  };
  return (event) => (declaresLogsource(event) ? (read(event.fields) ?? read(event.fields.logsource)) : undefined);
}

function phosorAccessor(path: string): Accessor {
  if (path === 'raw' || path === 'message') return columns[path] as Accessor;
  const direct = accessor({ view: 'event', path });
  return (event) => phosorField(event, path) ?? direct(event);
}

function inRecord(of: (event: Event) => Record<string, FieldValue> | null, path: string): Accessor {
  const parts = path.split('.');
  const stripped = path.includes(' ') ? path.replaceAll(' ', '') : null;
  // Most records have none of them.
  const heads = headsOf(path);
  return (event) => {
    const record = of(event);
    if (record === null) return undefined;
    const flat = record[path];
    if (flat !== undefined && Object.hasOwn(record, path)) return flat;
    if (stripped !== null && Object.hasOwn(record, stripped)) return record[stripped];
    for (let i = 0; i < heads.length; i += 1)
      if (record[heads[i] as string] !== undefined) return nested(record, parts, 0);
    return undefined;
  };
}

/** Walks `a.b.c`; keys may hold dots themselves, and an array on the way stands for each of its elements. */
function nested(value: FieldValue | undefined, parts: readonly string[], from: number): FieldValue | undefined {
  if (from === parts.length) return value;
  if (Array.isArray(value)) {
    const found: FieldValue[] = [];
    for (const element of value) {
      const inner = nested(element, parts, from);
      if (Array.isArray(inner)) found.push(...inner);
      else if (inner !== undefined) found.push(inner);
    }
    return found.length === 0 ? undefined : found;
  }
  if (value === null || typeof value !== 'object') return undefined;
  for (let end = parts.length; end > from; end -= 1) {
    const key = end === from + 1 ? (parts[from] as string) : parts.slice(from, end).join('.');
    if (!Object.hasOwn(value, key)) continue;
    const inner = nested(value[key], parts, end);
    if (inner !== undefined) return inner;
  }
  return undefined;
}

/** A scalar as the text that strings are compared with; null and objects have none. */
export function textOf(value: FieldValue | undefined): string | null {
  if (typeof value === 'string') return value;
  if (typeof value === 'number' || typeof value === 'boolean') return String(value);
  return null;
}

/** Folds case as comparisons need it: `ſ` becomes `s`, as Unicode's case folding has it. */
export function fold(text: string): string {
  const lower = text.toLowerCase();
  return lower.includes('ſ') ? lower.replaceAll('ſ', 's') : lower;
}
