import type { MessagePort } from 'node:worker_threads';
import type { FilePosition } from '../../model/index.ts';

/* The spool is the write-ahead log. */

/** Who waits for a batch, and what was made of what they handed in. */
export interface SpoolTicket {
  ack: number;
  event_ids: string[];
  /** Events of which no format understood anything. */
  unread_ids?: string[];
}

/** pipeline → spool. `bytes` of `buffer` are whole NDJSON rows (see events/row.ts), made well-formed and redacted already. */
export interface SpoolAppend {
  type: 'append';
  buffer: ArrayBuffer;
  bytes: number;
  rows: number;
  /** Rising by one per append. The correlator's snapshot names the last batch it has seen. */
  batch: number;
  positions: FilePosition[];
  /** Tickets to answer after the sync. Non-empty: sync at once, else within 50 ms or 1 MiB. */
  acks: SpoolTicket[];
}

/** spool → main, after the data is on disk. */
export interface SpoolSynced {
  type: 'synced';
  acks: SpoolTicket[];
}

/** spool → main: a closed segment that the store may load. */
export interface SealedSegment {
  type: 'sealed';
  id: number;
  path: string;
  rows: number;
  bytes: number;
  firstBatch: number;
  lastBatch: number;
  /** How far each file had been read at the end of this segment, one per file that appears in it. */
  positions: FilePosition[];
}

/** spool → main: these senders' events were not stored (the disk is full). Answer 503; nothing of theirs will appear. */
export interface SpoolRejected {
  type: 'rejected';
  acks: number[];
  reason: string;
}

/** spool → main: whether it takes more. `full`: disk or cap reached; HTTP answers 503, TCP and files pause, detection goes on. */
export interface SpoolState {
  type: 'state';
  state: 'ok' | 'full';
  reason: string | null;
  pendingBytes: number;
  /** Rows that were given up since the start because the disk was full and they could not be held back (UDP, TCP). */
  droppedRows: number;
}

/** main → spool worker. `connect` hands over a port on which the pipeline posts its SpoolAppend messages. */
export type SpoolCommand =
  | { type: 'connect'; port: MessagePort }
  /** Seals at once whatever was appended before; answered by `seal_done` with the same `request`. */
  | { type: 'seal'; request?: number }
  | { type: 'delete'; ids: readonly number[] }
  /** Drains the ports, syncs, seals, answers `stopped`. */
  | { type: 'stop' };

/** spool worker → main. */
export type SpoolReport =
  | SpoolSynced
  | SpoolRejected
  | SealedSegment
  | SpoolState
  | { type: 'seal_done'; request: number; upToSegment: number }
  | { type: 'stopped' };

/** spool worker → pipeline, over its port: the buffer may be used again. */
export interface SpoolRelease {
  type: 'release';
  buffer: ArrayBuffer;
}

/** The spool worker's `workerData`. All but the first two come from the recovery that ran before. */
export interface SpoolOptions {
  folder: string;
  /** Cap on segments that wait for the store. */
  maxPendingBytes: number;
  nextSegment: number;
  lastBatch: number;
  pending: readonly { id: number; bytes: number }[];
  positions: readonly FilePosition[];
}
