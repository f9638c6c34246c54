import type { RuleDoc } from '../../model/index.ts';
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
  last_fired: number | null;
  alerts_24h: number;
  noise_budget: number | null;
  note: string | null;
}

export const noCare = (rule_id: string): RuleCare => ({
  rule_id,
  muted_until: null,
  muted_by: null,
  noise_budget: null,
  tested_at: null,
  tested_hash: null,
});

export const budgetOf = (care: RuleCare | null | undefined): number => care?.noise_budget ?? defaultNoiseBudget;

/**
 * Nothing of this is stored: a rule is a signal as long as the last 24 hours hold more of its alerts than its budget, so
 * a quiet day or a larger budget brings it back by itself.
 */
export function standingOf(
  rule: Pick<RuleDoc, 'enabled'>,
  care: RuleCare | null | undefined,
  alerts: { last: number | null; count: number },
  now: number,
): Standing {
  const budget = budgetOf(care);
  const mutedUntil = care?.muted_until != null && care.muted_until > now ? care.muted_until : null;
  const isSignal = alerts.count > budget;
  const state = !rule.enabled ? 'off' : mutedUntil !== null ? 'muted' : isSignal ? 'signal' : 'on';
  return {
    state,
    muted_until: mutedUntil,
    last_fired: alerts.last,
    alerts_24h: alerts.count,
    noise_budget: care?.noise_budget ?? null,
    note: isSignal && rule.enabled ? signalNote(alerts.count, budget) : null,
  };
}

const signalNote = (count: number, budget: number): string =>
  `${count} alerts in 24 hours, but the budget is ${budget}: new ones are kept with severity info and the tag "signal". ` +
  'The rule is loud again after a quieter day, or with a larger budget. An exception for what is harmless serves best.';

/** How one rule stands. */
export function standingIn(state: StateStore, rule: Pick<RuleDoc, 'id' | 'enabled'>, now: number): Standing {
  return standingOf(rule, state.ruleCare.byId(rule.id), state.alerts.ofRule(rule.id, now - dayMs), now);
}
