import type { Event } from '../../model/index.ts';
import type { Correlation, Expression, Range, RuleForm } from '../form.ts';
import { accessor, textOf } from '../index/field.ts';
import { valueIn } from './clauses.ts';

/** What the sentences of an alert are made from. */
export interface Facts {
  form: RuleForm;
  group: Record<string, string>;
  count: number;
  /** First and last event time, epoch ms. */
  first: number;
  last: number;
  observed: number;
  /** Whether `observed` is a lower bound. */
  approximate: boolean;
  values: readonly string[];
  /** null: it was let go. */
  event: Event | null;
}

/** `34 s`, `5 min`, `2 h 10 min`, `3 d`. Below one second: `less than a second`. */
export function spanWords(ms: number): string {
  if (ms < 1000) return 'less than a second';
  const seconds = Math.round(ms / 1000);
  if (seconds < 120) return `${seconds} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 120) return seconds % 60 === 0 ? `${minutes} min` : `${minutes} min ${seconds % 60} s`;
  const hours = Math.floor(minutes / 60);
  if (hours < 48) return minutes % 60 === 0 ? `${hours} h` : `${hours} h ${minutes % 60} min`;
  const days = Math.floor(hours / 24);
  return hours % 24 === 0 ? `${days} d` : `${days} d ${hours % 24} h`;
}

const boundWords: [keyof Range, string][] = [
  ['gte', 'at least'],
  ['gt', 'more than'],
  ['lte', 'at most'],
  ['lt', 'fewer than'],
  ['eq', 'exactly'],
  ['neq', 'other than'],
];

const conditions = new WeakMap<Correlation, string>();

/** `at least 5 events`, `at least 10 different values of dst_port`, `all of: “…”; “…”`, `in this order: “…”, then “…”`. */
export function conditionWords(part: Correlation): string {
  let words = conditions.get(part);
  if (words === undefined) {
    words = wordsOf(part);
    conditions.set(part, words);
  }
  return words;
}

function wordsOf(part: Correlation): string {
  const bounds = boundWords
    .filter(([key]) => part.condition[key] !== undefined)
    .map(([key, words]) => `${words} ${part.condition[key]}`)
    .join(' and ');
  // Titles of rules, as they are written.
  const steps = part.steps.map((step) => `“${step.title}”`);
  const least = part.minEvents;
  switch (part.type) {
    case 'event_count':
      return `${bounds} events`;
    case 'value_count':
      return `${bounds} different values of ${countedField(part)}${least === undefined ? '' : ` in at least ${least} events`}`;
    case 'temporal':
      if (part.expression) return `this within one timespan: ${expressionWords(part.expression, steps)}`;
      return bounds === '' ? `all of: ${steps.join('; ')}` : `${bounds} of: ${steps.join('; ')}`;
    case 'temporal_ordered':
      return `in this order: ${part.expression ? expressionWords(part.expression, steps) : steps.join(', then ')}`;
    default:
      return `${metricName(part)} of ${countedField(part)} ${bounds}`;
  }
}

/** What is worked out over the numbers of a field, in words. */
function metricName({ type, percentile }: Correlation): string {
  switch (type) {
    case 'value_sum':
      return 'the sum';
    case 'value_avg':
      return 'the average';
    case 'value_median':
      return 'the median';
    default:
      return typeof percentile === 'number' ? `the percentile ${percentile}` : 'the share in per cent';
  }
}

function expressionWords(expression: Expression, steps: readonly string[]): string {
  switch (expression.kind) {
    case 'step':
      return steps[expression.step] ?? '?';
    case 'not':
      return `not (${expressionWords(expression.child, steps)})`;
    default:
      return expression.children.map((child) => `(${expressionWords(child, steps)})`).join(` ${expression.kind} `);
  }
}

/** `by 203.0.113.5`, `with host web1 user root`. */
export const groupWords = (group: Record<string, string>): string =>
  Object.entries(group)
    .map(([name, value]) => (name === 'src_ip' || name === 'parsed.src_ip' ? `by ${value}` : `with ${name} ${value}`))
    .join(' ');

const joined = (...parts: string[]): string => parts.filter((part) => part !== '').join(' ');

/** One sentence that says why the rule fired: what was counted, for whom, in which window, and the limit. */
export function summaryOf(facts: Facts): string {
  const { root } = facts.form;
  const by = groupWords(facts.group);
  const during = `in ${spanWords(facts.last - facts.first)}`;
  if (root.kind === 'detection') {
    return facts.count === 1 ? joined('An event matched', by) : joined(`${facts.count} events matched`, by, during);
  }
  const window = `within ${spanWords(root.timespanMs)}`;
  const limit = `(limit: ${conditionWords(root)} ${window})`;
  switch (root.type) {
    case 'event_count':
      return joined(`${facts.count} events`, by, during, limit);
    case 'value_count':
      return joined(`${observedWords(facts)} different values of ${countedField(root)}`, by, limit);
    case 'temporal':
    case 'temporal_ordered':
      return begun(joined(conditionWords(root), by, window));
    default:
      return begun(joined(`${metricName(root)} of ${countedField(root)} was ${observedWords(facts)}`, by, limit));
  }
}

const begun = (sentence: string): string => sentence.charAt(0).toUpperCase() + sentence.slice(1);

const countedField = (root: Correlation): string => root.steps[0]?.value.map((field) => field.path).join(', ') ?? '';

const observedWords = (facts: Facts): string =>
  `${facts.approximate ? 'at least ' : ''}${Number(facts.observed.toPrecision(12))}`;

/** The alert's sentence for people: the rule's own template, else one made from its title. */
export function messageOf(facts: Facts): string {
  const { form, event } = facts;
  if (form.ext.message !== null) return fill(form.ext.message, facts);
  const title = form.title.replace(/[.\s]+$/, '');
  const host = event?.host ?? null;
  const where = host !== null && facts.group.host === undefined ? `on ${host}` : '';
  const by = groupWords(facts.group);
  if (form.root.kind === 'detection' && facts.count === 1) return joined(`${title}`, by, where);
  const during = facts.last > facts.first ? `in ${spanWords(facts.last - facts.first)}` : '';
  return `${title}: ${joined(`${facts.count} events`, by, where, during)}`;
}

/** A message template in pieces: text and `{name}` in turns. */
const templates = new Map<string, string[]>();

/** Templates that are kept in pieces. */
const maxTemplates = 4096;

function piecesOf(template: string): string[] {
  let pieces = templates.get(template);
  if (pieces === undefined) {
    pieces = template.split(/\{([^{}]{1,100})\}/);
    if (templates.size >= maxTemplates) templates.clear();
    templates.set(template, pieces);
  }
  return pieces;
}

/**
 * Fills `{name}`: count, observed, values, first, duration, or a field of the group or of the completing event.
 * What is not known becomes `?`.
 */
function fill(template: string, facts: Facts): string {
  const pieces = piecesOf(template);
  let text = pieces[0] as string;
  for (let i = 1; i < pieces.length; i += 2) text += factOf(pieces[i] as string, facts) + pieces[i + 1];
  return text;
}

function factOf(name: string, facts: Facts): string {
  switch (name) {
    case 'count':
      return String(facts.count);
    case 'observed':
      return observedWords(facts);
    case 'values':
      return facts.values.slice(0, 10).join(', ') + (facts.values.length > 10 ? ', …' : '');
    case 'duration':
      return spanWords(facts.last - facts.first);
    default:
      return (Object.hasOwn(facts.group, name) ? facts.group[name] : fieldText(facts, name)) ?? '?';
  }
}

function fieldText({ form, event }: Facts, path: string): string | null {
  if (event === null) return null;
  const mapped = form.ext.messageFields?.[path];
  const value = mapped === undefined ? accessor({ view: 'event', path })(event) : valueIn(mapped, event);
  const first = Array.isArray(value) ? value.map(textOf).filter((text) => text !== null) : textOf(value);
  return Array.isArray(first) ? first.join(', ') : first;
}
