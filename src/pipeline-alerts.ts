import type { AlertChange, LateAlert } from './detect/contract.ts';
import type { AlertMessage } from './messages.ts';
import { alertDocument, alertHead } from './store/alert-document.ts';

/** How long growth of an alert may wait for more of it, however short the alert is known. */
const waitMs = 100;
/** After a while: this share of how long it is known, at most so long. */
const waitShare = 0.2;
const longestWaitMs = 5000;
/** New alerts that leave at once within the shortest wait. In a flood the rest waits too, and grows meanwhile. */
const atOnce = 100;
/** Alerts whose age is remembered. One that was forgotten counts as new. */
const mostRemembered = 20_000;

interface Held {
  type: AlertChange['type'];
  alert: LateAlert;
  /** When it is to leave. */
  due: number;
}

/**
 * Alerts on their way from the pipeline to `main`. A new one leaves at once. Growth waits: an attack of a thousand lines
 * a second needs no thousand messages that each replace the one before, and one that has lasted for minutes needs none
 * every second. Each carries up to forty events, is stored and looked at for incidents.
 */
export class AlertOutbox {
  readonly #send: (changes: AlertMessage[]) => void;
  readonly #now: () => number;
  readonly #held = new Map<string, Held>();
  /** When each alert was told first, ms; the order is that of the telling. */
  readonly #known = new Map<string, number>();
  #left = atOnce;
  #timer: NodeJS.Timeout | null = null;

  /** @param now a clock that only goes forward, ms */
  constructor(send: (changes: AlertMessage[]) => void, now: () => number = () => performance.now()) {
    this.#send = send;
    this.#now = now;
  }

  tell(changes: readonly AlertChange[]): void {
    for (const { type, late } of changes) {
      if (late === undefined) throw new Error('the live pipeline tells alerts late');
      if (type === 'alert' && this.#left > 0) {
        this.#left -= 1;
        this.#knownSince(late.id);
        this.#send([messageOf({ type, alert: late })]);
      } else if (!this.#held.has(late.id)) {
        const now = this.#now();
        const age = now - this.#knownSince(late.id);
        const due = now + Math.min(longestWaitMs, Math.max(waitMs, age * waitShare));
        this.#held.set(late.id, { type, alert: late, due });
      }
      this.#timer ??= setTimeout(() => this.#sendDue(), waitMs);
    }
  }

  /** Sends what waits. Whatever claims that all has been told (a snapshot, the end) comes after this. */
  flush(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
    this.#left = atOnce;
    this.#sendHeld(Number.POSITIVE_INFINITY);
  }

  #sendDue(): void {
    this.#left = atOnce;
    // What would be due before the next look does not wait for it.
    this.#sendHeld(this.#now() + waitMs);
    this.#timer = this.#held.size === 0 ? null : setTimeout(() => this.#sendDue(), waitMs);
  }

  #sendHeld(until: number): void {
    const due = [...this.#held.values()].filter((held) => held.due <= until);
    if (due.length === 0) return;
    for (const { alert } of due) this.#held.delete(alert.id);
    this.#send(due.map(messageOf));
  }

  #knownSince(id: string): number {
    const known = this.#known.get(id);
    if (known !== undefined) return known;
    const now = this.#now();
    this.#known.set(id, now);
    if (this.#known.size > mostRemembered) {
      const [oldest] = this.#known.keys();
      this.#known.delete(oldest as string);
    }
    return now;
  }
}

function messageOf({ type, alert: late }: Pick<Held, 'type' | 'alert'>): AlertMessage {
  const { alert, events } = late.parts();
  const missing = alert.event_ids.length - events.length;
  return { type, head: alertHead(alert), document: alertDocument(alert, events), missing };
}
