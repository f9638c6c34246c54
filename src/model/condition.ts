import { networkTest } from './address.ts';
import type { Event, FieldValue } from './event.ts';

/*
 * Conditions over events as they are stored: plain data, which cross threads, and which stores turn into their own
 * language. {@link holds} says the same of an event in memory; a suite proves that both agree.
 */

/** Every column of an event. */
export type EventColumn = Exclude<keyof Event, 'has_time' | 'zone_minutes'>;

export type TextColumn =
  | 'source'
  | 'source_type'
  | 'format'
  | 'host'
  | 'program'
  | 'facility'
  | 'level'
  | 'event_type'
  | 'outcome'
  | 'severity'
  | 'src_ip'
  | 'dst_ip'
  | 'protocol'
  | 'user'
  | 'message'
  | 'raw';
/** Texts that are no column of their own: the id as text, and the message whether it is a part of `raw` or not. */
export type DerivedColumn = 'id' | 'full_message';
export type IntegerColumn = 'pid' | 'src_port' | 'dst_port';
export type JsonColumn = 'tags' | 'fields' | 'geo' | 'intel' | 'score' | 'redacted';
export type TextOperator = 'equals' | 'contains' | 'startswith' | 'endswith' | 'wildcard';
/** How case is taken: as it is; or see {@link EventCondition}; `simple`: text and values in lower case, nothing else. */
export type Fold = boolean | 'simple';
export type Relation = 'lt' | 'lte' | 'gt' | 'gte';

export interface TextTest {
  op: TextOperator;
  values: readonly string[];
  fold: Fold;
}

/** What is asked of one value of a JSON column; of what is empty nothing holds. Lists fulfil it where one of their elements does. */
export type FieldTest =
  | { op: 'exists' }
  /** Of the text; numbers and booleans as JSON writes them. */
  | TextTest
  | { op: 'cidr'; values: readonly string[] }
  /** Of numbers, and of texts that are one. */
  | { op: 'compare'; relation: Relation; value: number };

/** Each is either true or false; a comparison with null is false. */
export type EventCondition =
  /** All hold; with none: true. */
  | { op: 'all'; of: readonly EventCondition[] }
  /** At least one holds; with none: false. */
  | { op: 'any'; of: readonly EventCondition[] }
  | { op: 'not'; of: EventCondition }
  /** The column is null as it is stored: `message` is where it is a part of `raw`, JSON columns are where they are empty. */
  | { op: 'null'; column: EventColumn | 'message_at' | 'message_length' }
  /**
   * A text column is one of the values, holds, begins or ends with one, or fits a pattern (`wildcard`: `*` is any text,
   * `?` one character, `\` takes the next one as it is). `fold`: the column is taken in lower case, letter by letter, with
   * `ſ` as `s`; the values must be in lower case then. `message` is the stored one: null where it is a part of `raw`.
   */
  | (TextTest & { column: TextColumn | DerivedColumn })
  /** An integer column is one of the values. */
  | { op: 'number'; column: IntegerColumn; values: readonly number[] }
  | { op: 'compare'; column: IntegerColumn | 'time' | 'received_at'; relation: Relation; value: number }
  /** An address lies in one of the networks (`203.0.113.0/24`, `2001:db8::/32`) or is one of the addresses. */
  | { op: 'cidr'; column: 'src_ip' | 'dst_ip' | 'host'; values: readonly string[] }
  /** The value under a key of a JSON column; a key with dots also reaches into objects. `tags`, `redacted`: no key. */
  | { op: 'json'; column: JsonColumn; key: string | null; test: FieldTest };

export const everything: EventCondition = { op: 'all', of: [] };
export const nothing: EventCondition = { op: 'any', of: [] };

export const allOf = (...of: readonly EventCondition[]): EventCondition =>
  of.length === 1 ? (of[0] as EventCondition) : { op: 'all', of };
export const anyOf = (...of: readonly EventCondition[]): EventCondition =>
  of.length === 1 ? (of[0] as EventCondition) : { op: 'any', of };
export const notOf = (of: EventCondition): EventCondition => ({ op: 'not', of });
/** A text column is one of the values as they are. */
export const isOneOf = (column: TextColumn, ...values: readonly string[]): EventCondition => ({
  op: 'equals',
  column,
  values,
  fold: false,
});
export const isNull = (column: EventColumn): EventCondition => ({ op: 'null', column });

/** Whether the condition holds for an event in memory. */
export function holds(condition: EventCondition, event: Event): boolean {
  switch (condition.op) {
    case 'all':
      return condition.of.every((part) => holds(part, event));
    case 'any':
      return condition.of.some((part) => holds(part, event));
    case 'not':
      return !holds(condition.of, event);
    case 'null':
      return isStoredNull(condition.column, event);
    case 'number': {
      const value = event[condition.column];
      return value !== null && condition.values.includes(value);
    }
    case 'compare':
      return compares(event[condition.column], condition.relation, condition.value);
    case 'cidr': {
      const address = event[condition.column];
      return address !== null && isWithin(address, condition.values);
    }
    case 'json':
      return jsonValues(event[condition.column], condition.key).some((value) => fits(condition.test, value));
    default: {
      const value = textOf(condition.column, event);
      return value !== null && textFits(condition, value);
    }
  }
}

function textOf(column: TextColumn | DerivedColumn, event: Event): string | null {
  if (column === 'message') return storedMessage(event);
  return column === 'full_message' ? event.message : event[column];
}

const isWithin = (address: string, networks: readonly string[]): boolean =>
  networks.some((network) => networkTest(network)?.(address) === true);

function isStoredNull(column: EventColumn | 'message_at' | 'message_length', event: Event): boolean {
  if (column === 'message_at' || column === 'message_length') return storedMessage(event) !== null;
  if (column === 'message') return storedMessage(event) === null;
  const value = event[column];
  return value === null || (typeof value === 'object' && Object.keys(value).length === 0);
}

const storedMessage = ({ raw, message }: Event): string | null => (raw.includes(message) ? null : message);

function compares(value: number | null, relation: Relation, bound: number): boolean {
  if (value === null || !Number.isFinite(bound)) return false;
  if (relation === 'lt') return value < bound;
  if (relation === 'lte') return value <= bound;
  return relation === 'gt' ? value > bound : value >= bound;
}

function textFits({ op, values, fold }: TextTest, value: string): boolean {
  const lower = fold === false ? value : value.toLowerCase();
  const text = fold === true ? lower.replaceAll('ſ', 's') : lower;
  return values.some((given) => {
    const wanted = fold === 'simple' ? given.toLowerCase() : given;
    if (op === 'equals') return text === wanted;
    if (op === 'contains') return text.includes(wanted);
    if (op === 'startswith') return text.startsWith(wanted);
    return op === 'endswith' ? text.endsWith(wanted) : fitsPattern(text, wanted);
  });
}

/** The parts of a pattern: texts between `*` and `?`, which stand by themselves as null (any text) and '' (one character). */
export function patternParts(pattern: string): (string | null)[] {
  const parts: (string | null)[] = [];
  let text = '';
  const end = (): void => {
    if (text !== '') parts.push(text);
    text = '';
  };
  for (let i = 0; i < pattern.length; i += 1) {
    const character = pattern[i] as string;
    if (character === '*' || character === '?') {
      end();
      parts.push(character === '*' ? null : '');
    } else if (character === '\\' && i + 1 < pattern.length) {
      i += 1;
      text += pattern[i];
    } else text += character;
  }
  end();
  return parts;
}

/** Without regular expressions: patterns come from outside. Quadratic at worst, in the length of one line. */
function fitsPattern(text: string, pattern: string): boolean {
  const wanted: (string | null)[] = patternParts(pattern).flatMap((part) =>
    part === null || part === '' ? [part] : [...part],
  );
  const letters = [...text];
  let at = 0;
  let want = 0;
  let starAt = -1;
  let starWant = -1;
  while (at < letters.length) {
    const part = wanted[want];
    if (part === null) {
      starWant = want;
      starAt = at;
      want += 1;
    } else if (part !== undefined && (part === '' || part === letters[at])) {
      at += 1;
      want += 1;
    } else if (starWant >= 0) {
      starAt += 1;
      at = starAt;
      want = starWant + 1;
    } else return false;
  }
  while (wanted[want] === null && want < wanted.length) want += 1;
  return want === wanted.length;
}

/** What stands under a key: the value, or the elements of the list that it is. */
function jsonValues(
  column: Record<string, FieldValue> | readonly string[] | null,
  key: string | null,
): readonly FieldValue[] {
  if (column === null) return [];
  if (key === null) return Array.isArray(column) ? column : [];
  let value: FieldValue | undefined;
  if (Object.hasOwn(column, key)) value = (column as Record<string, FieldValue>)[key];
  else {
    value = column as Record<string, FieldValue>;
    for (const part of key.split('.')) {
      if (typeof value !== 'object' || value === null || Array.isArray(value) || !Object.hasOwn(value, part)) return [];
      value = (value as Record<string, FieldValue>)[part];
    }
  }
  if (value === undefined || value === null) return [];
  return Array.isArray(value) ? value : [value];
}

function fits(test: FieldTest, value: FieldValue): boolean {
  if (value === null || value === '') return false;
  if (test.op === 'exists') return true;
  if (test.op === 'cidr') return typeof value === 'string' && isWithin(value, test.values);
  if (test.op === 'compare') {
    const number = typeof value === 'number' ? value : typeof value === 'string' && value.trim() !== '' ? +value : NaN;
    return Number.isFinite(number) && compares(number, test.relation, test.value);
  }
  return textFits(test, typeof value === 'string' ? value : JSON.stringify(value));
}
