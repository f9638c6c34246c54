import { isUuid } from '../cursor.ts';
import { rowColumns } from '../row.ts';
import { briefText, type EventFilter, type FilterField, filterFields } from '../types.ts';
import { compileCondition } from './condition.ts';
import { simplified } from './simplify.ts';

/** A condition and the values that it refers to as `$1`, `$2`, …: values are always bound, never written into SQL. */
export interface Condition {
  sql: string;
  values: (string | bigint)[];
}

const columnTypes = { uuid: 'UUID', integer: 'BIGINT', text: 'VARCHAR', json: 'VARCHAR' } as const;
const jsonTypes = { ...columnTypes, json: 'JSON' } as const;

export const tableDefinition = rowColumns.map(({ name, kind }) => `"${name}" ${columnTypes[kind]}`).join(', ');
export const columnList = rowColumns.map(({ name }) => `"${name}"`).join(', ');

/** As {@link briefText} of fields, which are JSON: they are there whole, or not at all. */
const briefFields = 262_144;

/**
 * {@link columnList} for a {@link BriefRow}. Each expression is planned anew for every page: only bytes are asked for, and by them
 * {@link import("./rows.ts").toBriefRow} sees what was cut.
 */
export const briefList = [
  ...rowColumns.map(({ name }) => {
    if (name === 'fields')
      // Characters are counted only where there are enough bytes.
      return `CASE WHEN strlen("fields") > ${briefFields} AND length("fields") > ${briefFields} THEN NULL ELSE "fields" END AS "fields"`;
    if (name !== 'raw' && name !== 'message') return `"${name}"`;
    return `CASE WHEN strlen("${name}") > ${briefText} THEN left("${name}", ${briefText}) ELSE "${name}" END AS "${name}"`;
  }),
  ...(['raw', 'message', 'fields'] as const).map((name) => `strlen("${name}") AS "${name}_bytes"`),
].join(', ');

/** As `read_json` wants its columns. `_batch` is how marker lines are told from rows. */
export const jsonColumns = `{${rowColumns.map(({ name, kind }) => `"${name}": '${jsonTypes[kind]}'`).join(', ')}, "_batch": 'BIGINT'}`;

const kinds = new Map(rowColumns.map(({ name, kind }) => [name as string, kind]));
/** The column of a filter field. Throws on anything else, so that no other text reaches SQL. */
export function column(field: FilterField): string {
  if (!filterFields.includes(field)) throw new Error(`"${field}" is no field that events can be filtered by.`);
  return `"${field}"`;
}

/** @param first number of the first placeholder */
export function compileFilter(filter: EventFilter, first = 1): Condition {
  const clauses: string[] = [];
  const values: (string | bigint)[] = [];
  const bind = (value: string | bigint, type: string): string => {
    values.push(value);
    return `$${first + values.length - 1}::${type}`;
  };
  if (filter.from !== undefined) clauses.push(`time >= ${bind(wholeMs(filter.from), 'BIGINT')}`);
  if (filter.to !== undefined) clauses.push(`time < ${bind(wholeMs(filter.to), 'BIGINT')}`);
  for (const { field, op, values: wanted } of filter.where ?? []) {
    const name = column(field);
    const kind = kinds.get(field) ?? 'text';
    const known = wanted.flatMap((value) => {
      const bound = value === null ? undefined : fitting(value, kind);
      return bound === undefined ? [] : [bind(bound, columnTypes[kind])];
    });
    const isAny = known.length > 0 ? `${name} IN (${known.join(', ')})` : 'FALSE';
    const isNull = wanted.includes(null) ? `${name} IS NULL` : 'FALSE';
    clauses.push(op === 'in' ? `(${isAny} OR ${isNull})` : `coalesce(NOT (${isAny} OR ${isNull}), TRUE)`);
  }
  // ILIKE and regexes take several times longer.
  if (filter.text !== undefined && filter.text !== '') {
    clauses.push(`contains(lower(raw), lower(${bind(filter.text.toWellFormed(), 'VARCHAR')}))`);
  }
  if (filter.condition !== undefined) {
    const { sql, values: more } = compileCondition(simplified(filter.condition), first + values.length);
    clauses.push(`(${sql})`);
    values.push(...more);
  }
  return { sql: clauses.length === 0 ? 'TRUE' : clauses.join(' AND '), values };
}

/** The value as its column compares it, or undefined where no row can have it. */
function fitting(value: string | number, kind: 'uuid' | 'integer' | 'text' | 'json'): string | bigint | undefined {
  if (kind === 'uuid') return typeof value === 'string' && isUuid(value) ? value : undefined;
  if (kind === 'integer') {
    const number = typeof value === 'number' ? value : value.trim() === '' ? Number.NaN : Number(value);
    return Number.isSafeInteger(number) ? BigInt(number) : undefined;
  }
  return String(value).toWellFormed();
}

function wholeMs(time: number): bigint {
  return BigInt(Math.ceil(time));
}
