import type { Event } from '../../model/index.ts';
import type { CorrelatorSnapshot } from '../contract.ts';
import { clausesOf, type OpenAlert } from './alert.ts';
import type { Evidence } from './evidence.ts';
import { type Places, valuesOf } from './places.ts';
import type { HeldEvents, Seen } from './seen.ts';
import type { Group, UnitState } from './state.ts';
import { type LoadSeen, type Seed, seenOf, type Window } from './window.ts';

type SavedAlert = Omit<OpenAlert, 'evidence' | 'completing' | 'by' | 'newValues'> & { evidence: SavedEvidence };

interface SavedEvidence {
  seen: number;
  firstIds: string[];
  lastIds: string[];
  /** Places of events; null where one had been let go. */
  head: (number | null)[];
  tail: (number | null)[];
  newest: number;
}

function loadEvidence(saved: SavedEvidence, load: (index: number) => Event): Evidence {
  const some = (index: number | null) => (index === null ? null : load(index));
  return {
    seen: saved.seen,
    firstIds: [...saved.firstIds],
    lastIds: [...saved.lastIds],
    head: saved.head.map(some),
    tail: saved.tail.map(some),
    newest: load(saved.newest),
  };
}

/** An event's place; see {@link CorrelatorSnapshot}. */
type SavedSeed = Omit<Seed, 'seen'> & { seen: number };

const none = -1;

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
    values: readonly string[] | null;
    historical: boolean;
    last: number;
    source: string;
    fired: Group['fired'];
    window: unknown;
    seed: SavedSeed | null;
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
  held: HeldEvents,
  isUnsent: (group: Group) => boolean,
): CorrelatorSnapshot {
  const events: Event[] = [];
  const ids: NonNullable<CorrelatorSnapshot['ids']> = [];
  const places = new Map<string, number>();
  const saveEvent = (event: Event): number => {
    let place = places.get(event.id) ?? none;
    if (place < 0) {
      place = events.push(event) - 1;
      places.set(event.id, place);
    }
    return place;
  };
  const saveSome = (event: Event | null) => (event === null ? null : saveEvent(event));
  const save = (seen: Seen): number => {
    const event = held.get(seen);
    if (event !== null) return saveEvent(event);
    let place = places.get(seen.id);
    if (place === undefined) {
      place = -ids.push([seen.id, seen.time, seen.attributable]);
      places.set(seen.id, place);
    }
    return place;
  };
  const saveAlert = (alert: OpenAlert | null): SavedAlert | null => {
    if (alert === null) return null;
    const { by, newValues, evidence, completing, ...kept } = alert;
    const clauses = clausesOf(alert);
    return {
      ...kept,
      clauses,
      evidence: {
        seen: evidence.seen,
        firstIds: [...evidence.firstIds],
        lastIds: [...evidence.lastIds],
        head: evidence.head.map(saveSome),
        tail: evidence.tail.map(saveSome),
        newest: saveEvent(evidence.newest),
      },
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
        values: valuesOf(group.place),
        historical: group.place.historical,
        last: group.last,
        source: group.source,
        fired: group.fired,
        window: group.window?.toJson(save, saveEvent) ?? null,
        seed: group.seed && { ...group.seed, seen: save(group.seed.seen) },
        alert: saveAlert(group.alert),
        unsent: isUnsent(group),
      })),
    };
  });
  return { version: 2, groups, events, ids, watermarks: [...watermarks] };
}

/** Fills empty states from a snapshot, as far as it is of the same compiled rules, and returns the watermarks. */
export function readSnapshot(
  snapshot: CorrelatorSnapshot,
  states: ReadonlyMap<string, UnitState>,
  places: Places,
  held: HeldEvents,
  markUnsent: (group: Group) => void,
): Map<string, number> {
  if (snapshot.version !== 2) {
    throw new Error(
      `the correlator's snapshot has version ${snapshot.version}, but only version 2 can be read; start without it`,
    );
  }
  const events = snapshot.events ?? [];
  // Held anew in the order of time: the oldest goes first.
  const seen = new Map<number, Seen>();
  for (const [index, event] of [...events.entries()].sort(([, a], [, b]) => a.time - b.time))
    seen.set(index, seenOf(event, held.hold(event)));
  for (const [i, [id, time, attributable]] of (snapshot.ids ?? []).entries())
    seen.set(-1 - i, { number: 0, id, time, attributable });
  const load: LoadSeen = (index) => found(seen.get(index), index);
  const loadEvent = (index: number): Event => found(events[index], index);
  const saved = new Map((snapshot.groups as SavedUnit[]).map((unit) => [unit.unit, unit]));
  for (const state of states.values()) {
    const { unit } = state;
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
        window = state.traits.newWindow(null);
        window.restore(one.window as never, load, loadEvent);
      }
      const seed: Seed | null = one.seed && { ...one.seed, seen: load(one.seed.seen) };
      const alert: OpenAlert | null = one.alert && {
        ...one.alert,
        values: [...one.alert.values],
        evidence: loadEvidence(one.alert.evidence, loadEvent),
        completing: null,
        by: null,
        newValues: -1,
      };
      const group = places.add(state, places.find(one.values, one.historical), one.last, one.source);
      group.window = window;
      group.seed = seed;
      group.alert = alert;
      group.fired = one.fired;
      if (one.unsent) markUnsent(group);
    }
  }
  return new Map(snapshot.watermarks ?? []);
}

function found<T>(one: T | undefined, index: number): T {
  if (one === undefined) throw new Error(`the correlator's snapshot lacks event ${index}; start without it`);
  return one;
}
