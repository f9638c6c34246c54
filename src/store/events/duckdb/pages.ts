import { type EventJson, timeOfId } from '../../../model/index.ts';
import { cursorAt, decodeCursor, isUuid } from '../cursor.ts';
import { type EventRow, rowToJson } from '../row.ts';
import type { EventFilter, EventOrder, EventPage } from '../types.ts';
import type { Digests } from './digests.ts';
import type { Engine, Row } from './engine.ts';
import { briefList, columnList } from './query.ts';
import { type BriefRow, briefToJson, isCut, newestFirst, toBriefRow, toEventRow } from './rows.ts';
import type { Slice } from './slices.ts';

/** The span that a page behind a cursor may lie in. */
export function boundsBehind(
  { from, to }: EventFilter,
  after: string | null,
  order: EventOrder,
): { from: number | undefined; to: number | undefined } {
  if (after === null) return { from, to };
  const { time } = decodeCursor(after);
  return order === 'newest'
    ? { from, to: Math.min(to ?? Number.POSITIVE_INFINITY, time + 1) }
    : { from: Math.max(from ?? Number.NEGATIVE_INFINITY, time), to };
}

/** What a page of whole events holds at most, beyond its first one, in bytes of their texts. */
const mostWholeBytes = 16_000_000;

/**
 * A page of the slices, which may be all that hold something of its span.
 *
 * @param whole no text is cut; of very long events there are fewer on a page then
 */
export async function readPage(
  engine: Engine,
  digests: Digests,
  slices: readonly Slice[],
  filter: EventFilter,
  limit: number,
  after: string | null,
  order: EventOrder,
  whole: boolean,
): Promise<EventPage> {
  const isNewest = order === 'newest';
  const cursor = after === null ? null : decodeCursor(after);
  const { from, to } = boundsBehind(filter, after, order);
  const bounded = { ...filter, ...(from !== undefined && { from }), ...(to !== undefined && { to }) };
  const compare = isNewest ? newestFirst : (a: EventRow, b: EventRow) => newestFirst(b, a);
  let found: BriefRow[] = [];
  for (const slice of inOrder(slices, order)) {
    if (isBehind(slice, found[limit], order)) break;
    const share = whole ? shareOf(slice, bounded, limit) : usualShare;
    const rows = await firstOfSlice(engine, digests, slice, bounded, order, briefList, limit + 1, share, cursor);
    found = [...found, ...rows.map(toBriefRow)].sort(compare).slice(0, limit + 1);
  }
  const shown = whole ? fitting(found.slice(0, limit)) : found.slice(0, limit);
  const end = shown.at(-1);
  return {
    events: whole ? await wholeEvents(engine, slices, shown) : shown.map(briefToJson),
    next: found.length > shown.length && end !== undefined ? cursorAt(end.time, end.id) : null,
  };
}

/** Of a slice's time, it probably holds a page. */
const usualShare = 1 / 32;
const leastShare = 1 / 512;

/** The same for exports, which go through everything: what is sorted in vain for each of their pages takes most of their time. */
function shareOf({ rows, first, last }: Slice, { from, to }: EventFilter, limit: number): number {
  const [start, end] = [first ?? 0, (last ?? 0) + 1];
  const left = Math.min(to ?? end, end) - Math.max(from ?? start, start);
  const rowsLeft = (rows * left) / (end - start);
  return Math.min(usualShare, Math.max(leastShare, (4 * limit) / Math.max(1, rowsLeft)));
}

/** The first of them, as many as a page of whole events may hold. */
function fitting(rows: readonly BriefRow[]): BriefRow[] {
  let bytes = 0;
  const end = rows.findIndex((row) => {
    bytes += row.bytes;
    return bytes > mostWholeBytes;
  });
  return rows.slice(0, end < 0 ? rows.length : Math.max(1, end));
}

/** The events of brief rows, with nothing cut. */
async function wholeEvents(engine: Engine, slices: readonly Slice[], rows: readonly BriefRow[]): Promise<EventJson[]> {
  const long = rows.filter(isCut);
  const whole = new Map<string, EventRow>();
  for (const slice of slices) {
    // One after the other: of one, DuckDB reads nothing else.
    for (const { id } of long.filter((row) => !whole.has(row.id) && mayHold(slice, row.time))) {
      const [row] = await engine.read(`SELECT ${columnList} FROM ${slice.name}.events WHERE id = $1::UUID`, [id]);
      if (row !== undefined) whole.set(id, toEventRow(row));
    }
  }
  return rows.map((row) => rowToJson(whole.get(row.id) ?? row));
}

/** A part of a slice that is not wider than this is not divided. */
const leastSpanMs = 1000;
/** By how much the part of a slice grows that had too few. */
const growth = 8;

/**
 * The first rows of a slice in the order. Looked for in the part of the slice's time that probably has them, which is told
 * by what its blocks say of their times, and then in larger ones: sorting a whole slice for its first rows takes long.
 *
 * @param share of the slice that probably holds enough
 * @param cursor only what comes behind it
 */
export async function firstOfSlice(
  engine: Engine,
  digests: Digests,
  slice: Slice,
  filter: EventFilter,
  order: EventOrder,
  columns: string,
  limit: number,
  share: number,
  cursor: { time: number; id: string } | null = null,
  signal?: AbortSignal,
): Promise<Row[]> {
  const isNewest = order === 'newest';
  const from = Math.max(slice.first ?? 0, filter.from ?? Number.NEGATIVE_INFINITY);
  const to = Math.min((slice.last ?? 0) + 1, filter.to ?? Number.POSITIVE_INFINITY);
  const most = Math.max(1, Math.trunc(limit));
  for (let part = share; ; part *= growth) {
    const width = Math.ceil((to - from) * part);
    const isAll = part >= 1 / growth || width < leastSpanMs;
    const span = isAll ? {} : isNewest ? { from: to - width } : { to: from + width };
    const where = digests.compile(slice, { ...filter, ...span });
    if (where === null) return [];
    const { values } = where;
    let behind = '';
    if (cursor !== null) {
      values.push(BigInt(cursor.time), cursor.id);
      const [time, id] = [values.length - 1, values.length];
      // Said of the time alone too, so that blocks are skipped.
      behind = `AND time ${isNewest ? '<=' : '>='} $${time}::BIGINT AND (time, id) ${isNewest ? '<' : '>'} ($${time}::BIGINT, $${id}::UUID)`;
    }
    const rows = await engine.read(
      `SELECT ${columns} FROM ${slice.name}.events WHERE ${where.sql} ${behind} ${orderBy(order)} LIMIT ${most}`,
      values,
      signal,
    );
    if (isAll || rows.length >= most) return rows;
  }
}

/** By time and id, as SQL. */
export function orderBy(order: EventOrder): string {
  const way = order === 'newest' ? 'DESC' : 'ASC';
  return `ORDER BY time ${way}, id ${way}`;
}

/** The slices as their first events in the order come. */
export const inOrder = (slices: readonly Slice[], order: EventOrder): Slice[] =>
  slices.toSorted((a, b) => (order === 'newest' ? (b.last ?? 0) - (a.last ?? 0) : (a.first ?? 0) - (b.first ?? 0)));

/** Nothing in the slice comes before this one, the last that is wanted: it and all behind it have nothing to add. */
export function isBehind(slice: Slice, last: { time: number } | undefined, order: EventOrder): boolean {
  if (last === undefined) return false;
  return order === 'newest' ? last.time > (slice.last ?? 0) : last.time < (slice.first ?? 0);
}

/** Events by id, in the order of the ids. */
export async function readByIds(
  engine: Engine,
  slices: readonly Slice[],
  ids: readonly string[],
): Promise<EventJson[]> {
  const wanted = new Set(ids.map((id) => id.toLowerCase()).filter(isUuid));
  const found = new Map<string, BriefRow>();
  // First where the time inside the id points; then everywhere, for times that an id cannot carry (before 1970).
  for (const isTimed of [true, false]) {
    for (const slice of slices.toReversed()) {
      const some = [...wanted].filter((id) => !found.has(id) && (!isTimed || mayHold(slice, timeOfId(id) ?? 0)));
      for (let at = 0; at < some.length; at += 500) {
        const part = some.slice(at, at + 500);
        const places = part.map((_, i) => `$${i + 1}::UUID`).join(', ');
        const rows = await engine.read(`SELECT ${briefList} FROM ${slice.name}.events WHERE id IN (${places})`, part);
        for (const row of rows.map(toBriefRow)) found.set(row.id, row);
      }
    }
  }
  const rows = ids.flatMap((id) => found.get(id.toLowerCase()) ?? []);
  return wholeEvents(engine, slices, rows);
}

function mayHold({ first, last }: Slice, time: number): boolean {
  return first !== null && last !== null && time >= first && time <= last;
}
