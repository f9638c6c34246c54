import type { Severity } from '../../model/index.ts';
import type { StateStore } from '../contract.ts';

/** `cut`: a limit ended it, `note` says where. `cancelled`: a person did. `failed`: there is no result, `note` says why. */
export const replayStates = ['running', 'done', 'cut', 'cancelled', 'failed'] as const;
export type ReplayState = (typeof replayStates)[number];

/** What is known of a replay beside its alerts. Times are epoch ms. */
export interface ReplayHead {
  id: string;
  name: string;
  /** User, `key:<name>`, or `local`: the command line. */
  by: string;
  created_at: number;
  /** What it ran over: the events that are stored, or log files. */
  origin: 'history' | 'files';
  /** Names of the files as they were given. */
  files: string[];
  /** Event time, `to` exclusive: as asked for; of files that of their first and last event. */
  from: number | null;
  to: number | null;
  /** How many rules ran. */
  rules: number;
  /** Ids of the rules that were chosen; null: all in force. */
  rule_ids: string[] | null;
  /** Events that were looked at. */
  events: number;
  alerts: number;
  by_severity: Partial<Record<Severity, number>>;
  seconds: number;
  state: ReplayState;
  /** Why not everything was looked at or kept; null: everything was. */
  note: string | null;
  /** Names of older replays that went to make room for it. */
  removed: string[];
  /** False: whoever asked reads it once. It takes no place of those that are kept, and goes within some hours. */
  kept: boolean;
}

/** How many alerts a rule raised in a replay. */
export interface ReplayRule {
  rule_id: string;
  rule_name: string;
  severity: Severity;
  alerts: number;
}

/** How many results of replays are kept, and how many bytes they may take together. The oldest go. */
export interface ReplayLimits {
  keep: number;
  maxBytes: number;
}

/** A finished replay, opened to be read. */
export interface ReplayReader {
  head: ReplayHead;
  /** Rules that raised alerts, the loudest first. */
  rules: ReplayRule[];
  alerts: Pick<StateStore['alerts'], 'list' | 'count' | 'byId'>;
}
