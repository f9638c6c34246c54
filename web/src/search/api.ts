import { queryOptions } from '@tanstack/react-query';
import { type Query, request } from '../api/client.ts';
import type { EventJson, Severity } from '../api/types.ts';

/** What is asked of `POST /api/search`. */
export interface SearchBody {
  query: string;
  /** ISO 8601; absent: from the oldest event on. */
  from?: string;
  to?: string;
  limit: number;
  after?: string;
  order?: 'newest' | 'oldest';
  histogram?: boolean;
  facets?: readonly string[];
}

export type SearchBucket = { time: string | number } & Record<Severity, number>;
export interface FacetValue {
  value: string | null;
  count: number;
}

/** The lines of its answer, in the order they come. */
export type SearchLine =
  | { type: 'page'; events: EventJson[]; next: string | null; final: boolean }
  | { type: 'histogram'; bucket_seconds: number; buckets: SearchBucket[] }
  | { type: 'facets'; facets: Record<string, FacetValue[]>; inexact: string[] }
  | { type: 'progress'; scanned_events: number; total_events: number; matched: number | null }
  | { type: 'done'; total: number | null; took_ms: number }
  | { type: 'error'; detail: string; code: string };

export interface SearchField {
  name: string;
  /** Of the newest events how many have it; null: a column. */
  count?: number | null;
  description?: string;
}

export const fieldsQuery = queryOptions({
  queryKey: ['search-fields'],
  queryFn: async ({ signal }) => (await request<{ fields: SearchField[] }>('/api/search/fields', { signal })).fields,
  staleTime: 60_000,
});

export const valuesQuery = (field: string, prefix: string) =>
  queryOptions({
    queryKey: ['search-values', field, prefix],
    queryFn: async ({ signal }) => {
      const query: Query = { field, prefix, limit: 12 };
      return (await request<{ values: FacetValue[] }>('/api/search/values', { query, signal })).values;
    },
    staleTime: 30_000,
    retry: false,
  });

export interface EventContext {
  before: EventJson[];
  event: EventJson;
  after: EventJson[];
}

/** Lines of the same source around one, oldest first. */
export const contextQuery = (id: string, lines: number) =>
  queryOptions({
    queryKey: ['search-context', id, lines],
    queryFn: ({ signal }) =>
      request<EventContext>('/api/search/context', { query: { id, before: lines, after: lines }, signal }),
    staleTime: 60_000,
  });

export interface SavedSearch {
  id: string;
  name: string;
  query: string;
  columns: string[];
  view: 'table' | 'raw' | 'json';
  range: { last: string } | { from: string; to: string } | null;
  shared: boolean;
  owner: string;
  /** The caller may change and delete it. */
  mine: boolean;
  created_at: string;
  updated_at: string;
}

export const savedSearchesQuery = queryOptions({
  queryKey: ['saved-searches'],
  queryFn: ({ signal }) => request<SavedSearch[]>('/api/searches', { signal }),
  staleTime: 15_000,
});
