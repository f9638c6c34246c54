/** Who may use the slices when: any number of readings, one writing at a time, and nobody while a closed slice is mended. */
import type { Slice, Slices } from './slices.ts';

/**
 * The readings and writings of a store, in order. When the engine closes a slice because it could not write its log into
 * its file (no room on the disk, no memory), the next writing first attaches that slice anew; readings wait for that.
 */
export class Turns {
  readonly #slices: Slices;
  readonly #onReattached: (segments: readonly number[]) => void;
  #last: Promise<unknown> = Promise.resolve();
  readonly #readers = new Set<Promise<unknown>>();
  #closed: Slice | null = null;
  #mending: Promise<unknown> | null = null;

  /** @param onReattached gets the segments of a slice that was attached anew: a load that failed may have been committed */
  constructor(slices: Slices, onReattached: (segments: readonly number[]) => void) {
    this.#slices = slices;
    this.#onReattached = onReattached;
  }

  /** Runs a reading, beside any others. */
  read<T>(work: () => Promise<T>): Promise<T> {
    const running = this.#mending === null ? work() : this.#mending.then(work);
    this.#readers.add(running);
    const done = (): void => void this.#readers.delete(running);
    running.then(done, (error: unknown) => {
      done();
      // It may be long until something is written: the mending does not wait for it.
      if (this.#notice(error)) void this.write(async () => undefined).catch(() => undefined);
    });
    return running;
  }

  /** Runs a writing after all that were asked for before it. */
  write<T>(work: () => Promise<T>): Promise<T> {
    const turn = this.#last.then(() => this.#mend()).then(work);
    this.#last = turn.catch((error: unknown) => this.#notice(error));
    return turn;
  }

  /** Resolves when every reading that runs now has ended. */
  readersDone(): Promise<unknown> {
    return Promise.allSettled([...this.#readers]);
  }

  /** @returns whether the error is the first to say that the engine has closed a slice */
  #notice(error: unknown): boolean {
    const isNew = this.#closed === null;
    this.#closed ??= this.#slices.closedBy(error);
    return isNew && this.#closed !== null;
  }

  async #mend(): Promise<void> {
    const slice = this.#closed;
    if (slice === null) return;
    const readers = this.readersDone();
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#mending = promise;
    try {
      await readers;
      this.#onReattached(await this.#slices.reattach(slice));
      this.#closed = null;
    } finally {
      this.#mending = null;
      resolve();
    }
  }
}
