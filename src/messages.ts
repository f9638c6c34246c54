import type { AlertChange, CorrelatorStats, RuleProblem } from './detect/contract.ts';
import type { RuleContext } from './detect/index.ts';
import type { BaitTable, IntelTables, RedactOptions } from './enrich/contract.ts';
import type { ChunkMessage, RuleDoc } from './model/index.ts';
import type { GeoFile } from './runtime/intel/geo-files.ts';
import type { AlertHead } from './store/alert-document.ts';
import type { FernetKey } from './store/secrets/fernet.ts';

/** What `main` and the pipeline worker say to each other. Chunks of ingest and appends to the spool have ports of their own. */

export interface PipelineWorkerData {
  /** The user's field mappings and values for placeholders. */
  context: RuleContext;
  redact: RedactOptions;
  /** Databases of addresses, in memory that threads share. */
  geo: readonly GeoFile[];
  rules: readonly RuleDoc[];
  /** File that keeps what rules were compiled to. */
  ruleCache: string;
  maxGroupsPerRule: number;
  /** While more than this waits for the spool, ingest gets no buffer back and so stops reading. */
  maxUnsyncedBytes: number;
  latenessMs: number;
  /** State to continue from; rows of later batches are read again from the spool, matched and correlated. */
  recovery: {
    segments: readonly { path: string; lastBatch: number }[];
    /** The file's bytes: snapshot-file.ts. */
    snapshot: Uint8Array | null;
    afterBatch: number;
  };
  /** Fields whose values are taken out of events once rules have seen them, and the key they are sealed with; null: none. */
  sealing: { fields: readonly string[]; key: FernetKey } | null;
  /** IANA zone per source, for sources whose zone-less times are not in the host's zone. */
  zones: Record<string, string>;
  /** Number of the last batch that the spool holds. */
  lastBatch: number;
}

export type PipelineCommand =
  | ChunkMessage
  /** All rules; of those that did not change only the ids. `context`: where it is another from now on. */
  | { type: 'rules'; ticket: number; rules: readonly (string | RuleDoc)[]; context?: RuleContext }
  | { type: 'live'; wanted: boolean }
  | { type: 'redact'; options: RedactOptions }
  /** The lists of known addresses, in memory that threads share; null: none. */
  | { type: 'intel'; tables: IntelTables | null }
  /** Accounts and paths that exist nowhere; null: none. */
  | { type: 'bait'; table: BaitTable | null }
  /** Whether external sources of events are told once in a while. */
  | { type: 'watch_addresses'; wanted: boolean }
  | { type: 'zones'; zones: Record<string, string> }
  | { type: 'spool_state'; state: 'ok' | 'full' }
  | { type: 'snapshot' }
  | { type: 'stop' };

export type PipelineReport =
  /** `snapshotProblem`: why correlation starts without its saved state. */
  | { type: 'ready'; replayedBatches: number; replayedEvents: number; snapshotProblem: string | null }
  | { type: 'alerts'; changes: AlertMessage[] }
  /** Rows, as in the spool. */
  | { type: 'events'; rows: string[]; skipped: number }
  /** `file`: snapshot-file.ts. */
  | { type: 'snapshot'; batch: number; file: Uint8Array[] }
  | { type: 'rules_set'; ticket: number; problems: RuleProblem[] }
  | PipelineTick
  | { type: 'stopped' };

/** An alert as text: it crosses the threads and is stored as it is, and is read only where somebody looks at it. */
export interface AlertMessage {
  type: AlertChange['type'];
  head: AlertHead;
  document: string;
  /** How many of its events it only names: the pipeline has let them go. */
  missing: number;
}

/** Once a second, and only what changed. */
export interface PipelineTick {
  type: 'tick';
  events: number;
  bytes: number;
  raw: number;
  byFormat: Record<string, number>;
  redactions: Record<string, number>;
  sources: SourceTally[];
  correlator: CorrelatorStats;
  /** External sources of events that were not told in the last hour. */
  addresses: string[];
  /** How many more there were than are told at a time. */
  addressesLeft: number;
}

export interface SourceTally {
  source: string;
  events: number;
  raw: number;
  /** Lines whose time lay so far ahead that the receive time was taken. */
  skewed: number;
  redacted: number;
  /** Kinds of what was masked, each once. */
  redactedKinds: string[];
  /** The format of most of its events. */
  format: string | null;
  lastAt: number | null;
  lastRaw: string | null;
  /** Smoothed receive time minus event time in ms: how far the sender's clock or zone is off. */
  clockOffsetMs: number | null;
}
