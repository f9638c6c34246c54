import type { EventJson } from '../api/types.ts';
import type { FacetValue, SearchBucket, SearchLine } from './api.ts';

/** A search as far as it has come. */
export interface SearchRun {
  state: 'idle' | 'running' | 'done' | 'cancelled' | 'failed';
  events: readonly EventJson[];
  /** Where the next page begins; null: there is none, or not yet. */
  next: string | null;
  histogram: { bucket_seconds: number; buckets: readonly SearchBucket[] } | null;
  facets: Readonly<Record<string, readonly FacetValue[]>> | null;
  /** Fields of which rare values were not counted. */
  inexact: readonly string[];
  progress: { scanned: number; of: number; matched: number | null } | null;
  /** Hits in all; null: not known yet. */
  total: number | null;
  tookMs: number | null;
  failure: string | null;
  /** Events that came twice and are shown once. */
  repeated: number;
}

export const idleRun: SearchRun = {
  state: 'idle',
  events: [],
  next: null,
  histogram: null,
  facets: null,
  inexact: [],
  progress: null,
  total: null,
  tookMs: null,
  failure: null,
  repeated: 0,
};

/** What a line of the answer adds to a run. */
export function taken(run: SearchRun, line: SearchLine): SearchRun {
  switch (line.type) {
    case 'page':
      return withPage(run, line);
    case 'histogram':
      return { ...run, histogram: { bucket_seconds: line.bucket_seconds, buckets: line.buckets } };
    case 'facets':
      return { ...run, facets: line.facets, inexact: line.inexact };
    case 'progress':
      return { ...run, progress: { scanned: line.scanned_events, of: line.total_events, matched: line.matched } };
    case 'done':
      return { ...run, state: 'done', total: line.total, tookMs: line.took_ms };
    case 'error':
      return { ...run, state: 'failed', failure: line.detail };
    default:
      // A newer server may say more.
      return run;
  }
}

function withPage(run: SearchRun, page: SearchLine & { type: 'page' }): SearchRun {
  if (page.events.length === 0) return { ...run, next: page.next };
  const seen = new Set(run.events.slice(-page.events.length - 50).map(({ id }) => id));
  const fresh = page.events.filter(({ id }) => !seen.has(id));
  return {
    ...run,
    events: [...run.events, ...fresh],
    next: page.next,
    repeated: run.repeated + page.events.length - fresh.length,
  };
}

/** How much was looked at, 0…1; null where it is not known. */
export const shareOf = ({ progress }: SearchRun): number | null =>
  progress === null || progress.of === 0 ? null : Math.min(1, progress.scanned / progress.of);
