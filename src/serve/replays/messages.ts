import type { RuleDoc } from '../../model/index.ts';
import type { ReplayHead, ReplayLimits, ReplayReader } from '../../store/contract.ts';

/** What a replay of stored history runs. */
export interface ReplayRequest {
  name: string;
  by: string;
  /** Event time, epoch ms, from inclusive, to exclusive. */
  from: number;
  to: number;
  /** Rules and filters as they run. */
  docs: readonly RuleDoc[];
  /** How many of them are rules whose alerts are wanted. */
  rules: number;
  /** False: the result is read once, by who asked. */
  kept: boolean;
  /** Their ids, where some were chosen; null: all of them. */
  rule_ids: string[] | null;
}

/** A replay as it stands. */
export interface ReplayEntry extends ReplayHead {
  /** Of its file; 0 while it runs. */
  bytes: number;
  /** How many events there are in all; null once it is over. */
  total: number | null;
}

/** Runs replays of stored history, one at a time, and keeps their results. */
export interface ReplayControl {
  /** @throws ReplayBusy while one runs. */
  start(request: ReplayRequest): ReplayEntry;
  /** Newest first: the one that runs, those that are kept, and those that failed since the start. */
  list(): ReplayEntry[];
  limits(): ReplayLimits;
  /** Opens one that is kept for as long as `work` takes; null: there is none. */
  read<T>(id: string, work: (replay: ReplayReader) => T): T | null;
  /** Ends one that runs, with what it has found. False: it does not run. */
  cancel(id: string): boolean;
  /** False: there is none. One that runs is ended. */
  remove(id: string): Promise<boolean>;
}

/** A replay is running. */
export class ReplayBusy extends Error {}
