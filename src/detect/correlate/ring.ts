/** The newest `capacity` times in rising order. Grows as it fills; the oldest time gives way. */
export class TimeRing {
  readonly #capacity: number;
  #times: Float64Array;
  /** Place of the oldest time. */
  #head = 0;
  #length = 0;

  constructor(capacity: number) {
    this.#capacity = capacity;
    this.#times = new Float64Array(Math.min(capacity, 4));
  }

  get length(): number {
    return this.#length;
  }

  /** The i-th oldest time. */
  at(i: number): number {
    const place = this.#head + i;
    const size = this.#times.length;
    return this.#times[place < size ? place : place - size] as number;
  }

  /** Inserts in order, behind equal times, and returns the place, or -1 where the time is older than a full ring's oldest. */
  insert(time: number): number {
    if (this.#length === this.#capacity) {
      if (time < this.at(0)) return -1;
      this.#head = this.#head + 1 === this.#times.length ? 0 : this.#head + 1;
      this.#length -= 1;
    } else if (this.#length === this.#times.length) this.#grow();
    let place = this.#length;
    this.#length += 1;
    while (place > 0 && this.at(place - 1) > time) {
      this.#set(place, this.at(place - 1));
      place -= 1;
    }
    this.#set(place, time);
    return place;
  }

  clear(): void {
    this.#head = 0;
    this.#length = 0;
  }

  toArray(): number[] {
    return Array.from({ length: this.#length }, (_, i) => this.at(i));
  }

  #set(i: number, time: number): void {
    const place = this.#head + i;
    const size = this.#times.length;
    this.#times[place < size ? place : place - size] = time;
  }

  #grow(): void {
    const grown = new Float64Array(Math.min(this.#capacity, this.#times.length * 2));
    for (let i = 0; i < this.#length; i += 1) grown[i] = this.at(i);
    this.#times = grown;
    this.#head = 0;
  }
}
