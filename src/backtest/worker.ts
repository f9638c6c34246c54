import type { BacktestMessage, BacktestRequest } from '../serve/backtest/messages.ts';
import { RefusedError } from '../serve/contract.ts';
import { type BacktestOptions, backtest } from './run.ts';
import { enterHistoryThread } from './thread.ts';

/* One backtest in a thread of its own, which ends with it. Who wants it to stop ends the thread. */

export interface BacktestJob {
  request: BacktestRequest;
  options: BacktestOptions;
}

/** worker → main. */
export type BacktestReport = BacktestMessage | { type: 'failed'; detail: string; refused: boolean };

const { job, store, parent, leave } = enterHistoryThread<BacktestJob>();
const tell = (report: BacktestReport): void => parent.postMessage(report);

try {
  await backtest(job.request, store, job.options, tell);
} catch (error) {
  const detail = error instanceof Error ? error.message : String(error);
  tell({ type: 'failed', detail, refused: error instanceof RefusedError });
}
leave();
