import { hash } from 'node:crypto';
import { rmSync } from 'node:fs';
import type { Worker } from 'node:worker_threads';
import { version } from '../package.ts';
import type { Log } from '../serve/contract.ts';
import type { ThreatHistory } from '../serve/threats/messages.ts';
import type { KeepJob } from '../threats/keeper.ts';
import type { KeepReport } from '../threats/keeper-worker.ts';
import { keepingAt } from '../threats/pieces.ts';
import { type HistoryParts, startHistoryThread } from './history-thread.ts';

/** After the start. */
const firstAfterMs = 30_000;
/** So often it is asked whether much has come. */
const lookMs = 15_000;
/** So often past hours are looked through. */
const hoursMs = 1_800_000;
/** After so long what has come meanwhile is looked at before more of them. */
const hoursAtOnceMs = 20_000;
/** And so often after the last event came, most. */
const looksAfter = 4;
/** As soon as so many events have come they are looked at: a question then has few more to look at. */
const muchArrived = 150_000;

export interface KeptThreatsParts extends HistoryParts {
  /** Where it is kept. */
  threatsFolder: string;
  now: () => number;
  log: Log;
}

/** What rules depend on besides themselves. */
export const contextOf = ({ mappings, placeholders }: HistoryParts): string =>
  JSON.stringify([version, mappings, placeholders]);

/** Has the detectors look through what is stored while nobody asks: past hours now and then, what comes as soon as it is much. */
export class KeptThreats {
  readonly #parts: KeptThreatsParts;
  readonly #isBusy: () => boolean;
  #history: ThreatHistory | null = null;
  #timer: NodeJS.Timeout | null = null;
  #thread: Worker | null = null;
  /** How many events had come at the last look; past hours were looked through then. */
  #arrived = 0;
  #hoursAt: number | null = null;
  #stretches = 0;
  /** What was looked at then, and how often nothing had come since. */
  #seen = '';
  #vainLooks = 0;
  #isStopped = false;

  /** @param isBusy somebody's question is being answered */
  constructor(parts: KeptThreatsParts, isBusy: () => boolean) {
    this.#parts = parts;
    this.#isBusy = isBusy;
  }

  start(history: ThreatHistory): void {
    this.#history = history;
    this.#wait(firstAfterMs);
  }

  /** Somebody asks: what is under way ends at once, and is taken up again later. What was kept before stays. */
  giveWay(): void {
    void this.#thread?.terminate();
  }

  async stop(): Promise<void> {
    this.#isStopped = true;
    if (this.#timer !== null) clearTimeout(this.#timer);
    await this.#thread?.terminate();
  }

  #wait(ms: number): void {
    if (this.#isStopped) return;
    this.#timer = setTimeout(() => void this.#look(), ms);
    this.#timer.unref();
  }

  async #look(): Promise<void> {
    try {
      await this.#begin();
    } catch (error) {
      this.#failed(String(error));
    }
    this.#wait(lookMs);
  }

  #failed(detail: string): void {
    this.#parts.log('warn', `What is stored could not be looked through for reports: ${detail}`);
  }

  async #begin(): Promise<void> {
    const history = this.#history;
    const isIdle = (): boolean => !this.#isBusy() && !this.#isStopped && this.#thread === null;
    if (history === null || !isIdle()) return;
    const isDue = this.#hoursAt === null || performance.now() - this.#hoursAt >= hoursMs;
    const { arrived, oldest } = await history.stored();
    if (!isIdle() || (!isDue && arrived - this.#arrived < muchArrived)) return;
    const before = { arrived: this.#arrived, hoursAt: this.#hoursAt };
    this.#arrived = arrived;
    if (isDue) this.#hoursAt = performance.now();
    if (oldest === null) {
      // What was matched is gone with the events.
      rmSync(this.#parts.threatsFolder, { recursive: true, force: true });
      return;
    }
    const sets = history.sets();
    if (!isDue || !this.#isVain([arrived, oldest], sets)) this.#work(sets, !isDue, before);
  }

  /** Nothing came for so long that every hour was looked through when it was over. */
  #isVain(stored: readonly number[], sets: KeepJob['sets']): boolean {
    const seen = hash('sha256', JSON.stringify([stored, sets, contextOf(this.#parts)]));
    this.#vainLooks = seen === this.#seen ? this.#vainLooks + 1 : 0;
    this.#seen = seen;
    return this.#vainLooks > looksAfter;
  }

  #work(sets: KeepJob['sets'], isRecent: boolean, before: { arrived: number; hoursAt: number | null }): void {
    const { threatsFolder: folder, maxGroupsPerRule, now, log } = this.#parts;
    const job: KeepJob = {
      ...{ sets, folder, isRecent, mostMs: hoursAtOnceMs, keeping: keepingAt(now()) },
      context: contextOf(this.#parts),
      options: { maxGroupsPerRule, maxSeconds: Number.POSITIVE_INFINITY },
    };
    const thread = startHistoryThread('threats/keeper-worker', this.#parts, job);
    this.#thread = thread;
    let isDone = false;
    thread.on('message', (report: KeepReport) => {
      isDone = report.type === 'failed' || report.isAll;
      if (report.type === 'failed') this.#failed(report.detail);
      else if (!isRecent) {
        this.#stretches += report.stretches;
        if (!report.isAll || this.#stretches === 0) return;
        log('info', `Stored events were looked through for reports: ${this.#stretches} stretches of time.`);
        this.#stretches = 0;
      }
    });
    thread.on('error', (error: unknown) => {
      isDone = true;
      this.#failed(error instanceof Error ? error.message : String(error));
    });
    thread.on('exit', () => {
      this.#thread = null;
      // There is more, or somebody asked meanwhile: it is taken up again soon.
      if (isDone) return;
      this.#vainLooks = 0;
      this.#arrived = before.arrived;
      if (!isRecent) this.#hoursAt = before.hoursAt;
    });
  }
}
