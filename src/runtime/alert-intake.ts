import type { AlertMessage } from '../messages.ts';
import type { Alert } from '../model/index.ts';
import { readAlertDocument } from '../store/alert-document.ts';
import type { StateStore } from '../store/contract.ts';
import type { Bus } from './live-bus.ts';

/** While alerts pour in, they are stored this often: what grew meanwhile is written once. */
const storeEveryMs = 50;

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
  #waiting = new Map<string, AlertMessage>();
  #storedAt = Number.NEGATIVE_INFINITY;
  #timer: NodeJS.Timeout | null = null;

  constructor(options: { bus: Bus; state: StateStore; now: () => number }) {
    this.#bus = options.bus;
    this.#state = options.state;
    this.#now = options.now;
  }

  take(changes: readonly AlertMessage[]): void {
    for (const change of changes) {
      if (change.type === 'alert') {
        this.raised += 1;
        this.#bus.emit(new LazyMessage('alert', () => alertOf(change)));
      }
      this.#waiting.set(change.head.id, change);
    }
    if (this.#waiting.size === 0 || this.#timer !== null) return;
    const wait = this.#storedAt + storeEveryMs - performance.now();
    this.#timer = setTimeout(() => this.flush(), Math.max(0, wait));
  }

  /** Stores what waits. */
  flush(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
    if (this.#waiting.size === 0) return;
    const waiting = this.#waiting;
    this.#waiting = new Map();
    const state = this.#state;
    const at = this.#now();
    state.transaction(() => {
      for (const { head, document } of waiting.values()) state.alerts.put(head, document, at);
    });
    this.#storedAt = performance.now();
    for (const change of waiting.values()) {
      if (change.type === 'alert') continue;
      const { id } = change.head;
      this.#bus.emit(new LazyMessage('alert_update', () => state.alerts.byId(id) ?? alertOf(change)));
    }
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
