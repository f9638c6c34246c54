import { useSyncExternalStore } from 'react';
import { queryClient, sourcesQuery } from '../api/queries.ts';
import type { SourceJson } from '../api/types.ts';

const kept = 60;
interface Past {
  at: number;
  events: number;
  rates: number[];
}
const past = new Map<string, Past>();
const listeners = new Set<() => void>();
let version = 0;

/** Rates are told from the counts of two answers: the page collects them while it is open. */
function take(sources: readonly SourceJson[], at: number): void {
  for (const source of sources) {
    const before = past.get(source.name);
    if (!before) {
      past.set(source.name, { at, events: source.events_received, rates: [] });
      continue;
    }
    const seconds = (at - before.at) / 1000;
    if (seconds < 0.5) continue;
    before.rates.push(Math.max(0, source.events_received - before.events) / seconds);
    if (before.rates.length > kept) before.rates.shift();
    before.at = at;
    before.events = source.events_received;
  }
  version += 1;
  for (const listener of listeners) listener();
}

// Not the cache's own events: it tells of some in the middle of another screen's rendering.
const listen = (listener: () => void) => {
  listeners.add(listener);
  return () => listeners.delete(listener);
};

let takenAt = 0;
queryClient.getQueryCache().subscribe((event) => {
  if (event.type !== 'updated' || event.query.queryKey[0] !== sourcesQuery.queryKey[0]) return;
  const { data, dataUpdatedAt } = event.query.state;
  if (!Array.isArray(data) || dataUpdatedAt === takenAt) return;
  takenAt = dataUpdatedAt;
  take(data as SourceJson[], dataUpdatedAt);
});

/** Events per second of each source, oldest first, for as long as the page has watched (at most two minutes). */
export function useRates(): (name: string) => readonly number[] {
  useSyncExternalStore(listen, () => version);
  return (name) => past.get(name)?.rates ?? [];
}
