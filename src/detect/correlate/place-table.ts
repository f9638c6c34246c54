import type { CorrelatorOptions } from '../contract.ts';
import type { Place } from './places.ts';

const mix = (hash: number, unit: number): number => Math.imul(hash ^ unit, 0x01000193);

function hashOfText(hash: number, text: string): number {
  let mixed = mix(hash, text.length);
  for (let at = 0; at < text.length; at += 1) mixed = mix(mixed, text.charCodeAt(at));
  return mixed;
}

function hashOf(values: readonly string[] | null, seed: number): number {
  let hash = seed;
  if (values !== null) for (let i = 0; i < values.length; i += 1) hash = hashOfText(hash, values[i] as string);
  return spread(hash);
}

const spread = (hash: number): number => Math.imul(hash ^ (hash >>> 15), 0x2c1b3c6d) | 0;

/**
 * Places by their group values. A look-up makes no key: with a million groups, making one, hashing it and comparing it
 * costs more than everything else that a match does.
 */
export class PlaceTable {
  #hashes = new Int32Array(256);
  #places: (Place | undefined)[] = new Array<Place | undefined>(256).fill(undefined);
  #size = 0;
  readonly #seed: number;

  /** @param seed of the hashes, see {@link CorrelatorOptions} */
  constructor(seed: number) {
    this.#seed = seed;
  }

  get(values: readonly string[] | null, historical: boolean): Place | undefined {
    const hash = hashOf(values, historical ? ~this.#seed : this.#seed);
    const mask = this.#places.length - 1;
    for (let at = hash & mask; ; at = (at + 1) & mask) {
      const place = this.#places[at];
      if (place === undefined) return undefined;
      if (this.#hashes[at] === hash && isOf(place, values, historical)) return place;
    }
  }

  /** Adds a place that is not in it. */
  add(place: Place): void {
    if (this.#size * 2 >= this.#places.length) this.#grow();
    this.#put(place, this.#hashOf(place));
    this.#size += 1;
  }

  delete(place: Place): void {
    const mask = this.#places.length - 1;
    let hole = this.#hashOf(place) & mask;
    while (this.#places[hole] !== place) {
      if (this.#places[hole] === undefined) return;
      hole = (hole + 1) & mask;
    }
    this.#size -= 1;
    // What was pushed along by the one that goes moves back.
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

  #hashOf({ values, historical }: Place): number {
    const seed = historical ? ~this.#seed : this.#seed;
    return typeof values === 'string' ? spread(hashOfText(seed, values)) : hashOf(values, seed);
  }

  #put(place: Place, hash: number): void {
    const mask = this.#places.length - 1;
    let at = hash & mask;
    while (this.#places[at] !== undefined) at = (at + 1) & mask;
    this.#places[at] = place;
    this.#hashes[at] = hash;
  }

  #grow(): void {
    const places = this.#places;
    const hashes = this.#hashes;
    this.#places = new Array<Place | undefined>(places.length * 2).fill(undefined);
    this.#hashes = new Int32Array(places.length * 2);
    for (const [i, place] of places.entries()) if (place !== undefined) this.#put(place, hashes[i] as number);
  }
}

/** Whether a place is that of these values. */
function isOf(place: Place, values: readonly string[] | null, historical: boolean): boolean {
  const known = place.values;
  if (place.historical !== historical) return false;
  if (values === null || known === null) return values === known;
  if (typeof known === 'string') return values.length === 1 && values[0] === known;
  return known.length === values.length && known.every((value, i) => value === values[i]);
}
