import { type FieldSource, RuleError } from '../form.ts';
import { detectionItem, type Reading } from './item.ts';
import { isYamlMap, type Path, readYaml, type Yaml, type YamlMap, YamlRefused } from './yaml.ts';

/** A log source as rules name it: any of category, product and service, in lower case. */
export type LogsourceKeys = Readonly<Record<string, string>>;

/**
 * What one or several log sources mean here. Data only: those that come with Phosor are the JSON files in `mappings/`,
 * users add theirs as YAML or JSON of the same form.
 */
export interface MappingEntry {
  /** The log sources it is about; a rule's log source fits where it has at least these keys. */
  for: readonly LogsourceKeys[];
  /** A Sigma selection (maps of which one must hold) over the Event: which events are of this log source. */
  events?: 'any' | readonly Readonly<Record<string, Yaml>>[];
  /** Name in rules → where the Event has it; the first that is there. */
  fields?: Readonly<Record<string, readonly FieldSource[]>>;
  /** Records inside `fields` whose keys are the rules' own names, such as `winlog.event_data`. */
  prefixes?: readonly string[];
}

export interface Mapping {
  name: string;
  about?: string;
  logsources: readonly MappingEntry[];
}

export interface MappingProblem {
  message: string;
  line: number;
  column: number;
}

/** Reads a mapping file, YAML or JSON. What is wrong with it is told with its place, and then nothing of it is used. */
export function readMapping(text: string): { mapping: Mapping | null; problem: MappingProblem | null } {
  try {
    const [document, second] = readYaml(text);
    if (document === undefined) return refused('the file is empty');
    if (second !== undefined) return refused('a mapping file holds one document', second.locate([]));
    try {
      return { mapping: checkedMapping(document.value), problem: null };
    } catch (error) {
      if (error instanceof RuleError) return refused(error.message, document.locate(error.path));
      throw error;
    }
  } catch (error) {
    if (!(error instanceof YamlRefused)) throw error;
    return refused(error.message, { line: error.line ?? 1, column: error.column ?? 1 });
  }
}

const refused = (message: string, at: { line: number; column: number } = { line: 1, column: 1 }) => ({
  mapping: null,
  problem: { message, line: at.line, column: at.column },
});

/**
 * The schema of a mapping.
 * @throws RuleError with the path of what is wrong
 */
export function checkedMapping(value: unknown): Mapping {
  const map = mapAt(value, [], 'a mapping file');
  onlyKeys(map, ['name', 'about', 'logsources'], []);
  const entries = listAt(map.logsources, ['logsources'], '`logsources`');
  const mapping: Mapping = {
    name: textAt(map.name, ['name'], '`name`'),
    logsources: entries.map((entry, i) => entryAt(entry, ['logsources', i])),
  };
  if (map.about !== undefined) mapping.about = textAt(map.about, ['about'], '`about`');
  return mapping;
}

function entryAt(value: unknown, path: Path): MappingEntry {
  const map = mapAt(value, path, 'an entry');
  onlyKeys(map, ['for', 'events', 'fields', 'prefixes'], path);
  const sources = listAt(map.for, [...path, 'for'], '`for`');
  const entry: MappingEntry = { for: sources.map((one, i) => keysAt(one, [...path, 'for', i])) };
  if (map.events === 'any') entry.events = 'any';
  else if (map.events !== undefined) {
    const at = [...path, 'events'];
    entry.events = listAt(map.events, at, '`events`, unless it is the word any,').map((one, i) => {
      const selection = mapAt(one, [...at, i], 'each of `events`');
      // Read as a rule's selection would be: what is wrong is told now, not when a rule comes.
      for (const [key, value] of Object.entries(selection)) detectionItem(key, value, [...at, i, key], reading);
      return selection;
    });
  }
  if (map.fields !== undefined) entry.fields = fieldsAt(map.fields, [...path, 'fields']);
  if (map.prefixes !== undefined) {
    const at = [...path, 'prefixes'];
    entry.prefixes = listAt(map.prefixes, at, '`prefixes`').map((one, i) => textAt(one, [...at, i], 'a prefix'));
  }
  return entry;
}

const reading: Reading = {
  placeholders: {},
  logsource: { events: [], unknown: [], field: (path) => ({ view: 'event', path }) },
  field: (path) => ({ view: 'event', path }),
  warn: () => undefined,
};

function keysAt(value: unknown, path: Path): LogsourceKeys {
  const map = mapAt(value, path, 'a log source');
  onlyKeys(map, ['category', 'product', 'service'], path);
  const keys: Record<string, string> = {};
  for (const key of Object.keys(map)) keys[key] = textAt(map[key], [...path, key], key).toLowerCase();
  if (Object.keys(keys).length === 0) throw new RuleError(path, 'a log source needs a category, product or service');
  return keys;
}

function fieldsAt(value: unknown, path: Path): Record<string, FieldSource[]> {
  const fields: Record<string, FieldSource[]> = {};
  for (const [name, sources] of Object.entries(mapAt(value, path, '`fields`'))) {
    const at = [...path, name];
    if (isColumn(name)) {
      throw new RuleError(at, `\`${name}\` is a column of the Event and means the same in every rule`);
    }
    fields[name] = (Array.isArray(sources) ? sources : [sources]).map((one, i) => sourceAt(one, [...at, i]));
    if (fields[name].length === 0) throw new RuleError(at, `\`${name}\` needs at least one source`);
  }
  return fields;
}

const forms = 'a field, { any }, { join, with }, { program }, { extension } or { of, table }';

function sourceAt(value: unknown, path: Path): FieldSource {
  if (typeof value === 'string' && value !== '') return value;
  if (!isYamlMap(value as Yaml)) throw new RuleError(path, `a source is ${forms}`);
  const map = value as YamlMap;
  const text = (key: string) => textAt(map[key], [...path, key], `\`${key}\``);
  switch (Object.keys(map).sort().join(' ')) {
    case 'any':
      return { any: listAt(map.any, [...path, 'any'], '`any`').map((one, i) => sourceAt(one, [...path, 'any', i])) };
    case 'join with': {
      const at = [...path, 'join'];
      const join = listAt(map.join, at, '`join`').map((one, i) => textAt(one, [...at, i], 'a field'));
      return { join, with: text('with') };
    }
    case 'program':
      return { program: text('program') };
    case 'extension':
      return { extension: text('extension') };
    case 'of table':
      return { of: text('of'), table: tableAt(map.table, [...path, 'table']) };
    default:
      throw new RuleError(path, `a source is ${forms}`);
  }
}

function tableAt(value: unknown, path: Path): Record<string, string | string[]> {
  const table: Record<string, string | string[]> = {};
  for (const [key, one] of Object.entries(mapAt(value, path, '`table`'))) {
    const at = [...path, key];
    table[key] = Array.isArray(one)
      ? one.map((each, i) => textAt(each, [...at, i], 'a value'))
      : textAt(one, at, 'a value');
  }
  return table;
}

function onlyKeys(map: YamlMap, known: readonly string[], path: Path): void {
  for (const key of Object.keys(map)) {
    if (!known.includes(key))
      throw new RuleError([...path, key], `\`${key}\` is not known; there is ${known.join(', ')}`);
  }
}

function mapAt(value: unknown, path: Path, what: string): YamlMap {
  if (isYamlMap(value as Yaml)) return value as YamlMap;
  throw new RuleError(path, `${what} must be a map`);
}

function listAt(value: unknown, path: Path, what: string): readonly unknown[] {
  if (Array.isArray(value) && value.length > 0) return value;
  throw new RuleError(path, `${what} must be a list that is not empty`);
}

function textAt(value: unknown, path: Path, what: string): string {
  if (typeof value === 'string' && value !== '') return value;
  throw new RuleError(path, `${what} must be a text`);
}

/** Names of the Event itself mean the same everywhere and are never mapped. */
const columns = new Set(
  `id time received_at source source_type format host program pid facility level event_type outcome severity
  src_ip src_port dst_ip dst_port protocol user message raw tags redacted`.split(/\s+/),
);

/** Whether a name is one of the Event's own. */
export const isColumn = (name: string): boolean =>
  columns.has(name) || /^(?:fields|geo|intel|score|logsource)\./.test(name);
