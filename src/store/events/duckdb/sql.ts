import type { DuckDBValue } from '@duckdb/node-api';
import type { EventFilter, FilterField } from '../../contract.ts';
import { rowColumns } from '../row.ts';

/** The store's columns. Ports and pids are 64 bit as well: nothing that was in the spool may fail to load. */
const types = { uuid: 'UUID', integer: 'BIGINT', text: 'VARCHAR', json: 'VARCHAR' } as const;
const spoolTypes = { uuid: 'VARCHAR', integer: 'BIGINT', text: 'VARCHAR', json: 'JSON' } as const;

const quoted = (name: string): string => `"${name}"`;

export const createTables = (slice: string): string => `
  CREATE TABLE ${slice}.events (${rowColumns.map(({ name, kind }) => `${quoted(name)} ${types[kind]}`).join(', ')});
  CREATE TABLE ${slice}.segments (id BIGINT PRIMARY KEY);
  CREATE TABLE ${slice}.meta (schema_version INTEGER);`;

/** Reads segment files as rows of {@link createTables}; marker lines have no id and are left out. */
export function selectFromSegments(paths: readonly string[], objectBytes: number): string {
  const columns = rowColumns.map(({ name, kind }) => `'${name}': '${spoolTypes[kind]}'`).join(', ');
  const values = rowColumns
    .map(({ name, kind }) =>
      kind === 'uuid' ? `${quoted(name)}::UUID` : kind === 'json' ? `${quoted(name)}::VARCHAR` : quoted(name),
    )
    .join(', ');
  const files = paths.map((path) => `'${path.replaceAll("'", "''")}'`).join(', ');
  return `SELECT ${values} FROM read_json([${files}], format = 'newline_delimited', auto_detect = false,
    maximum_object_size = ${objectBytes}, columns = {${columns}}) WHERE "id" IS NOT NULL`;
}

/** Columns as JavaScript takes them: numbers as doubles (exact below 2^53), ids as text. */
export const readableColumns = rowColumns
  .map(({ name, kind }) =>
    kind === 'integer'
      ? `${quoted(name)}::DOUBLE AS ${quoted(name)}`
      : kind === 'uuid'
        ? `${quoted(name)}::VARCHAR AS ${quoted(name)}`
        : quoted(name),
  )
  .join(', ');

const integerFields = new Set<string>(rowColumns.filter(({ kind }) => kind === 'integer').map(({ name }) => name));

export interface Condition {
  /** `WHERE …`, or empty. */
  sql: string;
  values: DuckDBValue[];
}

/** Bound values only: nothing of a filter is ever part of the SQL text. */
export function conditionOf(filter: EventFilter, after: { time: number; id: string } | null = null): Condition {
  const parts: string[] = [];
  const values: DuckDBValue[] = [];
  const add = (sql: string, ...bound: DuckDBValue[]): void => {
    parts.push(sql);
    values.push(...bound);
  };
  if (filter.from !== undefined) add('"time" >= ?', BigInt(Math.trunc(filter.from)));
  if (filter.to !== undefined) add('"time" < ?', BigInt(Math.trunc(filter.to)));
  if (after !== null) {
    add('("time" < ? OR ("time" = ? AND "id" < ?::UUID))', BigInt(after.time), BigInt(after.time), after.id);
  }
  if (filter.text !== undefined && filter.text !== '') add('contains(lower("raw"), ?)', filter.text.toLowerCase());
  for (const { field, op, values: wanted } of filter.where ?? []) {
    const bound = wanted.filter((value) => value !== null).flatMap((value) => bindable(field, value));
    const column = field === 'id' ? '"id"::VARCHAR' : quoted(field);
    const hasNull = wanted.includes(null);
    const list = bound.length === 0 ? null : `${column} IN (${bound.map(() => '?').join(', ')})`;
    if (op === 'in') {
      const either = [list, hasNull ? `${column} IS NULL` : null].filter((part) => part !== null);
      add(either.length === 0 ? 'false' : `(${either.join(' OR ')})`, ...bound);
    } else {
      if (list !== null) add(`(NOT ${list} OR ${column} IS NULL)`, ...bound);
      if (hasNull) add(`${column} IS NOT NULL`);
    }
  }
  return { sql: parts.length === 0 ? '' : `WHERE ${parts.join(' AND ')}`, values };
}

/** A value of the field's type; a word where a number is asked for can equal nothing. */
function bindable(field: FilterField, value: string | number): DuckDBValue[] {
  if (!integerFields.has(field)) return [String(value)];
  const number = Number(value);
  return Number.isSafeInteger(number) && String(value).trim() !== '' ? [BigInt(number)] : [];
}

export const textOf = (field: FilterField): string => `${quoted(field)}::VARCHAR`;
