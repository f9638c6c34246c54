import type { Event } from '../../model/index.ts';
import type { Seen } from './seen.ts';
import type { Contribution, Firing, LoadSeen, SaveSeen, Window } from './window.ts';

/** So many different values, and so many events: both windows hold the same matches, and both conditions must hold. */
export class BothWindow implements Window {
  readonly #values: Window;
  readonly #events: Window;

  constructor(values: Window, events: Window) {
    this.#values = values;
    this.#events = events;
  }

  get observed(): number {
    return this.#values.observed;
  }

  get approximate(): boolean {
    return this.#values.approximate;
  }

  get newValues(): number {
    return this.#values.newValues;
  }

  add(part: Contribution): boolean {
    if (part.value === null) return false;
    const enoughValues = this.#values.add(part);
    const enoughEvents = this.#events.add(part);
    return enoughValues && enoughEvents;
  }

  /** The values are those of the one; the events those of the other, which knows each. */
  firing(): Firing {
    const values = this.#values.firing();
    const { count, first } = this.#events.firing();
    return { ...values, count, first: Math.min(first, values.first) };
  }

  values(): string[] {
    return this.#values.values?.() ?? [];
  }

  evidence(): readonly Seen[] {
    return this.#values.evidence?.() ?? [];
  }

  clear(): void {
    this.#values.clear();
    this.#events.clear();
  }

  toJson(save: SaveSeen, saveEvent: (event: Event) => number): unknown {
    return [this.#values.toJson(save, saveEvent), this.#events.toJson(save, saveEvent)];
  }

  restore([values, events]: [never, never], load: LoadSeen, loadEvent: (index: number) => Event): void {
    this.#values.restore(values, load, loadEvent);
    this.#events.restore(events, load, loadEvent);
  }
}
