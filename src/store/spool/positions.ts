import type { FilePosition } from '../../model/index.ts';

/** Files whose position is remembered; beyond that the one that was not heard of for longest is forgotten. */
const maxPositions = 10_000;

/** How far each file has been read: the highest offset per key, in the order in which they were last heard of. */
export class Positions {
  #byKey = new Map<string, FilePosition>();

  add(positions: readonly FilePosition[]): void {
    for (const position of positions) {
      const known = this.#byKey.get(position.key);
      this.#byKey.delete(position.key);
      this.#byKey.set(position.key, known !== undefined && known.offset > position.offset ? known : position);
    }
    for (const key of this.#byKey.keys()) {
      if (this.#byKey.size <= maxPositions) break;
      this.#byKey.delete(key);
    }
  }

  list(): FilePosition[] {
    return [...this.#byKey.values()];
  }
}
