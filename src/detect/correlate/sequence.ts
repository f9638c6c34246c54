import type { Inside } from './range.ts';
import type { Seen } from './seen.ts';
import {
  type Contribution,
  type Firing,
  type LoadSeen,
  type SavedSeen,
  type SaveSeen,
  seenIn,
  type Window,
} from './window.ts';

/** What fills a step: the latest event (or inner firing) of it. */
export interface Filled {
  time: number;
  count: number;
  events: readonly Seen[];
}

/** Each step's latest event, whatever the order. */
export abstract class StepsWindow {
  protected steps: (Filled | null)[];

  constructor(steps: number) {
    this.steps = new Array<Filled | null>(steps).fill(null);
  }

  /** False where the step holds a later event. */
  protected fill(part: Contribution): boolean {
    const { step, time, count, events } = part;
    const known = this.steps[step];
    if (known && known.time > time) return false;
    this.steps[step] = { time, count, events: events ?? [seenIn(part)] };
    return true;
  }

  clear(): void {
    this.steps = this.steps.map(() => null);
  }

  toJson(save: SaveSeen): unknown {
    return this.steps.map((step) => step && { ...step, events: step.events.map(save) });
  }

  restore(state: ({ time: number; count: number; events: SavedSeen[] } | null)[], load: LoadSeen): void {
    this.steps = state.map((step) => step && { ...step, events: step.events.map(load) });
  }
}

/** temporal: each step's latest event; all of them inside one timespan. */
export class TogetherWindow extends StepsWindow implements Window {
  readonly #inside: Inside;
  readonly approximate = false;
  readonly newValues = 0;
  readonly observed: number;

  constructor(steps: number, inside: Inside) {
    super(steps);
    this.#inside = inside;
    this.observed = steps;
  }

  add(part: Contribution): boolean {
    if (!this.fill(part)) return false;
    let first = part.time;
    let last = part.time;
    for (const step of this.steps) {
      if (!step) return false;
      if (step.time < first) first = step.time;
      if (step.time > last) last = step.time;
    }
    return this.#inside(first, last);
  }

  firing(): Firing {
    return firingOf(this.steps as Filled[]);
  }
}

/** One alert's evidence from its steps: each event once, in order of time. */
export function firingOf(steps: readonly Filled[]): Firing {
  const events = new Map<string, Seen>();
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
  count: number;
  seen: Seen;
  /** What the step was filled with; null: the event alone. */
  events: readonly Seen[] | null;
  /** The step before. */
  previous: Chain | null;
  /** The chain that this one replaced, for a next step that is the very same event. */
  replaced: Chain | null;
}

const none: readonly Seen[] = [];

/** temporal_ordered: per step the chain with the latest start, so that the shortest fitting sequence is found. */
export class OrderedWindow implements Window {
  readonly #inside: Inside;
  readonly approximate = false;
  readonly newValues = 0;
  readonly observed: number;
  #chains: (Chain | null)[] = [];
  /** What the last `add` completed: the chain up to the last step but one, and the last step. */
  #led: Chain | null = null;
  #last: Filled = { time: 0, count: 0, events: none };

  constructor(steps: number, inside: Inside) {
    this.#inside = inside;
    this.observed = steps;
    for (let i = 0; i < steps; i += 1) this.#chains.push(null);
  }

  add(part: Contribution): boolean {
    const { step, time, events, count } = part;
    let previous: Chain | null = null;
    if (step > 0) {
      previous = this.#chains[step - 1] ?? null;
      if (previous?.seen.id === part.event.id) previous = previous.replaced;
      if (previous === null || time < previous.time || !this.#inside(previous.start, time)) return false;
    }
    if (step === this.#chains.length - 1) {
      this.#led = previous;
      this.#last = { time, count, events: events ?? [seenIn(part)] };
      return true;
    }
    const start = previous === null ? time : previous.start;
    const known = this.#chains[step] ?? null;
    if (known !== null) {
      if (known.start > start) return false;
      known.replaced = null;
    }
    this.#chains[step] = { start, time, count, seen: seenIn(part), events, previous, replaced: known };
    return false;
  }

  firing(): Firing {
    const steps = [this.#last];
    for (let chain = this.#led; chain !== null; chain = chain.previous) {
      const { time, count, seen, events } = chain;
      steps.unshift({ time, count, events: events ?? [seen] });
    }
    return firingOf(steps);
  }

  clear(): void {
    this.#chains = this.#chains.map(() => null);
  }

  toJson(save: SaveSeen): unknown {
    const one = (chain: Chain | null): SavedChain =>
      chain && {
        ...chain,
        seen: save(chain.seen),
        events: chain.events?.map(save) ?? null,
        previous: one(chain.previous),
        replaced: one(chain.replaced),
      };
    return this.#chains.map(one);
  }

  restore(state: SavedChain[], load: LoadSeen): void {
    const one = (chain: SavedChain): Chain | null =>
      chain && {
        ...chain,
        seen: load(chain.seen),
        events: chain.events?.map(load) ?? null,
        previous: one(chain.previous),
        replaced: one(chain.replaced),
      };
    this.#chains = state.map(one);
  }
}

type SavedChain = {
  start: number;
  time: number;
  count: number;
  seen: SavedSeen;
  events: SavedSeen[] | null;
  previous: SavedChain;
  replaced: SavedChain;
} | null;
