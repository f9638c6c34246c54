import { stringify } from 'yaml';
import type { RuleDoc } from '../../model/index.ts';
import { type Filter, type FilterTarget, RuleError } from '../form.ts';
import { conditionOver } from './detection.ts';
import type { Reading } from './item.ts';
import { logsourceKeys } from './logsource.ts';
import type { SigmaDocument } from './rule.ts';
import { isYamlMap, type Yaml, type YamlMap } from './yaml.ts';

/**
 * A filter document: `filter: { rules, selections…, condition }`. As pySigma has it, the condition is joined to every
 * target by `and` as it is written, so one that suppresses begins with `not`.
 */
export function compileFilter({ map, title, yaml }: SigmaDocument, reading: Reading): Filter {
  const { filter } = map;
  if (!isYamlMap(filter))
    throw new RuleError(['filter'], '`filter` must be a map of rules, selections and a condition');
  const targets = targetsOf(filter, (path) => yaml.locate(path));
  const selections: YamlMap = {};
  for (const [key, value] of Object.entries(filter)) if (key !== 'rules') selections[key] = value;
  const node = conditionOver(selections, ['filter'], reading);
  if (!/\bnot\b/i.test(conditionText(filter.condition))) {
    reading.warn(
      ['filter', 'condition'],
      'this filter has no `not`: it keeps only the events that its selection names; to leave them out, write `not selection`',
    );
  }
  const { logsource } = map;
  if (!isYamlMap(logsource)) {
    throw new RuleError(
      ['logsource'],
      'a filter needs `logsource:` with the category, product or service of its rules; `product: any` fits every rule',
    );
  }
  return {
    title,
    targets,
    logsource: logsourceKeys(logsource),
    node: { kind: 'and', label: `filter ${title}`, children: [node] },
  };
}

const conditionText = (condition: Yaml | undefined): string =>
  Array.isArray(condition) ? condition.join(' ') : String(condition ?? '');

function targetsOf(
  filter: YamlMap,
  locate: (path: readonly (string | number)[]) => { line: number; column: number },
): Filter['targets'] {
  const { rules } = filter;
  if (typeof rules === 'string' && rules.toLowerCase() === 'any') return 'any';
  const list = typeof rules === 'string' ? [rules] : rules;
  if (!Array.isArray(list) || list.length === 0) {
    throw new RuleError(['filter', 'rules'], 'a filter needs `rules`, a list of ids or names of rules, or `any`');
  }
  return list.map((reference, index): FilterTarget => {
    const path = ['filter', 'rules', index];
    if (typeof reference !== 'string') throw new RuleError(path, 'a filter names its rules by id or name');
    return { reference, path: path.join('.'), ...locate(path) };
  });
}

/** An exception that somebody made to a rule: events that fit the selection do not count for it. */
export interface RuleException {
  id: string;
  name: string;
  rule_id: string;
  /** Field (with Sigma modifiers, if any) → value or alternatives. All fields must fit. */
  selection: Readonly<Record<string, Yaml>>;
  reason?: string;
}

/** The Sigma filter that an exception is: give it to `compileRules` among the rules for as long as it holds. */
export function exceptionFilter(exception: RuleException): RuleDoc {
  const { id, name, rule_id, selection, reason } = exception;
  const yaml = stringify({
    title: name.slice(0, 256) || 'Exception',
    description: reason ?? '',
    logsource: { product: 'any' },
    filter: { rules: [rule_id], selection: { ...selection }, condition: 'not selection' },
  });
  return {
    id,
    name,
    description: reason ?? '',
    type: 'sigma',
    config: { yaml },
    enabled: true,
    severity: 'info',
    origin: 'user',
    author: null,
    created_at: 0,
    updated_at: 0,
  };
}

/** A text as a Sigma value that means exactly it: wildcards and backslashes lose their meaning. */
export const literalValue = (text: string): string => text.replace(/[\\*?]/g, '\\$&');
