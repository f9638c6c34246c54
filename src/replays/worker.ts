import { enterHistoryThread } from '../backtest/thread.ts';
import { RefusedError } from '../serve/contract.ts';
import type { ReplayCancel, ReplayJob, ReplayReport } from './messages.ts';
import { runReplay } from './run.ts';

/* One replay of stored history in a thread of its own, which ends with it. */

const { job, store, parent, leave } = enterHistoryThread<ReplayJob>();
const tell = (report: ReplayReport): void => parent.postMessage(report);
let isCancelled = false;
parent.on('message', ({ type }: ReplayCancel) => {
  isCancelled ||= type === 'cancel';
});

try {
  const head = await runReplay(job, {
    store,
    isCancelled: () => isCancelled,
    tell: (progress) => tell({ type: 'progress', ...progress }),
  });
  tell({ type: 'done', head });
} catch (error) {
  const detail = error instanceof Error ? error.message : String(error);
  tell({ type: 'failed', detail, refused: error instanceof RefusedError });
}
leave();
