import { isNetwork } from '../address.ts';
import { readField, writtenField } from './fields.ts';
import { colonText, lex } from './lex.ts';
import { mayBeNetwork } from './terms.ts';
import type { Query, QueryField } from './types.ts';
import { wildcardParts } from './wildcard.ts';

const signs = { gt: '>', gte: '>=', lt: '<', lte: '<=' } as const;

/** A query as text that is read as the same query again. */
export function printQuery(query: Query): string {
  if (query.type === 'all' && query.of.length === 0) return '';
  return print(query, 'top');
}

function print(query: Query, inside: 'top' | 'all' | 'any' | 'not'): string {
  switch (query.type) {
    case 'text':
      return query.phrase ? quoted(query.value) : bareText(query.value);
    case 'field':
      return printField(query);
    case 'not':
      return printNot(query.of);
    default: {
      if (query.of.length === 0) return '*';
      const parts = query.of.map((part) => print(part, query.type));
      const values = query.type === 'any' ? sharedField(query.of) : null;
      if (values !== null) return values;
      const text = parts.join(query.type === 'any' ? ' OR ' : ' ');
      return inside === 'top' || (inside === 'any' && query.type === 'all') ? text : `(${text})`;
    }
  }
}

function printNot(of: Query): string {
  const text = print(of, 'not');
  return /^[-=<>)]/.test(text) ? `NOT ${text}` : `-${text}`;
}

/** `user:(root OR admin)` where all alternatives are values of one field. */
function sharedField(of: readonly Query[]): string | null {
  const [first] = of;
  if (first?.type !== 'field') return null;
  const same = of.filter(
    (part): part is QueryField => part.type === 'field' && isValue(part) && part.field === first.field,
  );
  if (same.length !== of.length) return null;
  return `${writtenField(first.field)}:(${same.map(printValue).join(' OR ')})`;
}

const isValue = ({ op }: QueryField): boolean => !Object.hasOwn(signs, op);

function printField(term: QueryField): string {
  const name = writtenField(term.field);
  if (term.op === 'gt' || term.op === 'gte' || term.op === 'lt' || term.op === 'lte') {
    return `${name}${signs[term.op]}${term.value}`;
  }
  return `${name}:${printValue(term)}`;
}

function printValue({ field, op, value }: QueryField): string {
  const kind = readField(field).kind;
  switch (op) {
    case 'exists':
      return '*';
    case 'contains':
      return kind === 'text' ? plainValue(value) : `*${escaped(value)}*`;
    case 'startswith':
      return `${escaped(value)}*`;
    case 'endswith':
      return `*${escaped(value)}`;
    case 'wildcard':
      return wildcardParts(value).map(escaped).join('*');
    case 'cidr':
      return value;
    default:
      return value.includes('/') && (kind === 'address' || (isNetwork(value) && mayBeNetwork({ field, kind })))
        ? quoted(value)
        : plainValue(value);
  }
}

/** A value that stands for itself: as it is where nothing in it means anything, else in quotation marks. */
function plainValue(value: string): string {
  const isPlain = /^(?!\/\/)[^\s\\"()*<>=-][^\s\\"()*<>]*$/.test(value) && !isOperator(value);
  return isPlain && (!value.includes(':') || colonText.test(value)) ? value : quoted(value);
}

const isOperator = (value: string): boolean => value === 'AND' || value === 'OR' || value === 'NOT';

const quoted = (value: string): string => `"${value.replaceAll(/[\\"]/g, '\\$&')}"`;

const escaped = (value: string): string => value.replaceAll(/[\s\\"()*:<>=-]|^\//g, '\\$&');

/** Text without quotation marks. Only what would mean something there is escaped. */
function bareText(value: string): string {
  const { tokens } = lex(value);
  const [word] = tokens;
  const isSame = tokens.length === 1 && word?.kind === 'word' && word.parts.length === 1 && word.parts[0] === value;
  if (isSame && !value.endsWith('\\')) return value;
  // A wildcard at its end says nothing, and makes a word of an operator.
  return isOperator(value) ? `*${value}` : escaped(value);
}
