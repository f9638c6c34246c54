import {
  type Correlation,
  type CorrelationType,
  type Detection,
  type Field,
  type Range,
  RuleError,
  type Step,
} from '../form.ts';
import { isYamlMap, textAt, textListAt, type Yaml, type YamlMap } from './yaml.ts';

const types: readonly string[] = ['event_count', 'value_count', 'temporal', 'temporal_ordered'];
const later: readonly string[] = ['value_sum', 'value_avg', 'value_percentile', 'value_median'];
const bounds = ['gt', 'gte', 'lt', 'lte', 'eq', 'neq'] as const;
const units: Record<string, number> = { s: 1, m: 60, h: 3600, d: 86_400, w: 604_800 };

/** `30s`, `5m`, `1h`, `2d` in milliseconds, or null. */
export function parseTimespan(text: string): number | null {
  const found = /^(\d{1,9})([smhdw])$/.exec(text.trim());
  return found ? Number(found[1]) * (units[found[2] as string] as number) * 1000 : null;
}

/** The references of a correlation document, as written. */
export function referencesOf(document: YamlMap): string[] {
  return isYamlMap(document.correlation) ? textListAt(document.correlation, 'rules', ['correlation']) : [];
}

export function compileCorrelation(
  document: YamlMap,
  name: string,
  title: string,
  resolve: (reference: string, index: number) => Detection | Correlation,
  warn: (path: string[], message: string) => void,
): Correlation {
  const at = (key: string) => ['correlation', key];
  const correlation = document.correlation;
  if (!isYamlMap(correlation)) throw new RuleError(['correlation'], '`correlation` must be a map');
  const type = textAt(correlation, 'type', ['correlation']) ?? '';
  if (later.includes(type))
    throw new RuleError(at('type'), `correlations of the type \`${type}\` are not supported yet`);
  if (!types.includes(type)) {
    throw new RuleError(at('type'), `\`${type}\` is no type of correlation; use one of ${types.join(', ')}`);
  }
  const timespan = correlation.timespan;
  const timespanMs = typeof timespan === 'string' ? parseTimespan(timespan) : null;
  if (timespanMs === null || timespanMs === 0) {
    throw new RuleError(at('timespan'), 'a correlation needs `timespan`, a number and s, m, h or d, such as 5m');
  }
  const references = referencesOf(document);
  if (references.length === 0) throw new RuleError(at('rules'), 'a correlation needs `rules`, a list of names or ids');
  const { range, field } = readCondition(correlation.condition, type as CorrelationType);
  const groupNames = textListAt(correlation, 'group-by', ['correlation']);
  if (groupNames.length === 0) {
    warn(
      at('type'),
      'without `group-by` the rule counts all sources together; add `group-by: [src_ip]` to count each apart',
    );
  }
  const aliases = readAliases(correlation.aliases);
  const steps = references.map((reference, index): Step => {
    const of = resolve(reference, index);
    const groupBy = groupNames.map((group) =>
      field_(aliases.get(group)?.get(reference) ?? aliases.get(group)?.get(of.name) ?? group),
    );
    return { name: of.name, title: of.title, of, groupBy, value: field.map(field_) };
  });
  if (type.startsWith('temporal') && steps.length < 2) {
    throw new RuleError(at('rules'), 'a temporal correlation needs at least two rules');
  }
  if (steps.length > 32) throw new RuleError(at('rules'), 'a correlation takes at most 32 rules');
  return {
    kind: 'correlation',
    type: type as CorrelationType,
    name,
    title,
    steps,
    groupNames,
    timespanMs,
    condition: range,
  };
}

const field_ = (path: string): Field => ({ view: 'event', path });

function readCondition(value: Yaml | undefined, type: CorrelationType): { range: Range; field: string[] } {
  const path = ['correlation', 'condition'];
  const temporal = type.startsWith('temporal');
  if (value === undefined || value === null) {
    if (temporal) return { range: {}, field: [] };
    throw new RuleError(['correlation'], `a correlation of the type ${type} needs \`condition\`, such as \`gte: 5\``);
  }
  if (typeof value === 'string') throw new RuleError(path, 'conditions over the names of rules are not supported yet');
  if (!isYamlMap(value)) throw new RuleError(path, '`condition` must be a map such as `gte: 5`');
  const range: Range = {};
  let field: string[] = [];
  for (const [key, bound] of Object.entries(value)) {
    if (key === 'field') {
      field = textListAt(value, 'field', path);
      continue;
    }
    const name = bounds.find((one) => one === key);
    if (!name) throw new RuleError([...path, key], `\`${key}\` is no condition; use ${bounds.join(', ')} or field`);
    if (typeof bound !== 'number' || !Number.isSafeInteger(bound) || bound < 0 || bound > 1_000_000) {
      throw new RuleError([...path, key], `\`${key}\` takes a whole number from 0 to 1,000,000`);
    }
    range[name] = bound;
  }
  if (temporal) {
    if (Object.keys(range).length > 0) {
      throw new RuleError(path, 'a temporal correlation asks for all of its rules; a number is not supported');
    }
    return { range: {}, field: [] };
  }
  if (type === 'value_count' && field.length === 0) {
    throw new RuleError(path, 'value_count needs `field`, whose different values are counted');
  }
  if (Object.keys(range).length === 0) throw new RuleError(path, '`condition` needs a bound such as `gte: 5`');
  if (range.gte === undefined && range.gt === undefined && range.eq === undefined) {
    throw new RuleError(
      path,
      'a condition without gte, gt or eq asks for the absence of events, which is not supported yet',
    );
  }
  return { range, field };
}

function readAliases(value: Yaml | undefined): Map<string, Map<string, string>> {
  const aliases = new Map<string, Map<string, string>>();
  if (value === undefined || value === null) return aliases;
  const path = ['correlation', 'aliases'];
  if (!isYamlMap(value)) throw new RuleError(path, '`aliases` must be a map of name → rule → field');
  for (const [alias, byRule] of Object.entries(value)) {
    if (!isYamlMap(byRule)) throw new RuleError([...path, alias], 'an alias must be a map of rule → field');
    const fields = new Map<string, string>();
    for (const rule of Object.keys(byRule)) fields.set(rule, textAt(byRule, rule, [...path, alias]) ?? alias);
    aliases.set(alias, fields);
  }
  return aliases;
}
