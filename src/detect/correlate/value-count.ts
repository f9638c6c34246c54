import type { Event } from '../../model/index.ts';
import type { Range } from '../form.ts';
import { keepLast } from './evidence.ts';
import { holds, type Inside, least, saturation } from './range.ts';
import { type Contribution, evidenceLimit, type Firing, type Window } from './window.ts';

/** So few values are looked through when some expire; more are kept in order, which costs something per match. */
const fewValues = 32;

/** value_count: each value with its last time, exact up to a cap; beyond it the oldest values are forgotten and the count is a lower bound. */
export class ValueWindow implements Window {
  readonly #range: Range;
  readonly #inside: Inside;
  readonly #cap: number;
  /** Oldest last-seen first, unless there are few values or a late event came (`#unordered`). */
  #values = new Map<string, { last: number; n: number; first: number }>();
  #newest = Number.NEGATIVE_INFINITY;
  /** No value was seen last before this. */
  #oldest = Number.NEGATIVE_INFINITY;
  #total = 0;
  #unordered = false;
  #evidence: Event[] = [];
  /** Event time and event of the last match. */
  #time = 0;
  #event: Event | null = null;
  approximate = false;
  newValues = 0;

  constructor(range: Range, inside: Inside) {
    this.#range = range;
    this.#inside = inside;
    this.#cap = Math.max(4 * saturation(range), 1024);
  }

  get observed(): number {
    return this.#values.size;
  }

  add(part: Contribution): boolean {
    const value = part.value;
    if (value === null) return false;
    const late = part.time < this.#newest;
    if (late && !this.#inside(part.time, this.#newest)) return false;
    if (!late) this.#newest = part.time;
    else this.#unordered = true;
    if (!this.#inside(this.#oldest, this.#newest)) this.#expire();
    if (part.time < this.#oldest) this.#oldest = part.time;
    const known = this.#values.get(value);
    this.#total += 1;
    if (known === undefined) {
      this.newValues += 1;
      this.#values.set(value, { last: part.time, first: part.time, n: 1 });
      keepLast(this.#evidence, part.event, Math.min(least(this.#range), evidenceLimit));
      if (this.#values.size === fewValues + 1) this.#order();
      if (this.#values.size > this.#cap) this.#forgetOldest();
    } else {
      known.n += 1;
      if (part.time < known.first) known.first = part.time;
      if (part.time > known.last) {
        known.last = part.time;
        if (this.#values.size <= fewValues) this.#unordered = true;
        else {
          // The newest goes last.
          this.#values.delete(value);
          this.#values.set(value, known);
        }
      }
    }
    this.#time = part.time;
    this.#event = part.event;
    return holds(this.#range, this.#values.size);
  }

  firing(): Firing {
    let first = this.#time;
    for (const one of this.#values.values())
      if (one.first < first && this.#inside(one.first, this.#newest)) first = one.first;
    const values = [...this.#values.keys()].slice(0, 50);
    const events = this.#evidence.filter((event) => this.#inside(event.time, this.#newest));
    if (this.#event !== null && events.at(-1) !== this.#event) events.push(this.#event);
    const { observed, approximate } = this;
    return { first, last: this.#newest, count: this.#total, observed, approximate, values, events };
  }

  #expire(): void {
    let oldest = Number.POSITIVE_INFINITY;
    for (const [value, seen] of this.#values) {
      if (this.#inside(seen.last, this.#newest)) {
        if (seen.last < oldest) oldest = seen.last;
        if (!this.#unordered) break;
        continue;
      }
      this.#values.delete(value);
      this.#total -= seen.n;
    }
    this.#oldest = oldest;
    if (this.#values.size === 0) {
      this.#unordered = false;
      this.approximate = false;
      this.#evidence = [];
    }
  }

  #order(): void {
    this.#values = new Map([...this.#values].sort((a, b) => a[1].last - b[1].last));
    this.#unordered = false;
  }

  #forgetOldest(): void {
    const [oldest] = this.#values;
    if (!oldest) return;
    this.#values.delete(oldest[0]);
    this.#total -= oldest[1].n;
    this.approximate = true;
  }

  clear(): void {
    this.#oldest = Number.NEGATIVE_INFINITY;
    this.#values = new Map();
    this.#total = 0;
    this.#newest = Number.NEGATIVE_INFINITY;
    this.#unordered = false;
    this.approximate = false;
    this.#evidence = [];
  }

  toJson(save: (event: Event) => number): unknown {
    return {
      values: [...this.#values].map(([value, { last, first, n }]) => [value, last, first, n]),
      newest: Number.isFinite(this.#newest) ? this.#newest : null,
      unordered: this.#unordered,
      approximate: this.approximate,
      evidence: this.#evidence.map(save),
    };
  }

  restore(
    state: {
      values: [string, number, number, number][];
      newest: number | null;
      unordered: boolean;
      approximate: boolean;
      evidence: number[];
    },
    load: (index: number) => Event,
  ): void {
    this.clear();
    for (const [value, last, first, n] of state.values) {
      this.#values.set(value, { last, first, n });
      this.#total += n;
    }
    this.#newest = state.newest ?? Number.NEGATIVE_INFINITY;
    this.#unordered = state.unordered;
    this.approximate = state.approximate;
    this.#evidence = state.evidence.map(load);
  }
}
