import type { EventCondition } from '../../../model/index.ts';
import type { EventFilter, FilterField } from '../types.ts';
import { compileCondition } from './condition.ts';
import type { Engine } from './engine.ts';
import { column, compileFilter } from './query.ts';
import type { Slice } from './slices.ts';

/** Counts of cases in one look: see {@link import('../types.ts').EventStore.tally}. */
export async function tallyOf(
  engine: Engine,
  slices: readonly Slice[],
  filter: EventFilter,
  cases: readonly EventCondition[],
  by: FilterField | undefined,
): Promise<{ key: string | null; case: number; count: number }[]> {
  if (slices.length === 0 || cases.length === 0) return [];
  const { sql, values } = compileFilter(filter);
  const whens = cases.map((condition, i) => {
    const compiled = compileCondition(condition, values.length + 1);
    values.push(...compiled.values);
    return `WHEN ${compiled.sql} THEN ${i}`;
  });
  const key = by === undefined ? 'NULL' : `${column(by)}::VARCHAR`;
  const parts = slices.map(
    ({ name }) => `SELECT CASE ${whens.join(' ')} END AS c, ${key} AS k FROM ${name}.events WHERE ${sql}`,
  );
  const rows = await engine.read(
    `SELECT c, k, count(*) AS n FROM (${parts.join(' UNION ALL ')}) WHERE c IS NOT NULL GROUP BY ALL ORDER BY k, c`,
    values,
  );
  return rows.map((row) => ({
    key: row.k === null || row.k === undefined ? null : String(row.k),
    case: Number(row.c),
    count: Number(row.n),
  }));
}
