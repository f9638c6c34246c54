import type { Place } from './state.ts';

const mix = (hash: number, unit: number): number => Math.imul(hash ^ unit, 0x01000193);

/** A hash of a group's values; the same as that of their key. */
function hashOf(values: readonly string[] | null, historical: boolean): number {
  let hash = historical ? 0x2f0b4c47 : 0x811c9dc5;
  if (values !== null) {
    for (let i = 0; i < values.length; i += 1) {
      const value = values[i] as string;
      hash = mix(hash, 0);
      for (let at = 0; at < value.length; at += 1) hash = mix(hash, value.charCodeAt(at));
    }
  }
  return spread(hash);
}

function hashOfKey(key: string): number {
  let hash = key.startsWith('old') ? 0x2f0b4c47 : 0x811c9dc5;
  for (let at = 3; at < key.length; at += 1) hash = mix(hash, key.charCodeAt(at));
  return spread(hash);
}

const spread = (hash: number): number => Math.imul(hash ^ (hash >>> 15), 0x2c1b3c6d) | 0;

/**
 * Places by their group values. A look-up makes no key: with a million groups, making one, hashing it and comparing it costs more than
 * everything else that a match does.
 */
export class PlaceTable {
  #hashes = new Int32Array(256);
  #places: (Place | undefined)[] = new Array<Place | undefined>(256).fill(undefined);
  #size = 0;

  get(values: readonly string[] | null, historical: boolean): Place | undefined {
    const hash = hashOf(values, historical);
    const mask = this.#places.length - 1;
    for (let at = hash & mask; ; at = (at + 1) & mask) {
      const place = this.#places[at];
      if (place === undefined) return undefined;
      if (this.#hashes[at] === hash && isOf(place, values, historical)) return place;
    }
  }

  byKey(key: string): Place | undefined {
    const at = this.#placeOf(key);
    return this.#places[at];
  }

  add(place: Place): void {
    if (this.#size * 2 >= this.#places.length) this.#grow();
    const at = this.#placeOf(place.key);
    this.#hashes[at] = hashOfKey(place.key);
    this.#places[at] = place;
    this.#size += 1;
  }

  delete(place: Place): void {
    let hole = this.#placeOf(place.key);
    if (this.#places[hole] === undefined) return;
    this.#size -= 1;
    // What was pushed along by the one that goes moves back.
    const mask = this.#places.length - 1;
    for (let at = (hole + 1) & mask; this.#places[at] !== undefined; at = (at + 1) & mask) {
      const wanted = (this.#hashes[at] as number) & mask;
      if (((at - wanted) & mask) < ((at - hole) & mask)) continue;
      this.#places[hole] = this.#places[at];
      this.#hashes[hole] = this.#hashes[at] as number;
      hole = at;
    }
    this.#places[hole] = undefined;
  }

  clear(): void {
    this.#hashes = new Int32Array(256);
    this.#places = new Array<Place | undefined>(256).fill(undefined);
    this.#size = 0;
  }

  /** Where a key is, or belongs. */
  #placeOf(key: string): number {
    const hash = hashOfKey(key);
    const mask = this.#places.length - 1;
    let at = hash & mask;
    for (;;) {
      const place = this.#places[at];
      if (place === undefined || (this.#hashes[at] === hash && place.key === key)) return at;
      at = (at + 1) & mask;
    }
  }

  #grow(): void {
    const places = this.#places;
    const hashes = this.#hashes;
    const size = places.length * 2;
    const mask = size - 1;
    this.#places = new Array<Place | undefined>(size).fill(undefined);
    this.#hashes = new Int32Array(size);
    for (const [i, place] of places.entries()) {
      if (place === undefined) continue;
      let at = (hashes[i] as number) & mask;
      while (this.#places[at] !== undefined) at = (at + 1) & mask;
      this.#places[at] = place;
      this.#hashes[at] = hashes[i] as number;
    }
  }
}

/** Whether a place's key is made of these values. */
export function isOf({ key }: Place, values: readonly string[] | null, historical: boolean): boolean {
  if (key.startsWith('old') !== historical) return false;
  let at = 3;
  if (values !== null) {
    for (let i = 0; i < values.length; i += 1) {
      const value = values[i] as string;
      if (key.charCodeAt(at) !== 0 || !key.startsWith(value, at + 1)) return false;
      at += 1 + value.length;
    }
  }
  return at === key.length;
}
