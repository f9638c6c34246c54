import type { EventJson, RuleDoc, Severity } from '../../model/index.ts';

/** What a backtest runs. The new version, and the old one where two are compared. */
export interface BacktestRequest {
  /** Event time, epoch ms, from inclusive, to exclusive. */
  from: number;
  to: number;
  /** The rule and what live runs it with: filters, rules that it refers to, rules that keep it quiet. */
  versions: { new: BacktestVersion; old: BacktestVersion | null };
}

export interface BacktestVersion {
  rule_id: string;
  docs: readonly RuleDoc[];
}

/** One alert, as lists of a backtest show it. Times in ISO 8601. */
export interface BacktestAlert {
  id: string;
  time: string;
  first: string;
  last: string;
  severity: Severity;
  message: string;
  group: Record<string, string>;
  count: number;
}

export interface BacktestProgress {
  type: 'progress';
  scanned: number;
  total: number;
  matched: number;
  alerts: { old: number | null; new: number };
  seconds: number;
}

export interface BacktestFound {
  type: 'alert';
  version: 'old' | 'new';
  alert: BacktestAlert;
}

export interface BacktestResult {
  type: 'result';
  from: string;
  to: string;
  /** Events in the range, those that were looked at, and those that the (new) rule's selections match. */
  events: number;
  scanned: number;
  matched: number;
  alerts: { old: number | null; new: number };
  /** Every day of the range that has events, in UTC, and the days between them. */
  per_day: { day: string; old: number | null; new: number }[];
  /** Alerts a day over the time that was looked at, a day at least. */
  noise_per_day: { old: number | null; new: number };
  /** Alerts that only one version raises: the first 50, and how many there are. Empty where nothing is compared. */
  only_old: BacktestAlert[];
  only_new: BacktestAlert[];
  only_old_total: number;
  only_new_total: number;
  /** Events behind alerts, else events that match. */
  samples: EventJson[];
  /** Whether the store took a part of the selection, and which. */
  pushed_down: boolean;
  selection: string | null;
  seconds: number;
  /** Why not all was looked at; null: it was. */
  truncated: string | null;
}

export type BacktestMessage = BacktestProgress | BacktestFound | BacktestResult;

/** Runs backtests, each in a thread of its own. */
export interface BacktestControl {
  /**
   * Starts one. Progress that nobody took is replaced by newer progress.
   *
   * @param signal stops the thread and the running query at once
   * @throws BacktestBusy where as many run as may
   */
  run(request: BacktestRequest, signal: AbortSignal): AsyncIterable<BacktestMessage>;
}

/** As many backtests run as may at a time. */
export class BacktestBusy extends Error {
  readonly running: number;
  constructor(running: number) {
    super(`${running} backtests are running.`);
    this.running = running;
  }
}
