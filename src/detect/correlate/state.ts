import type { Event, Match } from '../../model/index.ts';
import type { Unit } from '../index/units.ts';
import type { OpenAlert } from './alert.ts';
import type { Contribution, Firing, Window } from './window.ts';

/** One group of one unit. */
export interface Group {
  key: string;
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
  unit: Unit;
  groups: Map<string, Group>;
  /** The next clean-up happens when there are this many groups. */
  cleanUpAt: number;
  evicted: number;
  lateDropped: number;
  matches: number;
  alerts: number;
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

/** A match as what it brings to a window. */
export const contribution = (match: Match, events: readonly Event[], count: number): Contribution => {
  const { step, time, value, event } = match;
  return { step, time, value, event, events, count };
};
