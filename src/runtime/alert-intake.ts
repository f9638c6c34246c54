import type { AlertMessage } from '../messages.ts';
import type { Alert } from '../model/index.ts';
import type { Log } from '../serve/contract.ts';
import { completeDocument, readAlertDocument } from '../store/alert-document.ts';
import { isDiskTrouble, type StateStore } from '../store/contract.ts';
import { AlertEvidence, type AlertEvidenceOptions } from './alert-evidence.ts';
import type { AlertGate } from './alert-gate.ts';
import type { Bus } from './live-bus.ts';

/** While alerts pour in, they are stored this often: what grew meanwhile is written once. */
const storeEveryMs = 50;
/** What the disk does not take is tried again this often, and so many alerts wait for it. */
const retryMs = 1000;
const mostWaiting = 50_000;
/** After this time new alerts and events have their turn; a transaction is this long at most. */
const turnMs = 4;
const perTransaction = 8;

export interface AlertIntakeOptions {
  bus: Bus;
  state: StateStore;
  now: () => number;
  gate: AlertGate;
  log: Log;
  findEvents: AlertEvidenceOptions['find'];
}

/**
 * `main`'s end of the alerts' way: new ones go out at once, all are stored soon after (in the same turn of the loop,
 * unless alerts pour in), updates go out once they are stored, with what people have set.
 */
export class AlertIntake {
  /** New alerts so far. */
  raised = 0;
  readonly #bus: Bus;
  readonly #state: StateStore;
  readonly #now: () => number;
  readonly #gate: AlertGate;
  readonly #evidence: AlertEvidence;
  readonly #waiting = new Map<string, AlertMessage>();
  readonly #log: Log;
  #storedAt = Number.NEGATIVE_INFINITY;
  /** Why nothing can be stored now. */
  #trouble: string | null = null;
  #dropped = 0;
  #timer: NodeJS.Timeout | null = null;

  constructor(options: AlertIntakeOptions) {
    this.#bus = options.bus;
    this.#state = options.state;
    this.#now = options.now;
    this.#gate = options.gate;
    this.#log = options.log;
    const { state, now, log, findEvents: find } = options;
    this.#evidence = new AlertEvidence({ state, find, now, log, onComplete: (id) => this.#tellUpdate(id) });
  }

  take(changes: readonly AlertMessage[]): void {
    for (const found of changes) {
      const change = this.#gate.pass(found);
      if (change === null) continue;
      if (change.type === 'alert') {
        this.raised += 1;
        this.#bus.emit(new LazyMessage('alert', () => alertOf(change)));
      }
      this.#waiting.set(change.head.id, change);
    }
    if (this.#waiting.size === 0 || this.#timer !== null) return;
    this.#storeIn(this.#storedAt + storeEveryMs - performance.now());
  }

  /** Stores all that waits, or nothing more where the disk takes nothing: then it goes on waiting. */
  flush(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
    while (this.#waiting.size > 0 && this.#storeSome());
    if (this.#waiting.size > 0) this.#storeIn(retryMs);
  }

  /** What the pipeline has let go is taken from what is stored of the alert; what is not there is looked up. */
  #completed({ head, document, missing }: AlertMessage): string {
    if (missing === 0) return document;
    const complete = completeDocument(document, this.#state.alerts.byId(head.id)?.events ?? []);
    if (complete.missing.length > 0) this.#evidence.want(head.id, complete.missing);
    return complete.document;
  }

  #tellUpdate(id: string): void {
    const alert = this.#state.alerts.byId(id);
    if (alert !== null) this.#bus.emit({ type: 'alert_update', alert });
  }

  close(): void {
    this.flush();
    if (this.#timer !== null) clearTimeout(this.#timer);
    if (this.#waiting.size > 0)
      this.#log('error', `${this.#waiting.size} alerts could not be stored before the end: ${this.#trouble}.`);
    this.#evidence.close();
  }

  #storeIn(ms: number): void {
    this.#timer = setTimeout(
      () => {
        this.#timer = null;
        const end = performance.now() + turnMs;
        let isStored = true;
        while (isStored && this.#waiting.size > 0 && performance.now() < end) isStored = this.#storeSome();
        if (this.#waiting.size > 0) this.#storeIn(isStored ? 0 : retryMs);
      },
      Math.max(0, ms),
    );
  }

  /** @returns false: the disk takes nothing now, and they wait */
  #storeSome(): boolean {
    const state = this.#state;
    const at = this.#now();
    const some: AlertMessage[] = [];
    for (const [id, change] of this.#waiting) {
      some.push(change);
      this.#waiting.delete(id);
      if (some.length >= perTransaction) break;
    }
    try {
      state.transaction(() => {
        for (const change of some) state.alerts.put(change.head, this.#completed(change), at);
      });
    } catch (error) {
      if (!isDiskTrouble(error)) throw error;
      this.#putBack(some, (error as Error).message);
      return false;
    }
    if (this.#trouble !== null) this.#log('info', `Alerts are stored again. ${this.#dropped} were dropped meanwhile.`);
    this.#trouble = null;
    this.#dropped = 0;
    this.#storedAt = performance.now();
    this.#bus.emit({ type: 'alerts_stored', ids: some.map(({ head }) => head.id) });
    for (const change of some) {
      if (change.type === 'alert') continue;
      const { id } = change.head;
      this.#bus.emit(new LazyMessage('alert_update', () => state.alerts.byId(id) ?? alertOf(change)));
    }
    return true;
  }

  /** They were told already; what grew meanwhile is newer. */
  #putBack(some: readonly AlertMessage[], trouble: string): void {
    for (const change of some) {
      if (this.#waiting.size < mostWaiting) this.#waiting.set(change.head.id, change);
      else this.#dropped += 1;
    }
    if (this.#trouble === null)
      this.#log(
        'error',
        `Alerts cannot be stored: ${trouble}. They are told, wait in memory, and are stored when there is room.`,
      );
    this.#trouble = trouble;
  }
}

/** The alert is read only where somebody looks. */
class LazyMessage {
  readonly type: 'alert' | 'alert_update';
  readonly #read: () => Alert;

  constructor(type: 'alert' | 'alert_update', read: () => Alert) {
    this.type = type;
    this.#read = read;
  }

  get alert(): Alert {
    return this.#read();
  }
}

function alertOf({ head, document }: AlertMessage): Alert {
  return { ...readAlertDocument(document), ...head };
}
