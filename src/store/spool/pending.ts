/** How many bytes of which segments wait to be stored, and whether that is the most that may wait. */
export class PendingSegments {
  #bytesById = new Map<number, number>();
  #bytes = 0;
  #isCapReached = false;
  #cap: number;

  constructor(cap: number) {
    this.#cap = cap;
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** As of the last {@link watchCap}. */
  get isCapReached(): boolean {
    return this.#isCapReached;
  }

  has(id: number): boolean {
    return this.#bytesById.has(id);
  }

  /** `bytes` is negative where some were cut off. */
  add(id: number, bytes: number): void {
    this.#bytesById.set(id, (this.#bytesById.get(id) ?? 0) + bytes);
    this.#bytes += bytes;
  }

  drop(id: number): void {
    this.#bytes -= this.#bytesById.get(id) ?? 0;
    this.#bytesById.delete(id);
  }

  /** Full at the cap, usable again below nine tenths of it. True where that changed. */
  watchCap(): boolean {
    const isReached = this.#bytes >= (this.#isCapReached ? this.#cap * 0.9 : this.#cap);
    if (isReached === this.#isCapReached) return false;
    this.#isCapReached = isReached;
    return true;
  }
}
