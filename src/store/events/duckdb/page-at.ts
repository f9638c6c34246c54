import type { EventJson } from '../../../model/index.ts';
import { type EventRow, rowToJson } from '../row.ts';
import { deepestSorted, type EventFilter, type PageAt } from '../types.ts';
import { cubeFor, cubeStepMs, needsOf } from './cubes.ts';
import type { Digests } from './digests.ts';
import type { Engine } from './engine.ts';
import { column, columnList, compileFilter } from './query.ts';
import { newestFirst, toEventRow } from './rows.ts';
import type { Slice } from './slices.ts';

/** Buckets of one look at how the events of a filter lie in time. */
const buckets = 2048;
/** Rows before the page that are sorted with it rather than narrowed once more. */
const mostSkipped = 20_000;

interface Span {
  from: number;
  to: number;
}

/**
 * A page by its number, in the order of time: counts over time say where it lies, and only that time is sorted. By another
 * field, everything before the page has to be held.
 */
export async function pageAtOffset(
  engine: Engine,
  digests: Digests,
  slices: readonly Slice[],
  filter: EventFilter,
  at: PageAt,
): Promise<{ events: EventJson[]; total: number }> {
  if (slices.length === 0) return { events: [], total: 0 };
  const span = {
    from: Math.max(filter.from ?? Number.NEGATIVE_INFINITY, Math.min(...slices.map(({ first }) => first ?? 0))),
    to: Math.min(filter.to ?? Number.POSITIVE_INFINITY, Math.max(...slices.map(({ last }) => last ?? 0)) + 1),
  };
  const counted = await countsOverTime(engine, digests, slices, filter, span);
  const total = counted.reduce((sum, { rows }) => sum + rows, 0);
  if (at.offset >= total) return { events: [], total };
  if (at.sort !== undefined) return { events: await sortedPage(engine, slices, filter, at), total };
  let place = placeOf(counted, at);
  for (let depth = 0; depth < 4 && place.skip + at.limit > mostSkipped && place.to - place.from > 1; depth += 1) {
    const inside = await countsOverTime(engine, digests, slices, filter, place);
    place = placeOf(inside, { ...at, offset: place.skip });
  }
  return { events: await timedPage(engine, digests, slices, filter, place, at), total };
}

interface Counted extends Span {
  rows: number;
}

async function countsOverTime(
  engine: Engine,
  digests: Digests,
  slices: readonly Slice[],
  filter: EventFilter,
  { from, to }: Span,
): Promise<Counted[]> {
  const needs = needsOf(filter);
  const cube = to - from < cubeStepMs ? undefined : cubeFor(needs === null ? null : [...needs, 'time']);
  const narrow = Math.max(1, Math.ceil((to - from) / buckets));
  // Counts that were made before are of whole steps: buckets are then too, and begin where steps begin.
  const width = cube === undefined ? narrow : Math.ceil(narrow / cubeStepMs) * cubeStepMs;
  const start = cube === undefined ? from : Math.floor(from / cubeStepMs) * cubeStepMs;
  const values: (string | bigint)[] = [];
  const source = digests.source(slices, { ...filter, from, to }, cube, 'time', values);
  if (source === null) return [];
  const rows = await engine.read(
    `SELECT ((time - (${start})) // ${width})::INTEGER AS bucket, sum(n)::DOUBLE AS rows FROM ${source} GROUP BY bucket ORDER BY bucket`,
    values,
  );
  return rows.map((row) => {
    const begin = start + Number(row.bucket) * width;
    return { from: Math.max(from, begin), to: Math.min(to, begin + width), rows: Number(row.rows) };
  });
}

/** The span of buckets that hold the page, and how many of its events come before the page. */
function placeOf(counted: readonly Counted[], { offset, limit, order }: PageAt): Span & { skip: number } {
  const ordered = order === 'newest' ? counted.toReversed() : counted;
  let before = 0;
  let start = 0;
  while (start < ordered.length - 1 && before + (ordered[start]?.rows ?? 0) <= offset) {
    before += ordered[start]?.rows ?? 0;
    start += 1;
  }
  let end = start;
  let held = ordered[start]?.rows ?? 0;
  while (end < ordered.length - 1 && before + held < offset + limit) {
    end += 1;
    held += ordered[end]?.rows ?? 0;
  }
  const [a, b] = [ordered[start], ordered[end]] as [Counted, Counted];
  return { from: Math.min(a.from, b.from), to: Math.max(a.to, b.to), skip: offset - before };
}

async function timedPage(
  engine: Engine,
  digests: Digests,
  slices: readonly Slice[],
  filter: EventFilter,
  { from, to, skip }: Span & { skip: number },
  { limit, order }: PageAt,
): Promise<EventJson[]> {
  const { sql, values } = compileFilter({ ...filter, from, to });
  const way = order === 'newest' ? 'DESC' : 'ASC';
  const most = skip + limit;
  const rows: EventRow[] = [];
  // What comes before the page is only told by time and id; whole events are fetched of the page alone.
  const within = slices.filter(
    (slice) => (slice.last ?? 0) >= from && (slice.first ?? 0) < to && digests.mayHold(slice, filter),
  );
  if (within.length === 0) return [];
  const parts = within.map(({ name }) => `SELECT time, id FROM ${name}.events WHERE ${sql}`);
  const keys = await engine.read(
    `SELECT time, id::VARCHAR AS id FROM (${parts.join(' UNION ALL ')}) ORDER BY time ${way}, id ${way} LIMIT ${Math.trunc(most)} OFFSET ${Math.trunc(skip)}`,
    values,
  );
  const wanted = keys.slice(0, limit);
  const [first, last] = [wanted[0], wanted.at(-1)];
  if (first === undefined || last === undefined) return [];
  const [low, high] = [Number(first.time), Number(last.time)].sort((a, b) => a - b) as [number, number];
  const ids = new Set(wanted.map(({ id }) => String(id)));
  for (const slice of slices) {
    if (slice.first === null || slice.last === null || slice.last < low || slice.first > high) continue;
    const found = await engine.read(
      `SELECT ${columnList} FROM ${slice.name}.events WHERE time BETWEEN ${low} AND ${high} AND id IN (${[...ids].map((_, i) => `$${i + 1}::UUID`).join(', ')})`,
      [...ids],
    );
    rows.push(...found.map(toEventRow));
  }
  return rows.sort(order === 'newest' ? newestFirst : (a, b) => newestFirst(b, a)).map(rowToJson);
}

async function sortedPage(
  engine: Engine,
  slices: readonly Slice[],
  filter: EventFilter,
  { offset, limit, order, sort }: PageAt,
): Promise<EventJson[]> {
  if (sort === undefined) return [];
  if (offset + limit > deepestSorted) {
    throw new Error(
      `Sorted by ${sort.field}, only the first ${deepestSorted} events can be paged through. Narrow the filter, or sort by time.`,
    );
  }
  const { sql, values } = compileFilter(filter);
  const parts = slices.map(({ name }) => `SELECT ${columnList} FROM ${name}.events WHERE ${sql}`);
  const way = order === 'newest' ? 'DESC' : 'ASC';
  const rows = await engine.read(
    `SELECT ${columnList} FROM (${parts.join(' UNION ALL ')}) ORDER BY ${column(sort.field)} ${sort.descending ? 'DESC' : 'ASC'} NULLS LAST, time ${way}, id ${way} LIMIT ${Math.trunc(limit)} OFFSET ${Math.trunc(offset)}`,
    values,
  );
  return rows.map((row) => rowToJson(toEventRow(row)));
}
