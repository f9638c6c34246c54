export interface TurnLimits {
  /** At a time. */
  running: number;
  /** Wait, most: all together, and of one caller. */
  waiting: number;
  waitingOfOne?: number;
}

/** Who wants a turn. */
export interface TurnTaker {
  /** Has one turn at a time; null: as many as there are. */
  caller: string | null;
  /** Ends the waiting. */
  signal?: AbortSignal;
}

interface Waiting extends TurnTaker {
  begin: () => void;
}

/** Lets a few do something at a time; others wait in line, and beyond that are sent away. */
export class Turns {
  readonly #limits: TurnLimits;
  #running = 0;
  /** Callers whose turn it is. */
  readonly #callers = new Set<string>();
  #waiting: Waiting[] = [];

  constructor(limits: TurnLimits) {
    this.#limits = limits;
  }

  get isTaken(): boolean {
    return this.#running > 0;
  }

  /**
   * @param busy makes what is thrown where too many wait, of the caller (`own`) or in all
   * @throws the signal's reason where it is given while waiting
   */
  async take<T>(
    work: () => Promise<T>,
    busy: (own: boolean) => Error,
    taker: TurnTaker = { caller: null },
  ): Promise<T> {
    if (this.#isFree(taker)) this.#begin(taker);
    else await this.#wait(taker, busy);
    try {
      return await work();
    } finally {
      this.#running -= 1;
      if (taker.caller !== null) this.#callers.delete(taker.caller);
      this.#next();
    }
  }

  #isFree({ caller }: TurnTaker): boolean {
    return this.#running < this.#limits.running && (caller === null || !this.#callers.has(caller));
  }

  #begin({ caller }: TurnTaker): void {
    this.#running += 1;
    if (caller !== null) this.#callers.add(caller);
  }

  async #wait({ caller, signal }: TurnTaker, busy: (own: boolean) => Error): Promise<void> {
    signal?.throwIfAborted();
    const { waiting, waitingOfOne = waiting } = this.#limits;
    if (this.#waiting.filter((one) => one.caller === caller).length >= waitingOfOne) throw busy(true);
    if (this.#waiting.length >= waiting) throw busy(false);
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const own: Waiting = { caller, begin: resolve };
    const leave = (): void => {
      this.#waiting = this.#waiting.filter((one) => one !== own);
      reject(signal?.reason);
    };
    this.#waiting.push(own);
    signal?.addEventListener('abort', leave);
    try {
      await promise;
    } finally {
      signal?.removeEventListener('abort', leave);
    }
  }

  /** Whoever came first of those who may. */
  #next(): void {
    this.#waiting = this.#waiting.filter((one) => {
      if (!this.#isFree(one)) return true;
      this.#begin(one);
      one.begin();
      return false;
    });
  }
}
