import { type CompileCache, checkRule, type RuleContext, ruleGroupFields, ruleTags } from '../../detect/index.ts';
import type { RedactOptions } from '../../enrich/contract.ts';
import { createEnrichments } from '../../enrich/index.ts';
import { zoneOffsets } from '../../host-zone.ts';
import type { EventJson, RuleDoc } from '../../model/index.ts';
import { testRuleLines } from '../../rule-tests.ts';
import { compiledToText } from '../../rules-cache-form.ts';
import type { RuleLines } from '../../store/contract.ts';
import { explainEvents } from '../explain-events.ts';
import { tryLines } from '../try-lines.ts';

/** How lines are read: as they would be that came now. */
export interface Reading {
  now: number;
  redact: RedactOptions;
}

const parts = ({ now, redact }: Reading) => ({
  context: { zoneMinutesAt: zoneOffsets(null), year: null, live: false },
  enrichments: createEnrichments({ redact }),
  now,
});

/** What people try rules with, apart from everything live. The same on every thread. */
export const trialJobs = {
  /** What is wrong with a rule, its tags, and what it groups by. */
  check: (rule: RuleDoc, among: readonly RuleDoc[]) => ({
    problems: checkRule(rule, { among }),
    tags: ruleTags(rule),
    groupFields: ruleGroupFields(rule),
  }),
  test: (docs: readonly RuleDoc[], lines: readonly string[], hint: string | null, reading: Reading) =>
    tryLines(lines, docs, { ...parts(reading), hint }),
  explain: (docs: readonly RuleDoc[], events: readonly EventJson[], lines: readonly string[], reading: Reading) =>
    explainEvents(docs, events, lines, parts(reading)),
  /** What a rule is compiled to, as text, by all that it is compiled of; null: it takes other rules, or more than a text can say. */
  compile: ({ rule }: { rule: RuleDoc }) => compiledText(rule),
  /** Runs a rule's own lines: what is wrong, or null. */
  prove: (rule: RuleDoc, lines: RuleLines) => testRuleLines(rule, lines),
};

function compiledText(rule: RuleDoc): { of: string; text: string } | null {
  let made: { of: string; text: string } | null = null;
  const cache: CompileCache = {
    get: () => undefined,
    put(of, result) {
      const text = compiledToText(result);
      if (text !== null) made = { of, text };
    },
  };
  checkRule(rule, { cache });
  return made;
}

export type TrialKind = keyof typeof trialJobs;
export type TrialInput<Kind extends TrialKind> = Parameters<(typeof trialJobs)[Kind]>;
export type TrialAnswer<Kind extends TrialKind> = Awaited<ReturnType<(typeof trialJobs)[Kind]>>;

/** main → worker. */
export interface TrialOrder {
  id: number;
  kind: TrialKind;
  input: readonly unknown[];
  /** The user's field mappings and values for placeholders, as they are now. */
  context: Required<Omit<RuleContext, 'cache'>>;
}

/** worker → main. `refused`: a sentence for people. */
export type TrialReport =
  | { id: number; type: 'done'; answer: unknown; heapBytes: number }
  | { id: number; type: 'failed'; detail: string; refused: boolean };

/** Text of rules, in UTF-16 units, that takes longer to compile than others should wait for it. */
const muchText = 32_768;
/** The same for many small ones, which were compiled before as a rule. */
const muchTextOfMany = 524_288;

/** Whether rules are so big that they are compiled apart. */
export function isBig(docs: readonly RuleDoc[]): boolean {
  let sum = 0;
  for (const { config } of docs) {
    const length = 'yaml' in config && typeof config.yaml === 'string' ? config.yaml.length : 0;
    if (length > muchText) return true;
    sum += length;
  }
  return sum > muchTextOfMany;
}
