import { DuckDBBlobVector, type DuckDBDataChunk, DuckDBListVector } from '@duckdb/node-api';
import type { ColumnRequest, CrowdRequest, EventColumns, EventCondition, HistorySpan } from '../history.ts';
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
const always = ['time', 'received_at'] as const;

/** How events lie in time, in spans of about `rows` of them that fit; a millisecond is never divided. */
export async function spansOf(
  engine: Engine,
  slices: readonly Slice[],
  asked: { from: number; to: number; rows: number; where: EventCondition | null },
  signal: AbortSignal | undefined,
  depth = 0,
): Promise<HistorySpan[]> {
  const { from, to, rows, where } = asked;
  if (slices.length === 0 || !(to > from)) return [];
  const width = Math.max(1, Math.ceil((to - from) / buckets));
  const condition = where === null ? { sql: 'TRUE', values: [] } : compileCondition(where, 3);
  const parts = slices.map(
    ({ name }) =>
      `SELECT time, (${condition.sql}) AS fits FROM ${name}.events WHERE time >= $1::BIGINT AND time < $2::BIGINT`,
  );
  const counted = await engine.scan(
    `SELECT ((time - $1::BIGINT) // ${width})::DOUBLE AS bucket, count(*)::DOUBLE, (count(*) FILTER (WHERE fits))::DOUBLE` +
      ` FROM (${parts.join(' UNION ALL ')}) GROUP BY 1 ORDER BY 1`,
    [BigInt(from), BigInt(to), ...condition.values],
    signal,
    (chunks) => chunks.flatMap((chunk) => chunk.getRows() as [number, number, number][]),
  );
  const spans: HistorySpan[] = [];
  for (const [bucket, count, fitting] of counted) {
    const start = from + bucket * width;
    const end = Math.min(to, start + width);
    const last = spans.at(-1);
    if (fitting > rows && width > 1 && depth < maxDepth) {
      spans.push(...(await spansOf(engine, slices, { ...asked, from: start, to: end }, signal, depth + 1)));
    } else if (last !== undefined && last.fitting + fitting <= rows) {
      last.rows += count;
      last.fitting += fitting;
      last.to = end;
    } else spans.push({ from: start, to: end, rows: count, fitting });
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
  const names = [...new Set([...(request.withoutIds === true ? [] : ['id' as const]), ...always, ...request.columns])];
  const numbers = names.filter((name) => kinds.get(name) === 'integer');
  const texts = names.filter((name) => kinds.get(name) !== 'integer');
  const empty = { rows: 0, order: new Float64Array(0), numbers: {}, texts: {} };
  if (slices.length === 0) return empty;
  const where = request.where === null ? { sql: 'TRUE', values: [] } : compileCondition(request.where, 3);
  const fieldsWhere = names.includes('fields') ? request.fieldsWhere : undefined;
  const ifNeeded = fieldsWhere === undefined ? null : compileCondition(fieldsWhere, 3 + where.values.length);
  const { messageStart } = request;
  const list = names
    .map((name) => {
      if (name === 'fields' && ifNeeded !== null) return `CASE WHEN ${ifNeeded.sql} THEN fields END AS fields`;
      if (messageStart === undefined) return quoted(name);
      // A character is at least one of the UTF-16 units that `message_at` counts.
      if (name === 'message') return `left(message, ${Math.trunc(messageStart)}) AS message`;
      return name === 'raw' ? `left(raw, message_at + ${Math.trunc(messageStart)}) AS raw` : quoted(name);
    })
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

/** Events of one look at crowds, about: what is counted in it has to fit into memory. */
const crowdRows = 300_000;

/**
 * See {@link CrowdRequest}. One stretch of time after the other, each with the window that begins at its end: values with
 * enough events in it, and of those the ones with enough in two neighbouring buckets of the window's length, in which any
 * window lies.
 */
export async function crowdsOf(
  engine: Engine,
  slices: readonly Slice[],
  { from, to, where, by, oneIpv6, min, windowMs, differing, limit }: CrowdRequest,
  signal: AbortSignal | undefined,
): Promise<string[] | null> {
  const condition = where === null ? { sql: 'TRUE', values: [] } : compileCondition(where, 3);
  const width = Math.max(1, Math.ceil(windowMs));
  const least = Math.max(1, Math.ceil(min));
  const found = new Set<string>();
  const group =
    oneIpv6 === true ? `CASE WHEN contains(${quoted(by)}, ':') THEN ':' ELSE ${quoted(by)} END` : quoted(by);
  const busy =
    differing === undefined
      ? `SELECT g FROM events GROUP BY g HAVING count(*) >= ${least}`
      : `SELECT g FROM (SELECT g, d, count(*) AS n FROM events GROUP BY g, d) GROUP BY g` +
        ` HAVING sum(n) >= ${least} AND count(*) >= ${Math.ceil(differing.min)}`;
  for (const stretch of stretchesOf(slices, Math.ceil(from), Math.ceil(to))) {
    const end = Math.min(Math.ceil(to), stretch.to + width);
    const parts = slices
      .filter(({ first, last }) => (first ?? end) < end && (last ?? stretch.from) >= stretch.from)
      .map(
        ({ name }) =>
          `SELECT ${group} AS g, time${differing === undefined ? '' : `, ${quoted(differing.column)} AS d`} FROM ${name}.events` +
          ` WHERE time >= $1::BIGINT AND time < $2::BIGINT AND ${quoted(by)} IS NOT NULL AND (${condition.sql})`,
      );
    if (parts.length === 0) continue;
    const values = await engine.scan(
      `WITH events AS MATERIALIZED (${parts.join(' UNION ALL ')}),` +
        ` busy AS (${busy}),` +
        ` counted AS (SELECT g, (time - $1::BIGINT) // ${width} AS b, count(*) AS n FROM events SEMI JOIN busy USING (g) GROUP BY ALL),` +
        ' pairs AS (SELECT g, n, b, lead(n) OVER w AS next, lead(b) OVER w AS nextb FROM counted WINDOW w AS (PARTITION BY g ORDER BY b))' +
        ` SELECT DISTINCT g::VARCHAR FROM pairs WHERE n + CASE WHEN nextb = b + 1 THEN next ELSE 0 END >= ${least}`,
      [BigInt(stretch.from), BigInt(end), ...condition.values],
      signal,
      (chunks) => chunks.flatMap((chunk) => chunk.getRows().map(([value]) => String(value))),
    );
    for (const value of values) found.add(value);
    if (found.size > limit) return null;
  }
  return [...found];
}

/** Time in stretches, each of which has about {@link crowdRows} events where they lie evenly in their slices. */
function stretchesOf(slices: readonly Slice[], from: number, to: number): { from: number; to: number }[] {
  const bounds = new Set<number>();
  for (const { first, last, rows } of slices) {
    if (first === null || last === null) continue;
    const parts = Math.max(1, Math.round(rows / crowdRows));
    for (let part = 0; part <= parts; part += 1)
      bounds.add(Math.min(to, Math.max(from, Math.round(first + ((last + 1 - first) * part) / parts))));
  }
  const sorted = [...bounds].sort((a, b) => a - b);
  return sorted.slice(1).map((end, i) => ({ from: sorted[i] as number, to: end }));
}
