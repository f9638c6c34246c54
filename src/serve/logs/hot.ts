import {
  type AnalyzerChannel,
  analyzerChannel,
  analyzerChannels,
  channelCondition,
  type Event,
  eventFromJson,
} from '../../model/index.ts';
import { briefText, type EventPage } from '../../store/contract.ts';
import type { LiveMessage, Services } from '../contract.ts';

/** Events that are kept per channel: the newest. */
export const hotEvents = 5000;
/** Without a question for this long, the rings are given up. */
const idleMs = 10 * 60_000;
const partSize = 1000;
/** While the bus skips events, the store is not asked more often than this. */
const refillMs = 30_000;

/** The event with its texts cut as in pages of the store, or the rings would take gigabytes; short copies of them, which do not hold the long ones in memory. */
export function briefEvent(event: Event): Event {
  const { id, raw, message, fields } = event;
  if (raw.length <= briefText && message.length <= briefText) return event;
  const mark = `… (cut: the line has ${raw.length} characters, GET /api/events/${id} has them all)`;
  const cut = (text: string): string =>
    text.length <= briefText ? text : `${Buffer.from(text.slice(0, briefText)).toString()}${mark}`;
  const isLarge = JSON.stringify(fields).length > briefText;
  return { ...event, raw: cut(raw), message: cut(message), fields: isLarge ? { left_out: mark } : fields };
}

const isWhole = ({ raw, message, fields }: Event): boolean =>
  raw.length <= briefText && message.length <= briefText && fields.left_out === undefined;

/**
 * The newest events of each channel, in memory. Filled from the store at the first question (the newest 5,000 of all, of a quiet channel its newest 1,000) and kept fresh from the live
 * bus; where the bus had to skip events, the store is asked again. Nothing is held while nobody asks.
 */
export class HotSet {
  readonly #services: Services;
  #rings: Map<AnalyzerChannel, Ring> | null = null;
  #filling: Promise<Map<AnalyzerChannel, Ring>> | null = null;
  #unsubscribe: (() => void) | null = null;
  #asked = 0;
  /** The store is not asked for what was there before the channel was emptied. */
  #since = new Map<AnalyzerChannel, number>();
  /** Being filled, to take the place of the others. */
  #coming: Map<AnalyzerChannel, Ring> | null = null;
  #isStale = false;
  #filledAt = Number.NEGATIVE_INFINITY;

  constructor(services: Services) {
    this.#services = services;
  }

  /** Newest first. */
  async newest(channel: AnalyzerChannel | 'all', limit: number): Promise<Event[]> {
    const rings = await this.#ready();
    if (channel !== 'all') return rings.get(channel)?.newest(limit) ?? [];
    return analyzerChannels
      .flatMap((each) => rings.get(each)?.newest(limit) ?? [])
      .sort((a, b) => b.time - a.time || (a.id < b.id ? 1 : -1))
      .slice(0, limit);
  }

  async sizes(): Promise<Record<AnalyzerChannel, number>> {
    const rings = await this.#ready();
    return Object.fromEntries(analyzerChannels.map((channel) => [channel, rings.get(channel)?.size ?? 0])) as Record<
      AnalyzerChannel,
      number
    >;
  }

  /** One of the events, where it is held whole. Never asks the store. */
  byId(id: string): Event | undefined {
    for (const ring of this.#rings?.values() ?? []) {
      const event = ring.byId(id);
      if (event !== undefined && isWhole(event)) return event;
    }
    return undefined;
  }

  /** Empties channels: what comes from now on fills them again. History is not touched. */
  async empty(channel: AnalyzerChannel | 'all'): Promise<number> {
    const rings = await this.#ready();
    let removed = 0;
    for (const each of channel === 'all' ? analyzerChannels : [channel]) {
      removed += rings.get(each)?.size ?? 0;
      this.#since.set(each, this.#services.now());
      rings.set(each, new Ring());
      this.#coming?.set(each, new Ring());
    }
    return removed;
  }

  /** Looked at now and then, by a timer of the unit. */
  rest(): void {
    if (this.#unsubscribe !== null && this.#services.now() - this.#asked > idleMs) this.close();
  }

  close(): void {
    this.#unsubscribe?.();
    this.#unsubscribe = null;
    this.#rings = null;
    this.#filling = null;
  }

  /** What is there is answered at once; where events were skipped, it is made anew behind that. */
  async #ready(): Promise<Map<AnalyzerChannel, Ring>> {
    this.#asked = this.#services.now();
    const isDue = this.#rings === null || (this.#isStale && this.#asked - this.#filledAt > refillMs);
    if (isDue && this.#filling === null) {
      this.#filling = this.#fill().finally(() => {
        this.#filling = null;
      });
      this.#filling.catch(() => undefined);
    }
    return this.#rings ?? this.#filling ?? new Map();
  }

  async #fill(): Promise<Map<AnalyzerChannel, Ring>> {
    const rings = new Map(analyzerChannels.map((channel) => [channel, new Ring()]));
    // What arrives meanwhile lies in the new rings already; an event that comes twice is held once.
    this.#coming = rings;
    this.#isStale = false;
    this.#unsubscribe ??= this.#services.live.subscribe((message) => this.#take(message), true);
    try {
      await this.#fillFromStore(rings);
      if (this.#unsubscribe !== null) this.#rings = rings;
      this.#filledAt = this.#services.now();
    } finally {
      this.#coming = null;
    }
    return rings;
  }

  /** One after the other and in parts: the store's memory is small, and others ask it too. */
  async #fillFromStore(rings: ReadonlyMap<AnalyzerChannel, Ring>): Promise<void> {
    const found = new Map(analyzerChannels.map((channel) => [channel, [] as Event[]]));
    const isKept = (channel: AnalyzerChannel, { received_at }: Event): boolean =>
      received_at > (this.#since.get(channel) ?? Number.NEGATIVE_INFINITY);
    let after: string | null = null;
    for (let read = 0; read < hotEvents; read += partSize) {
      const page: EventPage = await this.#services.events.page({}, partSize, after);
      for (const event of page.events.map(eventFromJson)) {
        const channel = analyzerChannel(event);
        if (isKept(channel, event)) found.get(channel)?.push(event);
      }
      after = page.next;
      if (after === null) break;
    }
    for (const channel of analyzerChannels) {
      let held = found.get(channel) ?? [];
      // Quiet between loud ones.
      if (after !== null && held.length < partSize) {
        const { events } = await this.#services.events.page({ condition: channelCondition(channel) }, partSize, null);
        held = events.map(eventFromJson).filter((event) => isKept(channel, event));
      }
      rings.get(channel)?.addOlder(held.toReversed());
    }
  }

  #take(message: LiveMessage): void {
    if (message.type === 'skipped') this.#isStale = true;
    if (message.type !== 'event') return;
    const event = briefEvent(message.event);
    const channel = analyzerChannel(event);
    this.#rings?.get(channel)?.add(event);
    this.#coming?.get(channel)?.add(event);
  }
}

/** In the order they came; the oldest goes first. */
class Ring {
  #events = new Map<string, Event>();

  get size(): number {
    return this.#events.size;
  }

  add(event: Event): void {
    this.#events.set(event.id, event);
    if (this.#events.size <= hotEvents) return;
    const oldest = this.#events.keys().next();
    if (!oldest.done) this.#events.delete(oldest.value);
  }

  /** What the store held before; what came since stays behind it. */
  addOlder(events: readonly Event[]): void {
    const since = this.#events;
    this.#events = new Map(events.map((event) => [event.id, event]));
    for (const event of since.values()) this.add(event);
  }

  byId(id: string): Event | undefined {
    return this.#events.get(id);
  }

  newest(limit: number): Event[] {
    const found = [...this.#events.values()];
    return found.slice(Math.max(0, found.length - limit)).reverse();
  }
}
