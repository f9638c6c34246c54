import type { Event } from '../../model/index.ts';
import type { Range } from '../form.ts';
import { holds, type Inside, least, onlyLower, saturation } from './range.ts';
import { TimeRing } from './ring.ts';
import { type Contribution, evidenceLimit, type Firing, keepLast, type Window } from './window.ts';

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
  #evidence: Event[] = [];

  constructor(range: Range, inside: Inside) {
    this.#range = range;
    this.#inside = inside;
    this.#least = least(range);
    this.#simple = onlyLower(range);
    const needed = saturation(range);
    this.#times = new TimeRing(needed + Math.min(needed, 64));
  }

  add(part: Contribution): Firing | null {
    const times = this.#times;
    const at = times.insert(part.time);
    if (at < 0) return null;
    // Evidence from before the window is of no use any more.
    if (this.#evidence.length > 0 && !this.#inside((this.#evidence.at(-1) as Event).time, part.time))
      this.#evidence = [];
    keepLast(this.#evidence, part.event, Math.min(this.#least, evidenceLimit));
    const newest = times.length - 1;
    const n = this.#least;
    if (!this.#simple) return at === newest ? this.#firing(newest) : null;
    const end = Math.min(at + n - 1, newest);
    for (let last = Math.max(at, n - 1); last <= end; last += 1) {
      if (this.#inside(times.at(last - n + 1), times.at(last))) return this.#firing(last);
    }
    return null;
  }

  #firing(last: number): Firing | null {
    const times = this.#times;
    const now = times.at(last);
    let first = last;
    while (first > 0 && this.#inside(times.at(first - 1), now)) first -= 1;
    const count = last - first + 1;
    if (!holds(this.#range, count)) return null;
    const events = this.#evidence.filter((event) => event.time >= times.at(first) && event.time <= now);
    return { first: times.at(first), last: now, count, observed: count, approximate: false, values: [], events };
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
