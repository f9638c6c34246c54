import type { EventCondition, EventJson } from '../../model/index.ts';
import type { ColumnRequest, CrowdRequest, EventColumns, HistorySpan } from './history.ts';
import type { SearchPart, SearchRequest, SearchSummary } from './search.ts';

/** Field names of EventJson that may be filtered, counted and grouped. */
export const filterFields = [
  'id',
  'source',
  'source_type',
  'format',
  'host',
  'program',
  'facility',
  'level',
  'event_type',
  'outcome',
  'severity',
  'src_ip',
  'src_port',
  'dst_ip',
  'dst_port',
  'protocol',
  'user',
] as const;
export type FilterField = (typeof filterFields)[number];

export interface EventFilter {
  /** Event time, epoch ms, from inclusive, to exclusive. */
  from?: number;
  to?: number;
  /** Case-insensitive substring of the raw line. */
  text?: string;
  /** All must hold. `in`: any of the values. `not`: none of the values. */
  where?: { field: FilterField; op: 'in' | 'not'; values: (string | number | null)[] }[];
  /** Must hold too. */
  condition?: EventCondition;
}

export type EventOrder = 'newest' | 'oldest';

export interface PageAt {
  offset: number;
  limit: number;
  order: EventOrder;
  /** Before time: by this field. Events without it come last. Not deeper than {@link deepestSorted}. */
  sort?: { field: FilterField; descending: boolean };
}

/** How far a page may lie behind when it is not sorted by time alone. */
export const deepestSorted = 20_000;

/** Characters of a text that are read of it where many events are asked for at once: a page of lines of 1 MiB takes gigabytes on its way. */
export const briefText = 65_536;

export interface EventPage {
  events: EventJson[];
  /** Opaque; null at the end. */
  next: string | null;
}

export interface EventStoreInfo {
  rows: number;
  bytes: number;
  slices: number;
  oldest: number | null;
  newest: number | null;
  /** Dropped since the start, because of their age or of the limit of size. */
  droppedRows: number;
  /** What could not be read at the start and was put aside, in sentences. */
  damaged: readonly string[];
}

/** Durable history. Newest first where nothing else is said. Queries see what was loaded; the caller flushes the spool first. */
export interface EventStore {
  /** Loads sealed segments in one transaction each or together; a segment that was loaded before is skipped. */
  load(
    segments: readonly { id: number; path: string }[],
  ): Promise<{ loaded: number[]; rows: number; quarantined: number }>;
  /**
   * Texts of more than 64 KiB, and fields of more than 256 KiB, are cut in pages and say so; {@link byIds} has them whole.
   *
   * @param order by time and id: newest first where it is not given. A cursor goes on in the order that made it.
   * @param whole nothing is cut; a page of very long events holds fewer than `limit`, and `next` goes on
   */
  page(
    filter: EventFilter,
    limit: number,
    after: string | null,
    order?: EventOrder,
    whole?: boolean,
  ): Promise<EventPage>;
  /**
   * Page and counts of one look at the store, in parts as they are known. The signal interrupts the running query, and the
   * call rejects with its reason.
   */
  search(request: SearchRequest, onPart: (part: SearchPart) => void, signal?: AbortSignal): Promise<SearchSummary>;
  byIds(ids: readonly string[]): Promise<EventJson[]>;
  count(filter: EventFilter): Promise<number>;
  /**
   * A page by its number: how many events there are before it. What it says of the total belongs to the same look.
   *
   * @throws with a sentence where it lies too far behind: only the order of time can be followed to any depth
   */
  pageAt(filter: EventFilter, at: PageAt): Promise<{ events: EventJson[]; total: number }>;
  /**
   * How many events each case holds for, of several only the first; with `by` for each value of a field. What none holds
   * for is left out.
   */
  tally(
    filter: EventFilter,
    cases: readonly EventCondition[],
    by?: FilterField,
  ): Promise<{ key: string | null; case: number; count: number }[]>;
  /** How many different values each of the fields has, for each value of `by`. Events without a value of `by` are left out. */
  variety(
    filter: EventFilter,
    by: FilterField,
    fields: readonly FilterField[],
  ): Promise<{ key: string; counts: number[] }[]>;
  /** Memory that was freed goes back to the system: a tenth of a second of work. */
  giveBack(): Promise<void>;
  /** Writes all events of the filter as a Parquet file, in no order. @returns how many */
  exportParquet(filter: EventFilter, file: string): Promise<number>;
  /** Rows per bucket and value of `by`, oldest first. */
  histogram(
    filter: EventFilter,
    bucketMs: number,
    by: FilterField,
  ): Promise<{ time: number; key: string; count: number }[]>;
  top(
    filter: EventFilter,
    field: FilterField,
    limit: number,
  ): Promise<{ value: string; count: number; last: number }[]>;
  /**
   * How events lie in time, oldest first: spans of about `rows` events that fit a condition (absent: of all); what has no events
   * is left out.
   */
  spans(
    from: number,
    to: number,
    rows: number,
    where?: EventCondition | null,
    signal?: AbortSignal,
  ): Promise<HistorySpan[]>;
  /** Events of a span that fit a condition, as columns. The signal interrupts the query. */
  columns(request: ColumnRequest, signal?: AbortSignal): Promise<EventColumns>;
  /**
   * Every value that has `min` events within `windowMs`, and perhaps some that nearly have: what is not told has not.
   * Null: there are more than `limit`.
   */
  crowds(request: CrowdRequest, signal?: AbortSignal): Promise<string[] | null>;
  info(): Promise<EventStoreInfo>;
  /**
   * The same store once what was acknowledged before the call is in it: for several questions that belong together, which
   * then need not wait for it one after the other.
   */
  settled(): Promise<EventStore>;
  /**
   * Drops whole slices, oldest first, until the store is within `maxBytes` (and nothing is older than `olderThan`). From
   * then on every load keeps to that size. Null: no limit.
   */
  retain(maxBytes: number | null, olderThan: number | null): Promise<{ droppedSlices: number; droppedRows: number }>;
  /**
   * Puts everything stored as files into a folder, which is created: links where the file system has them. The newest
   * slice is sealed for it. Returns the highest id of a segment that was loaded, 0: none.
   */
  stage(folder: string): Promise<{ lastSegment: number }>;
  close(): Promise<void>;
}
