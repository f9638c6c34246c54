import type { Event } from '../../model/index.ts';
import type { Range } from '../form.ts';
import { grown, keepLast } from './evidence.ts';
import type { Ledger } from './ledger.ts';
import { holds, type Inside, least, saturation } from './range.ts';
import { detached, type Seen } from './seen.ts';
import {
  type Contribution,
  evidenceLimit,
  type Firing,
  type LoadSeen,
  type SavedSeen,
  type SaveSeen,
  type Seed,
  seenOf,
  type Window,
} from './window.ts';

/** So few values are a list that is looked through; more are kept in order, which costs something per match. */
const fewValues = 32;

/** So many values are named in an alert. */
const namedValues = 50;

interface Value {
  readonly value: string;
  first: number;
  last: number;
  n: number;
}

/** What all groups of a rule have in common, and the last match: a million groups need not keep it each. */
class ValueRule {
  readonly ledger: Ledger;
  readonly range: Range;
  readonly inside: Inside;
  readonly cap: number;
  readonly evidence: number;
  /** The last match's event, and its number among those that are held. */
  event: Event | null = null;
  held = 0;

  constructor(range: Range, inside: Inside, ledger: Ledger) {
    this.ledger = ledger;
    this.range = range;
    this.inside = inside;
    this.cap = Math.max(4 * saturation(range), 1024);
    this.evidence = Math.min(least(range), evidenceLimit);
  }
}

/** Makes the windows of a rule's groups. */
export function valueWindows(range: Range, inside: Inside, ledger: Ledger): (seed: Seed | null) => Window {
  const rule = new ValueRule(range, inside, ledger);
  return (seed) => {
    const window = new ValueWindow(rule);
    if (seed !== null) window.begin(seed);
    return window;
  };
}

/** value_count: each value with its last time, exact up to a cap; beyond it the oldest values are forgotten and the count is a lower bound. */
class ValueWindow implements Window {
  readonly #rule: ValueRule;
  #few: Value[] = [];
  /** Where there are more than few: oldest last-seen first, unless a late event came (`#unordered`). */
  #many: Map<string, Value> | null = null;
  #newest = Number.NEGATIVE_INFINITY;
  /** No value was seen last before this. */
  #oldest = Number.NEGATIVE_INFINITY;
  #total = 0;
  #unordered = false;
  /** Records of the events that brought the newest values. */
  #evidence: number[] = [];
  approximate = false;
  newValues = 0;

  constructor(rule: ValueRule) {
    this.#rule = rule;
  }

  get observed(): number {
    return this.#many === null ? this.#few.length : this.#many.size;
  }

  begin({ seen, value }: Seed): void {
    this.#newest = seen.time;
    this.#oldest = seen.time;
    this.#total = 1;
    this.#evidence = [this.#rule.ledger.takeSeen(seen.time, seen)];
    this.newValues = 1;
    this.#few = [{ value: value as string, first: seen.time, last: seen.time, n: 1 }];
  }

  add({ value, time, event, held }: Contribution): boolean {
    if (value === null) return false;
    const rule = this.#rule;
    const late = time < this.#newest;
    if (late && !rule.inside(time, this.#newest)) return false;
    if (!late) this.#newest = time;
    else this.#unordered = true;
    if (!rule.inside(this.#oldest, this.#newest)) this.#expire();
    if (time < this.#oldest) this.#oldest = time;
    const known = this.#known(value);
    this.#total += 1;
    if (known === undefined) {
      this.newValues += 1;
      this.#put({ value: detached(value), first: time, last: time, n: 1 });
      this.#keep(rule.ledger.take(time, event, held));
      if (this.observed > rule.cap) this.#forgetOldest();
    } else {
      known.n += 1;
      if (time < known.first) known.first = time;
      if (time > known.last) {
        known.last = time;
        if (this.#many !== null) {
          // The newest goes last.
          this.#many.delete(value);
          this.#many.set(value, known);
        }
      }
    }
    rule.event = event;
    rule.held = held;
    return holds(rule.range, this.observed);
  }

  #keep(record: number): void {
    const { ledger, evidence } = this.#rule;
    if (this.#evidence.length === evidence) ledger.free(this.#evidence[0] as number);
    this.#evidence = keepLast(this.#evidence, record, evidence);
  }

  #letGo(): void {
    for (const record of this.#evidence) this.#rule.ledger.free(record);
    this.#evidence = [];
  }

  #known(value: string): Value | undefined {
    if (this.#many !== null) return this.#many.get(value);
    const few = this.#few;
    for (let i = 0; i < few.length; i += 1) if ((few[i] as Value).value === value) return few[i];
    return undefined;
  }

  #put(fresh: Value): void {
    if (this.#many !== null) this.#many.set(fresh.value, fresh);
    else {
      this.#few = grown(this.#few, fresh);
      if (this.#few.length > fewValues) this.#order(this.#few);
    }
  }

  /** From a list to a table, the oldest first. */
  #order(values: readonly Value[]): void {
    this.#many = new Map([...values].sort((a, b) => a.last - b.last).map((one) => [one.value, one]));
    this.#few = [];
    this.#unordered = false;
  }

  get #values(): Iterable<Value> {
    return this.#many === null ? this.#few : this.#many.values();
  }

  /** The first time that is still in the window; not later than `latest`. */
  #firstIn(latest: number): number {
    const { inside } = this.#rule;
    const newest = this.#newest;
    let first = latest;
    const look = (time: number): void => {
      if (time < first && inside(time, newest)) first = time;
    };
    const few = this.#few;
    for (let i = 0; i < few.length; i += 1) look((few[i] as Value).first);
    if (this.#many !== null) for (const one of this.#many.values()) look(one.first);
    return first;
  }

  values(): string[] {
    const values: string[] = [];
    for (const { value } of this.#values) if (values.push(value) >= namedValues) break;
    return values;
  }

  /** The events that brought the newest values, and the last one. */
  evidence(): Seen[] {
    const { inside, event, held, ledger } = this.#rule;
    const events: Seen[] = [];
    for (const record of this.#evidence) {
      if (!inside(ledger.time(record), this.#newest)) continue;
      const seen = ledger.seen(record);
      if (seen !== null) events.push(seen);
    }
    if (event !== null && events.at(-1)?.id !== event.id) events.push(seenOf(event, held));
    return events;
  }

  firing(): Firing {
    const { event } = this.#rule;
    const newest = this.#newest;
    const first = this.#firstIn(event?.time ?? newest);
    const values = this.values();
    const events = this.evidence();
    const { observed, approximate } = this;
    return { first, last: newest, count: this.#total, observed, approximate, values, events };
  }

  #expire(): void {
    if (this.#many === null) this.#expireFew();
    else this.#expireMany(this.#many);
    if (this.observed > 0) return;
    this.#many = null;
    this.#unordered = false;
    this.approximate = false;
    this.#letGo();
  }

  #expireFew(): void {
    const { inside } = this.#rule;
    let oldest = Number.POSITIVE_INFINITY;
    this.#few = this.#few.filter(({ last, n }) => {
      const isIn = inside(last, this.#newest);
      if (!isIn) this.#total -= n;
      else if (last < oldest) oldest = last;
      return isIn;
    });
    this.#oldest = oldest;
  }

  #expireMany(many: Map<string, Value>): void {
    let oldest = Number.POSITIVE_INFINITY;
    for (const { value, last, n } of many.values()) {
      if (this.#rule.inside(last, this.#newest)) {
        if (last < oldest) oldest = last;
        if (!this.#unordered) break;
        continue;
      }
      many.delete(value);
      this.#total -= n;
    }
    this.#oldest = oldest;
  }

  #forgetOldest(): void {
    const [oldest] = this.#values;
    if (oldest === undefined) return;
    this.#many?.delete(oldest.value);
    this.#total -= oldest.n;
    this.approximate = true;
  }

  clear(): void {
    this.#oldest = Number.NEGATIVE_INFINITY;
    this.#few = [];
    this.#many = null;
    this.#total = 0;
    this.#newest = Number.NEGATIVE_INFINITY;
    this.#unordered = false;
    this.approximate = false;
    this.#letGo();
  }

  toJson(save: SaveSeen): unknown {
    return {
      values: Array.from(this.#values, ({ value, last, first, n }) => [value, last, first, n]),
      newest: Number.isFinite(this.#newest) ? this.#newest : null,
      unordered: this.#unordered,
      approximate: this.approximate,
      evidence: this.#evidence.flatMap((record) => {
        const seen = this.#rule.ledger.seen(record);
        return seen === null ? [] : [save(seen)];
      }),
    };
  }

  restore(
    state: {
      values: [string, number, number, number][];
      newest: number | null;
      unordered: boolean;
      approximate: boolean;
      evidence: SavedSeen[];
    },
    load: LoadSeen,
  ): void {
    this.clear();
    const values = state.values.map(([value, last, first, n]) => ({ value, first, last, n }));
    for (const { n } of values) this.#total += n;
    if (values.length > fewValues) this.#many = new Map(values.map((one) => [one.value, one]));
    else this.#few = values;
    this.#newest = state.newest ?? Number.NEGATIVE_INFINITY;
    this.#unordered = state.unordered;
    this.approximate = state.approximate;
    for (const saved of state.evidence) {
      const seen = load(saved);
      this.#keep(this.#rule.ledger.takeSeen(seen.time, seen));
    }
  }
}
