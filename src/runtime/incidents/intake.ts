import type { Log } from '../../serve/contract.ts';
import { isDiskTrouble, type StateStore } from '../../store/contract.ts';
import type { IncidentBuilder } from './builder.ts';
import type { Feed } from './feed.ts';

/** What waits is looked at this often. An alert that grows meanwhile is looked at once. */
const everyMs = 50;
/** After this time others have their turn; a transaction is this long at most. */
const turnMs = 4;
const perTransaction = 8;
/** What the disk does not take is tried again this often. */
const retryMs = 1000;
/** Alerts of before that are read at once. */
const perPage = 200;

export interface IntakeOptions {
  state: StateStore;
  builder: IncidentBuilder;
  feed: Feed;
  log: Log;
}

/**
 * Takes stored alerts into incidents, in turns, so that nothing waits for it. Nothing is lost by a crash: what is stored
 * and in no incident is found at the next start.
 */
export class IncidentIntake {
  readonly #options: IntakeOptions;
  readonly #waiting = new Set<string>();
  /** Number of the last alert of before that was looked at; null: all were. */
  #behind: number | null = 0;
  #timer: NodeJS.Timeout | null = null;
  /** The disk took nothing. */
  #isStuck = false;
  #isClosed = false;

  constructor(options: IntakeOptions) {
    this.#options = options;
    this.#later(0);
  }

  take(ids: readonly string[]): void {
    if (this.#isClosed) return;
    for (const id of ids) this.#waiting.add(id);
    this.#later(everyMs);
  }

  /** All that is stored and in no incident, at once. */
  flush(): void {
    this.#behind = 0;
    this.#isStuck = false;
    while (this.#some() && !this.#isStuck);
  }

  close(): void {
    this.#isClosed = true;
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
  }

  #later(ms: number): void {
    if (this.#timer !== null || this.#isClosed) return;
    this.#timer = setTimeout(() => {
      this.#timer = null;
      const end = performance.now() + turnMs;
      let isMore = true;
      this.#isStuck = false;
      while (isMore && !this.#isStuck && performance.now() < end) isMore = this.#some();
      if (isMore) this.#later(this.#isStuck ? retryMs : 1);
    }, ms);
  }

  /** @returns whether more waits. */
  #some(): boolean {
    this.#fill();
    const some: string[] = [];
    for (const id of this.#waiting) {
      some.push(id);
      this.#waiting.delete(id);
      if (some.length >= perTransaction) break;
    }
    if (some.length > 0) this.#store(some);
    return this.#waiting.size > 0 || this.#behind !== null;
  }

  /** Alerts of before, as soon as nothing newer waits. */
  #fill(): void {
    if (this.#behind === null || this.#waiting.size > 0) return;
    const page = this.#options.state.incidents.pending(this.#behind, perPage);
    for (const { id } of page) this.#waiting.add(id);
    this.#behind = page.at(-1)?.number ?? null;
  }

  #store(ids: readonly string[]): void {
    const { state, builder, feed, log } = this.#options;
    const told: (() => void)[] = [];
    const takeOne = (id: string): void => {
      const alert = state.alerts.byId(id);
      if (alert === null) return;
      for (const { kind, incident, byAlert } of builder.take(alert))
        told.push(() => feed.tell(kind, incident, byAlert ? alert : null));
    };
    try {
      state.transaction(() => ids.forEach(takeOne));
    } catch (error) {
      told.length = 0;
      if (isDiskTrouble(error)) {
        this.#isStuck = true;
        for (const id of ids) this.#waiting.add(id);
        return;
      }
      if (ids.length === 1) log('error', `Alert ${ids[0]} is in no incident: ${(error as Error).message}`);
      // One that cannot be taken does not keep the others out.
      else for (const id of ids) this.#store([id]);
      return;
    }
    for (const tell of told) tell();
  }
}
