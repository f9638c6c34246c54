import type { Alert } from '../../model/index.ts';
import type { AlertChange } from '../contract.ts';

/** Alerts that are held back for their order. */
const most = 1000;

/** Replay: each alert is told once, when it is over. */
export class Finished {
  #alerts: Alert[] = [];

  add(alert: Alert): void {
    this.#alerts.push(alert);
  }

  get isFull(): boolean {
    return this.#alerts.length >= most;
  }

  /** In the order of time, then rule, then id. */
  take(): AlertChange[] {
    const by = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0);
    const alerts = this.#alerts.sort((a, b) => a.time - b.time || by(a.rule_id, b.rule_id) || by(a.id, b.id));
    this.#alerts = [];
    return alerts.map((alert) => ({ type: 'alert', alert }));
  }
}
