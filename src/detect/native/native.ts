import type { CorrelationConfig, PatternConfig, RuleDoc, ThresholdConfig } from '../../model/index.ts';
import {
  type Correlation,
  type Detection,
  type Extensions,
  type Field,
  type FrontEndResult,
  type Problem,
  RuleError,
  type RuleForm,
  type Step,
} from '../form.ts';
import { compileRegex, RegexRefused } from '../regex/regex.ts';

/** How long a pattern rule's alert stays open and counts, ms. */
const patternWindowMs = 300_000;

/**
 * PHOSOR's own rules as documented: pattern (regular expression over a field's text, a missing field is ''), threshold
 * (exact text, closed window, emptied by an alert) and correlation (each condition once, any order, emptied by an alert).
 */
export function compileNative(doc: RuleDoc): FrontEndResult {
  const problems: Problem[] = [];
  try {
    return { forms: [build(doc, problems)], problems };
  } catch (error) {
    if (!(error instanceof RuleError)) throw error;
    return { forms: [], problems: [problem('error', error.path.join('.'), error.message)] };
  }
}

function build(doc: RuleDoc, problems: Problem[]): RuleForm {
  if (doc.type === 'pattern') return patternForm(doc);
  return doc.type === 'threshold' ? thresholdForm(doc, problems) : correlationForm(doc, problems);
}

const problem = (level: Problem['level'], path: string, message: string): Problem => {
  return { level, message, path, line: null, column: null };
};

const phosor = (path: string): Field => ({ view: 'phosor', path });

function patternForm(doc: RuleDoc): RuleForm {
  const config = doc.config as Partial<PatternConfig>;
  const field = fieldName(config.field, ['config', 'field']);
  if (typeof config.regex !== 'string' || config.regex === '') {
    throw new RuleError(['config', 'regex'], 'a pattern rule needs `regex`, a regular expression');
  }
  const flags = config.case_sensitive === true ? '' : 'i';
  try {
    compileRegex(config.regex, flags);
  } catch (error) {
    if (error instanceof RegexRefused) throw new RuleError(['config', 'regex'], error.message);
    throw error;
  }
  const node = {
    kind: 'leaf',
    label: `${field}|re${flags === '' ? '' : '|i'}`,
    field: phosor(field),
    test: { op: 'regex', source: config.regex, flags, missing: 'empty' },
  } as const;
  const groupBy = groupFields(config.group_by);
  const root: Detection = { kind: 'detection', name: 'pattern', title: doc.name, node, groupBy };
  return form(doc, root, { suppressMs: patternWindowMs });
}

function thresholdForm(doc: RuleDoc, problems: Problem[]): RuleForm {
  const config = doc.config as Partial<ThresholdConfig>;
  const count = whole(config.count, 1, 1_000_000, ['config', 'count'], 'how many events must come');
  const seconds = whole(config.window_seconds, 1, 31_536_000, ['config', 'window_seconds'], 'the length of the window');
  const groupBy = groupFields(config.group_by);
  if (groupBy === null) problems.push(ungrouped('counts'));
  const step = conditionStep('condition', config.field, config.value, ['config'], groupBy ?? []);
  const root: Correlation = {
    kind: 'correlation',
    type: 'event_count',
    name: 'threshold',
    title: doc.name,
    steps: [step],
    groupNames: (groupBy ?? []).map((field) => field.path),
    timespanMs: seconds * 1000,
    condition: { gte: count },
  };
  return form(doc, root, { suppressMs: 0 });
}

function correlationForm(doc: RuleDoc, problems: Problem[]): RuleForm {
  const config = doc.config as Partial<CorrelationConfig>;
  const path = ['config', 'conditions'];
  const { conditions } = config;
  if (!Array.isArray(conditions) || conditions.length < 2 || conditions.length > 32) {
    throw new RuleError(path, 'a correlation rule needs `conditions`, a list of 2 to 32 pairs of field and value');
  }
  const seconds = whole(config.within_seconds, 1, 31_536_000, ['config', 'within_seconds'], 'the length of the window');
  const groupBy = groupFields(config.group_by);
  if (groupBy === null) problems.push(ungrouped('joins'));
  const seen = new Set<string>();
  const steps = conditions.map((condition, index): Step => {
    if (condition === null || typeof condition !== 'object') {
      throw new RuleError([...path, index], 'a condition is a pair of `field` and `value`');
    }
    const key = `${condition.field}\u0000${condition.value}`;
    if (seen.has(key)) {
      throw new RuleError(
        [...path, index],
        'this condition is there twice; a rule that counts repetitions is a threshold rule',
      );
    }
    seen.add(key);
    return conditionStep(`condition ${index + 1}`, condition.field, condition.value, [...path, index], groupBy ?? []);
  });
  const root: Correlation = {
    kind: 'correlation',
    type: config.ordered === true ? 'temporal_ordered' : 'temporal',
    name: 'correlation',
    title: doc.name,
    steps,
    groupNames: (groupBy ?? []).map((field) => field.path),
    timespanMs: seconds * 1000,
    condition: {},
  };
  return form(doc, root, { suppressMs: 0 });
}

const ungrouped = (verb: string): Problem =>
  problem(
    'warning',
    'config.group_by',
    `without \`group_by\` this rule ${verb} the events of all senders together; add "group_by": "parsed.src_ip" to keep them apart`,
  );

function conditionStep(
  name: string,
  field: unknown,
  value: unknown,
  path: (string | number)[],
  groupBy: Field[],
): Step {
  const fieldPath = fieldName(field, [...path, 'field']);
  if (typeof value !== 'string' && typeof value !== 'number' && typeof value !== 'boolean') {
    throw new RuleError([...path, 'value'], '`value` must be a text, a number, true or false');
  }
  const text = String(value);
  const title = `${fieldPath} = ${text}`;
  const test = { op: 'equals', value: text, cased: true } as const;
  const node = { kind: 'leaf', label: fieldPath, field: phosor(fieldPath), test } as const;
  return { name, title, of: { kind: 'detection', name, title, node, groupBy: null }, groupBy, value: [] };
}

function form(doc: RuleDoc, root: Detection | Correlation, own: { suppressMs: number }): RuleForm {
  const ext: Extensions = {
    reset: root.kind === 'correlation' ? 'on_match' : 'none',
    suppressMs: own.suppressMs,
    boundary: 'closed',
    groupPrefix: null,
    maxGroups: null,
    coveredBy: [],
    response: null,
    message: null,
  };
  return { id: doc.id, title: doc.name, severity: doc.severity, tags: [], root, ext };
}

function fieldName(value: unknown, path: (string | number)[]): string {
  if (typeof value !== 'string' || value.trim() === '' || value.length > 256) {
    throw new RuleError(path, '`field` must name a field such as raw or parsed.event_type');
  }
  return value.trim();
}

function groupFields(value: unknown): Field[] | null {
  if (value === undefined || value === null) return null;
  const list = Array.isArray(value) ? value : [value];
  if (list.length === 0) return null;
  if (list.length > 8) throw new RuleError(['config', 'group_by'], '`group_by` takes at most 8 fields');
  return list.map((name, index) => phosor(fieldName(name, ['config', 'group_by', index])));
}

function whole(value: unknown, from: number, to: number, path: string[], what: string): number {
  if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < from || value > to) {
    throw new RuleError(path, `\`${path.at(-1)}\` (${what}) must be a whole number from ${from} to ${to}`);
  }
  return value;
}
