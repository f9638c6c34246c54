import type { Tallied } from '../serve/threats/messages.ts';

/** Different values that are told apart, most. */
const mostValues = 65_536;
const none: Tallied = { distinct: 0, isExact: true, top: [] };

/** How often each value was seen. Beyond the most, further values are not told apart and the number is a lower bound. */
export class Tally {
  #counts: Map<string, number> | null = null;
  #isExact = true;

  get distinct(): number {
    return this.#counts?.size ?? 0;
  }

  add(value: string | null, times = 1): void {
    if (value === null || value === '') return;
    this.#counts ??= new Map();
    const known = this.#counts.get(value);
    if (known === undefined && this.#counts.size >= mostValues) this.#isExact = false;
    else this.#counts.set(value, (known ?? 0) + times);
  }

  join(other: Tally): void {
    for (const [value, times] of other.#counts ?? []) this.add(value, times);
    if (!other.#isExact) this.#isExact = false;
  }

  told(most: number): Tallied {
    if (this.#counts === null) return none;
    const sorted = [...this.#counts].sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1));
    return { distinct: sorted.length, isExact: this.#isExact, top: sorted.slice(0, most) };
  }
}
