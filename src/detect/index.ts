import type { Event, RuleDoc } from '../model/index.ts';
import type { Correlator, CorrelatorOptions, RuleProblem, RuleSet, SourceSight } from './contract.ts';
import { KeyedCorrelator } from './correlate/correlator.ts';
import type { FrontEnd, FrontEndResult } from './form.ts';
import { buildRuleSet, engineRules, rulesInSteps } from './index/ruleset.ts';
import { type FieldOf, linkRules } from './link.ts';
import { compileNative } from './native/native.ts';
import { libraryOf } from './sigma/library.ts';
import type { Mapping } from './sigma/mapping-file.ts';
import { mapperOf, mappingsInUse } from './sigma/mappings.ts';
import { type Placeholders, placeholdersInUse } from './sigma/placeholders.ts';
import { type CompileCache, compileSigma, type SigmaOptions } from './sigma/rule.ts';
import { formVisibility } from './visibility.ts';

export { rememberConcealed } from './concealed.ts';
export { createExplainer } from './explain/explainer.ts';
export { exceptionFilter, literalValue, type RuleException } from './sigma/filter.ts';
export { loadSigmaYaml } from './sigma/load.ts';
export { type Mapping, type MappingProblem, readMapping } from './sigma/mapping-file.ts';
export { setMappings } from './sigma/mappings.ts';
export { type Placeholders, readPlaceholders, setPlaceholders } from './sigma/placeholders.ts';
export type { CompileCache } from './sigma/rule.ts';

/** Every way to write a rule, by the rule's type. All compile to the same form (form.ts). */
function frontEnd(doc: RuleDoc, options: SigmaOptions): FrontEndResult {
  return doc.type === 'sigma' ? compileSigma(doc, options) : nativeFrontEnds[doc.type](doc);
}

const nativeFrontEnds: Record<Exclude<RuleDoc['type'], 'sigma'>, FrontEnd> = {
  pattern: compileNative,
  threshold: compileNative,
  correlation: compileNative,
};

/** What rules may need besides themselves. */
export interface RuleContext {
  /** Values for Sigma's `expand`. Absent: those of {@link setPlaceholders}. */
  placeholders?: Placeholders;
  /** The user's field mappings; they come before those that are shipped. Absent: those of {@link setMappings}. */
  mappings?: readonly Mapping[];
  /** What rules were compiled to before. */
  cache?: CompileCache;
}

/**
 * Compiles rules for matching. Refused rules are left out and named in `problems`; so are disabled ones, silently.
 * Sigma filters among them (exceptions are such, see {@link exceptionFilter}) are joined to the rules that they name, and
 * correlations find the rules that they name.
 *
 * @param only ids of the rules that are wanted: of the others only what those need is used
 */
export function compileRules(
  docs: readonly RuleDoc[],
  context: RuleContext = {},
  only: ReadonlySet<string> | null = null,
): RuleSet {
  const linked = link(docs, context);
  const of = (doc: RuleDoc): FrontEndResult => linked.get(doc) as FrontEndResult;
  if (only === null) return buildRuleSet(docs, of);
  const wanted = withCovers(only, docs, of);
  return buildRuleSet(docs, (doc) => ({ ...of(doc), forms: of(doc).forms.filter(({ id }) => wanted.has(id)) }));
}

/** A form holds all that it counts. What happens outside of it matters only where a rule covers another. */
function withCovers(
  only: ReadonlySet<string>,
  docs: readonly RuleDoc[],
  of: (doc: RuleDoc) => FrontEndResult,
): Set<string> {
  const forms = new Map(docs.flatMap((doc) => of(doc).forms).map((form) => [form.id, form]));
  const wanted = new Set(only);
  // A set is walked with what is added on the way.
  for (const id of wanted) for (const cover of forms.get(id)?.ext.coveredBy ?? []) wanted.add(cover);
  return wanted;
}

/**
 * The same in steps that are short whatever the number of rules, for who has other work to do in between.
 *
 * @param previous the set that is replaced. What did not change is taken over from it; a rule that did not change is the same object.
 */
export function* compileRulesInSteps(
  docs: readonly RuleDoc[],
  previous: RuleSet | null,
  context: RuleContext = {},
): Generator<void, RuleSet> {
  const of = JSON.stringify([context.placeholders ?? placeholdersInUse(), mapperOf(context.mappings).key]);
  const before = previous === null ? undefined : madeOf.get(previous);
  const known = before?.of === of ? before.results : null;
  const results = new Map<RuleDoc, FrontEndResult>();
  for (const doc of docs) {
    const result = known?.get(doc) ?? frontEnd(doc, { ...context, open: true });
    // What refers to other rules is read again with them.
    if (result.missing === undefined) results.set(doc, result);
    yield;
  }
  const sigma = { ...context, library: libraryOf(docs) };
  const linked = linkRules(docs, (doc) => results.get(doc) ?? frontEnd(doc, sigma), fieldsOf(context));
  yield;
  const old = previous === null ? null : engineRules(previous);
  const rules = yield* rulesInSteps(docs, (doc) => linked.get(doc) as FrontEndResult, old);
  madeOf.set(rules, { of, results });
  return rules;
}

/** What the rules of a set were compiled to before they were linked, and with which context. */
const madeOf = new WeakMap<RuleSet, { of: string; results: ReadonlyMap<RuleDoc, FrontEndResult> }>();

function link(docs: readonly RuleDoc[], context: RuleContext): Map<RuleDoc, FrontEndResult> {
  const sigma = { ...context, library: libraryOf(docs) };
  return linkRules(docs, (doc) => frontEnd(doc, sigma), fieldsOf(context));
}

const fieldsOf =
  ({ mappings }: RuleContext): FieldOf =>
  (name, logsource) =>
    mapperOf(mappings).of(logsource).field(name);

/** The user's mappings and placeholders that rules of this thread are compiled with where nobody gives others. */
export const contextInUse = (): { mappings: readonly Mapping[]; placeholders: Placeholders } => ({
  mappings: mappingsInUse(),
  placeholders: placeholdersInUse(),
});

/** What is wrong with one rule, without running it: an empty list means that it can be used as it is. */
export function checkRule(doc: RuleDoc, context: RuleContext & { among?: readonly RuleDoc[] } = {}): RuleProblem[] {
  const { among = [], ...rest } = context;
  const others = among.filter(({ id }) => id !== doc.id);
  const result = frontEnd(doc, others.length > 0 ? { ...rest, library: libraryOf(others) } : rest);
  return result.problems.map((problem) => ({ rule_id: doc.id, ...problem }));
}

/** What is wrong between rules that are each in order: references and filters that lead nowhere. */
export function linkProblems(docs: readonly RuleDoc[], context: RuleContext = {}): RuleProblem[] {
  const linked = link(docs, context);
  return docs.flatMap((doc) => {
    const alone = new Set(frontEnd(doc, { ...context, open: true }).problems.map(({ message }) => message));
    const { problems = [] } = linked.get(doc) ?? {};
    return problems.filter(({ message }) => !alone.has(message)).map((one) => ({ rule_id: doc.id, ...one }));
  });
}

/** Correlation state for a rule set that {@link compileRules} made. */
export function createCorrelator(rules: RuleSet, options: CorrelatorOptions): Correlator {
  return new KeyedCorrelator(rules, options);
}

/** Tags of a rule, as written; null: the rule cannot be used. */
export function ruleTags(doc: RuleDoc): readonly string[] | null {
  return frontEnd(doc, {}).forms[0]?.tags ?? null;
}

/** The fields by which a correlation groups what it counts; empty: it counts all together, or is about single events. */
export function ruleGroupFields(doc: RuleDoc): readonly string[] {
  const [form] = frontEnd(doc, { open: true }).forms;
  return form?.root.kind === 'correlation' ? form.root.groupNames : [];
}

/** Whether a rule could see anything in logs of which these events are a sample; null: the rule cannot be used. */
export function ruleVisibility(doc: RuleDoc, events: readonly Event[]): SourceSight | null {
  const [form] = frontEnd(doc, {}).forms;
  return form ? formVisibility(form, events) : null;
}
