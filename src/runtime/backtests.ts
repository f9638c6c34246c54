import type { Worker } from 'node:worker_threads';
import type { BacktestJob, BacktestReport } from '../backtest/worker.ts';
import {
  BacktestBusy,
  type BacktestControl,
  type BacktestMessage,
  type BacktestRequest,
} from '../serve/backtest/messages.ts';
import { RefusedError } from '../serve/contract.ts';
import { deathOfRun, type HistoryParts, startHistoryThread } from './history-thread.ts';

/** At a time: one leaves a second person waiting, three leave too little of two cores. */
const mostRunning = 2;
const maxSeconds = 600;
const maxAlerts = 50_000;

/** Runs backtests beside everything else: a thread each, which reads from the store's thread directly. */
export class Backtests implements BacktestControl {
  readonly #parts: HistoryParts;
  readonly #running = new Set<Worker>();

  constructor(parts: HistoryParts) {
    this.#parts = parts;
  }

  run(request: BacktestRequest, signal: AbortSignal): AsyncIterable<BacktestMessage> {
    if (this.#running.size >= mostRunning) throw new BacktestBusy(this.#running.size);
    const { maxGroupsPerRule } = this.#parts;
    const job: BacktestJob = { request, options: { maxGroupsPerRule, maxSeconds, maxAlerts } };
    const thread = startHistoryThread('backtest/worker', this.#parts, job);
    this.#running.add(thread);
    const reports = new Reports();
    const stop = (): void => void thread.terminate();
    signal.addEventListener('abort', stop);
    if (signal.aborted) stop();
    thread.on('message', (report: BacktestReport) => reports.add(report));
    thread.on('error', (error: unknown) => reports.fail(error));
    thread.on('exit', () => {
      this.#running.delete(thread);
      signal.removeEventListener('abort', stop);
      reports.end();
    });
    return reports;
  }

  /** Ends what runs. */
  async stop(): Promise<void> {
    await Promise.all([...this.#running].map((thread) => thread.terminate()));
  }
}

/** What a thread has told and nobody has taken yet: at most one progress, and the few alerts that are told. */
class Reports implements AsyncIterable<BacktestMessage> {
  readonly #waiting: BacktestMessage[] = [];
  #error: Error | null = null;
  #isOver = false;
  #wake: (() => void) | null = null;

  add(report: BacktestReport): void {
    if (report.type === 'failed') {
      this.#error = report.refused ? new RefusedError(report.detail) : new Error(report.detail);
    } else if (report.type === 'progress' && this.#waiting.at(-1)?.type === 'progress') {
      this.#waiting[this.#waiting.length - 1] = report;
    } else this.#waiting.push(report);
    this.#wake?.();
  }

  fail(error: unknown): void {
    this.#error = deathOfRun(error);
    this.#wake?.();
  }

  end(): void {
    this.#isOver = true;
    this.#wake?.();
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<BacktestMessage> {
    for (;;) {
      const next = this.#waiting.shift();
      if (next !== undefined) yield next;
      else if (this.#error !== null) throw this.#error;
      else if (this.#isOver) return;
      else
        await new Promise<void>((resolve) => {
          this.#wake = resolve;
        });
    }
  }
}
