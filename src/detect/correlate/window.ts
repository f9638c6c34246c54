import type { Event } from '../../model/index.ts';
import type { Correlation, Extensions, Range } from '../form.ts';
import { TimeRing } from './ring.ts';

/** Most events kept as evidence at either end of an alert, and before one. */
export const evidenceLimit = 20;

/** What one match brings: itself, or what an inner correlation has collected. */
export interface Contribution {
  step: number;
  time: number;
  value: string | null;
  event: Event;
  /** Evidence, oldest first; the completing event last. */
  events: readonly Event[];
  count: number;
}

/** The condition holds: what was counted. */
export interface Firing {
  /** Event time of the window's first counted event. */
  first: number;
  /** Event time of the window's last counted event. */
  last: number;
  /** Events counted. */
  count: number;
  /** The number that the condition is about: events, different values, or steps. */
  observed: number;
  approximate: boolean;
  values: string[];
  events: readonly Event[];
}

/** A group's state of one correlation. */
export interface Window {
  add(part: Contribution): Firing | null;
  /** Empties it (`reset: on_match`). */
  clear(): void;
  toJson(save: (event: Event) => number): unknown;
  restore(state: never, load: (index: number) => Event): void;
}

export function newWindow(part: Correlation, ext: Extensions): Window {
  const inside = ext.boundary === 'closed' ? closed(part.timespanMs) : open(part.timespanMs);
  if (part.type === 'event_count') return new CountWindow(part.condition, inside);
  if (part.type === 'value_count') return new ValueWindow(part.condition, inside);
  if (part.type === 'temporal') return new TogetherWindow(part.steps.length, inside);
  return new OrderedWindow(part.steps.length, inside);
}

/** Whether an event of time `old` is still in the window that ends at `now`. */
type Inside = (old: number, now: number) => boolean;
const open =
  (span: number): Inside =>
  (old, now) =>
    now - old < span;
const closed =
  (span: number): Inside =>
  (old, now) =>
    now - old <= span;

export function holds(range: Range, n: number): boolean {
  return (
    (range.gte === undefined || n >= range.gte) &&
    (range.gt === undefined || n > range.gt) &&
    (range.lte === undefined || n <= range.lte) &&
    (range.lt === undefined || n < range.lt) &&
    (range.eq === undefined || n === range.eq) &&
    (range.neq === undefined || n !== range.neq)
  );
}

/** The least count that can satisfy the range. */
const least = (range: Range): number =>
  Math.max(range.gte ?? 0, range.gt === undefined ? 0 : range.gt + 1, range.eq ?? 0, 1);

/** Whether only lower bounds are given: then "at least N" is the whole condition. */
const onlyLower = (range: Range): boolean =>
  range.lt === undefined && range.lte === undefined && range.eq === undefined && range.neq === undefined;

/** Above every bound, counting further changes nothing. */
const saturation = (range: Range): number =>
  Math.max(least(range), (range.lt ?? 0) + 1, (range.lte ?? 0) + 1, (range.eq ?? 0) + 1, (range.neq ?? 0) + 1);

function keepLast(events: Event[], event: Event, limit: number): void {
  if (events.length >= limit) events.shift();
  events.push(event);
}

/**
 * event_count: "at least N in the window" needs no more than the last N times. Twice as many (at most 64 more) are
 * kept, so that a late event can still complete a window that ended earlier.
 */
class CountWindow implements Window {
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

/** value_count: each value with its last time, exact up to a cap; beyond it the oldest values are forgotten and the count is a lower bound. */
class ValueWindow implements Window {
  readonly #range: Range;
  readonly #inside: Inside;
  readonly #cap: number;
  /** Oldest last-seen first, unless a late event came (`#unordered`). */
  #values = new Map<string, { last: number; n: number; first: number }>();
  #newest = Number.NEGATIVE_INFINITY;
  #total = 0;
  #unordered = false;
  #approximate = false;
  #evidence: Event[] = [];

  constructor(range: Range, inside: Inside) {
    this.#range = range;
    this.#inside = inside;
    this.#cap = Math.max(4 * saturation(range), 1024);
  }

  add(part: Contribution): Firing | null {
    const value = part.value;
    if (value === null) return null;
    const late = part.time < this.#newest;
    if (late && !this.#inside(part.time, this.#newest)) return null;
    if (!late) this.#newest = part.time;
    else this.#unordered = true;
    this.#expire();
    const known = this.#values.get(value);
    this.#total += 1;
    if (known === undefined) {
      this.#values.set(value, { last: part.time, first: part.time, n: 1 });
      keepLast(this.#evidence, part.event, Math.min(least(this.#range), evidenceLimit));
      if (this.#values.size > this.#cap) this.#forgetOldest();
    } else {
      known.n += 1;
      if (part.time < known.first) known.first = part.time;
      if (part.time >= known.last) {
        known.last = part.time;
        this.#values.delete(value);
        this.#values.set(value, known);
      }
    }
    const observed = this.#values.size;
    if (!holds(this.#range, observed)) return null;
    let first = part.time;
    for (const one of this.#values.values())
      if (one.first < first && this.#inside(one.first, this.#newest)) first = one.first;
    const values = [...this.#values.keys()].slice(0, 50);
    const events = this.#evidence.filter((event) => this.#inside(event.time, this.#newest));
    if (events.at(-1) !== part.event) events.push(part.event);
    const approximate = this.#approximate;
    return { first, last: this.#newest, count: this.#total, observed, approximate, values, events };
  }

  #expire(): void {
    for (const [value, seen] of this.#values) {
      if (this.#inside(seen.last, this.#newest)) {
        if (!this.#unordered) break;
        continue;
      }
      this.#values.delete(value);
      this.#total -= seen.n;
    }
    if (this.#values.size === 0) {
      this.#unordered = false;
      this.#approximate = false;
      this.#evidence = [];
    }
  }

  #forgetOldest(): void {
    const [oldest] = this.#values;
    if (!oldest) return;
    this.#values.delete(oldest[0]);
    this.#total -= oldest[1].n;
    this.#approximate = true;
  }

  clear(): void {
    this.#values = new Map();
    this.#total = 0;
    this.#newest = Number.NEGATIVE_INFINITY;
    this.#unordered = false;
    this.#approximate = false;
    this.#evidence = [];
  }

  toJson(save: (event: Event) => number): unknown {
    return {
      values: [...this.#values].map(([value, { last, first, n }]) => [value, last, first, n]),
      newest: Number.isFinite(this.#newest) ? this.#newest : null,
      unordered: this.#unordered,
      approximate: this.#approximate,
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
    this.#approximate = state.approximate;
    this.#evidence = state.evidence.map(load);
  }
}

/** What fills a step: the latest event (or inner firing) of it. */
interface Filled {
  time: number;
  count: number;
  events: readonly Event[];
}

/** temporal: each step's latest event; all of them inside one timespan. */
class TogetherWindow implements Window {
  readonly #inside: Inside;
  #steps: (Filled | null)[];

  constructor(steps: number, inside: Inside) {
    this.#inside = inside;
    this.#steps = new Array<Filled | null>(steps).fill(null);
  }

  add(part: Contribution): Firing | null {
    const known = this.#steps[part.step];
    if (known && known.time > part.time) return null;
    this.#steps[part.step] = { time: part.time, count: part.count, events: part.events };
    let first = part.time;
    let last = part.time;
    for (const step of this.#steps) {
      if (!step) return null;
      if (step.time < first) first = step.time;
      if (step.time > last) last = step.time;
    }
    if (!this.#inside(first, last)) return null;
    return firingOf(this.#steps as Filled[]);
  }

  clear(): void {
    this.#steps = this.#steps.map(() => null);
  }

  toJson(save: (event: Event) => number): unknown {
    return this.#steps.map((step) => step && { ...step, events: step.events.map(save) });
  }

  restore(state: ({ time: number; count: number; events: number[] } | null)[], load: (index: number) => Event): void {
    this.#steps = state.map((step) => step && { ...step, events: step.events.map(load) });
  }
}

/** One alert's evidence from its steps: each event once, in order of time. */
function firingOf(steps: readonly Filled[]): Firing {
  const events = new Map<string, Event>();
  let single = 0;
  let inner = 0;
  for (const step of steps) {
    if (step.count > step.events.length) inner += step.count - step.events.length;
    for (const event of step.events) {
      if (!events.has(event.id)) single += 1;
      events.set(event.id, event);
    }
  }
  const ordered = [...events.values()].sort((a, b) => a.time - b.time);
  const last = Math.max(...steps.map((step) => step.time));
  const first = Math.min(ordered[0]?.time ?? last, ...steps.map((step) => step.time));
  return {
    first,
    last,
    count: single + inner,
    observed: steps.length,
    approximate: false,
    values: [],
    events: ordered,
  };
}

/** A chain that has reached some step: its start decides whether it still fits the timespan. */
interface Chain {
  start: number;
  time: number;
  eventId: string;
  parts: readonly Filled[];
  /** The chain that this one replaced, for a next step that is the very same event. */
  before: Chain | null;
}

/** temporal_ordered: per step the chain with the latest start, so that the shortest fitting sequence is found. */
class OrderedWindow implements Window {
  readonly #inside: Inside;
  #chains: (Chain | null)[];

  constructor(steps: number, inside: Inside) {
    this.#inside = inside;
    this.#chains = new Array<Chain | null>(steps).fill(null);
  }

  add(part: Contribution): Firing | null {
    const filled: Filled = { time: part.time, count: part.count, events: part.events };
    const eventId = part.event.id;
    let chain: Chain | null = null;
    if (part.step === 0) chain = { start: part.time, time: part.time, eventId, parts: [filled], before: null };
    else {
      let previous = this.#chains[part.step - 1] ?? null;
      if (previous?.eventId === eventId) previous = previous.before;
      if (previous === null || part.time < previous.time || !this.#inside(previous.start, part.time)) return null;
      const parts = [...previous.parts, filled];
      chain = { start: previous.start, time: part.time, eventId, parts, before: null };
    }
    const known = this.#chains[part.step] ?? null;
    if (part.step === this.#chains.length - 1) return firingOf(chain.parts);
    if (known !== null && known.start > chain.start) return null;
    chain.before = known === null ? null : { ...known, before: null };
    this.#chains[part.step] = chain;
    return null;
  }

  clear(): void {
    this.#chains = this.#chains.map(() => null);
  }

  toJson(save: (event: Event) => number): unknown {
    const one = (chain: Chain | null): unknown =>
      chain && {
        ...chain,
        parts: chain.parts.map((part) => ({ ...part, events: part.events.map(save) })),
        before: one(chain.before),
      };
    return this.#chains.map(one);
  }

  restore(state: SavedChain[], load: (index: number) => Event): void {
    const one = (chain: SavedChain): Chain | null =>
      chain && {
        ...chain,
        parts: chain.parts.map((part) => ({ ...part, events: part.events.map(load) })),
        before: one(chain.before),
      };
    this.#chains = state.map(one);
  }
}

type SavedChain = {
  start: number;
  time: number;
  eventId: string;
  parts: { time: number; count: number; events: number[] }[];
  before: SavedChain;
} | null;
