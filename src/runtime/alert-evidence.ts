import type { EventJson } from '../model/index.ts';
import { inOrder } from '../store/alert-document.ts';
import type { StateStore } from '../store/contract.ts';

/** What waits is looked up this often. */
const lookUpEveryMs = 1000;
/** Events that are asked for at once. */
const perLookUp = 400;
/** Alerts that wait. Beyond, the oldest are left as they are: their page looks the events up when it is opened. */
const maxWaiting = 10_000;

export interface AlertEvidenceOptions {
  state: StateStore;
  /** Events by their ids, of all that was acknowledged. */
  find: (ids: readonly string[]) => Promise<EventJson[]>;
  now: () => number;
  log: (level: 'warn', message: string) => void;
  /** An alert has more of its events now. */
  onComplete: (alertId: string) => void;
}

/**
 * The correlator holds a bounded number of events. An alert whose first events it has let go names them by id: here they
 * are taken from the store and kept with the alert, which outlives them.
 */
export class AlertEvidence {
  readonly #options: AlertEvidenceOptions;
  readonly #waiting = new Map<string, readonly string[]>();
  #timer: NodeJS.Timeout | null = null;
  #isClosed = false;
  #left = 0;

  constructor(options: AlertEvidenceOptions) {
    this.#options = options;
  }

  /** Events of a stored alert are missing. */
  want(alertId: string, ids: readonly string[]): void {
    if (this.#isClosed) return;
    this.#waiting.delete(alertId);
    this.#waiting.set(alertId, ids);
    if (this.#waiting.size > maxWaiting) {
      const [oldest] = this.#waiting.keys();
      this.#waiting.delete(oldest as string);
      this.#left += 1;
    }
    this.#later();
  }

  close(): void {
    this.#isClosed = true;
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
    this.#waiting.clear();
  }

  #later(): void {
    if (this.#timer !== null || this.#isClosed || this.#waiting.size === 0) return;
    this.#timer = setTimeout(() => this.#lookUp(), lookUpEveryMs);
    this.#timer.unref();
  }

  async #lookUp(): Promise<void> {
    const { find, log } = this.#options;
    const wanted = this.#next();
    try {
      const events = await find([...new Set([...wanted.values()].flat())]);
      if (!this.#isClosed) for (const id of wanted.keys()) this.#complete(id, events);
    } catch (error) {
      if (!this.#isClosed)
        log('warn', `The first events of ${wanted.size} alerts could not be looked up: ${(error as Error).message}`);
    }
    if (this.#left > 0) {
      log(
        'warn',
        `${this.#left} alerts were raised faster than their first events could be looked up: they name them.`,
      );
      this.#left = 0;
    }
    this.#timer = null;
    this.#later();
  }

  #next(): Map<string, readonly string[]> {
    const next = new Map<string, readonly string[]>();
    let count = 0;
    for (const [alertId, ids] of this.#waiting) {
      if (count > 0 && count + ids.length > perLookUp) break;
      count += ids.length;
      next.set(alertId, ids);
      this.#waiting.delete(alertId);
    }
    return next;
  }

  #complete(alertId: string, found: readonly EventJson[]): void {
    const { state, now, onComplete } = this.#options;
    const alert = state.alerts.byId(alertId);
    if (alert === null) return;
    const events = inOrder(alert.event_ids, [...found, ...alert.events]);
    if (events.length === alert.events.length) return;
    const { created_at, updated_at, ...kept } = alert;
    state.alerts.upsert({ ...kept, events }, now());
    onComplete(alertId);
  }
}
