import { enterHistoryThread } from '../backtest/thread.ts';
import { type KeepJob, keepHours } from './keeper.ts';

/* Works through past hours in a thread of its own, while nobody asks. Who wants it to stop ends the thread. */

/** worker → main. */
export type KeepReport = { type: 'kept'; hours: number } | { type: 'failed'; detail: string };

const { job, store, parent, leave } = enterHistoryThread<KeepJob>(15);
const tell = (report: KeepReport): void => parent.postMessage(report);

try {
  tell({ type: 'kept', hours: await keepHours(job, store) });
} catch (error) {
  tell({ type: 'failed', detail: error instanceof Error ? error.message : String(error) });
}
leave();
