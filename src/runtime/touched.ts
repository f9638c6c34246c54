import type { AlertMessage } from '../messages.ts';
import { type EventJson, type Severity, severities } from '../model/index.ts';
import { readAlertDocument } from '../store/alert-document.ts';
import type { StateStore } from '../store/contract.ts';

/** So long an address stays known for having been in a decoy. */
export const touchedMs = 30 * 86_400_000;
/** Addresses that are remembered; the one that touched a decoy longest ago is forgotten first. */
const mostAddresses = 50_000;
/** Alerts of before that are read at the start. */
const mostAlerts = 2000;
/** Says the same as the raised severity, to those who read only the tags. */
const visitorTag = 'decoy_visitor';

interface Touch {
  at: number;
  decoy: string;
}

/** What is changed of an alert's document. */
interface Raised {
  severity: Severity;
  tags: string[];
  explain: { summary: string };
}

/** Who has been in a decoy, and what is made of that: whoever touches one is hostile in every other rule as well. */
export class TouchedAddresses {
  readonly #now: () => number;
  readonly #touches = new Map<string, Touch>();

  constructor({ state, now }: { state: StateStore; now: () => number }) {
    this.#now = now;
    const { alerts } = state.alerts.list({ from: now() - touchedMs, text: 'decoy' }, mostAlerts, null);
    for (const { events } of alerts.reverse()) this.#learn(events);
  }

  /** An alert as it came, or raised by one step where it is about somebody who has been in a decoy. */
  pass(change: AlertMessage): AlertMessage {
    // Quotes inside of texts are escaped: nobody can write this into a log line.
    const isOfDecoy = change.document.includes('"source_type":"decoy"');
    if (!isOfDecoy && this.#touches.size === 0) return change;
    const { events, group, historical } = readAlertDocument(change.document);
    if (isOfDecoy && this.#learn(events)) return change;
    if (historical || change.head.signal === true) return change;
    const address = [...Object.values(group), ...events.map(({ src_ip }) => src_ip)].find(
      (value) => value !== null && this.#touchOf(value) !== null,
    );
    const touch = address === undefined || address === null ? null : this.#touchOf(address);
    if (touch === null) return change;
    const document = JSON.parse(change.document) as Raised;
    const before = document.severity;
    const severity = severities[Math.min(severities.length - 1, severities.indexOf(before) + 1)] ?? before;
    const why = `${address} was in the ${touch.decoy} decoy at ${new Date(touch.at).toISOString().slice(0, 16)}Z`;
    const summary = `${document.explain.summary} ${severity === before ? 'And' : `Raised from ${before}:`} ${why}.`;
    const raised = {
      ...document,
      severity,
      tags: document.tags.includes(visitorTag) ? document.tags : [...document.tags, visitorTag],
      explain: { ...document.explain, summary },
    };
    return { ...change, head: { ...change.head, severity }, document: JSON.stringify(raised) };
  }

  #touchOf(address: string): Touch | null {
    const touch = this.#touches.get(address);
    return touch !== undefined && touch.at > this.#now() - touchedMs ? touch : null;
  }

  /** @returns whether one of these events is a touch of a decoy. */
  #learn(events: readonly EventJson[]): boolean {
    let isTouch = false;
    for (const { source_type, src_ip, time, fields, received_at } of events) {
      if (source_type !== 'decoy' || src_ip === null) continue;
      isTouch = true;
      const at = Date.parse(time ?? received_at ?? '') || this.#now();
      this.#touches.delete(src_ip);
      this.#touches.set(src_ip, { at, decoy: typeof fields.decoy === 'string' ? fields.decoy : 'Phosor' });
    }
    for (const oldest of this.#touches.keys()) {
      if (this.#touches.size <= mostAddresses) break;
      this.#touches.delete(oldest);
    }
    return isTouch;
  }
}
