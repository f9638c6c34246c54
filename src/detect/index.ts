import type { RuleDoc } from '../model/index.ts';
import type { Correlator, CorrelatorOptions, RuleProblem, RuleSet } from './contract.ts';
import { KeyedCorrelator } from './correlate/correlator.ts';
import type { FrontEnd } from './form.ts';
import { buildRuleSet } from './index/ruleset.ts';
import { linkRules } from './link.ts';
import { compileNative } from './native/native.ts';
import { compileSigma } from './sigma/rule.ts';

export { createExplainer } from './explain/explainer.ts';
export { exceptionFilter, literalValue, type RuleException } from './sigma/filter.ts';
export { loadSigmaYaml } from './sigma/load.ts';

/** Every way to write a rule, by the rule's type. All compile to the same form (form.ts). */
const frontEnds: Record<RuleDoc['type'], FrontEnd> = {
  sigma: (doc) => compileSigma(doc),
  pattern: compileNative,
  threshold: compileNative,
  correlation: compileNative,
};

const frontEnd: FrontEnd = (doc) => frontEnds[doc.type](doc);

/**
 * Compiles rules for matching. Refused rules are left out and named in `problems`; so are disabled ones, silently.
 * Sigma filters among them (exceptions are such, see {@link exceptionFilter}) are joined to the rules that they name.
 */
export function compileRules(docs: readonly RuleDoc[]): RuleSet {
  const linked = linkRules(docs, frontEnd);
  return buildRuleSet(docs, (doc) => linked.get(doc) ?? frontEnd(doc));
}

/** What is wrong with one rule, without running it: an empty list means that it can be used as it is. */
export function checkRule(doc: RuleDoc): RuleProblem[] {
  return frontEnd(doc).problems.map((problem) => ({ rule_id: doc.id, ...problem }));
}

/** Correlation state for a rule set that {@link compileRules} made. */
export function createCorrelator(rules: RuleSet, options: CorrelatorOptions): Correlator {
  return new KeyedCorrelator(rules, options);
}
