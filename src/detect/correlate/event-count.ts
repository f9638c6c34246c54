import type { Range } from '../form.ts';
import { type Ledger, none } from './ledger.ts';
import { holds, type Inside, least, onlyLower, saturation } from './range.ts';
import type { Seen } from './seen.ts';
import {
  type Contribution,
  evidenceLimit,
  type Firing,
  type LoadSeen,
  type SavedSeen,
  type SaveSeen,
  type Window,
} from './window.ts';

/** What all groups of a rule have in common, and what the last `add` found: a million groups need not keep it each. */
class CountRule {
  readonly ledger: Ledger;
  readonly range: Range;
  readonly inside: Inside;
  readonly least: number;
  readonly simple: boolean;
  readonly capacity: number;
  readonly evidence: number;
  /** After an `add` that held: the count, and the records of the first and last that were counted. */
  observed = 0;
  first = none;
  last = none;
  /** Whether `first` and `observed` reach as far back as the window does: worked out when they are first asked for. */
  isWhole = true;

  constructor(range: Range, inside: Inside, ledger: Ledger) {
    this.ledger = ledger;
    this.range = range;
    this.inside = inside;
    this.least = least(range);
    this.simple = onlyLower(range);
    const needed = saturation(range);
    this.capacity = needed + Math.min(needed, 64);
    this.evidence = Math.min(this.least, evidenceLimit);
  }
}

/** Makes the windows of a rule's groups. */
export function countWindows(range: Range, inside: Inside, ledger: Ledger): () => Window {
  const rule = new CountRule(range, inside, ledger);
  return () => new CountWindow(rule);
}

/**
 * event_count: "at least N in the window" needs no more than the last N events. Twice as many (at most 64 more) are
 * kept, so that a late event can still complete a window that ended earlier. They are a chain in order of time.
 */
class CountWindow implements Window {
  readonly #rule: CountRule;
  #count = 0;
  #oldest = none;
  #newest = none;
  /** The N-th newest: the condition holds when it is inside the window that ends with the newest. */
  #nth = none;

  constructor(rule: CountRule) {
    this.#rule = rule;
  }

  get observed(): number {
    if (!this.#rule.isWhole) this.#reachBack();
    return this.#rule.observed;
  }

  get approximate(): boolean {
    return false;
  }

  get newValues(): number {
    return 0;
  }

  add({ time, event, held }: Contribution): boolean {
    const { ledger } = this.#rule;
    const newest = this.#newest;
    if (newest === none || time >= ledger.time(newest)) {
      this.#append(ledger.take(time, event, held));
      return this.#holdsAtEnd();
    }
    if (this.#count === this.#rule.capacity && time < ledger.time(this.#oldest)) return false;
    return this.#insert(ledger.take(time, event, held), time);
  }

  #append(record: number): void {
    const { ledger, least } = this.#rule;
    if (this.#newest === none) this.#oldest = record;
    else ledger.link(this.#newest, record);
    this.#newest = record;
    this.#count += 1;
    if (this.#count === least) this.#nth = this.#oldest;
    else if (this.#count > least) this.#nth = ledger.after(this.#nth);
    this.#dropOldest();
  }

  #dropOldest(): void {
    const { ledger, capacity } = this.#rule;
    if (this.#count <= capacity) return;
    const oldest = this.#oldest;
    this.#oldest = ledger.after(oldest);
    ledger.link(none, this.#oldest);
    ledger.free(oldest);
    this.#count -= 1;
  }

  #holdsAtEnd(): boolean {
    const { ledger, inside, simple } = this.#rule;
    const nth = this.#nth;
    if (!simple) return this.#holdsUntil(this.#newest, this.#newest);
    if (nth === none || !inside(ledger.time(nth), ledger.time(this.#newest))) return false;
    return this.#holdsUntil(this.#newest, nth);
  }

  /** A late event: it may complete any window of those that end with it or later. */
  #insert(record: number, time: number): boolean {
    const { ledger, least, inside, simple } = this.#rule;
    let previous = this.#newest;
    while (previous !== none && ledger.time(previous) > time) previous = ledger.before(previous);
    ledger.link(record, previous === none ? this.#oldest : ledger.after(previous));
    ledger.link(previous, record);
    if (previous === none) this.#oldest = record;
    this.#count += 1;
    this.#dropOldest();
    this.#nth = this.#count < least ? none : this.#back(this.#newest, least - 1).record;
    if (!simple) return false;
    // The first window that has the record and N events.
    const { record: start, left } = this.#back(record, least - 1);
    let first = start;
    let last = record;
    for (let ahead = 0; ahead < left && last !== none; ahead += 1) last = ledger.after(last);
    for (let ahead = left; ahead < least && last !== none; ahead += 1) {
      if (inside(ledger.time(first), ledger.time(last))) return this.#holdsUntil(last, first);
      first = ledger.after(first);
      last = ledger.after(last);
    }
    return false;
  }

  /** The record so many steps before another, and the steps that were left at the chain's beginning. */
  #back(from: number, steps: number): { record: number; left: number } {
    const { ledger } = this.#rule;
    let record = from;
    let left = steps;
    while (left > 0 && record !== this.#oldest) {
      record = ledger.before(record);
      left -= 1;
    }
    return { record, left };
  }

  /** @param known the first record that is known to be in the window that ends with `last`. */
  #holdsUntil(last: number, known: number): boolean {
    const rule = this.#rule;
    rule.observed = known === last ? 1 : rule.least;
    rule.first = known;
    rule.last = last;
    rule.isWhole = false;
    // Whatever else is in the window, the condition holds.
    if (rule.simple) return true;
    this.#reachBack();
    return holds(rule.range, rule.observed);
  }

  #reachBack(): void {
    const rule = this.#rule;
    const { ledger } = rule;
    const now = ledger.time(rule.last);
    rule.isWhole = true;
    for (;;) {
      const previous = ledger.before(rule.first);
      if (previous === none || !rule.inside(ledger.time(previous), now)) break;
      rule.first = previous;
      rule.observed += 1;
    }
  }

  firing(): Firing {
    if (!this.#rule.isWhole) this.#reachBack();
    const { ledger, evidence, first, last, observed: count } = this.#rule;
    const events: Seen[] = [];
    for (let record = last; events.length < evidence; record = ledger.before(record)) {
      const seen = ledger.seen(record);
      if (seen === null) break;
      events.push(seen);
      if (record === first) break;
    }
    events.reverse();
    return {
      first: ledger.time(first),
      last: ledger.time(last),
      count,
      observed: count,
      approximate: false,
      values: [],
      events,
    };
  }

  clear(): void {
    const { ledger } = this.#rule;
    for (let record = this.#oldest; record !== none; ) {
      const next = ledger.after(record);
      ledger.free(record);
      record = next;
    }
    this.#count = 0;
    this.#oldest = none;
    this.#newest = none;
    this.#nth = none;
  }

  toJson(save: SaveSeen): unknown {
    const { ledger } = this.#rule;
    const times: number[] = [];
    const evidence: SavedSeen[] = [];
    for (let record = this.#newest; record !== none; record = ledger.before(record)) {
      times.push(ledger.time(record));
      const seen = evidence.length < 2 * evidenceLimit ? ledger.seen(record) : null;
      if (seen !== null) evidence.push(save(seen));
    }
    return [times, evidence];
  }

  /** Both lists have the newest first; the events may end earlier. */
  restore([times, evidence]: [times: number[], evidence: SavedSeen[]], load: LoadSeen): void {
    this.clear();
    for (let i = times.length - 1; i >= 0; i -= 1) {
      const seen = evidence[i];
      const time = times[i] as number;
      this.#append(this.#rule.ledger.takeSeen(time, seen === undefined ? null : load(seen)));
    }
  }
}
