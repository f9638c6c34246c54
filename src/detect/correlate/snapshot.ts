import type { Event } from '../../model/index.ts';
import type { CorrelatorSnapshot, SnapshotHead } from '../contract.ts';
import { clausesOf, type OpenAlert } from './alert.ts';
import type { Evidence } from './evidence.ts';
import { type Places, valuesOf } from './places.ts';
import type { HeldEvents, Seen } from './seen.ts';
import type { Group, UnitState } from './state.ts';
import { type LoadSeen, type SavedSeen, type SaveSeen, type Seed, seenOf } from './window.ts';

/** Groups that are written in one step: about a millisecond. */
const perStep = 128;

type SavedAlert = Omit<OpenAlert, 'evidence' | 'completing' | 'by' | 'newValues'> & { evidence: SavedEvidence };

/** Places of events; null where one had been let go when the alert was opened. */
interface SavedEvidence extends Omit<Evidence, 'head' | 'tail' | 'newest'> {
  head: (number | null)[];
  tail: (number | null)[];
  newest: number;
}

/** One unit's figures. */
interface SavedUnit {
  unit: string;
  hash: string;
  evicted: number;
  late_dropped: number;
  matches: number;
  alerts: number;
  missing_group: number;
  clean_up_at: number;
}

/** A line of {@link CorrelatorSnapshot.rows}; what is missing at its end is null. */
type SavedGroup = [
  /** Its place in `units`. */
  unit: number,
  values: readonly string[] | null,
  historical: 0 | 1,
  last: number,
  /** Its place in `sources`. */
  source: number,
  window?: unknown,
  seed?: [SavedSeen, value: string | null] | null,
  alert?: SavedAlert | null,
  fired?: Group['fired'],
  /** Its place, from 1, among those whose alerts grew since they were last sent. */
  unsent?: number | null,
];

const figuresOf = ({ unit, evicted, lateDropped, matches, alerts, cleanUpAt }: UnitState): SavedUnit => ({
  unit: unit.id,
  hash: unit.hash,
  evicted,
  late_dropped: lateDropped,
  matches,
  alerts,
  missing_group: unit.missingGroup,
  clean_up_at: cleanUpAt,
});

/**
 * Writes the state as it is when this is made, while it goes on to change: a group that is about to change is written
 * before, see {@link save}. Events are written once, whatever number of groups hold them.
 */
export class SnapshotTaker {
  readonly #taking: number;
  readonly #held: HeldEvents;
  readonly #unsent: ReadonlyMap<Group, number>;
  readonly #units = new Map<UnitState, number>();
  readonly #left: Group[][];
  readonly #head: SnapshotHead;
  readonly #sources = new Map<string, number>();
  readonly #events = new Map<string, number>();
  #rows: string[] = [];

  /** @param taking a number that no group has as `saved` */
  constructor(
    taking: number,
    states: ReadonlyMap<string, UnitState>,
    watermarks: ReadonlyMap<string, number>,
    held: HeldEvents,
    unsent: ReadonlySet<Group>,
  ) {
    this.#taking = taking;
    this.#held = held;
    this.#unsent = new Map([...unsent].map((group, i) => [group, i + 1]));
    const all = [...states.values()];
    for (const [i, state] of all.entries()) this.#units.set(state, i);
    this.#left = all.map(({ groups }) => [...groups]);
    const units = all.map(figuresOf);
    this.#head = { version: 3, units, sources: [], events: [], watermarks: [...watermarks] };
  }

  /** A group is about to change, or to go. */
  save(group: Group): void {
    if (group.saved === this.#taking) return;
    group.saved = this.#taking;
    this.#rows.push(JSON.stringify(this.#rowOf(group)));
  }

  /** A group that was not there. */
  leaveOut(group: Group): void {
    group.saved = this.#taking;
  }

  /** Gives lines, some groups at a time, and in the end the rest of the snapshot. */
  *steps(): Generator<string[], SnapshotHead> {
    yield [];
    for (const groups of this.#left) {
      for (let i = 0; i < groups.length; i += 1) {
        this.save(groups[i] as Group);
        if (this.#rows.length >= perStep) yield this.#take();
      }
    }
    yield this.#take();
    return this.#head;
  }

  #take(): string[] {
    const rows = this.#rows;
    this.#rows = [];
    return rows;
  }

  #rowOf(group: Group): SavedGroup {
    const { place, last, window, seed, alert, fired } = group;
    const row: SavedGroup = [
      this.#units.get(group.state) as number,
      valuesOf(place),
      place.historical ? 1 : 0,
      last,
      this.#placeOf(this.#sources, group.source, this.#head.sources, group.source),
      window?.toJson(this.#save, this.#saveEvent) ?? null,
      seed && [this.#save(seed.seen), seed.value],
      alert && this.#alert(alert),
      fired,
      this.#unsent.get(group) ?? null,
    ];
    while (row.at(-1) === null) row.pop();
    return row;
  }

  #placeOf<T>(places: Map<string, number>, key: string, list: T[], item: T): number {
    let place = places.get(key);
    if (place === undefined) {
      place = list.push(item) - 1;
      places.set(key, place);
    }
    return place;
  }

  readonly #saveEvent = (event: Event): number => this.#placeOf(this.#events, event.id, this.#head.events, event);

  readonly #save: SaveSeen = (seen) => {
    const event = this.#held.get(seen);
    return event === null ? [seen.id, seen.time, seen.attributable ? 1 : 0] : this.#saveEvent(event);
  };

  #alert(alert: OpenAlert): SavedAlert {
    const { by, newValues, evidence, completing, ...kept } = alert;
    const some = (event: Event | null) => (event === null ? null : this.#saveEvent(event));
    return {
      ...kept,
      clauses: clausesOf(alert),
      evidence: {
        ...evidence,
        head: evidence.head.map(some),
        tail: evidence.tail.map(some),
        newest: this.#saveEvent(evidence.newest),
      },
    };
  }
}

/** Fills empty states from a snapshot, as far as it is of the same compiled rules, and returns the watermarks. */
export function readSnapshot(
  snapshot: CorrelatorSnapshot,
  states: ReadonlyMap<string, UnitState>,
  places: Places,
  held: HeldEvents,
  markUnsent: (group: Group) => void,
): Map<string, number> {
  if (snapshot.version !== 3) {
    throw new Error(
      `the correlator's snapshot has version ${snapshot.version}, but only version 3 can be read; start without it`,
    );
  }
  const { events, sources } = snapshot;
  // Held anew in the order of time: the oldest goes first.
  const seen: Seen[] = [];
  for (const [index, event] of [...events.entries()].sort(([, a], [, b]) => a.time - b.time))
    seen[index] = seenOf(event, held.hold(event));
  const load: LoadSeen = (saved) => {
    if (typeof saved === 'number') return found(seen[saved], saved);
    const [id, time, attributable] = saved;
    return { number: 0, id, time, attributable: attributable === 1 };
  };
  const loadEvent = (index: number): Event => found(events[index], index);
  const units = (snapshot.units as SavedUnit[]).map((from) => stateOf(from, states));
  const grown: [place: number, group: Group][] = [];
  for (const row of snapshot.rows) {
    const [unit, values, historical, last, source, window, seed, alert, fired, unsent] = JSON.parse(row) as SavedGroup;
    const state = units[unit];
    if (!state) continue;
    const group = places.add(state, places.find(values, historical === 1), last, sources[source] ?? '');
    if (window && state.unit.part.kind === 'correlation') {
      group.window = state.traits.newWindow(null);
      group.window.restore(window as never, load, loadEvent);
    }
    if (seed) group.seed = seedOf(seed, load);
    if (alert) group.alert = alertOf(alert, loadEvent);
    group.fired = fired ?? null;
    if (unsent) grown.push([unsent, group]);
  }
  for (const [, group] of grown.sort(([a], [b]) => a - b)) markUnsent(group);
  return new Map(snapshot.watermarks);
}

/** The state that a unit's groups go to; null where its rule means something else now. */
function stateOf(from: SavedUnit, states: ReadonlyMap<string, UnitState>): UnitState | null {
  const state = states.get(from.unit);
  if (state === undefined || state.unit.hash !== from.hash) return null;
  state.evicted = from.evicted;
  state.lateDropped = from.late_dropped;
  state.matches = from.matches;
  state.alerts = from.alerts;
  state.cleanUpAt = from.clean_up_at;
  state.unit.missingGroup = from.missing_group;
  return state;
}

const seedOf = ([seen, value]: [SavedSeen, string | null], load: LoadSeen): Seed => ({ seen: load(seen), value });

function alertOf(saved: SavedAlert, load: (index: number) => Event): OpenAlert {
  const some = (index: number | null) => (index === null ? null : load(index));
  const { head, tail, newest, ...kept } = saved.evidence;
  const evidence: Evidence = { ...kept, head: head.map(some), tail: tail.map(some), newest: load(newest) };
  return { ...saved, evidence, completing: null, by: null, newValues: -1 };
}

function found<T>(one: T | undefined, index: number): T {
  if (one === undefined) throw new Error(`the correlator's snapshot lacks event ${index}; start without it`);
  return one;
}
