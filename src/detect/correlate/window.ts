import type { Event, Match } from '../../model/index.ts';
import { isAttributable, type Seen } from './seen.ts';

/** Most events kept as evidence at either end of an alert, and before one. */
export const evidenceLimit = 20;

/** What one match brings: itself, or what an inner correlation has collected. */
export interface Contribution {
  step: number;
  time: number;
  value: string | null;
  event: Event;
  /** The event's number among those that are held. */
  held: number;
  /** Evidence, oldest first; the completing event last. null: the event alone. */
  events: readonly Seen[] | null;
  count: number;
}

/** To be filled by {@link contributionOf}. */
export const newContribution = (): Contribution => ({
  step: 0,
  time: 0,
  value: null,
  event: null as never,
  held: 0,
  events: null,
  count: 1,
});

/** A match as what a window takes in: `into`, filled anew. */
export function contributionOf(
  into: Contribution,
  { step, time, value }: Pick<Match, 'step' | 'time' | 'value'>,
  event: Event,
  held: number,
  events: readonly Seen[] | null,
  count: number,
): Contribution {
  into.step = step;
  into.time = time;
  into.value = value;
  into.event = event;
  into.held = held;
  into.events = events;
  into.count = count;
  return into;
}

/** A group's only match so far: most groups never see another, and some windows are much bigger. */
export interface Seed {
  readonly seen: Seen;
  readonly value: string | null;
}

/** What a window keeps of the event. */
export const seenIn = ({ event, held }: Contribution): Seen => seenOf(event, held);

export const seenOf = (event: Event, held: number): Seen => ({
  number: held,
  id: event.id,
  time: event.time,
  attributable: isAttributable(event),
});

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
  events: readonly Seen[];
}

/** In a snapshot: an event's place, or what is left of one that was let go. */
export type SavedSeen = number | [id: string, time: number, attributable: 0 | 1];
export type SaveSeen = (seen: Seen) => SavedSeen;
export type LoadSeen = (saved: SavedSeen) => Seen;

/** A group's state of one correlation. */
export interface Window {
  /** Takes a match in (`part` is not kept) and says whether the condition holds now. */
  add(part: Contribution): boolean;
  /** What was counted, right after an `add` that held. */
  firing(): Firing;
  /** The number that the condition is about, right after an `add` that held. */
  readonly observed: number;
  readonly approximate: boolean;
  /** Rises when `values()` may name a value that it did not name before. */
  readonly newValues: number;
  /** Parts of `firing()`, where the whole costs more. */
  values?(): string[];
  evidence?(): readonly Seen[];
  /** Empties it (`reset: on_match`). */
  clear(): void;
  toJson(save: SaveSeen, saveEvent: (event: Event) => number): unknown;
  restore(state: never, load: LoadSeen, loadEvent: (index: number) => Event): void;
}

/** A single event as what a detection found. */
export const single = (seen: Seen): Firing => ({
  first: seen.time,
  last: seen.time,
  count: 1,
  observed: 1,
  approximate: false,
  values: [],
  events: [seen],
});
