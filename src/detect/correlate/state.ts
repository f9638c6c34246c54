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
  readonly groups: Set<Group>;
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
  return { unit, traits, groups: new Set(), cleanUpAt, evicted: 0, lateDropped: 0, matches: 0, alerts: 0 };
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
  readonly groups: Group[];
}

/** All group keys. */
export class Places {
  readonly #byKey = new Map<string, Place>();

  /** The place of a key, made where there is none. */
  of(key: string): Place {
    let place = this.#byKey.get(key);
    if (place === undefined) {
      place = { key: detached(key), groups: [] };
      this.#byKey.set(place.key, place);
    }
    return place;
  }

  add(state: UnitState, key: string, rest: Omit<Group, 'state' | 'place'>): Group {
    const place = this.of(key);
    const { last, source, window, seed, alert, fired } = rest;
    const group: Group = { state, place, last, source, window, seed, alert, fired };
    place.groups.push(group);
    state.groups.add(group);
    return group;
  }

  remove(group: Group): void {
    const { groups, key } = group.place;
    group.state.groups.delete(group);
    groups.splice(groups.indexOf(group), 1);
    if (groups.length === 0) this.#byKey.delete(key);
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

/** A copy that does not keep the line alive that it was cut from. */
const detached = (text: string): string => (text.length < 13 ? text : text.split('').join(''));
