const minuteMs = 60_000;
const hourMs = 60 * minuteMs;
const most = 10_000;

/** Which refusals are worth showing: the same one once an hour, and in a minute no more than may be decided. */
export class Refusals {
  readonly #last = new Map<string, number>();
  #shown: number[] = [];

  isNew(policy: string | null, target: string, refusal: string, at: number, mostPerMinute: number): boolean {
    const isBreaker = refusal === 'breaker';
    // Many targets run into the breaker for one and the same reason.
    const key = `${policy} ${isBreaker ? '' : target} ${refusal}`;
    this.#shown = this.#shown.filter((shown) => shown > at - minuteMs);
    const last = this.#last.get(key);
    if (last !== undefined && last > at - (isBreaker ? minuteMs : hourMs)) return false;
    if (this.#shown.length >= mostPerMinute) return false;
    this.#last.delete(key);
    this.#last.set(key, at);
    if (this.#last.size > most) this.#last.delete(this.#last.keys().next().value as string);
    this.#shown.push(at);
    return true;
  }
}
