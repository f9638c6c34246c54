import { eventTypes, facilities, levels, outcomes, severities, sourceTypes } from '../enumerations.ts';

/**
 * - `word`: short text, compared whole.
 * - `text`: long text; `field:x` means that it contains x.
 * - `number`, `address`: order and networks.
 * - `severity`: the five names in their order.
 * - `list`: several words.
 */
export type FieldKind = 'word' | 'text' | 'number' | 'address' | 'severity' | 'list';

export interface QueryFieldInfo {
  name: string;
  kind: FieldKind;
  /** For the completion and the docs. */
  description: string;
  /** Other names that mean the same: those of the log analyzer, of PHOSOR's `parsed.…`, and what people try. */
  aliases: readonly string[];
  /** All values there can be, where they are known. */
  values?: readonly string[];
}

const field = (
  name: string,
  kind: FieldKind,
  description: string,
  aliases: readonly string[] = [],
  values?: readonly string[],
): QueryFieldInfo => ({ name, kind, description, aliases, ...(values && { values }) });

/** Every field that is a column of an event. All others lie under `fields.`, `geo.`, `intel.` and `score.`. */
export const queryFields: readonly QueryFieldInfo[] = [
  field('severity', 'severity', 'How bad it is; severity>=high', ['severity_level'], severities),
  field('event_type', 'word', 'What happened', ['event_class', 'type'], Object.keys(eventTypes)),
  field('src_ip', 'address', 'Where it came from', ['source_ip', 'ip', 'client_ip']),
  field('user', 'word', 'Account', ['username', 'user_name']),
  field('host', 'word', 'Machine that logged it', ['hostname']),
  field('program', 'word', 'Program that logged it', ['app', 'process']),
  field('outcome', 'word', 'How it ended', [], outcomes),
  field('dst_port', 'number', 'Port that was asked for', ['destination_port', 'port']),
  field('dst_ip', 'address', 'Where it went', ['destination_ip']),
  field('src_port', 'number', 'Port it came from', ['source_port']),
  field('protocol', 'word', 'tcp, udp, icmp, ssh, http …', ['proto']),
  field('source', 'word', 'Source of Phosor: syslog_…, file_…, webhook_…', ['log_source']),
  field('source_type', 'word', 'How it reached Phosor', [], sourceTypes),
  field('format', 'word', 'Format the line was read as', []),
  field('level', 'word', 'Syslog severity', [], levels),
  field('facility', 'word', 'Syslog facility', [], facilities),
  field('pid', 'number', 'Process id', ['process_id']),
  field('message', 'text', 'The text of the line without its header', ['msg']),
  field('raw', 'text', 'The whole line', ['raw_log', 'line']),
  field('tags', 'list', 'Tags of the event', ['tag']),
  field('redacted', 'list', 'Kinds of personal data that were masked', ['pii_types']),
  field('id', 'word', 'Id of one event', ['log_id', 'event_id']),
];

const byName = new Map<string, QueryFieldInfo>();
for (const info of queryFields) for (const name of [info.name, ...info.aliases]) byName.set(name, info);

const paths = ['fields.', 'geo.', 'intel.', 'score.'] as const;

/** What a written name means: the column, or the path of what only some events have. */
export function readField(written: string): { field: string; kind: FieldKind | 'open' } {
  const bare = /^(?:parsed|event)\./i.test(written) ? written.slice(written.indexOf('.') + 1) : written;
  const column = byName.get(bare.toLowerCase());
  if (column !== undefined) return { field: column.name, kind: column.kind };
  const path = paths.find((start) => bare.toLowerCase().startsWith(start) && bare.length > start.length);
  return { field: path === undefined ? `fields.${bare}` : path + bare.slice(path.length), kind: 'open' };
}

/** What is known of a field of a parsed query; undefined for what only some events have. */
export const fieldInfo = (name: string): QueryFieldInfo | undefined => {
  const info = byName.get(name);
  return info?.name === name ? info : undefined;
};

/** The shortest way to write a field of a parsed query so that it is read as the same again. */
export function writtenField(name: string): string {
  if (!name.startsWith('fields.')) return name;
  const short = name.slice('fields.'.length);
  // Hexadecimal digits and colons would be an address.
  if (/^[0-9a-f]+$/i.test(short)) return name;
  return fieldName.test(short) && readField(short).field === name ? short : name;
}

/** How a field may be written. */
export const fieldName = /^[A-Za-z_@][\w.@-]{0,127}$/;
