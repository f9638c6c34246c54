import { DuckDBBlobVector, type DuckDBDataChunk, DuckDBListVector } from '@duckdb/node-api';
import type { ColumnRequest, CrowdRequest, EventColumns, HistorySpan } from '../history.ts';
import { type EventRow, rowColumns } from '../row.ts';
import { compileCondition } from './condition.ts';
import type { Engine } from './engine.ts';
import type { Slice } from './slices.ts';

/** Buckets of one look at how events lie in time. */
const buckets = 4096;
/** Narrower than this many buckets of buckets is a millisecond for every span there is. */
const maxDepth = 4;
const kinds = new Map(rowColumns.map(({ name, kind }) => [name, kind]));
/** Always read: every event has them and the engine needs them. */
const always = ['id', 'time', 'received_at'] as const;

/** How events lie in time, in spans of about `rows` of them; a millisecond is never divided. */
export async function spansOf(
  engine: Engine,
  slices: readonly Slice[],
  from: number,
  to: number,
  rows: number,
  signal: AbortSignal | undefined,
  depth = 0,
): Promise<HistorySpan[]> {
  if (slices.length === 0 || !(to > from)) return [];
  const width = Math.max(1, Math.ceil((to - from) / buckets));
  const parts = slices.map(
    ({ name }) => `SELECT time FROM ${name}.events WHERE time >= $1::BIGINT AND time < $2::BIGINT`,
  );
  const counted = await engine.scan(
    `SELECT ((time - $1::BIGINT) // ${width})::DOUBLE AS bucket, count(*)::DOUBLE AS rows FROM (${parts.join(' UNION ALL ')}) GROUP BY 1 ORDER BY 1`,
    [BigInt(from), BigInt(to)],
    signal,
    (chunks) => chunks.flatMap((chunk) => chunk.getRows() as [number, number][]),
  );
  const spans: HistorySpan[] = [];
  for (const [bucket, count] of counted) {
    const start = from + bucket * width;
    const end = Math.min(to, start + width);
    const last = spans.at(-1);
    if (count > rows && width > 1 && depth < maxDepth) {
      spans.push(...(await spansOf(engine, slices, start, end, rows, signal, depth + 1)));
    } else if (last !== undefined && last.rows + count <= rows) {
      last.rows += count;
      last.to = end;
    } else spans.push({ from: start, to: end, rows: count });
  }
  return spans;
}

/**
 * Events of a span as columns. One row comes out of DuckDB, with lists of numbers and texts joined to one: a value costs
 * a tenth of what it costs when each is fetched.
 */
export async function columnsOf(
  engine: Engine,
  slices: readonly Slice[],
  request: ColumnRequest,
  signal: AbortSignal | undefined,
): Promise<EventColumns> {
  const names = [...new Set([...always, ...request.columns])];
  const numbers = names.filter((name) => kinds.get(name) === 'integer');
  const texts = names.filter((name) => kinds.get(name) !== 'integer');
  const empty = { rows: 0, order: new Float64Array(0), numbers: {}, texts: {} };
  if (slices.length === 0) return empty;
  const where = request.where === null ? { sql: 'TRUE', values: [] } : compileCondition(request.where, 3);
  const fieldsWhere = names.includes('fields') ? request.fieldsWhere : undefined;
  const ifNeeded = fieldsWhere === undefined ? null : compileCondition(fieldsWhere, 3 + where.values.length);
  const list = names
    .map((name) =>
      name === 'fields' && ifNeeded !== null ? `CASE WHEN ${ifNeeded.sql} THEN fields END AS fields` : quoted(name),
    )
    .join(', ');
  const parts = slices.map(
    ({ name }, i) =>
      // Rows of one slice lie in the order they came, and so do the slices.
      `SELECT ${list}, (${i} * 1099511627776 + rowid)::DOUBLE AS "_order" FROM ${name}.events` +
      ` WHERE time >= $1::BIGINT AND time < $2::BIGINT AND (${where.sql})`,
  );
  const wanted = [
    'list("_order")',
    ...numbers.map((name) => `list(coalesce(${quoted(name)}::DOUBLE, 'nan'::DOUBLE))`),
    ...texts.flatMap((name) => {
      const text = kinds.get(name) === 'uuid' ? `${quoted(name)}::VARCHAR` : quoted(name);
      return [`list(coalesce(strlen(${text}), -1)::INTEGER)`, `encode(string_agg(coalesce(${text}, ''), ''))`];
    }),
  ];
  return engine.scan(
    `SELECT ${wanted.join(', ')} FROM (${parts.join(' UNION ALL ')})`,
    [BigInt(Math.ceil(request.from)), BigInt(Math.ceil(request.to)), ...where.values, ...(ifNeeded?.values ?? [])],
    signal,
    ([chunk]) => {
      const order = chunk === undefined ? null : listOf(chunk, 0, Float64Array);
      if (chunk === undefined || order === null) return empty;
      const found: EventColumns = { rows: order.length, order, numbers: {}, texts: {} };
      let column = 1;
      for (const name of numbers) found.numbers[name] = listOf(chunk, column++, Float64Array) ?? new Float64Array(0);
      for (const name of texts) {
        const lengths = listOf(chunk, column++, Int32Array) ?? new Int32Array(0);
        found.texts[name] = { lengths, bytes: bytesOf(chunk, column++) };
      }
      return found;
    },
  );
}

const quoted = (name: keyof EventRow): string => `"${name}"`;

/** A copy of the numbers of a list, which is the only row's value; null where there is none. */
function listOf<T extends Float64Array | Int32Array>(
  chunk: DuckDBDataChunk,
  column: number,
  Numbers: new (length: number) => T,
): T | null {
  const vector = chunk.getColumnVector(column);
  if (!(vector instanceof DuckDBListVector) || vector.getItemVector(0) === null) return null;
  const { childVector } = vector;
  const offset = vector.getEntryOffset(0);
  const numbers = new Numbers(vector.getEntryLength(0));
  for (let i = 0; i < numbers.length; i += 1) numbers[i] = childVector.getItem(offset + i) as number;
  return numbers;
}

/** The bytes of a BLOB in a buffer of their own, which can be moved to another thread. */
function bytesOf(chunk: DuckDBDataChunk, column: number): Uint8Array {
  const vector = chunk.getColumnVector(column);
  const bytes = vector instanceof DuckDBBlobVector ? vector.getItemBytes(0) : null;
  if (bytes === null) return new Uint8Array(0);
  // What is short lies inside of DuckDB's own memory.
  return bytes.byteLength === bytes.buffer.byteLength ? bytes : bytes.slice();
}

/** See {@link CrowdRequest}: events are counted in buckets of the window's length, and any window lies in two neighbours. */
export async function crowdsOf(
  engine: Engine,
  slices: readonly Slice[],
  { from, to, where, by, min, windowMs, limit }: CrowdRequest,
  signal: AbortSignal | undefined,
): Promise<string[] | null> {
  if (slices.length === 0) return [];
  const condition = where === null ? { sql: 'TRUE', values: [] } : compileCondition(where, 3);
  const width = Math.max(1, Math.ceil(windowMs));
  const parts = slices.map(
    ({ name }) =>
      `SELECT ${quoted(by)} AS g, (time - $1::BIGINT) // ${width} AS b FROM ${name}.events` +
      ` WHERE time >= $1::BIGINT AND time < $2::BIGINT AND ${quoted(by)} IS NOT NULL AND (${condition.sql})`,
  );
  const least = Math.max(1, Math.ceil(min));
  const values = await engine.scan(
    `WITH counted AS (SELECT g, b, count(*) AS n FROM (${parts.join(' UNION ALL ')}) GROUP BY ALL),` +
      ` busy AS (SELECT g FROM counted GROUP BY g HAVING sum(n) >= ${least}),` +
      ' pairs AS (SELECT g, n, b, lead(n) OVER w AS next, lead(b) OVER w AS nextb FROM counted SEMI JOIN busy USING (g) WINDOW w AS (PARTITION BY g ORDER BY b))' +
      ` SELECT DISTINCT g::VARCHAR FROM pairs WHERE n + CASE WHEN nextb = b + 1 THEN next ELSE 0 END >= ${least} LIMIT ${Math.trunc(limit) + 1}`,
    [BigInt(Math.ceil(from)), BigInt(Math.ceil(to)), ...condition.values],
    signal,
    (chunks) => chunks.flatMap((chunk) => chunk.getRows().map(([value]) => String(value))),
  );
  return values.length > limit ? null : values;
}
