import { PlaceTable } from './place-table.ts';
import { detached } from './seen.ts';
import type { Group, UnitState } from './state.ts';

/** Group values and who counts under them: units that are grouped by the same field share one look-up. */
export interface Place {
  /** Most have one: it stands for itself. null: no group-by. None keeps the line alive that it was cut from. */
  readonly values: string | readonly string[] | null;
  /** What is long over (an old file that is read in) never mixes with what happens now. */
  readonly historical: boolean;
  /** The others follow by their `next`. null: nobody counts here. */
  first: Group | null;
}

interface Asked {
  values: readonly string[] | null;
  place: Place;
}

/** All groups of all units, by their values. */
export class Places {
  readonly #table: PlaceTable;
  /** What was asked for the event at hand. */
  readonly #asked: Asked[] = [];

  /** @param seed of the table's hashes */
  constructor(seed: number) {
    this.#table = new PlaceTable(seed);
  }

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
      if (known === values && place.first !== null) return place;
    }
    const place = this.find(values, historical);
    asked.push({ values, place });
    return place;
  }

  /** As {@link of}, with no event at hand. */
  find(values: readonly string[] | null, historical: boolean): Place {
    let place = this.#table.get(values, historical);
    if (place === undefined) {
      const [one] = values ?? [];
      const kept = values?.length === 1 && one !== undefined ? detached(one) : (values?.map(detached) ?? null);
      place = { values: kept, historical, first: null };
      this.#table.add(place);
    }
    return place;
  }

  add(state: UnitState, place: Place, time: number, source: string): Group {
    const slot = state.groups.length;
    const next = place.first;
    const group: Group = {
      state,
      place,
      next,
      slot,
      last: time,
      source,
      window: null,
      seed: null,
      alert: null,
      fired: null,
      saved: 0,
    };
    place.first = group;
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
    if (place.first === group) place.first = group.next;
    else {
      let before = place.first;
      while (before !== null && before.next !== group) before = before.next;
      if (before !== null) before.next = group.next;
    }
    if (place.first === null) this.#table.delete(place);
  }

  clear(): void {
    this.#table.clear();
  }
}

/** A place's values as matches have them. */
export const valuesOf = ({ values }: Place): readonly string[] | null =>
  typeof values === 'string' ? [values] : values;
