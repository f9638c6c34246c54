import { enterHistoryThread } from '../backtest/thread.ts';
import { RefusedError } from '../serve/contract.ts';
import type { ThreatRequest, ThreatResult } from '../serve/threats/messages.ts';
import { findThreats, type ThreatOptions } from './run.ts';

/* One question in a thread of its own, which ends with it. Who wants it to stop ends the thread. */

export interface ThreatJob {
  request: ThreatRequest;
  options: ThreatOptions;
}

/** worker → main. */
export type ThreatReport =
  | { type: 'result'; result: ThreatResult }
  | { type: 'failed'; detail: string; refused: boolean };

const { job, store, parent, leave } = enterHistoryThread<ThreatJob>();
const tell = (report: ThreatReport): void => parent.postMessage(report);

try {
  tell({ type: 'result', result: await findThreats(job.request, store, job.options) });
} catch (error) {
  const detail = error instanceof Error ? error.message : String(error);
  tell({ type: 'failed', detail, refused: error instanceof RefusedError });
}
leave();
