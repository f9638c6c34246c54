import type { Event } from '../../model/index.ts';
import type { Inside } from './range.ts';
import type { Contribution, Firing, Window } from './window.ts';

/** What fills a step: the latest event (or inner firing) of it. */
interface Filled {
  time: number;
  count: number;
  events: readonly Event[];
}

/** temporal: each step's latest event; all of them inside one timespan. */
export class TogetherWindow implements Window {
  readonly #inside: Inside;
  readonly approximate = false;
  readonly newValues = 0;
  readonly observed: number;
  #steps: (Filled | null)[];

  constructor(steps: number, inside: Inside) {
    this.#inside = inside;
    this.observed = steps;
    this.#steps = new Array<Filled | null>(steps).fill(null);
  }

  add(part: Contribution): boolean {
    const known = this.#steps[part.step];
    if (known && known.time > part.time) return false;
    this.#steps[part.step] = { time: part.time, count: part.count, events: part.events ?? [part.event] };
    let first = part.time;
    let last = part.time;
    for (const step of this.#steps) {
      if (!step) return false;
      if (step.time < first) first = step.time;
      if (step.time > last) last = step.time;
    }
    return this.#inside(first, last);
  }

  firing(): Firing {
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
export class OrderedWindow implements Window {
  readonly #inside: Inside;
  readonly approximate = false;
  readonly newValues = 0;
  readonly observed: number;
  #chains: (Chain | null)[];
  /** The steps of the sequence that the last `add` completed. */
  #completed: readonly Filled[] = [];

  constructor(steps: number, inside: Inside) {
    this.#inside = inside;
    this.observed = steps;
    this.#chains = new Array<Chain | null>(steps).fill(null);
  }

  add(part: Contribution): boolean {
    const { step, time } = part;
    const eventId = part.event.id;
    const isLast = step === this.#chains.length - 1;
    let before: Chain | null = null;
    if (step > 0) {
      before = this.#chains[step - 1] ?? null;
      if (before?.eventId === eventId) before = before.before;
      if (before === null || time < before.time || !this.#inside(before.start, time)) return false;
    }
    const start = before === null ? time : before.start;
    const known = this.#chains[step] ?? null;
    if (!isLast && known !== null && known.start > start) return false;
    const filled: Filled = { time, count: part.count, events: part.events ?? [part.event] };
    const parts = before === null ? [filled] : [...before.parts, filled];
    if (isLast) {
      this.#completed = parts;
      return true;
    }
    if (known !== null) known.before = null;
    this.#chains[step] = { start, time, eventId, parts, before: known };
    return false;
  }

  firing(): Firing {
    return firingOf(this.#completed);
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
