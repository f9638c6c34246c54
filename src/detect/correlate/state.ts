import type { Match } from '../../model/index.ts';
import type { Unit } from '../index/units.ts';
import type { OpenAlert } from './alert.ts';
import { isOf, PlaceTable } from './place-table.ts';
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
  /** While one of these has an alert open at the same place, this unit does not count. */
  coveredBy: readonly UnitState[];
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
  return { unit, traits, coveredBy: [], groups: [], cleanUpAt, evicted: 0, lateDropped: 0, matches: 0, alerts: 0 };
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
    countsBlind: part.type === 'event_count' && covers && !part.atClose,
  };
}

/** A group key and who counts under it: units that are grouped by the same field share one look-up. */
export interface Place {
  /** Made by {@link keyOf}. */
  readonly key: string;
  groups: Group[];
}

const recentPlaces = 1024;

interface Asked {
  values: readonly string[] | null;
  place: Place;
}

/** All group keys. */
export class Places {
  readonly #table = new PlaceTable();
  /** What was asked for the event at hand. */
  readonly #asked: Asked[] = [];
  /** By a rough hash of the values: attackers come again at once, and comparing is cheaper than making a key. */
  readonly #recent = new Array<Place | undefined>(recentPlaces).fill(undefined);

  /** Called before the matches of an event, which share the arrays of their group values. */
  begin(): void {
    this.#asked.length = 0;
  }

  /** The place of group values, made where there is none. */
  of(values: readonly string[] | null, historical: boolean): Place {
    const asked = this.#asked;
    for (let i = 0; i < asked.length; i += 1) {
      const { values: known, place } = asked[i] as Asked;
      // A place without groups may have been taken out.
      if (known === values && place.groups.length > 0) return place;
    }
    const place = this.#find(values, historical);
    asked.push({ values, place });
    return place;
  }

  #find(values: readonly string[] | null, historical: boolean): Place {
    const slot = roughHash(values) & (recentPlaces - 1);
    const recent = this.#recent[slot];
    if (recent !== undefined && recent.groups.length > 0 && isOf(recent, values, historical)) return recent;
    const place = this.#table.get(values, historical) ?? this.ofKey(keyOf(values, historical));
    this.#recent[slot] = place;
    return place;
  }

  ofKey(key: string): Place {
    let place = this.#table.byKey(key);
    if (place === undefined) {
      place = { key, groups: [] };
      this.#table.add(place);
    }
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
      this.#table.delete(place);
    }
  }

  clear(): void {
    this.#table.clear();
    this.#recent.fill(undefined);
  }
}

/**
 * A group's key of its values. It starts with the age: what is long over (an old file that is read in) never mixes with
 * what happens now. Being joined, it does not keep the line alive that the values were cut from.
 */
function keyOf(values: readonly string[] | null, historical: boolean): string {
  let key = historical ? 'old' : 'now';
  if (values !== null) for (let i = 0; i < values.length; i += 1) key += `\u0000${values[i]}`;
  return key;
}

function roughHash(values: readonly string[] | null): number {
  let hash = 0;
  if (values === null) return hash;
  for (let i = 0; i < values.length; i += 1) {
    const value = values[i] as string;
    const end = value.length - 1;
    if (end < 2) hash = hash * 33 + end * 7 + (end < 0 ? 0 : value.charCodeAt(end));
    else
      hash = hash * 33 + value.charCodeAt(end) + value.charCodeAt(end - 1) * 11 + value.charCodeAt(end - 2) * 61 + end;
  }
  return hash;
}

/** Whether an alert that covers the unit is open at a place. */
export function isCovered(place: Place, { coveredBy }: UnitState, time: number): boolean {
  for (const state of coveredBy) {
    const alert = groupAt(place, state)?.alert;
    if (alert && time - alert.last < state.unit.form.ext.suppressMs) return true;
  }
  return false;
}

/** The unit's group at a place. */
export function groupAt({ groups }: Place, state: UnitState): Group | undefined {
  for (let i = 0; i < groups.length; i += 1) {
    const group = groups[i] as Group;
    if (group.state === state) return group;
  }
  return undefined;
}
