/** The newest `capacity` times in rising order. Grows as it fills; the oldest time gives way. */
export class TimeRing {
  readonly #capacity: number;
  /** A plain array of doubles: typed arrays cost far more to make and to collect, and most rings hold a few times. */
  #times: number[] = [];
  /** Place of the oldest time. */
  #head = 0;

  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  get length(): number {
    return this.#times.length;
  }

  /** The i-th oldest time. */
  at(i: number): number {
    const place = this.#head + i;
    const size = this.#times.length;
    return this.#times[place < size ? place : place - size] as number;
  }

  /** Inserts in order, behind equal times, and returns the place, or -1 where the time is older than a full ring's oldest. */
  insert(time: number): number {
    let place = this.#times.length;
    if (place === this.#capacity) {
      if (time < this.at(0)) return -1;
      this.#head = this.#head + 1 === place ? 0 : this.#head + 1;
      place -= 1;
    } else this.#times.push(time);
    while (place > 0 && this.at(place - 1) > time) {
      this.#set(place, this.at(place - 1));
      place -= 1;
    }
    this.#set(place, time);
    return place;
  }

  clear(): void {
    this.#times = [];
    this.#head = 0;
  }

  toArray(): number[] {
    return Array.from({ length: this.length }, (_, i) => this.at(i));
  }

  #set(i: number, time: number): void {
    const place = this.#head + i;
    const size = this.#times.length;
    this.#times[place < size ? place : place - size] = time;
  }
}
