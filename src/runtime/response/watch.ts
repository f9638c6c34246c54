import type { Alert, Decision, ThreatScore } from '../../model/index.ts';
import { fits, isForgeable, sourceOf } from '../../respond/decisions/policy.ts';
import type { LiveBus, Log } from '../../serve/contract.ts';
import type { StateStore } from '../../store/contract.ts';
import { eachStoredAlert, freshMs } from '../stored-alerts.ts';
import type { Response } from './response.ts';

/** At a time; more wait, and beyond that the score is not asked for. */
const mostWaiting = 200;
const scoreKeptMs = 30_000;
const perTurn = 50;

export interface WatchOptions {
  response: Response;
  state: StateStore;
  bus: LiveBus;
  now: () => number;
  log: Log;
}

/** Looks at each alert once, when it is stored, and lets the policies decide. */
export function watchAlerts({ response, state, bus, now, log }: WatchOptions): {
  stop(): void;
  settle(): Promise<void>;
} {
  let waiting: string[] = [];
  let timer: NodeJS.Timeout | null = null;
  let scoring = 0;
  let scored: Promise<unknown> = Promise.resolve();
  const scores = new Map<string, { at: number; score: ThreatScore }>();
  let isStopped = false;

  const unsubscribe = eachStoredAlert(bus, (ids) => {
    waiting.push(...ids);
    schedule();
  });

  function schedule(): void {
    if (timer !== null || waiting.length === 0 || isStopped) return;
    timer = setTimeout(() => {
      timer = null;
      turn();
      schedule();
    }, 20);
  }

  function turn(): void {
    const some = waiting.slice(0, perTurn);
    waiting = waiting.slice(perTurn);
    for (const id of some) {
      const alert = state.alerts.byId(id);
      if (alert === null || alert.historical || alert.signal || alert.time < now() - freshMs) continue;
      consider(alert);
    }
  }

  /** The first policy that fits decides. Where one asks for the score, it and those behind it wait for that. */
  function consider(alert: Alert): void {
    const fitting = response.policies().filter((policy) => fits(policy, alert));
    if (fitting.length === 0) return;
    const target = sourceOf(alert);
    if (target === null) {
      response.counters.sourceless += 1;
      return;
    }
    const decide = (at: number, score: ThreatScore | null): Decision | null => {
      const policy = fitting[at];
      if (policy === undefined) return null;
      return response.decideByPolicy({
        kind: policy.kind,
        target,
        ttlSeconds: policy.ttl_seconds,
        reason: `${policy.name}: ${alert.message}`.slice(0, 500),
        alerts: [alert.id],
        events: alert.event_ids.slice(0, 20),
        policy: policy.id,
        score,
        forgeable: isForgeable(alert, (source) => response.isVouched(source)),
        historical: alert.historical,
      });
    };
    if (fitting[0]?.when.score === null) {
      decide(0, null);
      return;
    }
    if (scoring >= mostWaiting) {
      response.counters.unscored += 1;
      const next = fitting.findIndex(({ when }) => when.score === null);
      if (next >= 0) decide(next, null);
      return;
    }
    scoring += 1;
    scored = scored
      .then(async () => {
        if (isStopped) return;
        const score = await scoreNow(target);
        const chosen = fitting.findIndex(({ when }) => when.score === null || score.score >= when.score);
        if (chosen >= 0) decide(chosen, score);
      })
      .catch((error: Error) => log('warn', `The score of ${target} could not be computed: ${error.message}`))
      .finally(() => {
        scoring -= 1;
      });
  }

  async function scoreNow(address: string): Promise<ThreatScore> {
    const kept = scores.get(address);
    if (kept !== undefined && now() - kept.at < scoreKeptMs) return kept.score;
    const score = await response.score(address);
    if (scores.size > 1000) scores.clear();
    scores.set(address, { at: now(), score });
    return score;
  }

  return {
    stop() {
      isStopped = true;
      unsubscribe();
      if (timer !== null) clearTimeout(timer);
    },
    async settle() {
      while (waiting.length > 0) turn();
      await scored;
    },
  };
}
