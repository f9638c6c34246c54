import { fieldInfo } from './fields.ts';
import { severitiesThat } from './terms.ts';
import type { Query, QueryField } from './types.ts';
import { wildcardParts } from './wildcard.ts';

type Scalar = string | number | boolean;
type Selection = Map<string, Scalar[]>;

export interface SigmaDetection {
  /** Name of a selection → its items; several values are alternatives. */
  selections: ReadonlyMap<string, ReadonlyMap<string, readonly Scalar[]>>;
  condition: string;
}

/** A query as the detection of a Sigma rule; null where everything fits it, which no rule should raise. */
export function toDetection(query: Query): SigmaDetection | null {
  if (query.type === 'all' && query.of.length === 0) return null;
  const maker = new Maker();
  return { condition: maker.expression(query, 'top'), selections: maker.selections };
}

interface Item {
  key: string;
  values: Scalar[];
}

class Maker {
  readonly selections = new Map<string, Selection>();

  expression(query: Query, inside: 'top' | 'all' | 'any' | 'not'): string {
    switch (query.type) {
      case 'text':
        return this.#one({ key: 'raw|contains', values: [literal(query.value)] }, inside);
      case 'field':
        return this.#field(query, inside);
      case 'not':
        return `not ${this.expression(query.of, 'not')}`;
      case 'any':
        return this.#any(query.of, inside);
      default:
        return this.#all(query.of, inside);
    }
  }

  /** Conditions that must all hold share one selection where their keys differ. */
  #all(of: readonly Query[], inside: string): string {
    if (of.length === 0) return this.#one({ key: 'event_type|exists', values: [true] }, inside);
    const shared: Selection = new Map();
    const texts: Scalar[] = [];
    const others: Query[] = [];
    for (const part of of) {
      const item = itemOf(part);
      if (part.type === 'text') texts.push(literal(part.value));
      else if (item === null || shared.has(item.key)) others.push(part);
      else shared.set(item.key, item.values);
    }
    if (texts.length > 0) shared.set(texts.length > 1 ? 'raw|contains|all' : 'raw|contains', texts);
    const own = shared.size > 0 ? [this.#add(shared, 'all')] : [];
    const parts = [...own, ...others.map((part) => this.expression(part, 'all'))];
    const text = parts.join(' and ');
    return parts.length > 1 && inside === 'not' ? `(${text})` : text;
  }

  /** Alternatives about the same thing are values of one item. */
  #any(of: readonly Query[], inside: string): string {
    const items: Item[] = [];
    const others: Query[] = [];
    for (const part of of) {
      const item = itemOf(part);
      const same = items.find(({ key }) => key === item?.key);
      if (item === null) others.push(part);
      else if (same !== undefined && !same.key.endsWith('|exists')) same.values.push(...item.values);
      else items.push({ key: item.key, values: [...item.values] });
    }
    const parts = [
      ...items.map((item) => this.#add(new Map([[item.key, item.values]]), 'any')),
      ...others.map((part) => this.expression(part, 'any')),
    ];
    const text = parts.join(' or ');
    return parts.length > 1 && inside !== 'top' ? `(${text})` : text;
  }

  #field(term: QueryField, inside: string): string {
    const item = itemOf(term);
    if (item !== null) return this.#one(item, inside);
    // Only `exists` of what a parser may have left empty has no item of its own.
    const has = this.#one({ key: `${term.field}|exists`, values: [true] }, inside);
    const empty = this.#one({ key: term.field, values: [''] }, 'not');
    const text = `${has} and not ${empty}`;
    return inside === 'not' || inside === 'any' ? `(${text})` : text;
  }

  #one(item: Item, inside: string): string {
    return this.#add(new Map([[item.key, item.values]]), inside);
  }

  #add(selection: Selection, inside: string): string {
    const stem = inside === 'not' ? 'filter' : 'selection';
    let name = stem;
    for (let number = 2; this.selections.has(name); number += 1) name = `${stem}_${number}`;
    this.selections.set(name, selection);
    return name;
  }
}

/** The one item that says the same as a condition; null: it takes several. */
function itemOf(part: Query): Item | null {
  if (part.type === 'text') return { key: 'raw|contains', values: [literal(part.value)] };
  if (part.type !== 'field') return null;
  const { field, op, value } = part;
  const kind = fieldInfo(field)?.kind;
  switch (op) {
    case 'exists':
      return kind === undefined ? null : { key: `${field}|exists`, values: [true] };
    case 'is':
      return { key: field, values: [kind === 'number' ? Number(value) : literal(value)] };
    case 'contains':
    case 'startswith':
    case 'endswith':
      return { key: `${field}|${op}`, values: [literal(value)] };
    case 'wildcard':
      return { key: field, values: [wildcardParts(value).map(literal).join('*')] };
    case 'cidr':
      return { key: `${field}|cidr`, values: [value] };
    default:
      if (field !== 'severity') return { key: `${field}|${op}`, values: [Number(value)] };
      return { key: field, values: severityNames(op, value) };
  }
}

/** Sigma has no order of words: the ones that fit are named. A word that none is stands for none at all. */
function severityNames(op: 'gt' | 'gte' | 'lt' | 'lte', value: string): string[] {
  const names = severitiesThat(op, value);
  return names.length > 0 ? [...names] : ['none of them'];
}

/** Text without wildcards as Sigma reads it. */
const literal = (text: string): string => text.replaceAll(/[\\*?]/g, '\\$&');

export interface RuleDraft {
  title: string;
  level: string;
  /** The query as it was written, for the description. */
  query: string;
  /** Alert on `count` of them within `minutes` with the same `by`; null: on each. */
  count: { least: number; minutes: number; by: string } | null;
}

/** The YAML of a rule that fires on what the query finds. */
export function ruleYaml({ title, level, query, count }: RuleDraft, { selections, condition }: SigmaDetection): string {
  const note = `Made from the search ${query.replaceAll(/\s+/g, ' ')}`;
  const lines: string[] = [];
  const head = [`title: ${scalar(title)}`, 'status: experimental', `description: ${scalar(note)}`];
  if (count !== null) {
    lines.push(...head, `level: ${level}`, 'correlation:', '  type: event_count', '  rules:', '    - found');
    lines.push('  group-by:', `    - ${scalar(count.by)}`, `  timespan: ${count.minutes}m`);
    lines.push(
      '  condition:',
      `    gte: ${count.least}`,
      '---',
      `title: ${scalar(`${title}: one event`)}`,
      'name: found',
    );
  } else lines.push(...head);
  lines.push('logsource:', '  product: any', 'detection:');
  for (const [name, selection] of selections) {
    lines.push(`  ${name}:`);
    for (const [key, values] of selection) lines.push(...item(key, values));
  }
  lines.push(`  condition: ${condition}`);
  if (count === null) lines.push(`level: ${level}`);
  return `${lines.join('\n')}\n`;
}

function item(key: string, values: readonly Scalar[]): string[] {
  const name = /^[A-Za-z_][\w.|-]*$/.test(key) ? key : JSON.stringify(key);
  const [first] = values;
  if (values.length === 1 && first !== undefined) return [`    ${name}: ${scalar(first)}`];
  return [`    ${name}:`, ...values.map((value) => `      - ${scalar(value)}`)];
}

/** Double quotation marks take every character; JSON's escapes are YAML's. */
function scalar(value: Scalar): string {
  if (typeof value !== 'string') return String(value);
  const isPlain =
    /^[A-Za-z_][\w./-]*$/.test(value) && !/^(?:true|false|null|yes|no|on|off|y|n|\.nan|\.inf)$/i.test(value);
  return isPlain
    ? value
    : JSON.stringify(value).replaceAll(
        /[\u007f-\u009f\u2028\u2029\ufeff]/g,
        (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`,
      );
}
