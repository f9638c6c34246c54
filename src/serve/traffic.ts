/** What the HTTP front has answered since the start, for its metrics. */
export class Traffic {
  readonly #answers = new Map<string, number>();
  readonly #buckets = latencyBounds.map(() => 0);
  #seconds = 0;
  #count = 0;

  note(method: string, status: number, ms: number): void {
    const key = `${knownMethods.has(method) ? method : 'other'} ${Math.floor(status / 100)}xx`;
    this.#answers.set(key, (this.#answers.get(key) ?? 0) + 1);
    const seconds = ms / 1000;
    this.#seconds += seconds;
    this.#count += 1;
    for (const [index, bound] of latencyBounds.entries())
      if (seconds <= bound) this.#buckets[index] = (this.#buckets[index] ?? 0) + 1;
  }

  answers(): { method: string; status: string; count: number }[] {
    return [...this.#answers].map(([key, count]) => {
      const [method = '', status = ''] = key.split(' ');
      return { method, status, count };
    });
  }

  /** How many were answered within each bound (seconds), together and how long all took. */
  latency(): { bounds: readonly { le: number; count: number }[]; seconds: number; count: number } {
    const bounds = latencyBounds.map((le, index) => ({ le, count: this.#buckets[index] ?? 0 }));
    return { bounds, seconds: this.#seconds, count: this.#count };
  }
}

const latencyBounds = [0.005, 0.02, 0.1, 0.5, 2, 10] as const;
const knownMethods = new Set(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']);
