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
export class OrderedWindow implements Window {
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
