import { fieldName } from '../../../src/model/query/fields.ts';
import { type RangeSearch, resolveRange, validateRange } from '../shell/time-range.ts';
import type { SavedSearch, SearchBody } from './api.ts';

export const searchViews = ['table', 'raw', 'json'] as const;
export type SearchView = (typeof searchViews)[number];

/** The address of the search page: all of its state. */
export interface SearchAddress extends Omit<RangeSearch, 'range'> {
  q?: string;
  range?: RangeSearch['range'] | 'all';
  view?: SearchView;
  /** Columns of the table, with commas between; absent: {@link usualColumns}. */
  cols?: string;
  order?: 'oldest';
  /** Event in the panel at the side. */
  event?: string;
  /** Event whose neighbours are shown. */
  around?: string;
  /** Saved search that this began as. */
  saved?: string;
}

export const usualColumns = ['time', 'severity', 'host', 'program', 'user', 'src_ip', 'message'] as const;
const mostColumns = 40;

const text = (value: unknown): string | undefined =>
  typeof value === 'string' && value !== ''
    ? value
    : typeof value === 'number' || typeof value === 'boolean'
      ? String(value)
      : undefined;
const oneOf = <T extends string>(value: unknown, options: readonly T[]): T | undefined =>
  options.find((option) => option === value);

/** Takes from a URL what makes sense and drops the rest. */
export function validateSearch(raw: Record<string, unknown>): SearchAddress {
  const range = validateRange(raw);
  const found: SearchAddress = {
    ...range,
    ...(range.from === undefined && raw.range === 'all' && { range: 'all' as const }),
  };
  const q = text(raw.q);
  const view = oneOf(raw.view, searchViews);
  const columns = columnsOf(text(raw.cols));
  const event = text(raw.event);
  const around = text(raw.around);
  const saved = text(raw.saved);
  if (q !== undefined) found.q = q;
  if (view !== undefined && view !== 'table') found.view = view;
  if (text(raw.cols) !== undefined && !isUsual(columns)) found.cols = columns.join(',');
  if (raw.order === 'oldest') found.order = 'oldest';
  if (event !== undefined) found.event = event;
  if (around !== undefined) found.around = around;
  if (saved !== undefined) found.saved = saved;
  return found;
}

/** Columns of the address, each once; the usual ones where it names none. */
export function columnsOf(written: string | undefined): string[] {
  const named = [...new Set((written ?? '').split(',').filter((name) => fieldName.test(name)))].slice(0, mostColumns);
  return named.length > 0 ? named : [...usualColumns];
}

/** Those of phones, where the address names none: when, how bad, and as much of the text as there is room for. */
export const narrowColumns: readonly string[] = ['time', 'severity', 'message'];

const isUsual = (columns: readonly string[]): boolean => columns.join() === usualColumns.join();

/** The address's part for columns: nothing where they are the usual ones. */
export const columnsText = (columns: readonly string[]): string | undefined =>
  columns.length === 0 || isUsual(columns) ? undefined : columns.join(',');

export interface SearchSpan {
  from?: string;
  to?: string;
  /** Null: all time. */
  hours: number | null;
}

/** The time an address means at a moment (epoch ms). */
export function spanOf(search: SearchAddress, now: number): SearchSpan {
  if (search.range === 'all') return { hours: null };
  const { range, from, to } = search;
  const resolved = resolveRange({ ...(range && { range }), ...(from && to && { from, to }) }, '24h', now, 1000);
  return { from: resolved.from, to: resolved.to, hours: resolved.hours };
}

/** What is asked of the server, but for pages. */
export function searchBody(search: SearchAddress, now: number): Omit<SearchBody, 'limit'> {
  const { from, to } = spanOf(search, now);
  return {
    query: search.q ?? '',
    ...(from !== undefined && { from }),
    ...(to !== undefined && { to }),
    ...(search.order && { order: search.order }),
  };
}

/** The address of a saved search. */
export function savedAddress(saved: SavedSearch): SearchAddress {
  const { range } = saved;
  return validateSearch({
    q: saved.query,
    view: saved.view,
    cols: saved.columns.join(','),
    saved: saved.id,
    ...(range === null ? { range: 'all' } : 'last' in range ? { range: range.last } : range),
  });
}

/** How a search is kept. `fixed`: the range stays where it is now. */
export function savedBody(search: SearchAddress, fixed: boolean, now: number) {
  const { from, to } = spanOf(search, now);
  const range =
    search.range === 'all'
      ? null
      : from !== undefined && to !== undefined && (fixed || search.from !== undefined)
        ? { from, to }
        : { last: search.range ?? '24h' };
  return {
    query: search.q ?? '',
    columns: search.cols === undefined ? [] : columnsOf(search.cols),
    view: search.view ?? ('table' as const),
    range,
  };
}

/** Whether the page shows something else than the search it was opened as. */
export function differs(search: SearchAddress, saved: SavedSearch): boolean {
  const { event: _e, around: _a, order: _o, ...now } = search;
  const then = savedAddress(saved);
  const parts = (each: SearchAddress) => [
    each.q,
    each.range ?? (each.from ? undefined : '24h'),
    each.from,
    each.to,
    each.view,
    each.cols,
  ];
  return JSON.stringify(parts(now)) !== JSON.stringify(parts(then));
}
