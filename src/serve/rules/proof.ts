import type { RuleDoc } from '../../model/index.ts';
import type { StateStore } from '../../store/contract.ts';
import type { Rulebook } from '../contract.ts';
import { noCare } from './care.ts';
import { contentHash } from './view.ts';

export interface RuleTested {
  rule_id: string;
  name: string;
  ok: boolean;
  problem: string | null;
}

export interface RuleTestRun {
  passed: number;
  failed: number;
  /** Rules without lines. */
  untested: number;
  results: RuleTested[];
}

/**
 * Runs rules' own lines and keeps who is proved, and in which version. A rule that only has lines that must not make it
 * fire passes, but is not proved by them.
 *
 * @param pause called between rules: gives way to other work where there is any
 */
export async function proveRules(
  rules: readonly RuleDoc[],
  facts: { state: StateStore; rulebook: Rulebook; now: number; pause: () => Promise<void> | undefined },
): Promise<RuleTestRun> {
  const { state, rulebook, now, pause } = facts;
  const run: RuleTestRun = { passed: 0, failed: 0, untested: 0, results: [] };
  for (const rule of rules) {
    const lines = rulebook.linesOf(rule.id) ?? state.ruleLines.byId(rule.id);
    if (lines === null) {
      run.untested += 1;
      continue;
    }
    const problem = await rulebook.test({ ...rule, enabled: true }, lines);
    const ok = problem === null;
    if (ok) run.passed += 1;
    else run.failed += 1;
    run.results.push({ rule_id: rule.id, name: rule.name, ok, problem });
    const isProof = ok && lines.fire.some((line) => !line.startsWith('#'));
    const proof = isProof ? { tested_at: now, tested_hash: contentHash(rule) } : { tested_at: null, tested_hash: null };
    state.ruleCare.put({ ...(state.ruleCare.byId(rule.id) ?? noCare(rule.id)), ...proof });
    await pause();
  }
  return run;
}
