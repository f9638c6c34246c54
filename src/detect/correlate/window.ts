import type { Event, Match } from '../../model/index.ts';

/** Most events kept as evidence at either end of an alert, and before one. */
export const evidenceLimit = 20;

/** What one match brings: itself, or what an inner correlation has collected. */
export interface Contribution {
  step: number;
  time: number;
  value: string | null;
  event: Event;
  /** Evidence, oldest first; the completing event last. null: the event alone. */
  events: readonly Event[] | null;
  count: number;
}

/** To be filled by {@link contributionOf}. */
export const newContribution = (): Contribution => ({
  step: 0,
  time: 0,
  value: null,
  event: null as never,
  events: null,
  count: 1,
});

/** A match as what a window takes in: `into`, filled anew. */
export function contributionOf(
  into: Contribution,
  match: Match,
  events: readonly Event[] | null,
  count: number,
): Contribution {
  into.step = match.step;
  into.time = match.time;
  into.value = match.value;
  into.event = match.event;
  into.events = events;
  into.count = count;
  return into;
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
  /** Takes a match in (`part` is not kept) and says whether the condition holds now. */
  add(part: Contribution): boolean;
  /** What was counted, right after an `add` that held. */
  firing(): Firing;
  /** The number that the condition is about, right after an `add` that held. */
  readonly observed: number;
  readonly approximate: boolean;
  /** Rises when `firing().values` may name a value that it did not name before. */
  readonly newValues: number;
  /** Empties it (`reset: on_match`). */
  clear(): void;
  toJson(save: (event: Event) => number): unknown;
  restore(state: never, load: (index: number) => Event): void;
}

/** A single event as what a detection found. */
export const single = (event: Event): Firing => ({
  first: event.time,
  last: event.time,
  count: 1,
  observed: 1,
  approximate: false,
  values: [],
  events: [event],
});
