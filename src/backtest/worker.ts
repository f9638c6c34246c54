import { readlinkSync } from 'node:fs';
import os from 'node:os';
import { type MessagePort, parentPort, workerData } from 'node:worker_threads';
import { type Mapping, type Placeholders, setMappings, setPlaceholders } from '../detect/index.ts';
import type { BacktestMessage, BacktestRequest } from '../serve/backtest/messages.ts';
import { RefusedError } from '../serve/contract.ts';
import { connectHistory } from '../store/client.ts';
import { type BacktestOptions, backtest } from './run.ts';

/* One backtest in a thread of its own, which ends with it. Who wants it to stop ends the thread. */

export interface BacktestWorkerData {
  request: BacktestRequest;
  options: BacktestOptions;
  /** The user's field mappings, as the pipeline has them. */
  mappings: readonly Mapping[];
  placeholders: Placeholders;
  /** To the event store's worker. */
  history: MessagePort;
}

/** worker → main. */
export type BacktestReport = BacktestMessage | { type: 'failed'; detail: string; refused: boolean };

const parent = parentPort;
if (parent === null) throw new Error('backtest/worker.ts is the entry of a worker thread');
const { request, options, history, mappings, placeholders } = workerData as BacktestWorkerData;
const tell = (report: BacktestReport): void => parent.postMessage(report);

stepBack();
setMappings(mappings);
setPlaceholders(placeholders);
try {
  await backtest(request, connectHistory(history), options, tell);
} catch (error) {
  const detail = error instanceof Error ? error.message : String(error);
  tell({ type: 'failed', detail, refused: error instanceof RefusedError });
}
history.close();

/** Threads that take events in come first. Linux gives each thread a priority of its own; elsewhere nothing is changed. */
function stepBack(): void {
  if (process.platform !== 'linux') return;
  try {
    os.setPriority(Number(readlinkSync('/proc/thread-self').split('/').at(-1)), 5);
  } catch {
    // Without /proc: as important as the others.
  }
}
