import { fieldInfo } from './fields.ts';
import { joined, negated, parseQuery } from './parse.ts';
import { printQuery } from './print.ts';
import type { Query, QueryField, QueryText, Span } from './types.ts';

/** How a value stands in a query. */
export type ValueState = 'included' | 'excluded' | null;

const nowhere: Span = { from: 0, to: 0 };

/** The condition that a value of an event makes; null: the event has none. */
function valueTerm(field: string, value: string | null): Query {
  const term: QueryField = { type: 'field', field, op: 'is', value: value ?? '', at: nowhere };
  if (value === null || value === '') return negated({ ...term, op: 'exists', value: '' });
  return fieldInfo(field)?.kind === 'text' ? { ...term, op: 'contains' } : term;
}

const key = (query: Query): string =>
  JSON.stringify(query, (name, value: unknown) => (name === 'at' ? undefined : value)).toLowerCase();

const topParts = (query: Query): Query[] => (query.type === 'all' ? query.of : [query]);

/** Whether the query lets only this value through, or leaves it out. */
export function valueState(text: string, field: string, value: string | null): ValueState {
  const parsed = parseQuery(text);
  if (!parsed.ok) return null;
  const wanted = key(valueTerm(field, value));
  const unwanted = key(negated(valueTerm(field, value)));
  for (const part of topParts(parsed.query)) {
    if (key(part) === unwanted || (part.type === 'not' && values(part.of, field)?.some((one) => key(one) === wanted))) {
      return 'excluded';
    }
    if (values(part, field)?.some((one) => key(one) === wanted)) return 'included';
  }
  return null;
}

/** The values of a part that names nothing but values of this field, of which an event must have one. */
function values(part: Query, field: string): Query[] | null {
  const of = part.type === 'any' ? part.of : [part];
  const isValue = (one: Query): boolean =>
    (one.type === 'field' && one.field === field && one.op === 'is') || key(one) === key(valueTerm(field, null));
  return of.every(isValue) ? of : null;
}

/**
 * The query with a value included or excluded: what a click on a value means. A second value of a field with one value
 * per event becomes an alternative; what said the opposite goes; asking for what holds already takes it out again.
 */
export function withValue(text: string, field: string, value: string | null, how: 'include' | 'exclude'): string {
  const parsed = parseQuery(text);
  const term = valueTerm(field, value);
  const wanted = how === 'include' ? term : negated(term);
  // A query that cannot be read stays as it is, with the condition behind it.
  if (!parsed.ok) return `${text.trimEnd()} ${printQuery(wanted)}`.trimStart();
  const before = valueState(text, field, value);
  const parts = before === null ? topParts(parsed.query) : topParts(without(parsed.query, field, value));
  const isToggle = before === (how === 'include' ? 'included' : 'excluded');
  if (isToggle) return printQuery(joined('all', parts));
  const isSingle = fieldInfo(field)?.kind !== 'list' && fieldInfo(field)?.kind !== 'text';
  const place = how === 'include' && isSingle ? parts.findIndex((part) => values(part, field) !== null) : -1;
  if (place < 0) return printQuery(joined('all', [...parts, wanted]));
  return printQuery(joined('all', parts.with(place, joined('any', [parts[place] as Query, wanted]))));
}

function without(query: Query, field: string, value: string | null): Query {
  const wanted = key(valueTerm(field, value));
  const cut = (part: Query): Query[] => {
    const inner = part.type === 'not' ? part.of : part;
    const named = values(inner, field);
    if (key(part) === wanted || key(part) === key(negated(valueTerm(field, value)))) return [];
    if (named === null || !named.some((one) => key(one) === wanted)) return [part];
    const left = joined(
      'any',
      named.filter((one) => key(one) !== wanted),
    );
    return [part.type === 'not' ? negated(left) : left];
  };
  return joined('all', topParts(query).flatMap(cut));
}

/** The query with a condition in words behind it: what stands there already stays alone. */
export function withText(text: string, words: string): string {
  const term: QueryText = { type: 'text', value: words, phrase: true, at: nowhere };
  const parsed = parseQuery(text);
  if (!parsed.ok) return `${text.trimEnd()} ${printQuery(term)}`.trimStart();
  if (topParts(parsed.query).some((part) => part.type === 'text' && part.value.toLowerCase() === words.toLowerCase())) {
    return text;
  }
  return printQuery(joined('all', [...topParts(parsed.query), term]));
}

/** A query of one value: `user:root`. */
export const valueQuery = (field: string, value: string): string => printQuery(valueTerm(field, value));

export interface Mark {
  /** The field it is about; null: the raw line. */
  field: string | null;
  /** What a hit shows, lower case. */
  text: string;
}

/** Texts that hits of the query show, for marking them. What is excluded makes none. */
export function queryMarks(query: Query): Mark[] {
  switch (query.type) {
    case 'not':
      return [];
    case 'text':
      return [{ field: null, text: query.value.toLowerCase() }];
    case 'field':
      return fieldMarks(query);
    default:
      return query.of.flatMap(queryMarks);
  }
}

function fieldMarks({ field, op, value }: QueryField): Mark[] {
  const where = field === 'raw' || field === 'message' ? null : field;
  if (op === 'wildcard') {
    return value
      .split(/(?<!\\)\*/)
      .map((part) => part.replaceAll(/\\(.)/g, '$1'))
      .filter((part) => part !== '')
      .map((part) => ({ field: where, text: part.toLowerCase() }));
  }
  const isShown = op === 'is' || op === 'contains' || op === 'startswith' || op === 'endswith';
  return isShown && value !== '' ? [{ field: where, text: value.toLowerCase() }] : [];
}
