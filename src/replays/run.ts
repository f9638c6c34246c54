import type { Reader } from '../backtest/reading.ts';
import { type HistoryProgress, replayHistory } from '../backtest/replay.ts';
import { isoTime } from '../model/index.ts';
import { withAllEvents } from '../store/alert-document.ts';
import type { ReplayHead, ReplayState } from '../store/contract.ts';
import { ReplayFolder } from '../store/replays/folder.ts';
import { ReplayWriter } from '../store/replays/writer.ts';
import type { ReplayJob, ReplayProgress } from './messages.ts';

/** Progress is told so often, ms. */
const progressMs = 400;

export interface ReplayRun {
  store: Reader;
  isCancelled: () => boolean;
  tell: (progress: ReplayProgress) => void;
}

/** Runs rules over stored history and keeps the alerts. Whatever ends it early, what it says of itself tells. */
export async function runReplay(job: ReplayJob, { store, isCancelled, tell }: ReplayRun): Promise<ReplayHead> {
  const began = performance.now();
  const seconds = (): number => Math.round(performance.now() - began) / 1000;
  const { plan, docs, limits, maxSeconds, maxAlerts, maxGroupsPerRule } = job;
  const writer = new ReplayWriter(new ReplayFolder(job.folder), plan, limits);
  let state: ReplayState = 'done';
  let note: string | null = null;
  let events = 0;
  let toldAt = Number.NEGATIVE_INFINITY;

  const goesOn = (now: HistoryProgress): boolean => {
    events = now.events;
    const at = performance.now();
    const alerts = now.raised();
    if (at - toldAt >= progressMs) {
      toldAt = at;
      tell({ events, total: now.total, alerts, seconds: seconds() });
    }
    const why = isCancelled()
      ? 'It was cancelled.'
      : alerts >= maxAlerts
        ? `It ended at ${maxAlerts} alerts.`
        : writer.isFull
          ? `It ended when its alerts took half of the ${limits.maxBytes} bytes that all replays may take (replays.maxBytes).`
          : seconds() > maxSeconds
            ? `It ended after ${maxSeconds} s.`
            : null;
    if (why === null) return true;
    state = isCancelled() ? 'cancelled' : 'cut';
    note = `${why} Nothing from ${isoTime(now.until)} on was looked at.`;
    return false;
  };

  try {
    const { from, to, rule_ids } = plan;
    const onProgress = (count: number): void => {
      events = count;
    };
    const told = { store, rules: docs, from, to, only: rule_ids ?? undefined, maxGroupsPerRule, onProgress, goesOn };
    const find = (ids: readonly string[]) => store.byIds(ids);
    // Evidence that the engine has let go is in the store.
    for await (const alert of replayHistory(told)) writer.add(await withAllEvents(alert, find));
    return writer.finish({ events, seconds: seconds(), state, note });
  } catch (error) {
    writer.discard();
    throw error;
  }
}
