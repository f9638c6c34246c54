import type { Match } from '../../model/index.ts';
import type { Unit } from '../index/units.ts';
import type { OpenAlert } from './alert.ts';
import type { Window } from './window.ts';
import { firesOnOne } from './windows.ts';

/** One group of one unit. */
export interface Group {
  readonly state: UnitState;
  /** The group key and the groups of other units that have the same. */
  readonly place: Place;
  /** Its index in the unit's groups. */
  slot: number;
  /** Newest event time that touched it: the stalest groups are evicted first. */
  last: number;
  /** Source of that event, whose watermark tells when the group is over. */
  source: string;
  /** null for a stateless detection, and until a correlation's second match. */
  window: Window | null;
  /** A correlation's only match so far: most groups never see another, and a window is much bigger. */
  seed: Match | null;
  alert: OpenAlert | null;
  /** Inner correlations: event time of the last firing, and how many events this run of firings has counted. */
  fired: { at: number; count: number } | null;
}

/** All groups of one unit. */
export interface UnitState {
  /** Together with `traits` exchanged by {@link adopt}. */
  unit: Unit;
  traits: Traits;
  readonly groups: Group[];
  /** The next clean-up happens when there are this many groups. */
  cleanUpAt: number;
  evicted: number;
  lateDropped: number;
  matches: number;
  alerts: number;
}

/** What every match asks about a unit, worked out once. */
export interface Traits {
  /** Sequences, in order or not. */
  temporal: boolean;
  /** A single event can satisfy it. */
  firesOnOne: boolean;
  /**
   * While an alert is open, the window need not be kept: event counts grow by every match, and when the alert closes,
   * everything that the window could hold is too old.
   */
  countsBlind: boolean;
}

/** State of a unit without groups. */
export function newState(unit: Unit, cleanUpAt: number): UnitState {
  const traits = traitsOf(unit);
  return { unit, traits, groups: [], cleanUpAt, evicted: 0, lateDropped: 0, matches: 0, alerts: 0 };
}

/** A recompiled unit that means the same takes the state over. */
export function adopt(state: UnitState, unit: Unit): void {
  state.unit = unit;
  state.traits = traitsOf(unit);
}

function traitsOf({ part, form: { ext } }: Unit): Traits {
  if (part.kind === 'detection') return { temporal: false, firesOnOne: true, countsBlind: false };
  const covers = ext.boundary === 'open' ? ext.suppressMs >= part.timespanMs : ext.suppressMs > part.timespanMs;
  return {
    temporal: part.type.startsWith('temporal'),
    firesOnOne: firesOnOne(part),
    countsBlind: part.type === 'event_count' && covers,
  };
}

/** A group key and who counts under it: units that are grouped by the same field share one look-up. */
export interface Place {
  readonly key: string;
  groups: Group[];
}

/** All group keys. */
export class Places {
  readonly #byKey = new Map<string, Place>();

  find(key: string): Place | undefined {
    return this.#byKey.get(key);
  }

  /** @param key not yet in use. */
  make(key: string): Place {
    const place: Place = { key, groups: [] };
    this.#byKey.set(key, place);
    return place;
  }

  add(state: UnitState, place: Place, time: number, source: string): Group {
    const slot = state.groups.length;
    const group: Group = { state, place, slot, last: time, source, window: null, seed: null, alert: null, fired: null };
    // Most keys are those of one group: an empty array grows by more at once.
    if (place.groups.length === 0) place.groups = [group];
    else place.groups.push(group);
    state.groups.push(group);
    return group;
  }

  remove(group: Group): void {
    const { place, slot } = group;
    const { groups } = group.state;
    const moved = groups.pop() as Group;
    if (moved !== group) {
      groups[slot] = moved;
      moved.slot = slot;
    }
    if (place.groups.length > 1) place.groups.splice(place.groups.indexOf(group), 1);
    else {
      place.groups = [];
      this.#byKey.delete(place.key);
    }
  }

  clear(): void {
    this.#byKey.clear();
  }
}

/** The unit's group at a place. */
export function groupAt(place: Place, state: UnitState): Group | undefined {
  const { groups } = place;
  for (let i = 0; i < groups.length; i += 1) {
    const group = groups[i] as Group;
    if (group.state === state) return group;
  }
  return undefined;
}
