import { isoTime, type RuleDoc } from '../../model/index.ts';
import type { RuleCare, StateStore } from '../../store/contract.ts';

/** Alerts a day that a rule may raise where nobody has set another number. */
const defaultNoiseBudget = 50;
export const dayMs = 86_400_000;

export const ruleStates = ['on', 'off', 'muted', 'signal'] as const;
export type RuleState = (typeof ruleStates)[number];

/** How a rule stands: whether it runs, and whether anybody is told. */
export interface Standing {
  state: RuleState;
  muted_until: number | null;
  /** Since when it is a signal by choice, and whose. */
  signal_since: number | null;
  signal_by: string | null;
  last_fired: number | null;
  alerts_24h: number;
  noise_budget: number | null;
  note: string | null;
}

export const noCare = (rule_id: string): RuleCare => ({
  rule_id,
  muted_until: null,
  muted_by: null,
  signal_since: null,
  signal_by: null,
  noise_budget: null,
  tested_at: null,
  tested_hash: null,
});

export const budgetOf = (care: RuleCare | null | undefined): number => care?.noise_budget ?? defaultNoiseBudget;

/**
 * Makes a rule a signal by choice, or ends that.
 *
 * @returns false where it was so before
 */
export function chooseSignal(
  state: StateStore,
  rule_id: string,
  isSignal: boolean,
  { now, by }: { now: number; by: string | null },
): boolean {
  const care = state.ruleCare.byId(rule_id) ?? noCare(rule_id);
  if ((care.signal_since !== null) === isSignal) return false;
  state.ruleCare.put({ ...care, signal_since: isSignal ? now : null, signal_by: isSignal ? by : null });
  return true;
}

/**
 * A rule is a signal by choice, or as long as the last 24 hours hold more of its alerts than its budget. The latter is
 * not stored, so a quiet day or a larger budget brings it back by itself.
 */
export function standingOf(
  rule: Pick<RuleDoc, 'enabled'>,
  care: RuleCare | null | undefined,
  alerts: { last: number | null; count: number },
  now: number,
): Standing {
  const budget = budgetOf(care);
  const mutedUntil = care?.muted_until != null && care.muted_until > now ? care.muted_until : null;
  const isOver = alerts.count > budget;
  const since = care?.signal_since ?? null;
  const by = care?.signal_by ?? null;
  const isSignal = isOver || since !== null;
  const state = !rule.enabled ? 'off' : mutedUntil !== null ? 'muted' : isSignal ? 'signal' : 'on';
  return {
    state,
    muted_until: mutedUntil,
    signal_since: since,
    signal_by: by,
    last_fired: alerts.last,
    alerts_24h: alerts.count,
    noise_budget: care?.noise_budget ?? null,
    note: isSignal && rule.enabled ? noteOf(since, by, isOver ? overNote(alerts.count, budget) : null) : null,
  };
}

function noteOf(since: number | null, by: string | null, over: string | null): string {
  if (since === null) return over ?? '';
  const chosen =
    `Saved as a signal${by === null ? '' : ` by ${by}`} on ${isoTime(since).slice(0, 10)}: ` +
    'its alerts are kept with severity info and the tag "signal", and nobody is told.';
  return over === null ? chosen : `${chosen} It is over its noise budget as well.`;
}

const overNote = (count: number, budget: number): string =>
  `${count} alerts in 24 hours, but the budget is ${budget}: new ones are kept with severity info and the tag "signal". ` +
  'The rule is loud again after a quieter day, or with a larger budget. An exception for what is harmless serves best.';

/** How one rule stands. */
export function standingIn(state: StateStore, rule: Pick<RuleDoc, 'id' | 'enabled'>, now: number): Standing {
  return standingOf(rule, state.ruleCare.byId(rule.id), state.alerts.ofRule(rule.id, now - dayMs), now);
}
