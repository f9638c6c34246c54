import { enforcedTarget, type Judgement, judge, type Protected } from '../../respond/decisions/safety.ts';
import type { DecisionPreview, EnforcerState } from '../../serve/decisions/types.ts';
import type { Asked, ResponseOptions } from './options.ts';

const minuteMs = 60_000;
/** A target that was blocked in this time before is blocked for longer. */
const strikesMs = 30 * 24 * 3_600_000;
const mostCurrent = 50_000;

interface Circumstances {
  known: Protected;
  /** Decisions are enforced now. */
  isOn: boolean;
  /** How many decisions have not ended. */
  current: number;
  firewall: EnforcerState;
}

/** What would come of a decision now. Nothing is stored. @param at epoch ms */
export function judgedNow(
  { state, config }: Pick<ResponseOptions, 'state' | 'config'>,
  asked: Asked,
  at: number,
  byPerson: boolean,
  circumstances: Circumstances,
): {
  judged: Judgement;
  /** Why it is refused; null: it is not. */
  problem: string | null;
  strike: number;
  isEnforced: boolean;
  outcome: DecisionPreview['outcome'];
} {
  const { known, isOn } = circumstances;
  const { kind, ttlSeconds, forgeable, historical } = asked;
  const target = enforcedTarget(asked.target)?.text ?? asked.target.slice(0, 64);
  const isEnforced = kind === 'block' || kind === 'redirect';
  // What a person says is meant so.
  const strike = byPerson || !isEnforced ? 1 : state.decisions.strikes(target, at - strikesMs) + 1;
  const proposal = { kind, target: asked.target, ttlSeconds, strike, evidence: { byPerson, forgeable, historical } };
  const judged = judge(proposal, known, {
    recent: isEnforced ? state.decisions.recent(at - minuteMs) : 0,
    mostPerMinute: config().response.maxPerMinute,
  });
  const problem = judged.ok ? beyond(kind, circumstances) : judged.why;
  const outcome = problem !== null ? 'refused' : isOn || !isEnforced ? 'active' : 'dry-run';
  return { judged, problem, strike, isEnforced, outcome };
}

/** Why a decision that is safe cannot be taken all the same. */
function beyond(kind: Asked['kind'], { isOn, current, firewall }: Circumstances): string | null {
  if (current >= mostCurrent) return `${mostCurrent} decisions are in force: no more are taken before some have ended.`;
  const { name, redirects } = firewall;
  if (kind === 'redirect' && isOn && !redirects)
    return `Only nftables can redirect, and ${name === null ? 'it cannot be used here' : `${name} is used here`}.`;
  return null;
}
