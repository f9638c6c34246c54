import type { PlaybookRun, PlaybookRunState } from '../../model/index.ts';

export interface PlaybookRunFilter {
  states?: readonly PlaybookRunState[];
  playbook?: string;
  /** Ids of what it is about. */
  alert?: string;
  incident?: string;
  /** Part of its name or of whom it is about. */
  text?: string;
}

/** Runs of playbooks. */
export interface PlaybookStore {
  /** Inserts or replaces. */
  put(run: PlaybookRun): void;
  byId(id: string): PlaybookRun | null;
  /** Newest first. @param before of the page before, or null */
  list(filter: PlaybookRunFilter, limit: number, before: number | null): { runs: PlaybookRun[]; next: number | null };
  count(filter: PlaybookRunFilter): number;
  /** Those that are not over and are to be looked at by then, the longest due first. */
  due(until: number, limit: number): PlaybookRun[];
  /** When the next one is to be looked at; null: all are over. */
  nextDue(): number | null;
  /** Begun since, by a trigger. @param entity null: about anybody */
  begun(playbook: string, entity: string | null, since: number): number;
  /** Whether it ran, or runs, for an incident by its trigger. */
  ranFor(playbook: string, incident: string): boolean;
  /** The newest run of each playbook. */
  last(): { playbook: string; at: number; state: PlaybookRunState }[];
  /** Removes those that were over before a time, and the oldest beyond so many. @returns how many */
  prune(before: number, most: number): number;
}
