import { type EventJson, timeOfId } from '../../../model/index.ts';
import { cursorAt, decodeCursor, isUuid } from '../cursor.ts';
import { type EventRow, rowToJson } from '../row.ts';
import type { EventFilter, EventOrder, EventPage } from '../types.ts';
import type { Engine } from './engine.ts';
import { columnList, compileFilter } from './query.ts';
import { newestFirst, toEventRow } from './rows.ts';
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

/** A page of the slices, which may be all that hold something of its span. */
export async function readPage(
  engine: Engine,
  slices: readonly Slice[],
  filter: EventFilter,
  limit: number,
  after: string | null,
  order: EventOrder,
): Promise<EventPage> {
  const isNewest = order === 'newest';
  const cursor = after === null ? null : decodeCursor(after);
  const { from, to } = boundsBehind(filter, after, order);
  const { sql, values } = compileFilter({
    ...filter,
    ...(from !== undefined && { from }),
    ...(to !== undefined && { to }),
  });
  const next = values.length + 1;
  const behind = `AND (time, id) ${isNewest ? '<' : '>'} ($${next}::BIGINT, $${next + 1}::UUID)`;
  if (cursor !== null) values.push(BigInt(cursor.time), cursor.id);
  const way = isNewest ? 'DESC' : 'ASC';
  const compare = isNewest ? newestFirst : (a: EventRow, b: EventRow) => newestFirst(b, a);
  // Once a page is full, a slice that ends before its last row has nothing to add.
  const candidates = slices.toSorted((a, b) =>
    isNewest ? (b.last ?? 0) - (a.last ?? 0) : (a.first ?? 0) - (b.first ?? 0),
  );
  let found: EventRow[] = [];
  for (const slice of candidates) {
    const last = found[limit];
    if (last !== undefined && (isNewest ? last.time > (slice.last ?? 0) : last.time < (slice.first ?? 0))) break;
    const rows = await engine.read(
      `SELECT ${columnList} FROM ${slice.name}.events WHERE ${sql} ${cursor === null ? '' : behind} ORDER BY time ${way}, id ${way} LIMIT ${Math.trunc(limit) + 1}`,
      values,
    );
    found = [...found, ...rows.map(toEventRow)].sort(compare).slice(0, limit + 1);
  }
  const shown = found.slice(0, limit);
  const end = shown.at(-1);
  return {
    events: shown.map(rowToJson),
    next: found.length > limit && end !== undefined ? cursorAt(end.time, end.id) : null,
  };
}

/** Events by id, in the order of the ids. */
export async function readByIds(
  engine: Engine,
  slices: readonly Slice[],
  ids: readonly string[],
): Promise<EventJson[]> {
  const wanted = new Set(ids.map((id) => id.toLowerCase()).filter(isUuid));
  const found = new Map<string, EventRow>();
  // First where the time inside the id points; then everywhere, for times that an id cannot carry (before 1970).
  for (const isTimed of [true, false]) {
    for (const slice of slices.toReversed()) {
      const some = [...wanted].filter((id) => !found.has(id) && (!isTimed || mayHold(slice, timeOfId(id) ?? 0)));
      for (let at = 0; at < some.length; at += 500) {
        const part = some.slice(at, at + 500);
        const places = part.map((_, i) => `$${i + 1}::UUID`).join(', ');
        const rows = await engine.read(`SELECT ${columnList} FROM ${slice.name}.events WHERE id IN (${places})`, part);
        for (const row of rows.map(toEventRow)) found.set(row.id, row);
      }
    }
  }
  return ids.flatMap((id) => found.get(id.toLowerCase()) ?? []).map(rowToJson);
}

function mayHold({ first, last }: Slice, time: number): boolean {
  return first !== null && last !== null && time >= first && time <= last;
}
