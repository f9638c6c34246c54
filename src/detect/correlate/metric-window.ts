import type { Correlation } from '../form.ts';
import { keepLast } from './evidence.ts';
import { isShare, numberIn, percentileIn, percentileOf } from './metric.ts';
import { holds, type Inside } from './range.ts';
import type { Seen } from './seen.ts';
import {
  type Contribution,
  evidenceLimit,
  type Firing,
  type LoadSeen,
  type SavedSeen,
  type SaveSeen,
  seenIn,
  type Window,
} from './window.ts';

/** Entries of one group; beyond, the oldest give way and the result is marked as approximate. */
export const maxEntries = 10_000;

interface Entry {
  time: number;
  value: string;
  n: number;
}

/** value_sum, value_avg, value_percentile and value_median: the values of the last timespan, exact up to {@link maxEntries}. */
export class MetricWindow implements Window {
  readonly #part: Correlation;
  readonly #inside: Inside;
  readonly #share: boolean;
  readonly #percentile: number | null;
  /** In order of time; those before `#head` are gone. */
  #entries: Entry[] = [];
  #head = 0;
  #sum = 0;
  /** Numbers in rising order, where a percentile is asked for. */
  #sorted: number[] = [];
  /** How often each value is there, where its share is asked for. */
  #counts = new Map<string, number>();
  #evidence: Seen[] = [];
  #seen: Seen | null = null;
  approximate = false;
  readonly newValues = 0;
  observed = 0;

  constructor(part: Correlation, inside: Inside) {
    this.#part = part;
    this.#inside = inside;
    this.#share = isShare(part);
    this.#percentile = percentileOf(part);
  }

  add(part: Contribution): boolean {
    const { time, value } = part;
    if (value === null) return false;
    const n = this.#share ? 0 : numberIn(value);
    if (Number.isNaN(n)) return false;
    const newest = this.#entries.at(-1)?.time ?? time;
    if (time < newest && !this.#inside(time, newest)) return false;
    this.#insert({ time, value, n });
    this.#expire(Math.max(time, newest));
    const seen = seenIn(part);
    this.#evidence = keepLast(this.#evidence, seen, evidenceLimit);
    this.#seen = seen;
    this.observed = this.#result(value);
    return holds(this.#part.condition, this.observed);
  }

  #insert(entry: Entry): void {
    const entries = this.#entries;
    let place = entries.length;
    while (place > this.#head && (entries[place - 1] as Entry).time > entry.time) place -= 1;
    if (place === entries.length) entries.push(entry);
    else entries.splice(place, 0, entry);
    this.#sum += entry.n;
    if (this.#percentile !== null) this.#sorted.splice(placeIn(this.#sorted, entry.n), 0, entry.n);
    if (this.#share) this.#counts.set(entry.value, (this.#counts.get(entry.value) ?? 0) + 1);
  }

  #expire(now: number): void {
    const entries = this.#entries;
    while (this.#head < entries.length && !this.#inside((entries[this.#head] as Entry).time, now)) this.#forget();
    if (entries.length - this.#head > maxEntries) {
      this.#forget();
      this.approximate = true;
    }
    if (this.#head === entries.length - 1) {
      // One entry is left: rounding of sums begins anew.
      this.#sum = (entries[this.#head] as Entry).n;
      this.approximate = false;
    }
    if (this.#head > 64 && this.#head * 2 > entries.length) {
      this.#entries = entries.slice(this.#head);
      this.#head = 0;
    }
  }

  #forget(): void {
    const { n, value } = this.#entries[this.#head] as Entry;
    this.#head += 1;
    this.#sum -= n;
    if (this.#percentile !== null) this.#sorted.splice(placeIn(this.#sorted, n), 1);
    if (!this.#share) return;
    const left = (this.#counts.get(value) as number) - 1;
    if (left === 0) this.#counts.delete(value);
    else this.#counts.set(value, left);
  }

  get #size(): number {
    return this.#entries.length - this.#head;
  }

  #result(value: string): number {
    if (this.#share) return (100 * (this.#counts.get(value) ?? 0)) / this.#size;
    if (this.#percentile !== null) return percentileIn(this.#sorted, this.#percentile);
    return this.#part.type === 'value_avg' ? this.#sum / this.#size : this.#sum;
  }

  firing(): Firing {
    const first = (this.#entries[this.#head] as Entry).time;
    const last = (this.#entries.at(-1) as Entry).time;
    const events = this.#evidence.filter((event) => event.time >= first && event.time <= last);
    if (this.#seen !== null && events.at(-1) !== this.#seen) events.push(this.#seen);
    const { observed, approximate } = this;
    return { first, last, count: this.#size, observed, approximate, values: [], events };
  }

  clear(): void {
    this.#entries = [];
    this.#head = 0;
    this.#sum = 0;
    this.#sorted = [];
    this.#counts.clear();
    this.#evidence = [];
    this.approximate = false;
  }

  toJson(save: SaveSeen): unknown {
    const entries = this.#entries.slice(this.#head).map(({ time, value }) => [time, value]);
    // The running sum as it is: a restored window goes on with the very same rounding.
    return { entries, sum: this.#sum, approximate: this.approximate, evidence: this.#evidence.map(save) };
  }

  restore(
    state: { entries: [number, string][]; sum: number; approximate: boolean; evidence: SavedSeen[] },
    load: LoadSeen,
  ): void {
    this.clear();
    for (const [time, value] of state.entries) this.#insert({ time, value, n: this.#share ? 0 : numberIn(value) });
    this.#sum = state.sum;
    this.approximate = state.approximate;
    this.#evidence = state.evidence.map(load);
  }
}

/** The first place of a number in numbers in rising order. */
function placeIn(sorted: readonly number[], n: number): number {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((sorted[middle] as number) < n) low = middle + 1;
    else high = middle;
  }
  return low;
}
