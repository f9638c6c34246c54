import { chownSync, closeSync, fsyncSync, mkdirSync, openSync, renameSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { type Alert, eventFromJson } from '../../model/index.ts';
import { alertDocument, alertHead, missingIn } from '../alert-document.ts';
import type { ReplayHead, ReplayLimits, ReplayRule, StateStore } from '../contract.ts';
import { openSqliteState } from '../state/sqlite/state.ts';
import { headKey, type ReplayFolder, rulesKey } from './folder.ts';

/** What is known of a replay before it runs. */
export type ReplayPlan = Pick<
  ReplayHead,
  'id' | 'name' | 'by' | 'created_at' | 'origin' | 'files' | 'from' | 'to' | 'rules' | 'rule_ids' | 'kept'
>;
/** What is known once it is over. */
export type ReplayEnd = Pick<ReplayHead, 'events' | 'seconds' | 'state' | 'note'> &
  Partial<Pick<ReplayHead, 'from' | 'to' | 'rules'>>;

const batchSize = 200;
/** A document takes whole pages of SQLite's; its row, search text, groups and indexes about so much beside it. */
const pageBytes = 4096;
const besideBytes = 1500;

/** Keeps the alerts of one replay in a file, which is there for others once {@link finish} has returned. */
export class ReplayWriter {
  readonly #folder: ReplayFolder;
  readonly #plan: ReplayPlan;
  readonly #limits: ReplayLimits;
  readonly #state: StateStore;
  readonly #bySeverity: ReplayHead['by_severity'] = {};
  readonly #rules = new Map<string, ReplayRule>();
  #waiting: Alert[] = [];
  #alerts = 0;
  #bytes = 0;
  #leftOut = 0;
  /** Alerts of whose events some are not there. */
  #incomplete = 0;

  constructor(folder: ReplayFolder, plan: ReplayPlan, limits: ReplayLimits) {
    this.#folder = folder;
    this.#plan = plan;
    this.#limits = limits;
    if (mkdirSync(folder.path, { recursive: true, mode: 0o700 }) !== undefined) giveToOwner(folder.path);
    this.#state = openSqliteState(folder.partial(plan.id));
  }

  /** Alerts that were kept. */
  get alerts(): number {
    return this.#alerts;
  }

  /** Whether it takes as many bytes as one replay may: half of what all may take, so that others stay. */
  get isFull(): boolean {
    return this.#bytes > this.#limits.maxBytes / 2;
  }

  /** Takes an alert as it is at its end. Where the file is full it is counted, and `note` will say so. */
  add(alert: Alert): void {
    if (this.isFull) {
      this.#leftOut += 1;
      return;
    }
    this.#alerts += 1;
    if (missingIn(alert).length > 0) this.#incomplete += 1;
    this.#bySeverity[alert.severity] = (this.#bySeverity[alert.severity] ?? 0) + 1;
    const { rule_id, rule_name, severity } = alert;
    const rule = this.#rules.get(rule_id) ?? { rule_id, rule_name, severity, alerts: 0 };
    rule.alerts += 1;
    this.#rules.set(rule_id, rule);
    this.#waiting.push(alert);
    if (this.#waiting.length >= batchSize) this.#write();
  }

  /** Writes it all down, makes room for it among the older ones, and gives it its name. */
  finish(end: ReplayEnd): ReplayHead {
    this.#write();
    const rules = [...this.#rules.values()].sort((a, b) => b.alerts - a.alerts || (a.rule_id < b.rule_id ? -1 : 1));
    this.#state.settings.put(rulesKey, rules);
    const partial = this.#folder.partial(this.#plan.id);
    const removed = this.#plan.kept ? this.#folder.makeRoom(this.#limits, this.#bytes) : [];
    const limit = `one replay takes at most half of the ${this.#limits.maxBytes} bytes that all may take (replays.maxBytes)`;
    const full =
      this.#leftOut > 0 &&
      `${this.#leftOut} further alerts were found and not kept${end.note === null ? `: ${limit}` : ''}.`;
    const incomplete =
      this.#incomplete > 0 &&
      `Of ${this.#incomplete} alerts not all events could be kept: there were more than are held at a time, and no store has them.`;
    const head: ReplayHead = {
      ...this.#plan,
      ...end,
      state: full && end.state === 'done' ? 'cut' : end.state,
      note: [end.note, full, incomplete].filter(Boolean).join(' ') || null,
      alerts: this.#alerts,
      by_severity: this.#bySeverity,
      removed,
    };
    this.#state.settings.put(headKey, head);
    this.#state.close();
    sync(partial);
    giveToOwner(partial);
    renameSync(partial, this.#folder.file(this.#plan.id));
    return head;
  }

  /** Gives it up. */
  discard(): void {
    this.#state.close();
    this.#folder.removePartial(this.#plan.id);
  }

  #write(): void {
    const alerts = this.#waiting;
    this.#waiting = [];
    if (alerts.length === 0) return;
    this.#state.transaction(() => {
      for (const alert of alerts) {
        const document = alertDocument(alert, alert.events.map(eventFromJson));
        this.#bytes += Math.ceil(Buffer.byteLength(document) / pageBytes) * pageBytes + besideBytes;
        this.#state.alerts.put(alertHead(alert), document, this.#plan.created_at);
      }
    });
  }
}

/** What root writes into another's folder is the other's. */
function giveToOwner(path: string): void {
  if (process.getuid?.() !== 0) return;
  const { uid, gid } = statSync(dirname(path));
  chownSync(path, uid, gid);
}

function sync(path: string): void {
  if (statSync(path).size === 0) return;
  const file = openSync(path, 'r+');
  fsyncSync(file);
  closeSync(file);
}
