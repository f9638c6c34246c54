import { type Event, eventToJson, holds, newEvent } from '../model/index.ts';
import type { EventStore } from '../store/contract.ts';

/** 2026-11-20T10:00:00Z */
export const testTime = Date.UTC(2026, 10, 20, 10);

export function testEvent(change: Partial<Event> = {}): Event {
  const origin = { source: 'syslog_192.0.2.1', source_type: 'syslog' as const, peer: null, hint: null, identity: '' };
  return {
    ...newEvent(origin, testTime, 'Failed password for root from 203.0.113.9'),
    id: '0194a000-0000-8000-8000-000000000001',
    event_type: 'auth.failure',
    outcome: 'failure',
    src_ip: '203.0.113.9',
    user: 'root',
    severity: 'medium',
    ...change,
  };
}

/** Holds what the test put in; filters by text, ids and exact fields. */
export function fakeEvents(held: Event[]): EventStore {
  const newestFirst = () => [...held].sort((a, b) => b.time - a.time);
  const matching: (filter: Parameters<EventStore['page']>[0]) => Event[] = (filter) =>
    newestFirst().filter(
      (event) =>
        (filter.text === undefined || event.raw.toLowerCase().includes(filter.text.toLowerCase())) &&
        (filter.from === undefined || event.time >= filter.from) &&
        (filter.to === undefined || event.time < filter.to) &&
        (filter.condition === undefined || holds(filter.condition, event)) &&
        (filter.where ?? []).every(({ field, op, values }) => values.includes(event[field]) === (op === 'in')),
    );
  const store: EventStore = {
    settled: async () => store,
    load: async () => ({ loaded: [], rows: 0, quarantined: 0 }),
    page: async (filter, limit, after, order = 'newest') => {
      const all = order === 'newest' ? matching(filter) : matching(filter).reverse();
      const start = after === null ? 0 : Number.parseInt(after, 10);
      return {
        events: all.slice(start, start + limit).map((event) => eventToJson(event)),
        next: start + limit < all.length ? `${start + limit}_${testEvent().id}` : null,
      };
    },
    search: async ({ filter, limit, count, histogram, facets }, onPart) => {
      const all = matching(filter);
      const valuesOf = (field: string) => {
        const counts = new Map<string | null, number>();
        for (const event of all) {
          const value = Object.entries(event).find(([name]) => name === field)?.[1] ?? null;
          const text = value === null ? null : String(value);
          counts.set(text, (counts.get(text) ?? 0) + 1);
        }
        return [...counts].map(([value, count]) => ({ value, count })).sort((a, b) => b.count - a.count);
      };
      if (count)
        onPart({
          type: 'counts',
          matched: all.length,
          histogram:
            histogram &&
            all.map(({ time, severity }) => ({
              time: Math.floor(time / histogram.bucketMs) * histogram.bucketMs,
              severity,
              count: 1,
            })),
          facets:
            facets?.fields.map((field) => ({ field, values: valuesOf(field).slice(0, facets.limit), exact: true })) ??
            null,
        });
      onPart({ type: 'page', events: all.slice(0, limit).map((event) => eventToJson(event)), next: null, final: true });
      return { matched: count ? all.length : null, total: held.length };
    },
    byIds: async (ids) => held.filter((event) => ids.includes(event.id)).map((event) => eventToJson(event)),
    count: async (filter) => matching(filter).length,
    pageAt: async (filter, { offset, limit, order }) => {
      const all = order === 'newest' ? matching(filter) : matching(filter).reverse();
      return { events: all.slice(offset, offset + limit).map((event) => eventToJson(event)), total: all.length };
    },
    tally: async (filter, cases, by) => {
      const counts = new Map<string, { key: string | null; case: number; count: number }>();
      for (const event of matching(filter)) {
        const found = cases.findIndex((condition) => holds(condition, event));
        const value = by === undefined ? null : event[by];
        const row = { key: value === null ? null : String(value), case: found, count: 0 };
        const known = counts.get(JSON.stringify(row)) ?? row;
        if (found >= 0) counts.set(JSON.stringify(row), { ...known, count: known.count + 1 });
      }
      return [...counts.values()];
    },
    variety: async (filter, by, fields) => {
      const seen = new Map<string, Set<unknown>[]>();
      for (const event of matching(filter)) {
        const key = event[by];
        if (key === null) continue;
        const sets = seen.get(String(key)) ?? fields.map(() => new Set<unknown>());
        seen.set(String(key), sets);
        for (const [i, field] of fields.entries()) if (event[field] !== null) sets[i]?.add(event[field]);
      }
      return [...seen].map(([key, sets]) => ({ key, counts: sets.map(({ size }) => size) }));
    },
    giveBack: async () => {},
    exportParquet: async () => 0,
    histogram: async (filter, bucketMs, by) =>
      matching(filter).map((event) => ({
        time: Math.floor(event.time / bucketMs) * bucketMs,
        key: String(event[by]),
        count: 1,
      })),
    top: async (filter, field, limit) => {
      const counts = new Map<string, { value: string; count: number; last: number }>();
      for (const event of matching(filter)) {
        const value = event[field];
        if (value === null) continue;
        const row = counts.get(String(value)) ?? { value: String(value), count: 0, last: 0 };
        counts.set(row.value, { ...row, count: row.count + 1, last: Math.max(row.last, event.time) });
      }
      return [...counts.values()].sort((a, b) => b.count - a.count).slice(0, limit);
    },
    spans: async () => [],
    crowds: async () => null,
    columns: async () => ({ rows: 0, order: new Float64Array(0), numbers: {}, texts: {} }),
    info: async () => ({
      rows: held.length,
      bytes: 0,
      slices: 1,
      oldest: null,
      newest: null,
      droppedRows: 0,
      damaged: [],
    }),
    retain: async () => ({ droppedSlices: 0, droppedRows: 0 }),
    stage: async () => ({ lastSegment: 0 }),
    close: async () => {},
  };
  return store;
}
