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
const maxSeconds = 120;
const stopped = 'The run was stopped before it had ended.';

interface Running {
  /** Who asked is gone, and the thread is on its way out. */
  isGiven: boolean;
  ended: Promise<void>;
}

/** Runs the detectors beside everything else: a thread for each caller, which reads from the store's thread directly. */
export class Threats implements ThreatControl {
  readonly #parts: KeptThreatsParts;
  readonly #kept: KeptThreats;
  readonly #running = new Map<string, Running>();
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
    const before = this.#running.get(caller);
    // A question that was given up is no reason to refuse the next one: it starts when that thread is gone.
    if (before?.isGiven) await before.ended;
    if (this.#running.has(caller)) throw new ThreatBusy(true);
    if (this.#running.size >= mostRunning) throw new ThreatBusy(false);
    if (signal.aborted) throw new RefusedError(stopped);
    this.#kept.giveWay();
    const { maxGroupsPerRule, threatsFolder } = this.#parts;
    const job: ThreatJob = {
      ...{ requests, options: { maxGroupsPerRule, maxSeconds } },
      ...{ folder: threatsFolder, context: contextOf(this.#parts), now: this.#parts.now() },
    };
    const thread = startHistoryThread('threats/worker', this.#parts, job);
    const { promise: ended, resolve: end } = Promise.withResolvers<void>();
    const running: Running = { isGiven: false, ended };
    this.#running.set(caller, running);
    this.#threads.add(thread);
    return new Promise((resolve, reject) => {
      const stop = (): void => {
        running.isGiven = true;
        void thread.terminate();
      };
      signal.addEventListener('abort', stop);
      const over = (): void => {
        if (this.#running.get(caller) === running) this.#running.delete(caller);
        signal.removeEventListener('abort', stop);
        end();
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
        reject(new RefusedError(stopped));
      });
    });
  }

  keep(history: ThreatHistory): void {
    this.#kept.start(history);
  }

  /** Ends what runs. */
  async stop(): Promise<void> {
    await Promise.all([this.#kept.stop(), ...[...this.#threads].map((thread) => thread.terminate())]);
  }
}
