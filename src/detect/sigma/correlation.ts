import { alternativesOf, asksForAbsence } from '../expression.ts';
import {
  type Correlation,
  type CorrelationType,
  type Detection,
  type Expression,
  type Field,
  type Range,
  RuleError,
  type Step,
} from '../form.ts';
import { namesIn, parseExpression } from './expression.ts';
import type { Reading } from './item.ts';
import type { LogsourceKeys } from './mapping-file.ts';
import { isYamlMap, textAt, textListAt, type Yaml, type YamlMap } from './yaml.ts';

const metrics: readonly string[] = ['value_sum', 'value_avg', 'value_percentile', 'value_median'];
const types: readonly string[] = ['event_count', 'value_count', 'temporal', 'temporal_ordered', ...metrics];
const bounds = ['gt', 'gte', 'lt', 'lte', 'eq', 'neq'] as const;
/** Seconds. A month and a year are those of the Gregorian calendar's average, as pySigma has them. */
const units: Record<string, number> = { s: 1, m: 60, h: 3600, d: 86_400, w: 604_800, M: 2_629_746, y: 31_556_952 };
const longest = 1_000_000;

/** `30s`, `5m`, `1h`, `2d` (also w, M and y) in milliseconds, or null. */
export function parseTimespan(text: string): number | null {
  const found = /^(\d{1,9})([smhdwMy])$/.exec(text.trim());
  return found ? Number(found[1]) * (units[found[2] as string] as number) * 1000 : null;
}

/** The references of a correlation document, as written; else the names in its extended condition. */
export function referencesOf(document: YamlMap): string[] {
  const { correlation } = document;
  if (!isYamlMap(correlation)) return [];
  const { rules, condition } = correlation;
  if (rules !== undefined && rules !== null) return textListAt(correlation, 'rules', ['correlation']);
  return typeof condition === 'string' ? namesIn(condition) : [];
}

const at = (...path: (string | number)[]) => ['correlation', ...path];

/** A correlation document as a form. `resolve` gives what a reference means. */
export function compileCorrelation(
  document: YamlMap,
  name: string,
  title: string,
  resolve: (reference: string, index: number) => Detection | Correlation,
  reading: Reading,
): Correlation {
  const { correlation } = document;
  if (!isYamlMap(correlation)) throw new RuleError(['correlation'], '`correlation` must be a map');
  const type = typeOf(correlation);
  const temporal = type.startsWith('temporal');
  const timespanMs = timespanOf(correlation, reading);
  const references = referencesOf(document);
  if (references.length === 0) throw new RuleError(at('rules'), 'a correlation needs `rules`, a list of names or ids');
  if (references.length > 32) throw new RuleError(at('rules'), 'a correlation takes at most 32 rules');
  const twice = references.findIndex((reference, index) => references.indexOf(reference) !== index);
  if (twice >= 0) {
    reading.warn(at('rules', twice), `the rule \`${references[twice]}\` is there twice; other tools may refuse that`);
  }
  const { generate } = correlation;
  if (generate !== undefined && typeof generate !== 'boolean') {
    throw new RuleError(at('generate'), '`generate` is true or false');
  }
  const { range, field, percentile } = readCondition(correlation.condition, type, reading);
  const groupNames = textListAt(correlation, 'group-by', ['correlation']);
  if (groupNames.length === 0) {
    reading.warn(
      at('type'),
      'without `group-by` the rule counts all sources together; add `group-by: [src_ip]` to count each apart',
    );
  }
  const aliases = readAliases(correlation.aliases, references);
  const steps = references.map((reference, index): Step => {
    const of = resolve(reference, index);
    const named = (alias: string): Field => {
      const byRule = aliases.get(alias);
      const path = byRule?.get(reference) ?? byRule?.get(of.name) ?? alias;
      return reading.field(path, logsourceOf(of));
    };
    return { name: of.name, title: of.title, of, groupBy: groupNames.map(named), value: field.map(named) };
  });
  if (temporal && steps.length < 2) {
    throw new RuleError(at('rules'), 'a temporal correlation needs at least two rules');
  }
  const condition = temporal ? temporalRange(range, type, steps.length) : range;
  const expression = expressionOf(correlation, type, references, steps);
  const upper = ['lt', 'lte', 'eq', 'neq'].some((key) => key in condition);
  const isShare = type === 'value_percentile' && percentile === null;
  const atClose = expression ? asksForAbsence(expression) : upper && !isShare;
  const form: Correlation = {
    kind: 'correlation',
    ...{ type, name, title, steps, groupNames, timespanMs, condition },
  };
  if (type === 'value_percentile') form.percentile = percentile;
  if (expression) form.expression = expression;
  if (atClose) form.atClose = true;
  return form;
}

function typeOf(correlation: YamlMap): CorrelationType {
  const type = textAt(correlation, 'type', ['correlation']) ?? '';
  if (!types.includes(type)) {
    throw new RuleError(at('type'), `\`${type}\` is no type of correlation; use one of ${types.join(', ')}`);
  }
  return type as CorrelationType;
}

/** The log source of a part's events: of a correlation, that of its first rule. */
export function logsourceOf(part: Detection | Correlation): LogsourceKeys | null {
  if (part.kind === 'detection') return part.identity?.logsource ?? null;
  const [first] = part.steps;
  return first === undefined ? null : logsourceOf(first.of);
}

function timespanOf(correlation: YamlMap, reading: Reading): number {
  const { timespan } = correlation;
  const timespanMs = typeof timespan === 'string' ? parseTimespan(timespan) : null;
  if (timespanMs === null || timespanMs === 0) {
    throw new RuleError(at('timespan'), 'a correlation needs `timespan`, a number and s, m, h or d, such as 5m');
  }
  if (typeof timespan === 'string' && /[wMy]$/.test(timespan.trim())) {
    reading.warn(at('timespan'), 'Sigma has the units s, m, h and d; other tools may refuse w, M and y');
  }
  return timespanMs;
}

interface Condition {
  range: Range;
  field: string[];
  percentile: number | null;
}

function readCondition(value: Yaml | undefined, type: CorrelationType, reading: Reading): Condition {
  const path = at('condition');
  const temporal = type.startsWith('temporal');
  const metric = metrics.includes(type);
  if (value === undefined || value === null || typeof value === 'string') {
    if (temporal) return { range: {}, field: [], percentile: null };
    if (typeof value === 'string') {
      throw new RuleError(path, 'a condition over the names of rules is for temporal and temporal_ordered');
    }
    throw new RuleError(['correlation'], `a correlation of the type ${type} needs \`condition\`, such as \`gte: 5\``);
  }
  if (!isYamlMap(value)) throw new RuleError(path, '`condition` must be a map such as `gte: 5`');
  const range: Range = {};
  for (const [key, bound] of Object.entries(value)) {
    if (key === 'field' || (key === 'percentile' && type === 'value_percentile')) continue;
    const name = bounds.find((one) => one === key);
    if (!name) throw new RuleError([...path, key], `\`${key}\` is no condition; use ${bounds.join(', ')} or field`);
    range[name] = boundOf(bound, metric, [...path, key]);
  }
  const field = textListAt(value, 'field', path);
  if (temporal && field.length > 0)
    throw new RuleError([...path, 'field'], `${type} counts rules and takes no \`field\``);
  if (type === 'value_count' && field.length === 0) {
    throw new RuleError(path, 'value_count needs `field`, whose different values are counted');
  }
  if (metric && field.length !== 1)
    throw new RuleError(path, `${type} needs \`field\`, the name of one field with numbers`);
  if (type === 'event_count' && field.length > 0) {
    reading.warn([...path, 'field'], 'event_count counts events whatever their values; `field` is for value_count');
  }
  if (Object.keys(range).length === 0) throw new RuleError(path, '`condition` needs a bound such as `gte: 5`');
  const counted = type !== 'event_count' ? field : [];
  return { range, field: counted, percentile: percentileOf(value, type, reading) };
}

function boundOf(bound: Yaml | undefined, metric: boolean, path: (string | number)[]): number {
  const key = path.at(-1);
  if (metric) {
    if (typeof bound === 'number' && Number.isFinite(bound)) return bound;
    throw new RuleError(path, `\`${key}\` takes a number`);
  }
  if (typeof bound !== 'number' || !Number.isSafeInteger(bound) || bound < 0 || bound > longest) {
    throw new RuleError(path, `\`${key}\` takes a whole number from 0 to 1,000,000`);
  }
  return bound;
}

function percentileOf(condition: YamlMap, type: CorrelationType, reading: Reading): number | null {
  if (type !== 'value_percentile') return null;
  const { percentile } = condition;
  if (percentile === undefined) {
    reading.warn(
      at('condition'),
      'without `percentile` the condition is about the share of the event’s own value among all values, in per cent; write `percentile: 95` for the 95th percentile of numbers',
    );
    return null;
  }
  if (typeof percentile !== 'number' || !(percentile >= 0 && percentile <= 100)) {
    throw new RuleError(at('condition', 'percentile'), '`percentile` is a number from 0 to 100');
  }
  return percentile;
}

/** How many of the steps must have happened; the range is empty where it is all of them. */
function temporalRange(range: Range, type: CorrelationType, steps: number): Range {
  if (Object.keys(range).length === 0) return range;
  const least = Math.max(range.gte ?? 0, range.gt === undefined ? 0 : range.gt + 1);
  const lower = Object.keys(range).every((key) => key === 'gte' || key === 'gt');
  if (lower && least === steps) return {};
  const most = Math.min(range.lte ?? steps, range.lt === undefined ? steps : range.lt - 1, range.eq ?? steps);
  if (least > steps || (range.eq ?? 0) > steps || least > most) {
    throw new RuleError(at('condition'), `this can never hold: the correlation has ${steps} rules`);
  }
  if (type === 'temporal_ordered') {
    throw new RuleError(
      at('condition'),
      'an order of some of the rules is not defined; name them in a condition such as `a and b`',
    );
  }
  return range;
}

function expressionOf(
  { condition }: YamlMap,
  type: CorrelationType,
  references: readonly string[],
  steps: readonly Step[],
): Expression | null {
  if (typeof condition !== 'string') return null;
  const numberOf = (name: string) => {
    const index = references.indexOf(name);
    return index >= 0 ? index : steps.findIndex((step) => step.name === name);
  };
  const expression = parseExpression(condition, numberOf, at('condition'));
  const used = new Set(namesIn(condition).map(numberOf));
  const unused = references.findIndex((_, index) => !used.has(index));
  if (unused >= 0) {
    throw new RuleError(at('rules', unused), `the condition does not name the rule \`${references[unused]}\``);
  }
  if (asksForAbsence(expression) && type === 'temporal_ordered') {
    throw new RuleError(
      at('condition'),
      'what does not happen has no place in an order; use `type: temporal` with `not`',
    );
  }
  if (type === 'temporal_ordered' && alternativesOf(expression) === null) {
    throw new RuleError(at('condition'), 'this condition can be met in more than 64 ways; write several rules');
  }
  return expression;
}

function readAliases(value: Yaml | undefined, references: readonly string[]): Map<string, Map<string, string>> {
  const aliases = new Map<string, Map<string, string>>();
  if (value === undefined || value === null) return aliases;
  if (!isYamlMap(value)) throw new RuleError(at('aliases'), '`aliases` must be a map of name → rule → field');
  for (const [alias, byRule] of Object.entries(value)) {
    const path = at('aliases', alias);
    if (!isYamlMap(byRule)) throw new RuleError(path, 'an alias must be a map of rule → field');
    const fields = new Map<string, string>();
    for (const rule of Object.keys(byRule)) {
      if (!references.includes(rule)) {
        throw new RuleError([...path, rule], `\`${rule}\` is not among the rules of the correlation`);
      }
      fields.set(rule, textAt(byRule, rule, path) ?? alias);
    }
    aliases.set(alias, fields);
  }
  return aliases;
}
