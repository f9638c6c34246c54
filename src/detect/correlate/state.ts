import type { Unit } from '../index/units.ts';
import type { OpenAlert } from './alert.ts';
import type { Ledger } from './ledger.ts';
import type { Place } from './places.ts';
import { onlyLower } from './range.ts';
import type { Seed, Window } from './window.ts';
import { firesOnOne, windowsOf } from './windows.ts';

/** One group of one unit. */
export interface Group {
  readonly state: UnitState;
  /** The group key and the groups of other units that have the same. */
  readonly place: Place;
  /** Of another unit, at the same place. */
  next: Group | null;
  /** Its index in the unit's groups. */
  slot: number;
  /** Newest event time that touched it: the stalest groups are evicted first. */
  last: number;
  /** Source of that event, whose watermark tells when the group is over. */
  source: string;
  /** null for a stateless detection, and until a correlation's second match. */
  window: Window | null;
  seed: Seed | null;
  alert: OpenAlert | null;
  /** Inner correlations: event time of the last firing, and how many events this run of firings has counted. */
  fired: { at: number; count: number } | null;
  /** The last snapshot that it is in, or is no part of. */
  saved: number;
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
  /** Its window is big, and not needed before the second match: see {@link Seed}. */
  startsSmall: boolean;
  /**
   * While an alert is open, the window need not be kept: event counts grow by every match, and when the alert closes,
   * everything that the window could hold is too old. Where an alert is one window, so do counts of values.
   */
  countsBlind: boolean;
  /** A group's empty window. */
  newWindow: (seed: Seed | null) => Window;
}

/** State of a unit without groups. */
export function newState(unit: Unit, cleanUpAt: number, ledger: Ledger, perWindow = false): UnitState {
  const traits = traitsOf(unit, ledger, perWindow);
  return { unit, traits, coveredBy: [], groups: [], cleanUpAt, evicted: 0, lateDropped: 0, matches: 0, alerts: 0 };
}

/** A recompiled unit that means the same takes the state over. */
export function adopt(state: UnitState, unit: Unit, ledger: Ledger, perWindow = false): void {
  state.unit = unit;
  state.traits = traitsOf(unit, ledger, perWindow);
}

function traitsOf({ part, form: { ext } }: Unit, ledger: Ledger, perWindow: boolean): Traits {
  if (part.kind === 'detection')
    return { temporal: false, startsSmall: false, countsBlind: false, newWindow: noWindow };
  const covers = ext.boundary === 'open' ? ext.suppressMs >= part.timespanMs : ext.suppressMs > part.timespanMs;
  const isCount = part.type === 'event_count' || part.type === 'value_count';
  const countsUp = isCount && onlyLower(part.condition) && !part.atClose;
  return {
    temporal: part.type.startsWith('temporal'),
    startsSmall: part.type === 'value_count' && part.minEvents === undefined && !firesOnOne(part),
    countsBlind: (part.type === 'event_count' && covers && !part.atClose) || (perWindow && countsUp),
    newWindow: windowsOf(part, ext, ledger),
  };
}

function noWindow(): never {
  throw new Error('a detection needs no window');
}

/** Which units' alerts keep which other units quiet. */
export function findCovers(states: ReadonlyMap<string, UnitState>): void {
  for (const state of states.values()) {
    const { alerts, form } = state.unit;
    const found = alerts ? form.ext.coveredBy.map((id) => states.get(id)) : [];
    state.coveredBy = found.filter((one) => one !== undefined);
  }
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
export function groupAt({ first }: Place, state: UnitState): Group | null {
  let group = first;
  while (group !== null && group.state !== state) group = group.next;
  return group;
}
