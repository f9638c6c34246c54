import type { EventJson } from '../api/types.ts';

/*
 * The hits of a search by their place: the first page comes with the search, every other one when the window comes near it,
 * wherever that is.
 */

export const pageSize = 200;
/** Rows around the window that are fetched with it. */
const around = 100;
/** Pages that are kept; the one furthest from the window goes first. */
const mostPages = 60;

export interface HitPage {
  events: readonly EventJson[];
  /** Cursors before its first and behind its last event; null: it is empty. */
  first: string | null;
  last: string | null;
}

/** How a page is asked for: next to one that is known, which is quicker, else by how many hits come before it. */
export type PlaceQuestion =
  | { limit: number; offset: number }
  | { limit: number; after: string }
  | { limit: number; before: string };

export type Pages = ReadonlyMap<number, HitPage>;

/** Numbers of the pages that the rows `from` to `to` need, those in the window first. */
export function wantedPages(from: number, to: number, count: number): number[] {
  const number = (row: number) => Math.floor(Math.min(Math.max(0, row), Math.max(0, count - 1)) / pageSize);
  const wanted = [number(from), number(to), number(to + around), number(from - around)];
  return [...new Set(wanted)].filter((page) => page * pageSize < count);
}

export function questionFor(page: number, pages: Pages): PlaceQuestion {
  const before = pages.get(page - 1);
  // A page that is not full has nothing behind it that could be told by its end.
  if (before?.last && before.events.length === pageSize) return { limit: pageSize, after: before.last };
  const behind = pages.get(page + 1);
  if (behind?.first) return { limit: pageSize, before: behind.first };
  return { limit: pageSize, offset: page * pageSize };
}

/** With one page more; where there are too many, without those furthest from it. The first is part of the search. */
export function withPage(pages: Pages, number: number, page: HitPage): Map<number, HitPage> {
  const kept = new Map(pages).set(number, page);
  if (kept.size <= mostPages) return kept;
  const far = [...kept.keys()].filter((each) => each !== 0).sort((a, b) => Math.abs(b - number) - Math.abs(a - number));
  for (const each of far.slice(0, kept.size - mostPages)) kept.delete(each);
  return kept;
}

/** Browsers draw nothing below about 17 million pixels. */
const mostPixels = 16_000_000;

/** How many rows a list has. `left`: hits beyond the last row, which no scroll bar could reach. */
export function rowsOf(known: number, total: number | null, rowHeight: number): { count: number; left: number } {
  const all = Math.max(known, total ?? 0);
  const count = Math.max(known, Math.min(all, Math.floor(mostPixels / rowHeight)));
  return { count, left: all - count };
}
