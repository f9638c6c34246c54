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
      : slices.flatMap((slice) =>
          rangesOf(slice).map(
            (range) => `SELECT ${parquetColumns} FROM ${slice.name}.events WHERE ${range} AND ${sql}`,
          ),
        );
  const [row] = await engine.read(
    // COPY takes no bound values for the path; it is ours, its quotes are doubled.
    `COPY (${parts.join(' UNION ALL ')}) TO '${file.replaceAll("'", "''")}' (FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE 61440, ROW_GROUP_SIZE_BYTES '16MB')`,
    slices.length === 0 ? [] : values,
  );
  return Number(row?.Count ?? 0);
}

/** Text that is written at once, as it lies on the disk: several copies of it are held meanwhile. */
const bytesAtOnce = 8 * 1024 * 1024;
/** DuckDB reads no more rows at once. */
const rowsAtOnce = 2048;
/** Of a slice, of which nearly all may have been deleted. */
const mostRanges = 500;

/** Conditions that part the rows of a slice where they are so long that DuckDB must not read as many at once as it does. */
function rangesOf({ rows, bytes, end }: Slice): string[] {
  const step = Math.max(Math.ceil(end / mostRanges), Math.floor((bytesAtOnce * rows) / Math.max(1, bytes)), 1);
  if (step >= rowsAtOnce) return ['TRUE'];
  return Array.from({ length: Math.ceil(end / step) }, (_, i) => `rowid BETWEEN ${i * step} AND ${(i + 1) * step - 1}`);
}

const parquetColumns = columnList
  .replace('"time"', 'make_timestamp(time * 1000) AS "time"')
  .replace('"received_at"', 'make_timestamp(received_at * 1000) AS "received_at"')
  .replace('"id"', 'id::VARCHAR AS "id"')
  .replace(
    '"message", "message_at", "message_length"',
    'coalesce("message", substring(raw, message_at + 1, message_length)) AS "message"',
  );
