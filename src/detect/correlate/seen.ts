import type { Event } from '../../model/index.ts';

/** An event that was counted. The event itself is held for a while, see {@link HeldEvents}; then it is in the store. */
export interface Seen {
  /** Under which {@link HeldEvents} has the event. */
  readonly number: number;
  readonly id: string;
  /** Event time, epoch ms. */
  readonly time: number;
  readonly attributable: boolean;
}

/** A sender of syslog over UDP can be forged, and so can the time of a clock that is wrong. */
export function isAttributable({ tags, source_type }: Event): boolean {
  if (tags.length === 0) return source_type !== 'syslog';
  if (tags.includes('udp') || tags.includes('clock_skew')) return false;
  return source_type !== 'syslog' || tags.includes('tcp');
}

/** Numbers go round after this many. */
const round = 0x40000000;

/**
 * The newest events that were counted, by whatever rule: what windows hold as evidence. The oldest is let go first, and
 * whoever needs it later finds it in the store by its id. A million groups fit into memory because of this.
 */
export class HeldEvents {
  readonly #limit: number;
  readonly #events: Event[] = [];
  #next = 0;
  /** An event mostly counts for several rules. */
  #last: Event | null = null;

  /** @param limit at least 1 */
  constructor(limit: number) {
    this.#limit = limit;
  }

  /** Holds an event and returns its number. */
  hold(event: Event): number {
    if (this.#last === event) return this.#next - 1;
    if (this.#next === round) this.clear();
    const number = this.#next;
    this.#last = event;
    this.#events[number % this.#limit] = event;
    this.#next = number + 1;
    return number;
  }

  /** null: it was let go. */
  get({ number, id }: Seen): Event | null {
    const event = this.#events[number % this.#limit];
    return event !== undefined && event.id === id ? event : null;
  }

  clear(): void {
    this.#events.length = 0;
    this.#next = 0;
    this.#last = null;
  }
}

/**
 * A text on its own. Cut from a line (V8 does so from 13 characters on) it would keep the whole line alive.
 */
export const detached = (text: string): string =>
  text.length < 13 ? text : [text.slice(0, 1), text.slice(1)].join('');
