import type { AlertChange, CorrelatorSnapshot, CorrelatorStats, RuleProblem } from './detect/contract.ts';
import type { RedactOptions } from './enrich/contract.ts';
import type { ChunkMessage, Event, FilePosition, RuleDoc } from './model/index.ts';

/** What `main` and the pipeline worker say to each other. Chunks of ingest and appends to the spool have ports of their own. */

export interface PipelineWorkerData {
  redact: RedactOptions;
  rules: readonly RuleDoc[];
  maxGroupsPerRule: number;
  latenessMs: number;
  /** State to continue from; rows of later batches are read again from the spool, matched and correlated. */
  recovery: { spoolFolder: string; snapshot: CorrelatorSnapshot | null; afterBatch: number };
  /** Number of the last batch that the spool holds. */
  lastBatch: number;
}

export type PipelineCommand =
  | ChunkMessage
  | { type: 'rules'; ticket: number; docs: readonly RuleDoc[] }
  | { type: 'live'; wanted: boolean }
  | { type: 'spool_state'; state: 'ok' | 'full' }
  | { type: 'snapshot' }
  | { type: 'stop' };

export type PipelineReport =
  | { type: 'ready'; replayedBatches: number; replayedEvents: number }
  | { type: 'alerts'; changes: AlertChange[] }
  | { type: 'events'; events: Event[]; skipped: number }
  | { type: 'positions'; batch: number; positions: FilePosition[] }
  | { type: 'snapshot'; batch: number; snapshot: CorrelatorSnapshot }
  | { type: 'rules_set'; ticket: number; problems: RuleProblem[] }
  | PipelineTick
  | { type: 'stopped' };

/** Once a second, and only what changed. */
export interface PipelineTick {
  type: 'tick';
  events: number;
  bytes: number;
  raw: number;
  notStored: number;
  byFormat: Record<string, number>;
  redactions: Record<string, number>;
  sources: SourceTally[];
  correlator: CorrelatorStats;
}

export interface SourceTally {
  source: string;
  events: number;
  raw: number;
  redacted: number;
  /** The format of most of its events. */
  format: string | null;
  lastAt: number | null;
  lastRaw: string | null;
  /** Smoothed receive time minus event time in ms: how far the sender's clock or zone is off. */
  clockOffsetMs: number | null;
}
