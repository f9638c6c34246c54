/**
 * Requests of an address within a window that slides: exactly `most` are let in, whatever their rhythm. At most `maxKeys`
 * addresses are remembered; the one that was silent longest is forgotten first.
 */
export class RequestLimit {
  readonly #times = new Map<string, number[]>();
  readonly #maxKeys: number;

  constructor(maxKeys = 10_000) {
    this.#maxKeys = maxKeys;
  }

  /** @returns seconds to wait; 0: the request is let in and counted. `most` 0: no limit. */
  take(key: string, most: number, windowMs: number, now: number): number {
    if (most <= 0) return 0;
    const times = (this.#times.get(key) ?? []).filter((time) => time > now - windowMs && time <= now);
    // Moved to the end: the map is in the order of the last request.
    this.#times.delete(key);
    this.#times.set(key, times);
    if (this.#times.size > this.#maxKeys) {
      const silent = this.#times.keys().next();
      if (!silent.done) this.#times.delete(silent.value);
    }
    const first = times[times.length - most];
    if (first !== undefined) return (first + windowMs - now) / 1000;
    times.push(now);
    return 0;
  }
}
