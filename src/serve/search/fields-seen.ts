import type { EventJson, FieldValue } from '../../model/index.ts';
import { fieldValue } from '../../model/query/index.ts';
import type { Services } from '../contract.ts';

const eventsLookedAt = 1000;
const freshMs = 15_000;
const mostKeys = 500;
const parts = ['fields', 'geo', 'intel', 'score'] as const;

/** What the newest events carry besides their columns. Looked at when asked, at most four times a minute. */
export class FieldsSeen {
  readonly #services: Services;
  #at = Number.NEGATIVE_INFINITY;
  #events: Promise<EventJson[]> = Promise.resolve([]);

  constructor(services: Services) {
    this.#services = services;
  }

  /** Keys as queries write them, most frequent first, with how many of the events have them. */
  async look(): Promise<{ keys: Map<string, number>; events: number }> {
    const events = await this.#newest();
    const counts = new Map<string, number>();
    for (const event of events) {
      for (const part of parts) {
        for (const key of keysOf(event[part])) {
          const name = `${part}.${key}`;
          counts.set(name, (counts.get(name) ?? 0) + 1);
        }
      }
    }
    const keys = [...counts].sort(([, a], [, b]) => b - a).slice(0, mostKeys);
    return { keys: new Map(keys), events: events.length };
  }

  /** Values of a key, most frequent first. */
  async values(field: string, prefix: string, limit: number): Promise<{ value: string; count: number }[]> {
    const start = prefix.toLowerCase();
    const counts = new Map<string, number>();
    for (const event of await this.#newest()) {
      const value = fieldValue(event, field);
      for (const each of Array.isArray(value) ? value : [value]) {
        if (each === null || each === undefined || typeof each === 'object') continue;
        const text = String(each);
        if (text !== '' && text.toLowerCase().startsWith(start)) counts.set(text, (counts.get(text) ?? 0) + 1);
      }
    }
    return [...counts]
      .sort(([, a], [, b]) => b - a)
      .slice(0, limit)
      .map(([value, count]) => ({ value, count }));
  }

  #newest(): Promise<EventJson[]> {
    const now = this.#services.now();
    if (now - this.#at > freshMs || now < this.#at) {
      this.#at = now;
      this.#events = this.#services.events.page({}, eventsLookedAt, null).then(({ events }) => events);
      this.#events.catch(() => {
        this.#at = Number.NEGATIVE_INFINITY;
      });
    }
    return this.#events;
  }
}

/** Keys of the record, and of records inside it with a dot between. */
function keysOf(record: Record<string, FieldValue> | null): string[] {
  return Object.entries(record ?? {}).flatMap(([key, value]) =>
    value !== null && typeof value === 'object' && !Array.isArray(value)
      ? Object.keys(value).map((inner) => `${key}.${inner}`)
      : [key],
  );
}
