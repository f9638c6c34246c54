import type { NetworkPicture, NetworkQuestion } from '../../serve/network/types.ts';
import type { WireCounts } from '../../wire/contract.ts';

export interface CaptureJob {
  kind: 'live';
  program: string;
  interface: string;
  filter: string;
  snapLength: number;
  bufferMb: number;
  immediate: boolean;
  flows: number;
}

export interface FileJob {
  kind: 'file';
  path: string;
  flows: number;
}

/** main → the thread that reads packets. */
export type CaptureCommand =
  | { type: 'taken' }
  | { type: 'picture'; ticket: number; question: NetworkQuestion }
  | { type: 'stop' };

/** The thread → main. */
export type CaptureReport =
  /** Lines for the pipeline; each batch is answered with `taken`. `first`: number of the first line. */
  | { type: 'lines'; lines: string[]; first: number }
  | { type: 'running'; program: string }
  | {
      type: 'figures';
      counts: WireCounts;
      received: number | null;
      lost: number | null;
      notTaken: number;
      bytesRead: number;
    }
  | { type: 'picture'; ticket: number; picture: NetworkPicture }
  /** Nothing more comes. `isFinal`: trying again is of no use. */
  | { type: 'ended'; detail: string | null; hint: string | null; isFinal: boolean };
