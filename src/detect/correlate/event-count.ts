import type { Event } from '../../model/index.ts';
import type { Range } from '../form.ts';
import { keepLast } from './evidence.ts';
import { holds, type Inside, least, onlyLower, saturation } from './range.ts';
import { TimeRing } from './ring.ts';
import { type Contribution, evidenceLimit, type Firing, type Window } from './window.ts';

/**
 * event_count: "at least N in the window" needs no more than the last N times. Twice as many (at most 64 more) are
 * kept, so that a late event can still complete a window that ended earlier.
 */
export class CountWindow implements Window {
  readonly #range: Range;
  readonly #inside: Inside;
  readonly #least: number;
  readonly #simple: boolean;
  readonly #times: TimeRing;
  readonly approximate = false;
  readonly newValues = 0;
  observed = 0;
  /** Places of the counted times' first and last, after an `add` that held. */
  #first = 0;
  #last = 0;
  #evidence: Event[] = [];

  constructor(range: Range, inside: Inside) {
    this.#range = range;
    this.#inside = inside;
    this.#least = least(range);
    this.#simple = onlyLower(range);
    const needed = saturation(range);
    this.#times = new TimeRing(needed + Math.min(needed, 64));
  }

  add(part: Contribution): boolean {
    const times = this.#times;
    const at = times.insert(part.time);
    if (at < 0) return false;
    // Evidence from before the window is of no use any more.
    if (this.#evidence.length > 0 && !this.#inside((this.#evidence.at(-1) as Event).time, part.time))
      this.#evidence = [];
    keepLast(this.#evidence, part.event, Math.min(this.#least, evidenceLimit));
    const newest = times.length - 1;
    const n = this.#least;
    if (!this.#simple) return at === newest && this.#holdsUntil(newest);
    const end = Math.min(at + n - 1, newest);
    for (let last = Math.max(at, n - 1); last <= end; last += 1) {
      if (this.#inside(times.at(last - n + 1), times.at(last))) return this.#holdsUntil(last);
    }
    return false;
  }

  #holdsUntil(last: number): boolean {
    const times = this.#times;
    const now = times.at(last);
    let first = last;
    while (first > 0 && this.#inside(times.at(first - 1), now)) first -= 1;
    this.observed = last - first + 1;
    this.#first = first;
    this.#last = last;
    return holds(this.#range, this.observed);
  }

  firing(): Firing {
    const first = this.#times.at(this.#first);
    const last = this.#times.at(this.#last);
    const events = this.#evidence.filter((event) => event.time >= first && event.time <= last);
    const count = this.observed;
    return { first, last, count, observed: count, approximate: false, values: [], events };
  }

  clear(): void {
    this.#times.clear();
    this.#evidence = [];
  }

  toJson(save: (event: Event) => number): unknown {
    return { times: this.#times.toArray(), evidence: this.#evidence.map(save) };
  }

  restore(state: { times: number[]; evidence: number[] }, load: (index: number) => Event): void {
    this.clear();
    for (const time of state.times) this.#times.insert(time);
    this.#evidence = state.evidence.map(load);
  }
}
