import type { Worker } from 'node:worker_threads';
import { version } from '../package.ts';
import type { Log } from '../serve/contract.ts';
import type { DetectorSets } from '../serve/threats/messages.ts';
import type { KeepJob } from '../threats/keeper.ts';
import type { KeepReport } from '../threats/keeper-worker.ts';
import { type HistoryParts, startHistoryThread } from './history-thread.ts';

/** After the start, and after somebody has asked. */
const firstAfterMs = 30_000;
const everyMs = 1_800_000;

export interface KeptThreatsParts extends HistoryParts {
  /** Where it is kept. */
  threatsFolder: string;
  now: () => number;
  log: Log;
}

/** What rules depend on besides themselves. */
export const contextOf = ({ mappings, placeholders }: HistoryParts): string =>
  JSON.stringify([version, mappings, placeholders]);

/** Has the detectors work through past hours while nobody asks. */
export class KeptThreats {
  readonly #parts: KeptThreatsParts;
  readonly #isBusy: () => boolean;
  #sets: DetectorSets | null = null;
  #timer: NodeJS.Timeout | null = null;
  #thread: Worker | null = null;
  #isStopped = false;

  /** @param isBusy somebody's question is being answered */
  constructor(parts: KeptThreatsParts, isBusy: () => boolean) {
    this.#parts = parts;
    this.#isBusy = isBusy;
  }

  start(sets: DetectorSets): void {
    this.#sets = sets;
    this.#wait(firstAfterMs);
  }

  /** Somebody asks: what is under way ends at once, and is taken up again later. */
  giveWay(): void {
    if (this.#thread === null) return;
    void this.#thread.terminate();
    this.#wait(firstAfterMs);
  }

  async stop(): Promise<void> {
    this.#isStopped = true;
    if (this.#timer !== null) clearTimeout(this.#timer);
    await this.#thread?.terminate();
  }

  #wait(ms: number): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    if (this.#isStopped) return;
    this.#timer = setTimeout(() => void this.#begin(), ms);
    this.#timer.unref();
  }

  async #begin(): Promise<void> {
    this.#wait(this.#isBusy() ? firstAfterMs : everyMs);
    const { threatsFolder, maxGroupsPerRule, now, log } = this.#parts;
    const failed = (detail: string) => log('warn', `Past hours could not be looked through for reports: ${detail}`);
    const sets = await this.#sets?.().catch((error: unknown) => failed(String(error)));
    if (this.#isBusy() || this.#isStopped || this.#thread !== null || !sets?.length) return;
    const began = performance.now();
    const job: KeepJob = {
      sets,
      folder: threatsFolder,
      context: contextOf(this.#parts),
      now: now(),
      // One part has an hour of events; a run that cannot end is left to those who ask.
      options: { maxGroupsPerRule, maxSeconds: 3600 },
    };
    const thread = startHistoryThread('threats/keeper-worker', this.#parts, job);
    this.#thread = thread;
    thread.on('message', (report: KeepReport) => {
      if (report.type === 'failed') failed(report.detail);
      else if (report.hours > 0) {
        const seconds = Math.round((performance.now() - began) / 1000);
        log('info', `The detectors have worked through past hours for reports: ${report.hours} in ${seconds} s.`);
      }
    });
    thread.on('error', (error: unknown) => failed(error instanceof Error ? error.message : String(error)));
    thread.on('exit', () => {
      this.#thread = null;
    });
  }
}
