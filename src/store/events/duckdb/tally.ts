import type { EventCondition } from '../../../model/index.ts';
import type { EventFilter, FilterField } from '../types.ts';
import { compileCondition } from './condition.ts';
import { cubeFor, needsOf, needsOfCondition } from './cubes.ts';
import type { Digests } from './digests.ts';
import type { Engine } from './engine.ts';
import { column } from './query.ts';
import type { Slice } from './slices.ts';

/** Counts of cases in one look: see {@link import('../types.ts').EventStore.tally}. */
export async function tallyOf(
  engine: Engine,
  digests: Digests,
  slices: readonly Slice[],
  filter: EventFilter,
  cases: readonly EventCondition[],
  by: FilterField | undefined,
): Promise<{ key: string | null; case: number; count: number }[]> {
  if (slices.length === 0 || cases.length === 0) return [];
  const values: (string | bigint)[] = [];
  const whens = cases.map((condition, i) => {
    const compiled = compileCondition(condition, values.length + 1);
    values.push(...compiled.values);
    return `WHEN ${compiled.sql} THEN ${i}`;
  });
  const key = by === undefined ? 'NULL' : `${column(by)}::VARCHAR`;
  const columns = `CASE ${whens.join(' ')} END AS c, ${key} AS k`;
  const source = digests.source(slices, filter, cubeOf(filter, cases, by), columns, values);
  if (source === null) return [];
  const rows = await engine.read(
    `SELECT c, k, sum(n)::DOUBLE AS n FROM ${source} WHERE c IS NOT NULL GROUP BY c, k ORDER BY k, c`,
    values,
  );
  return rows.map((row) => ({
    key: row.k === null || row.k === undefined ? null : String(row.k),
    case: Number(row.c),
    count: Number(row.n),
  }));
}

/** Different values: see {@link import('../types.ts').EventStore.variety}. */
export async function varietyOf(
  engine: Engine,
  digests: Digests,
  slices: readonly Slice[],
  filter: EventFilter,
  by: FilterField,
  fields: readonly FilterField[],
): Promise<{ key: string; counts: number[] }[]> {
  if (slices.length === 0) return [];
  const needs = needsOf(filter);
  const cube = needs === null ? undefined : cubeFor([...needs, by, ...fields]);
  const columns = [`${column(by)}::VARCHAR AS k`, ...fields.map((field, i) => `${column(field)}::VARCHAR AS f${i}`)];
  const values: (string | bigint)[] = [];
  const source = digests.source(slices, filter, cube, columns.join(', '), values);
  if (source === null) return [];
  const counts = fields.map((_, i) => `count(DISTINCT f${i})::DOUBLE AS n${i}`);
  const rows = await engine.read(
    `SELECT ${['k', ...counts].join(', ')} FROM ${source} WHERE k IS NOT NULL GROUP BY k ORDER BY k`,
    values,
  );
  return rows.map((row) => ({ key: String(row.k), counts: fields.map((_, i) => Number(row[`n${i}`])) }));
}

function cubeOf(filter: EventFilter, cases: readonly EventCondition[], by: FilterField | undefined) {
  const parts = [needsOf(filter), ...cases.map(needsOfCondition)];
  if (parts.includes(null)) return undefined;
  return cubeFor([...parts.flatMap((part) => part ?? []), ...(by === undefined ? [] : [by])]);
}
