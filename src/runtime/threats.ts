import type { Worker } from 'node:worker_threads';
import { RefusedError } from '../serve/contract.ts';
import {
  ThreatBusy,
  type ThreatControl,
  type ThreatDetector,
  type ThreatOutcome,
  type ThreatRequest,
  type ThreatResult,
} from '../serve/threats/messages.ts';
import type { ThreatJob, ThreatReport } from '../threats/worker.ts';
import { deathOfRun, startHistoryThread } from './history-thread.ts';
import { contextOf, KeptThreats, type KeptThreatsParts } from './kept-threats.ts';

/** At a time, of all callers: more would take both cores from what arrives. */
const mostRunning = 2;
const maxSeconds = 120;

/** Runs the detectors beside everything else: a thread for each caller, which reads from the store's thread directly. */
export class Threats implements ThreatControl {
  readonly #parts: KeptThreatsParts;
  readonly #kept: KeptThreats;
  readonly #running = new Map<string, Worker>();
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

  runAll(requests: readonly ThreatRequest[], caller: string, signal: AbortSignal): Promise<ThreatOutcome[]> {
    if (this.#running.has(caller)) return Promise.reject(new ThreatBusy(true));
    if (this.#running.size >= mostRunning) return Promise.reject(new ThreatBusy(false));
    this.#kept.giveWay();
    const { maxGroupsPerRule, threatsFolder } = this.#parts;
    const job: ThreatJob = {
      ...{ requests, options: { maxGroupsPerRule, maxSeconds } },
      ...{ folder: threatsFolder, context: contextOf(this.#parts) },
    };
    const thread = startHistoryThread('threats/worker', this.#parts, job);
    this.#running.set(caller, thread);
    this.#threads.add(thread);
    return new Promise((resolve, reject) => {
      const stop = (): void => void thread.terminate();
      signal.addEventListener('abort', stop);
      if (signal.aborted) stop();
      const over = (): void => {
        if (this.#running.get(caller) === thread) this.#running.delete(caller);
        signal.removeEventListener('abort', stop);
      };
      thread.on('message', (report: ThreatReport) => {
        // Who has the answer may ask again at once.
        over();
        if (report.type === 'result') resolve(report.outcomes);
        else reject(new Error(report.detail));
      });
      thread.on('error', (error: unknown) => reject(deathOfRun(error)));
      thread.on('exit', () => {
        this.#threads.delete(thread);
        over();
        reject(new RefusedError('The run was stopped before it had ended.'));
      });
    });
  }

  keep(sets: () => readonly (readonly ThreatDetector[])[]): void {
    this.#kept.start(sets);
  }

  /** Ends what runs. */
  async stop(): Promise<void> {
    await Promise.all([this.#kept.stop(), ...[...this.#threads].map((thread) => thread.terminate())]);
  }
}
