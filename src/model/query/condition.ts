import type { EventCondition, FieldTest, IntegerColumn, JsonColumn, Relation, TextOperator } from '../condition.ts';
import { allOf, anyOf, isNull, isOneOf, nothing, notOf } from '../condition.ts';
import { severitiesThat } from './terms.ts';
import type { Query, QueryField } from './types.ts';
import { wildcardParts } from './wildcard.ts';

/** The query as a condition over stored events, so that a store finds what {@link import('./match.ts').queryTest} fits. */
export function conditionOfQuery(query: Query): EventCondition {
  switch (query.type) {
    case 'all':
      return allOf(...query.of.map(conditionOfQuery));
    case 'any':
      return anyOf(...query.of.map(conditionOfQuery));
    case 'not':
      return notOf(conditionOfQuery(query.of));
    case 'text':
      return { op: 'contains', column: 'raw', values: [query.value], fold: 'simple' };
    case 'field':
      return fieldCondition(query);
  }
}

const integers: ReadonlySet<string> = new Set<IntegerColumn>(['pid', 'src_port', 'dst_port']);
const isInteger = (field: string): field is IntegerColumn => integers.has(field);

const textColumns = {
  source: 'source',
  source_type: 'source_type',
  format: 'format',
  host: 'host',
  program: 'program',
  facility: 'facility',
  level: 'level',
  event_type: 'event_type',
  outcome: 'outcome',
  severity: 'severity',
  src_ip: 'src_ip',
  dst_ip: 'dst_ip',
  protocol: 'protocol',
  user: 'user',
  raw: 'raw',
  message: 'full_message',
  id: 'id',
} as const;
const isText = (field: string): field is keyof typeof textColumns => Object.hasOwn(textColumns, field);

const textOperators = {
  is: 'equals',
  contains: 'contains',
  startswith: 'startswith',
  endswith: 'endswith',
  wildcard: 'wildcard',
} as const satisfies Record<string, TextOperator>;
const isTextOperator = (op: string): op is keyof typeof textOperators => Object.hasOwn(textOperators, op);

function fieldCondition(query: QueryField): EventCondition {
  const { field, op, value } = query;
  if (isInteger(field)) return integerCondition(field, query);
  if (!isText(field)) return jsonCondition(query);
  const column = textColumns[field];
  if (op === 'exists') {
    if (field === 'message' || field === 'id') return notOf({ op: 'equals', column, values: [''], fold: false });
    return notOf(anyOf(isNull(field), isOneOf(field, '')));
  }
  if (op === 'cidr') {
    return field === 'src_ip' || field === 'dst_ip' || field === 'host'
      ? { op: 'cidr', column: field, values: [value] }
      : nothing;
  }
  if (isTextOperator(op)) return { ...textTest(op, value), column };
  return field === 'severity' ? isOneOf('severity', ...severitiesThat(op as Relation, value)) : nothing;
}

const textTest = (op: keyof typeof textOperators, value: string) => ({
  op: textOperators[op],
  // In a query a question mark is one, and only `*` stands for any text.
  values: [op === 'wildcard' ? storePattern(value) : value],
  fold: 'simple' as const,
});

const storePattern = (value: string): string =>
  wildcardParts(value)
    .map((part) => part.replaceAll(/[\\*?]/g, '\\$&'))
    .join('*');

function integerCondition(column: IntegerColumn, { op, value }: QueryField): EventCondition {
  if (op === 'exists') return notOf(isNull(column));
  if (op === 'is') return { op: 'number', column, values: [Number(value)] };
  if (op === 'gt' || op === 'gte' || op === 'lt' || op === 'lte') {
    return { op: 'compare', column, relation: op, value: Number(value) };
  }
  return nothing;
}

function jsonCondition({ field, op, value }: QueryField): EventCondition {
  const dot = field.indexOf('.');
  const column = (dot < 0 ? field : field.slice(0, dot)) as JsonColumn;
  const key = dot < 0 ? null : field.slice(dot + 1);
  return { op: 'json', column, key, test: fieldTest(op, value) };
}

function fieldTest(op: QueryField['op'], value: string): FieldTest {
  if (op === 'exists') return { op };
  if (op === 'cidr') return { op, values: [value] };
  return isTextOperator(op) ? textTest(op, value) : { op: 'compare', relation: op, value: Number(value) };
}
