import { createHash } from 'node:crypto';
import type { RuleProblem } from '../detect/contract.ts';
import { checkRule, contextInUse, ruleGroupFields, ruleTags } from '../detect/index.ts';
import type { RedactOptions } from '../enrich/contract.ts';
import type { RuleDoc } from '../model/index.ts';
import type { PipelineControl } from '../serve/contract.ts';
import type { RuleLines } from '../store/contract.ts';
import { isBig, type TrialAnswer, trialJobs } from './trial/jobs.ts';
import { trialThread } from './trial/thread.ts';

/** What people try rules and lines with, apart from everything live. Big rules are compiled on a thread of their own. */
export function createTrials(
  now: () => number,
  redact: () => RedactOptions,
): Pick<PipelineControl, 'test' | 'explain' | 'check' | 'checkAside'> {
  const reading = () => ({ now: now(), redact: redact() });
  return {
    test: async (lines, docs, hint = null) =>
      isBig(docs)
        ? trialThread.run('test', [docs, lines, hint, reading()])
        : trialJobs.test(docs, lines, hint, reading()),
    explain: (docs, events, lines) =>
      isBig(docs)
        ? trialThread.run('explain', [docs, events, lines, reading()])
        : trialJobs.explain(docs, events, lines, reading()),
    check: checkedRule,
    checkAside: checkedAside,
  };
}

type Checked = TrialAnswer<'check'>;

/** What big rules came to: who asks for one again need not wait for it. */
const bigRules = new Map<string, Checked>();
const mostBigRules = 500;

/** Of all that a rule is compiled of. */
const keyOf = ({ id, name, type, severity, config }: RuleDoc): string =>
  createHash('sha256')
    .update(JSON.stringify([id, name, type, severity, config, contextInUse()]))
    .digest('base64');

/** What is wrong with a rule, at once: from what is known of a big one, else compiled here. */
function checkedRule(rule: RuleDoc, among: readonly RuleDoc[] = []): RuleProblem[] {
  const known = among.length === 0 ? knownOf(rule) : undefined;
  return known?.problems ?? checkRule(rule, { among });
}

/** The same, of a big rule on the thread for them. */
async function checkedAside(rule: RuleDoc, among: readonly RuleDoc[] = []): Promise<RuleProblem[]> {
  if (!isBig([rule])) return checkedRule(rule, among);
  if (among.length > 0) return (await trialThread.run('check', [rule, among])).problems;
  const key = keyOf(rule);
  let known = bigRules.get(key);
  if (known === undefined) {
    known = await trialThread.run('check', [rule, []]);
    if (bigRules.size >= mostBigRules) bigRules.delete(bigRules.keys().next().value as string);
    bigRules.set(key, known);
  }
  return known.problems;
}

const knownOf = (rule: RuleDoc): Checked | undefined => (isBig([rule]) ? bigRules.get(keyOf(rule)) : undefined);

/** Tags of a rule as it is compiled; null: it cannot be used. */
export function tagsOfRule(rule: RuleDoc): Checked['tags'] {
  const known = knownOf(rule);
  return known === undefined ? ruleTags(rule) : known.tags;
}

/** What a rule groups by; null: it cannot be used. */
export function groupFieldsOfRule(rule: RuleDoc): Checked['groupFields'] {
  const known = knownOf(rule);
  return known === undefined ? ruleGroupFields(rule) : known.groupFields;
}

/** Runs a rule's own lines: what is wrong, in a sentence, or null. */
export const proveRule = async (rule: RuleDoc, lines: RuleLines): Promise<string | null> =>
  isBig([rule]) ? trialThread.run('prove', [rule, lines]) : trialJobs.prove(rule, lines);
