import type { Event } from '../../model/index.ts';
import { satisfied } from '../expression.ts';
import type { Correlation } from '../form.ts';
import { keepLast } from './evidence.ts';
import { metricOf } from './metric.ts';
import { maxEntries } from './metric-window.ts';
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

/** What came within one timespan of an event. */
interface Pane {
  /** The source of the event that opened it: by its time the window ends, whoever else adds to it. */
  source: string;
  start: number;
  last: number;
  count: number;
  /** Events per step. */
  steps: number[];
  /** Counted values: each once for value_count, all of them for metrics. */
  values: string[];
  approximate: boolean;
  evidence: Seen[];
  /** The newest event and its step: it is asked for its group when the window ends. */
  event: Event;
  step: number;
}

/** A window that ended and met its condition: what was counted, and the event that was its last. */
export interface Closed {
  firing: Firing;
  event: Event;
  step: number;
}

/**
 * For conditions that more events can undo (lt, lte, eq, neq, `not`): a window opens with an event, lasts one timespan and
 * is judged when that is over. The next one opens with the next event.
 */
export class PaneWindow implements Window {
  readonly #part: Correlation;
  readonly #inside: Inside;
  readonly #distinct: boolean;
  readonly #keepsValues: boolean;
  #panes: Pane[] = [];
  /** The values of the newest pane, for quick look-up. */
  #seen = new Set<string>();
  #seenIn: Pane | null = null;
  readonly approximate = false;
  readonly newValues = 0;
  readonly observed = 0;

  constructor(part: Correlation, inside: Inside) {
    this.#part = part;
    this.#inside = inside;
    this.#distinct = part.type === 'value_count';
    this.#keepsValues = part.type.startsWith('value_');
  }

  /** Event time at which the oldest window ends; null: none is open. */
  get dueAt(): number | null {
    const [pane] = this.#panes;
    if (pane === undefined) return null;
    const end = pane.start + this.#part.timespanMs;
    return this.#inside(pane.start, end) ? end + 1 : end;
  }

  /** The source by whose time the oldest window ends; null: none is open. */
  get dueSource(): string | null {
    return this.#panes[0]?.source ?? null;
  }

  /** When the oldest window's last event was received, epoch ms. */
  get lastReceived(): number {
    return this.#panes[0]?.event.received_at ?? 0;
  }

  /** Never holds: see {@link close}. */
  add(part: Contribution): boolean {
    const { value, time, event, step } = part;
    if (this.#keepsValues && value === null) return false;
    const pane = this.#paneAt(part);
    pane.count += 1;
    pane.steps[step] = (pane.steps[step] ?? 0) + 1;
    if (value !== null && this.#keepsValues) this.#note(pane, value);
    // An event that is several steps at once is told once.
    for (const one of part.events ?? [seenIn(part)])
      if (pane.evidence.at(-1)?.id !== one.id) pane.evidence = keepLast(pane.evidence, one, evidenceLimit);
    if (time >= pane.last) {
      pane.last = time;
      pane.event = event;
      pane.step = step;
    }
    return false;
  }

  #paneAt({ time, event, step }: Contribution): Pane {
    const panes = this.#panes;
    let place = panes.length;
    while (place > 0 && (panes[place - 1] as Pane).start > time) place -= 1;
    const before = panes[place - 1];
    if (before !== undefined && this.#inside(before.start, time)) return before;
    // A late event shortly before the first window belongs to what that window is about.
    const after = panes[place];
    if (after !== undefined && this.#inside(time, after.start)) return after;
    const steps = this.#part.steps.map(() => 0);
    const fresh: Pane = {
      source: event.source,
      ...{ start: time, last: time, count: 0, steps, values: [], approximate: false, evidence: [], event, step },
    };
    panes.splice(place, 0, fresh);
    return fresh;
  }

  #note(pane: Pane, value: string): void {
    if (this.#distinct) {
      if (this.#seenIn !== pane) {
        this.#seen = new Set(pane.values);
        this.#seenIn = pane;
      }
      if (this.#seen.has(value)) return;
      this.#seen.add(value);
    }
    if (pane.values.length >= maxEntries) pane.approximate = true;
    else pane.values.push(value);
  }

  /** Ends the oldest window and tells what it found; null where its condition does not hold. */
  close(): Closed | null {
    const pane = this.#panes.shift();
    if (pane === undefined) return null;
    if (this.#seenIn === pane) this.#seenIn = null;
    const observed = this.#observedIn(pane);
    const { expression, condition } = this.#part;
    const met = expression
      ? satisfied(expression, (step) => (pane.steps[step] ?? 0) > 0)
      : !Number.isNaN(observed) && holds(condition, observed);
    if (!met) return null;
    const { start, last, count, approximate, event, step } = pane;
    const first = Math.min(start, ...pane.evidence.map((one) => one.time));
    const events = [...pane.evidence].sort((a, b) => a.time - b.time);
    const values = this.#distinct ? pane.values.slice(0, 50) : [];
    return { firing: { first, last, count, observed, approximate, values, events }, event, step };
  }

  #observedIn(pane: Pane): number {
    switch (this.#part.type) {
      case 'event_count':
        return pane.count;
      case 'value_count':
        return pane.values.length;
      case 'temporal':
      case 'temporal_ordered':
        return pane.steps.filter((count) => count > 0).length;
      default:
        return metricOf(this.#part, pane.values);
    }
  }

  /** What holds is only known at the end. */
  firing(): Firing {
    throw new Error('a window that is judged at its end has no firing before');
  }

  clear(): void {
    this.#panes = [];
    this.#seenIn = null;
  }

  toJson(save: SaveSeen, saveEvent: (event: Event) => number): unknown {
    return this.#panes.map((pane) => ({ ...pane, evidence: pane.evidence.map(save), event: saveEvent(pane.event) }));
  }

  restore(
    state: (Omit<Pane, 'evidence' | 'event'> & { evidence: SavedSeen[]; event: number })[],
    load: LoadSeen,
    loadEvent: (index: number) => Event,
  ): void {
    this.#panes = state.map((pane) => ({
      ...pane,
      steps: [...pane.steps],
      values: [...pane.values],
      evidence: pane.evidence.map(load),
      event: loadEvent(pane.event),
    }));
    this.#seenIn = null;
  }
}
