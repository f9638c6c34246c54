import {
  type AnalyzerChannel,
  analyzerChannel,
  analyzerChannels,
  channelCondition,
  type Event,
  eventFromJson,
} from '../../model/index.ts';
import type { LiveMessage, Services } from '../contract.ts';

/** Events that are kept per channel: the newest. */
export const hotEvents = 5000;
/** Without a question for this long, the rings are given up. */
const idleMs = 10 * 60_000;

/**
 * The newest events of each channel, in memory. Filled from the store at the first question and kept fresh from the live
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
  #isStale = false;

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

  /** One of the events, where it is held. Never asks the store. */
  byId(id: string): Event | undefined {
    for (const ring of this.#rings?.values() ?? []) {
      const event = ring.byId(id);
      if (event !== undefined) return event;
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

  async #ready(): Promise<Map<AnalyzerChannel, Ring>> {
    this.#asked = this.#services.now();
    if (this.#rings !== null && !this.#isStale) return this.#rings;
    this.#filling ??= this.#fill().finally(() => {
      this.#filling = null;
    });
    return this.#filling;
  }

  async #fill(): Promise<Map<AnalyzerChannel, Ring>> {
    const rings = new Map(analyzerChannels.map((channel) => [channel, new Ring()]));
    // What arrives meanwhile lies in the new rings already; an event that comes twice is held once.
    this.#rings = rings;
    this.#isStale = false;
    this.#unsubscribe ??= this.#services.live.subscribe((message) => this.#take(message), true);
    try {
      await Promise.all(
        analyzerChannels.map(async (channel) => {
          const since = this.#since.get(channel);
          const filter = { condition: channelCondition(channel) };
          const { events } = await this.#services.events.page(filter, hotEvents, null);
          const held = events
            .map(eventFromJson)
            .filter(({ received_at }) => since === undefined || received_at > since);
          rings.get(channel)?.addOlder(held.reverse());
        }),
      );
    } catch (error) {
      this.#isStale = true;
      throw error;
    }
    return rings;
  }

  #take(message: LiveMessage): void {
    if (message.type === 'skipped') this.#isStale = true;
    else if (message.type === 'event') this.#rings?.get(analyzerChannel(message.event))?.add(message.event);
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
