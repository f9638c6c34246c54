import { readlinkSync } from 'node:fs';
import os from 'node:os';
import { type MessagePort, parentPort, workerData } from 'node:worker_threads';
import { type Mapping, type Placeholders, setMappings, setPlaceholders } from '../detect/index.ts';
import { connectHistory, type HistoryReader } from '../store/client.ts';

/** `workerData` of a thread that runs rules over stored history. */
export interface HistoryThreadData<Job> {
  job: Job;
  /** The user's field mappings, as the pipeline has them. */
  mappings: readonly Mapping[];
  placeholders: Placeholders;
  /** To the event store's worker. */
  history: MessagePort;
}

/**
 * What such a thread begins with. It ends when the port and `parent` are closed, or when somebody ends it.
 *
 * @param niceness how far it steps back behind the threads that take events in, up to 19
 */
export function enterHistoryThread<Job>(niceness = 5): {
  job: Job;
  store: HistoryReader;
  parent: MessagePort;
  leave: () => void;
} {
  const parent = parentPort;
  if (parent === null) throw new Error('this is the entry of a worker thread');
  const { job, mappings, placeholders, history } = workerData as HistoryThreadData<Job>;
  stepBack(niceness);
  setMappings(mappings);
  setPlaceholders(placeholders);
  const leave = (): void => {
    history.close();
    parent.close();
  };
  return { job, store: connectHistory(history), parent, leave };
}

/** Threads that take events in come first. Linux gives each thread a priority of its own; elsewhere nothing is changed. */
function stepBack(niceness: number): void {
  if (process.platform !== 'linux') return;
  try {
    os.setPriority(Number(readlinkSync('/proc/thread-self').split('/').at(-1)), niceness);
  } catch {
    // Without /proc: as important as the others.
  }
}
