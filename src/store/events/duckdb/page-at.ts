import type { EventJson } from '../../../model/index.ts';
import { deepestSorted, type EventFilter, type EventOrder, type PageAt } from '../types.ts';
import { cubeFor, cubeStepMs, needsOf } from './cubes.ts';
import type { Digests } from './digests.ts';
import type { Engine } from './engine.ts';
import { firstOfSlice, inOrder, isBehind, orderBy } from './pages.ts';
import { briefList, column } from './query.ts';
import { type BriefRow, briefToJson, newestFirst, toBriefRow } from './rows.ts';
import type { Slice } from './slices.ts';

/** Buckets of one look at how the events of a filter lie in time. */
const buckets = 2048;
/** Rows before the page that are sorted with it rather than narrowed once more. */
const mostSkipped = 20_000;

interface Span {
  from: number;
  to: number;
}

/** Whole events are fetched at once where no more than so many come before the page's end. */
const mostWhole = 250;

/**
 * A page by its number. In the order of time: what lies near the beginning is looked for slice by slice; further behind,
 * counts over time say where it is, and only that time is sorted. By another field, everything before the page has to be
 * held.
 */
export async function pageAtOffset(
  engine: Engine,
  digests: Digests,
  slices: readonly Slice[],
  filter: EventFilter,
  at: PageAt,
): Promise<{ events: EventJson[]; total: number }> {
  if (slices.length === 0) return { events: [], total: 0 };
  if (at.sort !== undefined || at.offset + at.limit <= mostSkipped) {
    const counts = await countsOfSlices(engine, digests, slices, filter);
    const total = [...counts.values()].reduce((sum, rows) => sum + rows, 0);
    if (at.offset >= total) return { events: [], total };
    if (at.sort !== undefined)
      return { events: await sortedPage(engine, digests, [...counts.keys()], filter, at), total };
    return { events: await nearPage(engine, digests, counts, filter, at), total };
  }
  const span = {
    from: Math.max(filter.from ?? Number.NEGATIVE_INFINITY, Math.min(...slices.map(({ first }) => first ?? 0))),
    to: Math.min(filter.to ?? Number.POSITIVE_INFINITY, Math.max(...slices.map(({ last }) => last ?? 0)) + 1),
  };
  const counted = await countsOverTime(engine, digests, slices, filter, span);
  const total = counted.reduce((sum, { rows }) => sum + rows, 0);
  if (at.offset >= total) return { events: [], total };
  let place = placeOf(counted, at);
  for (let depth = 0; depth < 4 && place.skip + at.limit > mostSkipped && place.to - place.from > 1; depth += 1) {
    const inside = await countsOverTime(engine, digests, slices, filter, place);
    place = placeOf(inside, { ...at, offset: place.skip });
  }
  return { events: await timedPage(engine, digests, slices, filter, place, at), total };
}

/** How many events fit, by slice; slices without are left out. */
async function countsOfSlices(
  engine: Engine,
  digests: Digests,
  slices: readonly Slice[],
  filter: EventFilter,
): Promise<Map<Slice, number>> {
  const values: (string | bigint)[] = [];
  const needs = needsOf(filter);
  const cube =
    cubeFor(needs) === undefined || (filter.from === undefined && filter.to === undefined)
      ? cubeFor(needs)
      : (cubeFor([...(needs ?? []), 'time']) ?? cubeFor(needs));
  const source = digests.source(slices, filter, cube, '0 AS one', values, true);
  if (source === null) return new Map();
  const rows = await engine.read(`SELECT slice, sum(n)::DOUBLE AS n FROM ${source} GROUP BY slice`, values);
  return new Map(
    rows.flatMap((row) => {
      const slice = slices.find(({ name }) => name === row.slice);
      return slice === undefined ? [] : [[slice, Number(row.n)] as const];
    }),
  );
}

/** A page not far from the beginning: of each slice only what may come before its end, until no other can. */
async function nearPage(
  engine: Engine,
  digests: Digests,
  counts: ReadonlyMap<Slice, number>,
  filter: EventFilter,
  { offset, limit, order }: PageAt,
): Promise<EventJson[]> {
  const most = Math.trunc(offset + limit);
  const isWhole = most <= mostWhole;
  const compare = order === 'newest' ? newestFirst : (a: Place, b: Place) => newestFirst(b, a);
  let found: Place[] = [];
  const whole = new Map<string, BriefRow>();
  for (const slice of inOrder([...counts.keys()], order)) {
    if (isBehind(slice, found[most - 1], order)) break;
    const columns = isWhole ? briefList : 'time, id::VARCHAR AS id';
    const share = (2 * most) / Math.max(1, counts.get(slice) ?? 0);
    const rows = await firstOfSlice(engine, digests, slice, filter, order, columns, most, share);
    if (isWhole) for (const row of rows.map(toBriefRow)) whole.set(row.id, row);
    found = [...found, ...rows.map((row) => ({ time: Number(row.time), id: String(row.id) }))]
      .sort(compare)
      .slice(0, most);
  }
  const wanted = found.slice(offset);
  return isWhole
    ? wanted.flatMap(({ id }) => whole.get(id) ?? []).map(briefToJson)
    : wholeEvents(engine, [...counts.keys()], wanted, order);
}

interface Place {
  time: number;
  id: string;
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
  const values: (string | bigint)[] = [];
  // What comes before the page is only told by time and id; whole events are fetched of the page alone.
  const parts = slices.flatMap((slice) => {
    if ((slice.last ?? 0) < from || (slice.first ?? 0) >= to) return [];
    const where = digests.compile(slice, { ...filter, from, to }, values.length + 1);
    if (where === null) return [];
    values.push(...where.values);
    return [`SELECT time, id FROM ${slice.name}.events WHERE ${where.sql}`];
  });
  if (parts.length === 0) return [];
  const keys = await engine.read(
    `SELECT time, id::VARCHAR AS id FROM (${parts.join(' UNION ALL ')}) ${orderBy(order)} LIMIT ${Math.trunc(limit)} OFFSET ${Math.trunc(skip)}`,
    values,
  );
  const wanted = keys.map(({ time, id }) => ({ time: Number(time), id: String(id) }));
  return wholeEvents(engine, slices, wanted, order);
}

/** Events of which time and id are known. */
async function wholeEvents(
  engine: Engine,
  slices: readonly Slice[],
  wanted: readonly Place[],
  order: EventOrder,
): Promise<EventJson[]> {
  if (wanted.length === 0) return [];
  const times = wanted.map(({ time }) => time);
  const [low, high] = [Math.min(...times), Math.max(...times)];
  const ids = [...new Set(wanted.map(({ id }) => id))];
  const rows: BriefRow[] = [];
  for (const slice of slices) {
    if (slice.first === null || slice.last === null || slice.last < low || slice.first > high) continue;
    const found = await engine.read(
      `SELECT ${briefList} FROM ${slice.name}.events WHERE time BETWEEN ${low} AND ${high} AND id IN (${ids.map((_, i) => `$${i + 1}::UUID`).join(', ')})`,
      ids,
    );
    rows.push(...found.map(toBriefRow));
  }
  return rows.sort(order === 'newest' ? newestFirst : (a, b) => newestFirst(b, a)).map(briefToJson);
}

async function sortedPage(
  engine: Engine,
  digests: Digests,
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
  const values: (string | bigint)[] = [];
  const parts = slices.flatMap((slice) => {
    const where = digests.compile(slice, filter, values.length + 1);
    if (where === null) return [];
    values.push(...where.values);
    return [`SELECT ${briefList} FROM ${slice.name}.events WHERE ${where.sql}`];
  });
  if (parts.length === 0) return [];
  const way = order === 'newest' ? 'DESC' : 'ASC';
  const rows = await engine.read(
    `SELECT * FROM (${parts.join(' UNION ALL ')}) ORDER BY ${column(sort.field)} ${sort.descending ? 'DESC' : 'ASC'} NULLS LAST, time ${way}, id ${way} LIMIT ${Math.trunc(limit)} OFFSET ${Math.trunc(offset)}`,
    values,
  );
  return rows.map((row) => briefToJson(toBriefRow(row)));
}
