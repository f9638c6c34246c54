import type { Worker } from 'node:worker_threads';
import { RefusedError } from '../serve/contract.ts';
import {
  ThreatBusy,
  type ThreatControl,
  type ThreatHistory,
  type ThreatOutcome,
  type ThreatRequest,
  type ThreatResult,
} from '../serve/threats/messages.ts';
import type { ThreatJob, ThreatReport } from '../threats/worker.ts';
import { deathOfRun, startHistoryThread } from './history-thread.ts';
import { contextOf, KeptThreats, type KeptThreatsParts } from './kept-threats.ts';

/** At a time, of all callers: more would take both cores from what arrives. */
const mostRunning = 2;
/** Wait for their turn, most: of one caller, and of all. */
const mostWaitingOfOne = 8;
const mostWaiting = 32;
const maxSeconds = 120;
const stopped = 'The run was stopped before it had ended.';

interface Waiting {
  caller: string;
  begin: () => void;
  refuse: () => void;
}

/**
 * Runs the detectors beside everything else, in threads that read from the store's thread directly: one at a time for each
 * caller. Further questions wait in line.
 */
export class Threats implements ThreatControl {
  readonly #parts: KeptThreatsParts;
  readonly #kept: KeptThreats;
  /** Callers whose turn it is. */
  readonly #running = new Set<string>();
  #waiting: Waiting[] = [];
  readonly #threads = new Set<Worker>();

  constructor(parts: KeptThreatsParts) {
    this.#parts = parts;
    this.#kept = new KeptThreats(parts, () => this.#running.size > 0);
  }

  async run(request: ThreatRequest, caller: string, signal: AbortSignal): Promise<ThreatResult> {
    const [outcome] = await this.runAll([request], caller, signal);
    if (outcome !== undefined && 'result' in outcome) return outcome.result;
    throw new RefusedError(outcome?.refused ?? 'The run gave no answer.');
  }

  async runAll(requests: readonly ThreatRequest[], caller: string, signal: AbortSignal): Promise<ThreatOutcome[]> {
    await this.#turn(caller, signal);
    try {
      return await this.#ask(requests, signal);
    } finally {
      this.#running.delete(caller);
      this.#next();
    }
  }

  async #turn(caller: string, signal: AbortSignal): Promise<void> {
    if (this.#isFree(caller)) {
      this.#running.add(caller);
      return;
    }
    if (this.#waiting.filter((one) => one.caller === caller).length >= mostWaitingOfOne) throw new ThreatBusy(true);
    if (this.#waiting.length >= mostWaiting) throw new ThreatBusy(false);
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const waiting: Waiting = {
      caller,
      begin: resolve,
      refuse: () => {
        this.#waiting = this.#waiting.filter((one) => one !== waiting);
        reject(new RefusedError(stopped));
      },
    };
    this.#waiting.push(waiting);
    signal.addEventListener('abort', waiting.refuse);
    try {
      await promise;
    } finally {
      signal.removeEventListener('abort', waiting.refuse);
    }
  }

  #isFree(caller: string): boolean {
    return this.#running.size < mostRunning && !this.#running.has(caller);
  }

  /** Whoever came first of those who may. */
  #next(): void {
    this.#waiting = this.#waiting.filter(({ caller, begin }) => {
      if (!this.#isFree(caller)) return true;
      this.#running.add(caller);
      begin();
      return false;
    });
  }

  /** @returns when there is an answer; where somebody gave up, when the thread is gone */
  async #ask(requests: readonly ThreatRequest[], signal: AbortSignal): Promise<ThreatOutcome[]> {
    if (signal.aborted) throw new RefusedError(stopped);
    this.#kept.giveWay();
    const { maxGroupsPerRule, threatsFolder } = this.#parts;
    const job: ThreatJob = {
      ...{ requests, options: { maxGroupsPerRule, maxSeconds } },
      ...{ folder: threatsFolder, context: contextOf(this.#parts), now: this.#parts.now() },
    };
    const thread = startHistoryThread('threats/worker', this.#parts, job);
    this.#threads.add(thread);
    const stop = (): void => void thread.terminate();
    signal.addEventListener('abort', stop);
    try {
      return await new Promise<ThreatOutcome[]>((resolve, reject) => {
        thread.on('message', (report: ThreatReport) => {
          if (report.type === 'result') resolve(report.outcomes);
          else reject(new Error(report.detail));
        });
        thread.on('error', (error: unknown) => reject(deathOfRun(error)));
        thread.on('exit', () => {
          this.#threads.delete(thread);
          reject(new RefusedError(stopped));
        });
      });
    } finally {
      signal.removeEventListener('abort', stop);
    }
  }

  keep(history: ThreatHistory): void {
    this.#kept.start(history);
  }

  /** Ends what runs. */
  async stop(): Promise<void> {
    for (const { refuse } of this.#waiting) refuse();
    await Promise.all([this.#kept.stop(), ...[...this.#threads].map((thread) => thread.terminate())]);
  }
}
