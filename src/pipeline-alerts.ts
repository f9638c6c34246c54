import type { AlertChange, LateAlert } from './detect/contract.ts';
import type { AlertMessage } from './messages.ts';
import { alertDocument, alertHead } from './store/alert-document.ts';

/** How long growth of an alert may wait for more of it. */
const waitMs = 100;
/** New alerts that leave at once within that time. In a flood the rest waits too, and grows meanwhile. */
const atOnce = 100;

interface Held {
  type: AlertChange['type'];
  alert: LateAlert;
}

/**
 * Alerts on their way from the pipeline to `main`. A new one leaves at once. Growth waits a moment: an attack of a
 * thousand lines a second needs no thousand messages that each replace the one before.
 */
export class AlertOutbox {
  readonly #send: (changes: AlertMessage[]) => void;
  #held = new Map<string, Held>();
  #left = atOnce;
  #timer: NodeJS.Timeout | null = null;

  constructor(send: (changes: AlertMessage[]) => void) {
    this.#send = send;
  }

  tell(changes: readonly AlertChange[]): void {
    for (const { type, late } of changes) {
      if (late === undefined) throw new Error('the live pipeline tells alerts late');
      if (type === 'alert' && this.#left > 0) {
        this.#left -= 1;
        this.#send([messageOf({ type, alert: late })]);
      } else if (!this.#held.has(late.id)) this.#held.set(late.id, { type, alert: late });
      this.#timer ??= setTimeout(() => this.flush(), waitMs);
    }
  }

  /** Sends what waits. Whatever claims that all has been told (a snapshot, the end) comes after this. */
  flush(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
    this.#left = atOnce;
    if (this.#held.size === 0) return;
    const held = this.#held;
    this.#held = new Map();
    this.#send([...held.values()].map(messageOf));
  }
}

function messageOf({ type, alert: late }: Held): AlertMessage {
  const { alert, events } = late.parts();
  const missing = alert.event_ids.length - events.length;
  return { type, head: alertHead(alert), document: alertDocument(alert, events), missing };
}
