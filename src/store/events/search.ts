import type { EventJson } from '../../model/index.ts';
import type { EventFilter, EventOrder, FilterField } from './types.ts';

/*
 * A search whose answer comes in parts: the page as soon as there are hits, counts as the store is read. Plain data
 * throughout: requests and parts cross threads.
 */

/** A column, or a key of `fields` (`fields.method`). */
export type FacetField = FilterField | `fields.${string}`;

export interface SearchRequest {
  filter: EventFilter;
  /** Events of the page. */
  limit: number;
  /** Cursor of the page before. */
  after: string | null;
  order: EventOrder;
  /** How many events, over time and by severity. Null: not wanted. */
  histogram: { bucketMs: number } | null;
  /** Most frequent values of these fields. Null: not wanted. */
  facets: { fields: readonly FacetField[]; limit: number } | null;
  /** Whether to count at all; without, the search ends with its page. */
  count: boolean;
}

export interface FacetValue {
  /** Null: events without the field. */
  value: string | null;
  count: number;
}

export type SearchPart =
  /** The page's next events, which nothing that is read later can change. `final`: it is whole; only then `next` may be set. */
  | { type: 'page'; events: EventJson[]; next: string | null; final: boolean }
  /** Of what was read until now. Where a text is left out, what has it may still be counted until all is read. */
  | {
      type: 'counts';
      matched: number;
      histogram: { time: number; severity: string; count: number }[] | null;
      /** `exact`: false where a part of the store had so many values that its rarest were left out. */
      facets: { field: FacetField; values: FacetValue[]; exact: boolean }[] | null;
    }
  | { type: 'progress'; scanned: number; total: number; matched: number | null };

export interface SearchSummary {
  /** Null where it was not asked for. */
  matched: number | null;
  /** Stored events of the time that was searched. */
  total: number;
}
