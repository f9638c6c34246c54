import { cursorAt, decodeCursor } from '../cursor.ts';
import type { FacetField, FacetValue, SearchPart, SearchRequest, SearchSummary } from '../search.ts';
import type { EventFilter } from '../types.ts';
import { cubeFor, cubeStepMs, needsOf } from './cubes.ts';
import type { Digests } from './digests.ts';
import type { Engine, Row } from './engine.ts';
import { type Difference, differenceOf } from './negation.ts';
import { firstOfSlice, inOrder } from './pages.ts';
import { briefList, column } from './query.ts';
import { type BriefRow, briefToJson, newestFirst, toBriefRow } from './rows.ts';
import type { Slice } from './slices.ts';

/** Events of one look: what a person waits for before the answer grows. The first looks are at fewer. */
const rowsPerWindow = [20_000, 100_000, 400_000, 1_500_000] as const;
/** Counts are told so often at most: sorting out the most frequent values is work too. */
const toldEveryMs = 250;
/** Values of a field that one look gives. What is rarer there is left out, and the facet says so. */
const mostValues = 1000;
/** The same of all slices that were counted before. */
const mostKnown = 10_000;

/** A part of a slice, by event time: from inclusive, to exclusive. */
interface Window {
  slice: Slice;
  from: number;
  to: number;
  rows: number;
}

/**
 * Reads slices in windows of event time, in the order that was asked for. A window is counted first; its events are
 * fetched only where it has some and the page still lacks any. The very first one is fetched before it is counted.
 */
export async function searchSlices(
  engine: Engine,
  digests: Digests,
  slices: readonly Slice[],
  request: SearchRequest,
  onPart: (part: SearchPart) => void,
  signal: AbortSignal | undefined,
): Promise<SearchSummary> {
  const { filter, count } = request;
  const windows = windowsOf(slices, filter, request.order === 'newest');
  const total = windows.reduce((sum, { rows }) => sum + rows, 0);
  const page = new Page(engine, digests, request, signal);
  const counts = new Counts(engine, digests, request, signal);
  // What was counted when a slice was sealed is not counted again.
  const known = count ? counts.knownOf(slices, filter) : [];
  const difference = count ? differenceOf(filter) : null;
  // Both must be said of the same events: of slices that take no more.
  const lessened = difference === null ? [] : counts.knownOf(slices, difference.all).filter(({ sealed }) => sealed);
  const isKnown = ({ slice }: Window): boolean => known.includes(slice);
  /** Counts of a window; the next one's is on its way while one is looked at. */
  const asked = new Map<Window, Promise<number | null>>();
  const countOf = (window: Window | undefined): Promise<number | null> | null => {
    if (window === undefined || !count || isKnown(window)) return null;
    const isLessened = difference !== null && lessened.includes(window.slice);
    const running = asked.get(window) ?? (isLessened ? counts.readLess(window, difference) : counts.read(window));
    asked.set(window, running);
    running.catch(() => undefined);
    return running;
  };
  let scanned = 0;
  let knownFound: ReadonlyMap<Slice, number> = new Map();
  let toldAt = Number.NEGATIVE_INFINITY;
  let isNew = false;
  for (const [i, window] of windows.entries()) {
    signal?.throwIfAborted();
    const next = windows[i + 1];
    const isFirst = i === 0;
    if (isFirst) {
      await page.read(window);
      page.tell(next, onPart);
      if (known.length > 0) knownFound = await counts.readKnown(known);
      if (difference !== null && lessened.length > 0) await counts.readKnown(lessened, difference.all);
    }
    const counting = countOf(window);
    countOf(next);
    const found = isKnown(window) ? (knownFound.get(window.slice) ?? 0) : counting === null ? null : await counting;
    asked.delete(window);
    if (!isFirst && !page.isFinal && found !== 0) await page.read(window);
    page.tell(next, onPart);
    scanned += window.rows;
    onPart({ type: 'progress', scanned, total, matched: count ? Math.max(0, counts.matched) : null });
    if (found !== 0 && counting !== null) isNew = true;
    if (count && (isFirst || next === undefined || (isNew && performance.now() - toldAt >= toldEveryMs))) {
      counts.tell(onPart);
      toldAt = performance.now();
      isNew = false;
    }
    if (!count && page.isFinal) break;
  }
  if (windows.length === 0) {
    page.tell(undefined, onPart);
    if (count) counts.tell(onPart);
  }
  return { matched: count ? counts.matched : null, total };
}

function windowsOf(slices: readonly Slice[], { from, to }: EventFilter, isNewest: boolean): Window[] {
  const windows: Window[] = [];
  for (const slice of inOrder(slices, isNewest ? 'newest' : 'oldest')) {
    if (slice.first === null || slice.last === null) continue;
    const start = Math.max(slice.first, from ?? slice.first);
    const end = Math.min(slice.last + 1, to ?? slice.last + 1);
    const rowsPerMs = slice.rows / (slice.last + 1 - slice.first);
    let left = end - start;
    while (left > 0) {
      const most = (rowsPerWindow[windows.length] ?? rowsPerWindow.at(-1) ?? 1) / rowsPerMs;
      // What is left over must not be a small one.
      const width = left < most * 1.5 ? left : Math.max(1, Math.floor(most));
      const at = isNewest ? start + left - width : end - left;
      windows.push({ slice, from: at, to: at + width, rows: Math.round(width * rowsPerMs) });
      left -= width;
    }
  }
  return windows.sort((a, b) => (isNewest ? b.to - a.to : a.from - b.from));
}

/** The first events in the order that was asked for. Slices may overlap in time: what may still come between is held back. */
class Page {
  readonly #engine: Engine;
  readonly #digests: Digests;
  readonly #request: SearchRequest;
  readonly #signal: AbortSignal | undefined;
  readonly #isNewest: boolean;
  readonly #cursor: { time: number; id: string } | null;
  #found: BriefRow[] = [];
  #told = 0;
  isFinal = false;

  constructor(engine: Engine, digests: Digests, request: SearchRequest, signal: AbortSignal | undefined) {
    this.#engine = engine;
    this.#digests = digests;
    this.#request = request;
    this.#signal = signal;
    this.#isNewest = request.order === 'newest';
    this.#cursor = request.after === null ? null : decodeCursor(request.after);
  }

  async read(window: Window): Promise<void> {
    const { filter, limit } = this.#request;
    const cursor = this.#cursor;
    if (cursor !== null && (this.#isNewest ? window.from > cursor.time : window.to <= cursor.time)) return;
    const rows = await firstOfSlice(
      this.#engine,
      this.#digests,
      window.slice,
      { ...filter, from: window.from, to: window.to },
      this.#request.order,
      briefList,
      limit + 1,
      1 / 32,
      cursor,
      this.#signal,
    );
    if (rows.length === 0) return;
    const compare = this.#isNewest ? newestFirst : (a: BriefRow, b: BriefRow) => newestFirst(b, a);
    this.#found = [...this.#found, ...rows.map(toBriefRow)].sort(compare).slice(0, limit + 1);
  }

  /** Says what is certain by now. @param next the window that is read next */
  tell(next: Window | undefined, onPart: (part: SearchPart) => void): void {
    if (this.isFinal) return;
    const { limit } = this.#request;
    const isSettled = ({ time }: BriefRow): boolean =>
      next === undefined || (this.#isNewest ? time >= next.to : time < next.from);
    const unsettled = this.#found.findIndex((row) => !isSettled(row));
    const settled = Math.min(limit, unsettled < 0 ? this.#found.length : unsettled);
    this.isFinal = next === undefined || (settled === limit && this.#found.length > limit);
    if (settled === this.#told && !this.isFinal) return;
    const events = this.#found.slice(this.#told, settled).map(briefToJson);
    this.#told = settled;
    const end = this.#found[settled - 1];
    const isMore = this.isFinal && this.#found.length > limit && end !== undefined;
    onPart({ type: 'page', events, next: isMore ? cursorAt(end.time, end.id) : null, final: this.isFinal });
  }
}

/** Sums over the windows that were read. */
class Counts {
  readonly #engine: Engine;
  readonly #request: SearchRequest;
  readonly #signal: AbortSignal | undefined;
  readonly #buckets = new Map<string, { time: number; severity: string; count: number }>();
  readonly #facets: { field: FacetField; counts: Map<string | null, number>; exact: boolean }[];
  readonly #digests: Digests;
  matched = 0;

  constructor(engine: Engine, digests: Digests, request: SearchRequest, signal: AbortSignal | undefined) {
    this.#engine = engine;
    this.#digests = digests;
    this.#request = request;
    this.#signal = signal;
    this.#facets = (request.facets?.fields ?? []).map((field) => ({ field, counts: new Map(), exact: true }));
  }

  /** How many events of the window fit. */
  read(window: Window): Promise<number> {
    return this.#read(window, this.#request.filter, 1);
  }

  /** Takes what is left out in a window off its slice, which was added whole. How many fit in the window is not known by that. */
  async readLess(window: Window, { less }: Difference): Promise<null> {
    await this.#read(window, less, -1);
    return null;
  }

  /** @param sign -1: they are taken off what was counted */
  async #read({ slice, from, to }: Window, filter: EventFilter, sign: 1 | -1): Promise<number> {
    const { histogram } = this.#request;
    const where = this.#digests.compile(slice, { ...filter, from, to });
    if (where === null) return 0;
    const { sql, values } = where;
    const width = Math.max(1, Math.trunc(histogram?.bucketMs ?? 1));
    const bucket = histogram === null ? '0' : `time - ((time % ${width}) + ${width}) % ${width}`;
    const names = this.#facets.map((_, i) => `f${i}`);
    const columns = [
      `${bucket} AS b`,
      `${histogram === null ? "''" : 'severity'} AS k`,
      ...this.#facets.map(({ field }, i) => `${facetColumn(field, values)} AS f${i}`),
    ];
    // One look for everything: the sets are told apart by what they are grouped by.
    const rows = await this.#engine.read(
      `SELECT grouping(b${names.map((name) => `, ${name}`).join('')})::INTEGER AS g, b::DOUBLE AS b, k, ${names.map((name) => `${name}::VARCHAR AS ${name}, `).join('')}` +
        `count(*)::DOUBLE AS n FROM (SELECT ${columns.join(', ')} FROM ${slice.name}.events WHERE ${sql})` +
        ` GROUP BY GROUPING SETS ((b, k)${names.map((name) => `, (${name})`).join('')})` +
        // What is taken off is taken off whole.
        (sign < 0
          ? ''
          : ` QUALIFY g < ${2 ** names.length} OR row_number() OVER (PARTITION BY g ORDER BY n DESC) <= ${mostValues + 1}`),
      values,
      this.#signal,
    );
    return this.#add(rows, names.length, sign);
  }

  /** Slices of which everything that is asked for was counted when they were sealed. */
  knownOf(slices: readonly Slice[], filter: EventFilter): Slice[] {
    const { histogram } = this.#request;
    const needs = needsOf(filter);
    const isStepped = histogram === null || Math.trunc(histogram.bucketMs) % cubeStepMs === 0;
    if (needs === null || !isStepped) return [];
    const by = [['time', 'severity'], ...this.#facets.map(({ field }) => [field])];
    const cubes = by.map((looked) => cubeFor([...needs, ...looked]));
    return slices.filter(
      (slice) =>
        this.#digests.has(slice, ...cubes) &&
        (filter.from === undefined || (slice.first ?? 0) >= filter.from) &&
        (filter.to === undefined || (slice.last ?? 0) < filter.to),
    );
  }

  /** How many of their events fit, by slice. One statement, so that all of it is said of the same events. */
  async readKnown(slices: readonly Slice[], filter = this.#request.filter): Promise<Map<Slice, number>> {
    const { histogram } = this.#request;
    const needs = needsOf(filter) ?? [];
    const width = Math.max(1, Math.trunc(histogram?.bucketMs ?? 1));
    const bucket = histogram === null ? '0' : `time - ((time % ${width}) + ${width}) % ${width}`;
    const values: (string | bigint)[] = [];
    const source = (need: readonly string[], columns: string, isBySlice = false): string | null =>
      this.#digests.source(slices, filter, cubeFor([...needs, ...need]), columns, values, isBySlice);
    const found = new Map<Slice, number>();
    const overTime = source(
      ['time', 'severity'],
      `${bucket} AS b, ${histogram === null ? "''" : 'severity'} AS k`,
      true,
    );
    if (overTime === null) return found;
    const sets = [
      `SELECT -1 AS s, b::DOUBLE AS b, k AS v, slice, sum(n)::DOUBLE AS n FROM ${overTime} GROUP BY b, k, slice`,
    ];
    for (const [i, { field }] of this.#facets.entries()) {
      const from = source([field], `${facetColumn(field, values)}::VARCHAR AS f`);
      sets.push(
        `(SELECT ${i} AS s, NULL::DOUBLE AS b, f AS v, NULL AS slice, sum(n)::DOUBLE AS n FROM ${from} GROUP BY f ORDER BY n DESC LIMIT ${mostKnown + 1})`,
      );
    }
    const rows = await this.#engine.read(sets.join(' UNION ALL '), values, this.#signal);
    const seen = new Array<number>(this.#facets.length).fill(0);
    for (const { s, v, n } of rows) {
      const at = Number(s);
      const facet = this.#facets[at];
      if (facet === undefined) continue;
      seen[at] = (seen[at] ?? 0) + 1;
      if ((seen[at] ?? 0) > mostKnown) facet.exact = false;
      else addTo(facet.counts, v, Number(n));
    }
    const overTimeRows = rows.filter(({ s }) => Number(s) === -1);
    this.#add(
      overTimeRows.map(({ b, v, n }) => ({ g: 0, b, k: v, n })),
      0,
      1,
    );
    const byName = new Map(slices.map((slice) => [slice.name, slice]));
    for (const { slice: name, n } of overTimeRows) {
      const slice = byName.get(String(name));
      if (slice !== undefined) found.set(slice, (found.get(slice) ?? 0) + Number(n));
    }
    return found;
  }

  #add(rows: readonly Row[], facets: number, sign: 1 | -1): number {
    let found = 0;
    const seen = new Array<number>(facets).fill(0);
    for (const row of rows) {
      const count = sign * Number(row.n);
      const set = Number(row.g);
      if (set < 2 ** facets) {
        found += count;
        const key = `${row.b} ${row.k}`;
        const known = this.#buckets.get(key);
        if (known === undefined) this.#buckets.set(key, { time: Number(row.b), severity: String(row.k), count });
        else known.count += count;
        continue;
      }
      // The one field whose bit is not set: the first one has the highest bit.
      const at = facets - 1 - Math.log2(2 ** (facets + 1) - 1 - set);
      const facet = this.#facets[at];
      if (facet === undefined) continue;
      seen[at] = (seen[at] ?? 0) + 1;
      if (sign > 0 && (seen[at] ?? 0) > mostValues) {
        facet.exact = false;
        continue;
      }
      const value = row[`f${at}`];
      addTo(facet.counts, value, count);
    }
    this.matched += found;
    return found;
  }

  tell(onPart: (part: SearchPart) => void): void {
    const { histogram, facets } = this.#request;
    onPart({
      type: 'counts',
      matched: Math.max(0, this.matched),
      histogram:
        histogram === null
          ? null
          : [...this.#buckets.values()].filter(({ count }) => count > 0).sort((a, b) => a.time - b.time),
      facets:
        facets === null
          ? null
          : this.#facets.map(({ field, counts, exact }) => ({
              field,
              values: mostFrequent(counts, facets.limit),
              exact,
            })),
    });
  }
}

function addTo(counts: Map<string | null, number>, value: unknown, count: number): void {
  const text = value === null || value === undefined ? null : String(value);
  counts.set(text, (counts.get(text) ?? 0) + count);
}

function mostFrequent(counts: ReadonlyMap<string | null, number>, limit: number): FacetValue[] {
  return [...counts]
    .map(([value, count]) => ({ value, count }))
    .filter(({ count }) => count > 0)
    .sort((a, b) => b.count - a.count || ((a.value ?? '') < (b.value ?? '') ? -1 : 1))
    .slice(0, limit);
}

/** The field as SQL; what it binds is added to the values. */
function facetColumn(field: FacetField, values: (string | bigint)[]): string {
  if (!field.startsWith('fields.')) return column(field as Exclude<FacetField, `fields.${string}`>);
  const key = field.slice('fields.'.length);
  const path = [key, ...(key.includes('.') ? [key.split('.').join('/')] : [])].map((part) => {
    values.push(`/${part.toWellFormed().replaceAll('~', '~0')}`);
    return `json_extract_string(fields, $${values.length}::VARCHAR)`;
  });
  return path.length === 1 ? (path[0] as string) : `coalesce(${path.join(', ')})`;
}
