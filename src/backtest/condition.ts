/**
 * What of a rule's selection the store can decide: a condition over stored columns that every event fulfils which the
 * engine would match. The engine then evaluates what is left, so that the result never depends on what was pushed down.
 */
import type { Field, Node, Test } from '../detect/form.ts';
import { isLowerCase } from '../detect/index/field.ts';
import { compileRegex } from '../detect/regex/regex.ts';
import { type Event, type EventType, eventTypes, type FieldTest, newEvent } from '../model/index.ts';
import { phosorEventType } from '../model/views/phosor.ts';
import type { EventCondition, IntegerColumn, TextColumn } from '../store/events/history.ts';
import { declaringFormats, isLogsource, phosorColumns } from './columns.ts';

/**
 * A node between two conditions: `upper` holds wherever the node matches, `lower` nowhere else. Where they are the same,
 * the store decides alone. A negation turns them round, which is why both are kept.
 */
export interface Bounds {
  upper: EventCondition;
  lower: EventCondition;
}

export const always: EventCondition = { op: 'all', of: [] };
export const never: EventCondition = { op: 'any', of: [] };
const unknown: Bounds = { upper: always, lower: never };
const exactly = (condition: EventCondition): Bounds => ({ upper: condition, lower: condition });

export const isAlways = (condition: EventCondition): boolean => condition.op === 'all' && condition.of.length === 0;
export const isNever = (condition: EventCondition): boolean => condition.op === 'any' && condition.of.length === 0;

/** More than this is not worth a look at every row: the engine is quicker. */
const mostValues = 400;

/** The condition that any of some selections implies; {@link always} where one of them says nothing about columns. */
export function conditionOf(nodes: readonly Node[]): EventCondition {
  const condition = anyOf(nodes.map((node) => boundsOf(node).upper));
  return valuesIn(condition) > mostValues ? always : condition;
}

function valuesIn(condition: EventCondition): number {
  if ('values' in condition) return condition.values.length;
  if (condition.op === 'not') return valuesIn(condition.of);
  return 'of' in condition ? condition.of.reduce((sum, part) => sum + valuesIn(part), 0) : 1;
}

export function boundsOf(node: Node): Bounds {
  switch (node.kind) {
    case 'and': {
      const parts = node.children.map(boundsOf);
      return { upper: allOf(parts.map(({ upper }) => upper)), lower: allOf(parts.map(({ lower }) => lower)) };
    }
    case 'or': {
      const parts = node.children.map(boundsOf);
      return { upper: anyOf(parts.map(({ upper }) => upper)), lower: anyOf(parts.map(({ lower }) => lower)) };
    }
    case 'not': {
      const { upper, lower } = boundsOf(node.child);
      return { upper: notOf(lower), lower: notOf(upper) };
    }
    case 'leaf':
      return leafBounds(node.field, node.test);
    case 'keyword':
      return keywordBounds(node.test);
    // Ways to write a rule that came after this: the engine decides.
    default:
      return unknown;
  }
}

export function allOf(parts: readonly EventCondition[]): EventCondition {
  if (parts.some(isNever)) return never;
  const left = merged(parts.filter((part) => !isAlways(part)));
  return left.length === 1 ? (left[0] as EventCondition) : { op: 'all', of: left };
}

export function anyOf(parts: readonly EventCondition[]): EventCondition {
  if (parts.some(isAlways)) return always;
  const alternatives = parts.filter((part) => !isNever(part)).flatMap((part) => (part.op === 'any' ? part.of : [part]));
  const left = merged(joinedValues(alternatives));
  return left.length === 1 ? (left[0] as EventCondition) : { op: 'any', of: left };
}

/** Each once: rules repeat their log source. */
function merged(parts: readonly EventCondition[]): EventCondition[] {
  return [...new Map(parts.map((part) => [JSON.stringify(part), part])).values()];
}

/** `a = 1 or a = 2` as `a in (1, 2)`. */
function joinedValues(parts: readonly EventCondition[]): EventCondition[] {
  const byKind = new Map<string, EventCondition>();
  for (const part of parts) {
    const key = 'values' in part ? JSON.stringify({ ...part, values: [] }) : JSON.stringify(part);
    const known = byKind.get(key);
    if (known !== undefined && 'values' in known && 'values' in part) {
      const values = [...new Set<string | number>([...known.values, ...part.values])];
      byKind.set(key, { ...known, values } as EventCondition);
    } else byKind.set(key, part);
  }
  return [...byKind.values()];
}

function notOf(condition: EventCondition): EventCondition {
  if (isAlways(condition)) return never;
  if (isNever(condition)) return always;
  return condition.op === 'not' ? condition.of : { op: 'not', of: condition };
}

/** Columns with text, by whether an event always has them. `message` is not stored as such and handled apart. */
const textColumns: Readonly<Record<Exclude<TextColumn, 'message'>, { optional: boolean }>> = {
  source: { optional: false },
  source_type: { optional: false },
  format: { optional: false },
  event_type: { optional: false },
  outcome: { optional: false },
  severity: { optional: false },
  raw: { optional: false },
  host: { optional: true },
  program: { optional: true },
  facility: { optional: true },
  level: { optional: true },
  src_ip: { optional: true },
  dst_ip: { optional: true },
  protocol: { optional: true },
  user: { optional: true },
};
const integerColumns: ReadonlySet<string> = new Set<IntegerColumn>(['pid', 'src_port', 'dst_port']);

const isTextColumn = (path: string): path is keyof typeof textColumns => Object.hasOwn(textColumns, path);
const isIntegerColumn = (path: string): path is IntegerColumn => integerColumns.has(path);

function leafBounds(field: Field, test: Test): Bounds {
  if (isLogsource(field)) return { upper: logsourceCondition(test), lower: never };
  if (field.view === 'event') return columnBounds(field.path, test);
  if (field.view !== 'phosor') return unknown;
  const { path } = field;
  if (path === 'raw' || path === 'source' || path === 'source_type') return columnBounds(path, test);
  if (path === 'event_type' || path === 'event_class') return columnBounds('event_type', test);
  const name = path.startsWith('parsed.') ? path.slice(7) : path;
  if (name === 'event_type') return phosorTypeBounds(test);
  const column = Object.hasOwn(phosorColumns, name) ? phosorColumns[name] : undefined;
  if (column === undefined) return unknown;
  const { upper, lower } = columnBounds(column, test);
  // Where the column is empty, the view looks for a field of the name: the engine decides those.
  const isEmpty: EventCondition = { op: 'null', column };
  const isOptional = isIntegerColumn(column) || (isTextColumn(column) && textColumns[column].optional);
  return isOptional ? { upper: anyOf([upper, isEmpty]), lower: allOf([lower, notOf(isEmpty)]) } : { upper, lower };
}

/** Only events of some formats say what their log source is. */
function logsourceCondition(test: Test): EventCondition {
  const needsText =
    test.op === 'equals' || test.op === 'contains' || test.op === 'startswith' || test.op === 'endswith';
  return needsText || (test.op === 'exists' && test.value) ? equals('format', declaringFormats(), false) : always;
}

/** PHOSOR's word for an event's type follows from ours, except for what a webhook posted. */
function phosorTypeBounds(test: Test): Bounds {
  if (test.op !== 'equals') return unknown;
  const origin = { source: '', source_type: 'file', peer: null, hint: null, identity: '' } as const;
  const probe: Event = newEvent(origin, 0, '');
  const wanted = test.cased ? test.value : test.value.toLowerCase();
  const types = (Object.keys(eventTypes) as EventType[]).filter((type) => {
    probe.event_type = type;
    return phosorEventType(probe) === wanted;
  });
  const isType: EventCondition = types.length === 0 ? never : equals('event_type', types, false);
  const isPosted = equals('source_type', ['webhook'], false);
  return { upper: anyOf([isType, isPosted]), lower: allOf([isType, notOf(isPosted)]) };
}

const equals = (column: TextColumn, values: readonly string[], fold: boolean): EventCondition => {
  return { op: 'equals', column, values, fold };
};

function columnBounds(path: string, test: Test): Bounds {
  if (path === 'message') return messageBounds(test);
  if (isIntegerColumn(path)) return integerBounds(path, test);
  return isTextColumn(path) ? textBounds(path, test, textColumns[path].optional) : unknown;
}

function integerBounds(column: IntegerColumn, test: Test): Bounds {
  const isNull: EventCondition = { op: 'null', column };
  switch (test.op) {
    case 'equals': {
      const number = Number(test.value);
      // The engine compares the number's text: `022` is no port.
      return exactly(
        Number.isSafeInteger(number) && String(number) === test.value
          ? { op: 'number', column, values: [number] }
          : never,
      );
    }
    case 'compare':
      return Number.isFinite(test.value)
        ? exactly({ op: 'compare', column, relation: test.relation, value: test.value })
        : unknown;
    case 'null':
      return exactly(isNull);
    case 'exists':
      return exactly(test.value ? notOf(isNull) : isNull);
    default:
      return unknown;
  }
}

function textBounds(column: keyof typeof textColumns, test: Test, optional: boolean): Bounds {
  const isNull: EventCondition = optional ? { op: 'null', column } : never;
  switch (test.op) {
    case 'equals':
    case 'contains':
    case 'startswith':
    case 'endswith':
      return valueBounds(test.op, column, test.value, test.cased);
    case 'glob':
      return { upper: globCondition(column, test), lower: never };
    case 'regex':
      return {
        upper: anyOf([literalCondition(column, test), test.missing === 'empty' ? isNull : never]),
        lower: never,
      };
    case 'null':
      return exactly(isNull);
    case 'exists':
      return exactly(test.value ? notOf(isNull) : isNull);
    case 'compare':
    case 'cidr':
    case 'datepart':
      return { upper: notOf(isNull), lower: never };
    default:
      return unknown;
  }
}

/** ASCII, and nothing that a driver or a database could take for the end of a text. */
const isPlain = (text: string): boolean => /^[\u0001-\u007f]*$/.test(text);
const hasLetter = (text: string): boolean => /[a-z]/i.test(text);

type ValueTest = 'equals' | 'contains' | 'startswith' | 'endswith';

/**
 * The engine folds case as JavaScript does, the store letter by letter. For ASCII values they differ in one letter: `İ`
 * becomes `i` with a dot above here and `i` there, so that the store may find more, never less.
 */
function valueBounds(op: ValueTest, column: TextColumn, value: string, cased: boolean): Bounds {
  if (value === '' && op !== 'equals') return { upper: always, lower: never };
  if (cased) {
    const isSafe = value.isWellFormed() && !value.includes('\u0000');
    return isSafe ? exactly({ op, column, values: [value], fold: false }) : unknown;
  }
  if (!isPlain(value)) {
    const part = longestPlainPart(value);
    return { upper: part === '' ? always : valueBounds('contains', column, part, false).upper, lower: never };
  }
  const lower = value.toLowerCase();
  const asIs: EventCondition = { op, column, values: [lower], fold: false };
  if (enumerations.has(column) || !hasLetter(lower)) return exactly(asIs);
  const condition: EventCondition = { op, column, values: [lower], fold: true };
  // Of these the engine believes that they are lower case, and folds them or does not.
  if (isLowerCase({ view: 'event', path: column })) return { upper: condition, lower: asIs };
  if (!lower.includes('i')) return exactly(condition);
  const dotted: EventCondition = { op: 'contains', column, values: ['İ'], fold: false };
  return { upper: condition, lower: allOf([condition, notOf(dotted)]) };
}

/** Columns whose values are ours, from lists in lower case. */
const enumerations: ReadonlySet<string> = new Set([
  'event_type',
  'outcome',
  'severity',
  'source_type',
  'facility',
  'level',
]);

/**
 * What of a text folds to itself and nothing else does: `ſ` and the Kelvin sign fold to ASCII, and their neighbours may
 * depend on each other (the final sigma), so that only whole ASCII runs are taken.
 */
function longestPlainPart(text: string): string {
  return text.split(/[^\u0001-\u007f]+/).reduce((best, part) => (part.length > best.length ? part : best), '');
}

function globCondition(column: TextColumn, test: Extract<Test, { op: 'glob' }>): EventCondition {
  const { tokens, cased } = test;
  return allOf(
    tokens.flatMap((token, i) => {
      if (typeof token !== 'string') return [];
      const op = i === 0 ? 'startswith' : i === tokens.length - 1 ? 'endswith' : 'contains';
      return [valueBounds(tokens.length === 1 ? 'equals' : op, column, token, cased).upper];
    }),
  );
}

/** A regular expression as the literals of which every match holds one. */
function literalCondition(column: TextColumn, test: Extract<Test, { op: 'regex' }>): EventCondition {
  const { literals, folded: isFolded } = compileRegex(test.source, test.flags);
  if (literals === null) return always;
  return anyOf(literals.map((literal) => valueBounds('contains', column, literal, !isFolded).upper));
}

/** A message is a part of the raw line, or stored by itself. */
function messageBounds(test: Test): Bounds {
  if (test.op === 'null') return exactly(never);
  if (test.op === 'exists') return exactly(test.value ? always : never);
  return { upper: searched(test), lower: never };
}

/** Keywords are looked for in the raw line and, where it is none of its parts, the message. */
function keywordBounds(test: Test): Bounds {
  // A match could begin in one and end in the other.
  if (JSON.stringify(test).includes('\\n')) return unknown;
  return { upper: searched(test), lower: never };
}

/** Implied by a test that holds for the message, or for the line: what must stand somewhere in either. */
function searched(test: Test): EventCondition {
  const parts = partsOf(test);
  if (parts === null) return always;
  const isStored = notOf({ op: 'null', column: 'message' });
  const upper = (column: TextColumn, { value, cased }: Part): EventCondition =>
    valueBounds('contains', column, value, cased).upper;
  return allOf(
    parts.map((alternatives) =>
      anyOf([
        ...alternatives.map((part) => upper('raw', part)),
        allOf([isStored, anyOf(alternatives.map((part) => upper('message', part)))]),
      ]),
    ),
  );
}

interface Part {
  value: string;
  cased: boolean;
}

/** Texts that must occur: one of each list. Null: nothing is known. */
function partsOf(test: Test): Part[][] | null {
  switch (test.op) {
    case 'equals':
    case 'contains':
    case 'startswith':
    case 'endswith':
      return [[{ value: test.value, cased: test.cased }]];
    case 'glob':
      return test.tokens.flatMap((value) => (typeof value === 'string' ? [[{ value, cased: test.cased }]] : []));
    case 'regex': {
      const { literals, folded: isFolded } = compileRegex(test.source, test.flags);
      return literals === null ? null : [literals.map((value) => ({ value, cased: !isFolded }))];
    }
    default:
      return null;
  }
}

const words = {
  equals: '=',
  number: '=',
  cidr: 'in',
  contains: 'contains',
  startswith: 'begins with',
  endswith: 'ends with',
  wildcard: 'like',
} as const;
const signs = { lt: '<', lte: '≤', gt: '>', gte: '≥' } as const;

/** The condition for people. */
export function conditionText(condition: EventCondition): string {
  const inner = (part: EventCondition, other: 'all' | 'any'): string =>
    part.op === other ? `(${conditionText(part)})` : conditionText(part);
  switch (condition.op) {
    case 'all':
      return condition.of.map((part) => inner(part, 'any')).join(' and ');
    case 'any':
      return condition.of.map((part) => inner(part, 'all')).join(' or ');
    case 'not':
      return `not (${conditionText(condition.of)})`;
    case 'null':
      return `${condition.column} is empty`;
    case 'compare':
      return `${condition.column} ${signs[condition.relation]} ${condition.value}`;
    case 'json':
      return testText(`${condition.column}${condition.key === null ? '' : `.${condition.key}`}`, condition.test);
    default:
      return `${condition.column} ${words[condition.op]} ${valuesText(condition.values)}`;
  }
}

function testText(name: string, test: FieldTest): string {
  if (test.op === 'exists') return `${name} is there`;
  if (test.op === 'compare') return `${name} ${signs[test.relation]} ${test.value}`;
  return `${name} ${words[test.op]} ${valuesText(test.values)}`;
}

function valuesText(values: readonly (string | number)[]): string {
  const texts = values.map((value) => JSON.stringify(value));
  return texts.length === 1 ? (texts[0] as string) : `any of (${texts.join(', ')})`;
}
