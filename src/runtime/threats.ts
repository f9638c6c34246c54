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
import { type TurnLimits, Turns } from '../serve/turns.ts';
import type { ThreatJob, ThreatReport } from '../threats/worker.ts';
import { deathOfRun, startHistoryThread } from './history-thread.ts';
import { contextOf, KeptThreats, type KeptThreatsParts } from './kept-threats.ts';

/** Two at a time, of all callers: more would take both cores from what arrives. */
const limits: TurnLimits = { running: 2, waiting: 32, waitingOfOne: 8 };
const maxSeconds = 120;
const stopped = 'The run was stopped before it had ended.';

/**
 * Runs the detectors beside everything else, in threads that read from the store's thread directly: one at a time for each
 * caller. Further questions wait in line.
 */
export class Threats implements ThreatControl {
  readonly #parts: KeptThreatsParts;
  readonly #kept: KeptThreats;
  readonly #turns = new Turns(limits);
  readonly #threads = new Set<Worker>();
  readonly #ended = new AbortController();

  constructor(parts: KeptThreatsParts) {
    this.#parts = parts;
    this.#kept = new KeptThreats(parts, () => this.#turns.isTaken);
  }

  async run(request: ThreatRequest, caller: string, signal: AbortSignal): Promise<ThreatResult> {
    const [outcome] = await this.runAll([request], caller, signal);
    if (outcome !== undefined && 'result' in outcome) return outcome.result;
    throw new RefusedError(outcome?.refused ?? 'The run gave no answer.');
  }

  async runAll(requests: readonly ThreatRequest[], caller: string, gone: AbortSignal): Promise<ThreatOutcome[]> {
    const signal = AbortSignal.any([gone, this.#ended.signal]);
    try {
      return await this.#turns.take(
        () => this.#ask(requests, signal),
        (own) => new ThreatBusy(own),
        { caller, signal },
      );
    } catch (error) {
      throw error === signal.reason ? new RefusedError(stopped) : error;
    }
  }

  /** @returns when there is an answer; where somebody gave up, when the thread is gone */
  async #ask(requests: readonly ThreatRequest[], signal: AbortSignal): Promise<ThreatOutcome[]> {
    signal.throwIfAborted();
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
    this.#ended.abort();
    await Promise.all([this.#kept.stop(), ...[...this.#threads].map((thread) => thread.terminate())]);
  }
}
