import { enterHistoryThread } from '../backtest/thread.ts';
import { RefusedError } from '../serve/contract.ts';
import type { ThreatOutcome, ThreatRequest } from '../serve/threats/messages.ts';
import { countedOnce, findJoined } from './join.ts';
import { KeptLogs } from './kept.ts';
import { keepingAt } from './pieces.ts';
import type { ThreatOptions } from './run.ts';

/* The questions of one caller in a thread of its own, which ends with them. Who wants them to stop ends the thread. */

export interface ThreatJob {
  requests: readonly ThreatRequest[];
  options: ThreatOptions;
  /** Where it lies what the rules matched before, and what else the rules depend on. */
  folder: string;
  context: string;
  now: number;
}

/** worker → main. */
export type ThreatReport = { type: 'result'; outcomes: ThreatOutcome[] } | { type: 'failed'; detail: string };

/** While the engine works on what one has read the store reads for the other. */
const atOnce = 2;

const { job, store, parent, leave } = enterHistoryThread<ThreatJob>();
const tell = (report: ThreatReport): void => parent.postMessage(report);

async function outcomeOf(request: ThreatRequest): Promise<ThreatOutcome> {
  try {
    const kept = new KeptLogs(job.folder, request.detectors, job.context);
    return { result: await findJoined(request, known, job.options, kept, keepingAt(job.now)) };
  } catch (error) {
    if (error instanceof RefusedError) return { refused: error.message };
    throw error;
  }
}

const known: typeof store = { ...store, histogram: countedOnce(store) };

const outcomes: ThreatOutcome[] = [];
let next = 0;
async function work(): Promise<void> {
  while (next < job.requests.length) {
    const index = next;
    next += 1;
    outcomes[index] = await outcomeOf(job.requests[index] as ThreatRequest);
  }
}

try {
  await Promise.all(Array.from({ length: atOnce }, work));
  tell({ type: 'result', outcomes });
} catch (error) {
  tell({ type: 'failed', detail: error instanceof Error ? error.message : String(error) });
}
leave();
