import type { RuleDoc } from '../model/index.ts';
import type { ReplayHead, ReplayLimits } from '../store/contract.ts';
import type { ReplayPlan } from '../store/replays/writer.ts';

/** main → worker, as its job. */
export interface ReplayJob {
  /** Where results are kept. */
  folder: string;
  plan: ReplayPlan & { from: number; to: number };
  docs: readonly RuleDoc[];
  limits: ReplayLimits;
  maxGroupsPerRule: number;
  /** After so long, or so many alerts, a run ends with what it has. */
  maxSeconds: number;
  maxAlerts: number;
}

/** main → worker: end with what was found so far. */
export interface ReplayCancel {
  type: 'cancel';
}

export interface ReplayProgress {
  events: number;
  total: number;
  alerts: number;
  seconds: number;
}

/** worker → main. */
export type ReplayReport =
  | ({ type: 'progress' } & ReplayProgress)
  | { type: 'done'; head: ReplayHead }
  | { type: 'failed'; detail: string; refused: boolean };
