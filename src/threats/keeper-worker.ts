import { enterHistoryThread } from '../backtest/thread.ts';
import { countedOnce } from './join.ts';
import { type KeepJob, type Kept, keepThreats } from './keeper.ts';

/* Looks through what is stored in a thread of its own, while nobody asks. Who wants it to stop ends the thread. */

/** worker → main. */
export type KeepReport = ({ type: 'kept' } & Kept) | { type: 'failed'; detail: string };

const { job, store, parent, leave } = enterHistoryThread<KeepJob>(15);
const tell = (report: KeepReport): void => parent.postMessage(report);

try {
  tell({ type: 'kept', ...(await keepThreats(job, { ...store, histogram: countedOnce(store) })) });
} catch (error) {
  tell({ type: 'failed', detail: error instanceof Error ? error.message : String(error) });
}
leave();
