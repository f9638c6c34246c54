import type { EventFilter } from '../types.ts';
import type { Engine } from './engine.ts';
import { columnList, compileFilter } from './query.ts';
import type { Slice } from './slices.ts';

/** All events of the filter as a Parquet file, with the columns as they are stored and times as timestamps (UTC). */
export async function writeParquet(
  engine: Engine,
  slices: readonly Slice[],
  filter: EventFilter,
  file: string,
): Promise<number> {
  const { sql, values } = compileFilter(filter);
  const parts =
    slices.length === 0
      ? [`SELECT NULL::VARCHAR AS id WHERE FALSE`]
      : slices.map(({ name }) => `SELECT ${parquetColumns} FROM ${name}.events WHERE ${sql}`);
  const [row] = await engine.read(
    // COPY takes no bound values for the path; it is ours, its quotes are doubled.
    `COPY (${parts.join(' UNION ALL ')}) TO '${file.replaceAll("'", "''")}' (FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE 61440, ROW_GROUP_SIZE_BYTES '16MB')`,
    slices.length === 0 ? [] : values,
  );
  return Number(row?.Count ?? 0);
}

const parquetColumns = columnList
  .replace('"time"', 'make_timestamp(time * 1000) AS "time"')
  .replace('"received_at"', 'make_timestamp(received_at * 1000) AS "received_at"')
  .replace('"id"', 'id::VARCHAR AS "id"')
  .replace(
    '"message", "message_at", "message_length"',
    'coalesce("message", substring(raw, message_at + 1, message_length)) AS "message"',
  );
