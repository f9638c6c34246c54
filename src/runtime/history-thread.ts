import { Worker } from 'node:worker_threads';
import type { HistoryThreadData } from '../backtest/thread.ts';
import type { Mapping, Placeholders } from '../detect/index.ts';
import { openStoreReader } from '../store/client.ts';
import { threadHeapMb } from './memory.ts';
import { deathOf } from './thread-death.ts';

/** A thread that takes more is ended, and the person told. */
const memoryMb = 1024;
const extension = import.meta.url.endsWith('.ts') ? '.ts' : '.js';

/** What every run over stored history needs. */
export interface HistoryParts {
  storeWorker: Worker;
  /** What rules are compiled with besides themselves. May be another at each run: look at it then. */
  readonly mappings: readonly Mapping[];
  readonly placeholders: Placeholders;
  maxGroupsPerRule: number;
}

/**
 * Starts a thread that reads from the store's thread directly.
 *
 * @param entry module under src/, without its extension
 */
export function startHistoryThread<Job>(
  entry: string,
  { storeWorker, mappings, placeholders }: HistoryParts,
  job: Job,
): Worker {
  const history = openStoreReader(storeWorker);
  const workerData: HistoryThreadData<Job> = { job, mappings, placeholders, history };
  return new Worker(new URL(`../${entry}${extension}`, import.meta.url), {
    workerData,
    transferList: [history],
    resourceLimits: { maxOldGenerationSizeMb: threadHeapMb(memoryMb), maxYoungGenerationSizeMb: 32 },
  });
}

/** What such a thread died of. */
export const deathOfRun = (error: unknown): Error =>
  deathOf(error, 'The run needed too much memory. Choose a shorter time, or a rule that groups by fewer values.');
