import type { Event, FieldValue, Match, RuleDoc } from '../../../model/index.ts';
import type { RuleProblem } from '../../contract.ts';
import { event } from '../../fixtures.test-suite.ts';
import { compileRules, loadSigmaYaml, type RuleContext } from '../../index.ts';

export const uuid = (n: number): string => `7b0a1f5e-2b8e-4f5c-8a53-6f1f0c5d${String(n).padStart(4, '0')}`;

/** A rule of one selection, in YAML flow text. */
export const rule = (selection: string, condition = 'selection'): string =>
  `title: A rule\nid: ${uuid(1)}\nlogsource: { product: any }\ndetection:\n  selection: ${selection}\n  condition: ${condition}\n`;

export const read = (text: string, context: RuleContext = {}) =>
  loadSigmaYaml(text, { origin: 'user', fileName: 'a.yml', ...context });

/** The rules of texts; throws where one is refused. */
export function docsOf(...texts: string[]): RuleDoc[] {
  return texts.flatMap((text) => {
    const { docs, problems } = read(text);
    const error = problems.find(({ level }) => level === 'error');
    if (error) throw new Error(error.message);
    return docs;
  });
}

/** Ids of the rules that an event satisfies. */
export function firing(docs: readonly RuleDoc[], one: Event, context: RuleContext = {}): string[] {
  const out: Match[] = [];
  compileRules(docs, context).match(one, 1, out);
  return out.map(({ rule_id }) => rule_id);
}

/** Whether a rule's text fits an event with these fields. */
export const fits = (text: string, fields: Record<string, FieldValue>, raw = 'a line'): boolean =>
  firing(docsOf(text), event({ fields, raw })).length > 0;

export const errorOf = (text: string, context: RuleContext = {}): RuleProblem | undefined =>
  read(text, context).problems.find(({ level }) => level === 'error');

export const warningsOf = (text: string): string[] =>
  read(text).problems.flatMap(({ level, message }) => (level === 'warning' ? [message] : []));
