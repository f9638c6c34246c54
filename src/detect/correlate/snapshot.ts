import type { Event, Match } from '../../model/index.ts';
import type { CorrelatorSnapshot } from '../contract.ts';
import type { EngineRules } from '../index/ruleset.ts';
import type { Unit } from '../index/units.ts';
import { clausesOf, type OpenAlert } from './alert.ts';
import type { Evidence } from './evidence.ts';
import type { Group, Places, UnitState } from './state.ts';
import type { Window } from './window.ts';
import { newWindow } from './windows.ts';

type SavedAlert = Omit<OpenAlert, 'evidence' | 'completing' | 'by' | 'newValues'> & {
  evidence: SavedEvidence;
  completing: number;
};

interface SavedEvidence {
  seen: number;
  firstIds: string[];
  lastIds: string[];
  head: number[];
  tail: number[];
  newest: number;
}

const loadEvidence = (saved: SavedEvidence, load: (index: number) => Event): Evidence => ({
  seen: saved.seen,
  firstIds: [...saved.firstIds],
  lastIds: [...saved.lastIds],
  head: saved.head.map(load),
  tail: saved.tail.map(load),
  newest: load(saved.newest),
});

type SavedMatch = Omit<Match, 'event'> & { event: number };

/** One unit's groups. */
interface SavedUnit {
  unit: string;
  hash: string;
  evicted: number;
  late_dropped: number;
  matches: number;
  alerts: number;
  missing_group: number;
  clean_up_at: number;
  groups: {
    key: string;
    last: number;
    source: string;
    fired: Group['fired'];
    window: unknown;
    seed: SavedMatch | null;
    alert: SavedAlert | null;
    unsent: boolean;
  }[];
}

/**
 * The whole state as plain JSON. Events are stored once, whatever number of groups hold them; they and the
 * explanations are shared with the correlator, which never changes them.
 */
export function writeSnapshot(
  states: ReadonlyMap<string, UnitState>,
  watermarks: ReadonlyMap<string, number>,
  isUnsent: (group: Group) => boolean,
): CorrelatorSnapshot {
  const events: Event[] = [];
  const places = new Map<Event, number>();
  const save = (event: Event): number => {
    let place = places.get(event);
    if (place === undefined) {
      place = events.length;
      places.set(event, place);
      events.push(event);
    }
    return place;
  };
  const saveAlert = (alert: OpenAlert | null): SavedAlert | null => {
    if (alert === null) return null;
    const { by, newValues, evidence, ...kept } = alert;
    const clauses = clausesOf(alert);
    return {
      ...kept,
      clauses,
      evidence: {
        seen: evidence.seen,
        firstIds: [...evidence.firstIds],
        lastIds: [...evidence.lastIds],
        head: evidence.head.map(save),
        tail: evidence.tail.map(save),
        newest: save(evidence.newest),
      },
      completing: save(alert.completing),
    };
  };
  const groups = [...states.values()].map((state): SavedUnit => {
    const { unit, evicted, matches, alerts } = state;
    return {
      unit: unit.id,
      hash: unit.hash,
      evicted,
      late_dropped: state.lateDropped,
      matches,
      alerts,
      missing_group: unit.missingGroup,
      clean_up_at: state.cleanUpAt,
      groups: state.groups.map((group) => ({
        key: group.place.key,
        last: group.last,
        source: group.source,
        fired: group.fired,
        window: group.window?.toJson(save) ?? null,
        seed: group.seed && { ...group.seed, event: save(group.seed.event) },
        alert: saveAlert(group.alert),
        unsent: isUnsent(group),
      })),
    };
  });
  return { version: 1, groups, events, watermarks: [...watermarks] };
}

/** State from a snapshot. Units whose hash differs from the rule set's start empty. */
export function readSnapshot(
  snapshot: CorrelatorSnapshot,
  rules: EngineRules,
  newState: (unit: Unit) => UnitState,
  places: Places,
  markUnsent: (group: Group) => void,
): { states: Map<string, UnitState>; watermarks: Map<string, number> } {
  if (snapshot.version !== 1) {
    throw new Error(
      `the correlator's snapshot has version ${snapshot.version}, but only version 1 can be read; start without it`,
    );
  }
  const events = snapshot.events ?? [];
  const load = (index: number): Event => {
    const event = events[index];
    if (!event) throw new Error(`the correlator's snapshot lacks event ${index}; start without it`);
    return event;
  };
  const saved = new Map((snapshot.groups as SavedUnit[]).map((unit) => [unit.unit, unit]));
  const states = new Map<string, UnitState>();
  for (const unit of rules.units.values()) {
    const state = newState(unit);
    states.set(unit.id, state);
    const from = saved.get(unit.id);
    if (!from || from.hash !== unit.hash) continue;
    state.evicted = from.evicted;
    state.lateDropped = from.late_dropped;
    state.matches = from.matches;
    state.alerts = from.alerts;
    state.cleanUpAt = from.clean_up_at;
    unit.missingGroup = from.missing_group;
    for (const one of from.groups) {
      let window: Window | null = null;
      if (one.window !== null && unit.part.kind === 'correlation') {
        window = newWindow(unit.part, unit.form.ext);
        window.restore(one.window as never, load);
      }
      const seed: Match | null = one.seed && { ...one.seed, event: load(one.seed.event) };
      const alert: OpenAlert | null = one.alert && {
        ...one.alert,
        values: [...one.alert.values],
        evidence: loadEvidence(one.alert.evidence, load),
        completing: load(one.alert.completing),
        by: null,
        newValues: -1,
      };
      const group = places.add(state, places.ofKey(one.key), one.last, one.source);
      group.window = window;
      group.seed = seed;
      group.alert = alert;
      group.fired = one.fired;
      if (one.unsent) markUnsent(group);
    }
  }
  return { states, watermarks: new Map(snapshot.watermarks ?? []) };
}
