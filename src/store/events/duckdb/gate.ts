/** Lets at most `width` through at a time, or one alone. First come, first served. */
export class Gate {
  readonly #width: number;
  #inside = 0;
  #isAlone = false;
  readonly #queue: { alone: boolean; go: () => void }[] = [];

  constructor(width: number) {
    this.#width = width;
  }

  enter<T>(work: () => Promise<T>): Promise<T> {
    return this.#pass(false, work);
  }

  alone<T>(work: () => Promise<T>): Promise<T> {
    return this.#pass(true, work);
  }

  async #pass<T>(alone: boolean, work: () => Promise<T>): Promise<T> {
    if (this.#queue.length > 0 || !this.#mayEnter(alone)) {
      await new Promise<void>((go) => this.#queue.push({ alone, go }));
    } else {
      this.#count(alone);
    }
    try {
      return await work();
    } finally {
      if (alone) this.#isAlone = false;
      else this.#inside -= 1;
      this.#admit();
    }
  }

  #mayEnter(alone: boolean): boolean {
    if (this.#isAlone) return false;
    return alone ? this.#inside === 0 : this.#inside < this.#width;
  }

  #count(alone: boolean): void {
    if (alone) this.#isAlone = true;
    else this.#inside += 1;
  }

  #admit(): void {
    for (let next = this.#queue[0]; next !== undefined && this.#mayEnter(next.alone); next = this.#queue[0]) {
      this.#queue.shift();
      this.#count(next.alone);
      next.go();
    }
  }
}
