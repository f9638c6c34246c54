import type { ClauseResult, Event, FieldValue } from '../../model/index.ts';
import type { Field, GlobToken, Node, Test } from '../form.ts';
import { type Accessor, accessor, fold, keywordText, textOf } from '../index/field.ts';
import { compileRegex } from '../regex/regex.ts';
import { type Asker, askerOf } from './asker.ts';

/** Most clauses in one explanation: a selection may hold thousands of values, and only those that matched are of interest. */
const childLimit = 20;

/**
 * Which clauses of a node hold for an event, with what was found and where in the raw line it stands.
 *
 * @param everyPlace also say where the value of a clause that does not hold stands.
 */
export function explainNode(node: Node, event: Event, everyPlace = false): ClauseResult {
  return explain(node, event, askerOf(node, event), everyPlace);
}

function explain(node: Node, event: Event, asker: Asker, everyPlace: boolean): ClauseResult {
  const empty = { field: null, value: null, expected: null, at: null };
  switch (node.kind) {
    case 'not': {
      const child = explain(node.child, event, asker, everyPlace);
      return { clause: node.label, matched: !child.matched, ...empty, children: [child] };
    }
    case 'and':
    case 'or': {
      const results = node.children.map((child) => explain(child, event, asker, everyPlace));
      const matched = node.kind === 'and' ? results.every((r) => r.matched) : results.some((r) => r.matched);
      // What decides that an event is of a log source is of interest where it is not.
      if (matched && node.label.startsWith('logsource '))
        return { clause: node.label, matched, ...empty, children: [] };
      const children = mostTelling(results, node.kind === 'or');
      const left = results.length - children.length;
      return { clause: node.label, matched, ...empty, children, ...(left > 0 && { left_out: left }) };
    }
    case 'leaf': {
      const value = valueIn(node.field, event);
      const matched = asker.holds(node);
      const at = matched
        ? placeOf(node.test, value, node.field.path, event.raw)
        : everyPlace
          ? placeOfValue(value, node.field.path, event.raw)
          : null;
      const { label: clause } = node;
      return {
        clause,
        matched,
        field: node.field.path,
        value: short(value),
        expected: expectedOf(node.test),
        at,
        children: [],
      };
    }
    case 'keyword': {
      const matched = asker.holds(node);
      const at = matched ? placeOf(node.test, keywordText(event), 'raw', event.raw) : null;
      const clause = node.label === '' ? 'keyword' : node.label;
      return { clause, matched, ...empty, field: 'raw', expected: expectedOf(node.test), at, children: [] };
    }
  }
}

const accessors = new WeakMap<Field, Accessor>();

/** What a field of an event holds. */
export function valueIn(field: Field, event: Event): FieldValue | undefined {
  let read = accessors.get(field);
  if (read === undefined) {
    read = accessor(field);
    accessors.set(field, read);
  }
  return read(event);
}

/** Of many alternatives only those that held, of many clauses the first. */
function mostTelling(results: ClauseResult[], alternatives: boolean): ClauseResult[] {
  const matched = results.filter((result) => result.matched);
  if (alternatives && matched.length > 0 && results.length > 5) return matched.slice(0, childLimit);
  if (results.length <= childLimit) return results;
  return [...matched, ...results.filter((result) => !result.matched)].slice(0, childLimit);
}

const short = (value: FieldValue | undefined): FieldValue =>
  typeof value === 'string' && value.length > 2000 ? `${value.slice(0, 2000)}…` : (value ?? null);

const relations = { lt: '<', lte: '≤', gt: '>', gte: '≥' } as const;

/** What a test asks for, in words. */
export function expectedOf(test: Test): string {
  switch (test.op) {
    case 'equals':
    case 'contains':
    case 'startswith':
    case 'endswith':
      return test.value;
    case 'glob':
      return test.tokens
        .map((token) => (typeof token === 'string' ? token : token.any === 'many' ? '*' : '?'))
        .join('');
    case 'regex':
      return `/${test.source}/${test.flags}`;
    case 'compare':
      return `${relations[test.relation]} ${test.value}`;
    case 'cidr':
      return test.network;
    case 'exists':
      return test.value ? 'a value' : 'no value';
    case 'null':
      return 'no value';
    case 'fieldref':
      return `the value of ${test.other.path}`;
    case 'datepart':
      return `${test.part} ${test.relation ? `${relations[test.relation]} ` : ''}${test.value}`;
  }
}

/** Fields whose values are Phosor's words, not the line's. */
const derived = new Set([
  'event_type',
  'format',
  'outcome',
  'severity',
  'source',
  'source_type',
  'tags',
  'redacted',
  'id',
]);

type Place = { offset: number; length: number } | null;

/** Where in the raw line the matched text stands. */
function placeOf(test: Test, value: FieldValue | undefined, path: string, raw: string): Place {
  if (derived.has(path) || path === 'parsed.event_type') return null;
  const candidates = Array.isArray(value) ? value : [value ?? null];
  for (const candidate of candidates) {
    const text = textOf(candidate);
    if (text === null || text === '') continue;
    const inner = matchedPart(test, text);
    if (inner === null) continue;
    const start = path === 'raw' ? 0 : findWhole(raw, text);
    if (start >= 0 && raw.startsWith(text.slice(inner.offset, inner.offset + inner.length), start + inner.offset)) {
      return { offset: start + inner.offset, length: inner.length };
    }
  }
  return null;
}

/** Where a value stands that is not what was asked for. Of the whole line and of the message, nothing is to be marked. */
function placeOfValue(value: FieldValue | undefined, path: string, raw: string): Place {
  if (derived.has(path) || path === 'raw' || path === 'message' || path === 'parsed.event_type') return null;
  for (const candidate of Array.isArray(value) ? value : [value ?? null]) {
    const text = textOf(candidate);
    const offset = text === null || text === '' ? -1 : findWhole(raw, text);
    if (text !== null && offset >= 0) return { offset, length: text.length };
  }
  return null;
}

/** The part of a value that the test is about; the whole value where it is about all of it. */
function matchedPart(test: Test, text: string): Place {
  const whole = { offset: 0, length: text.length };
  switch (test.op) {
    case 'contains':
    case 'startswith':
    case 'endswith': {
      const searched = test.cased ? text : fold(text);
      const wanted = test.cased ? test.value : fold(test.value);
      // Folding that changes lengths moves every offset: then the whole value is marked.
      if (searched.length !== text.length) return whole;
      const offset = test.op === 'endswith' ? searched.lastIndexOf(wanted) : searched.indexOf(wanted);
      return offset < 0 ? null : { offset, length: wanted.length };
    }
    case 'equals':
      return (test.cased ? text === test.value : fold(text) === fold(test.value)) ? whole : null;
    case 'regex':
      return compileRegex(test.source, test.flags).find(text);
    case 'glob':
      return globPart(test.tokens, text, test.cased) ?? whole;
    default:
      return whole;
  }
}

/** From the first to the last literal of a pattern. */
function globPart(tokens: readonly GlobToken[], text: string, cased: boolean): Place {
  const searched = cased ? text : fold(text);
  const literals = tokens.filter((token) => typeof token === 'string').map((token) => (cased ? token : fold(token)));
  if (searched.length !== text.length || literals.length === 0) return null;
  let from = -1;
  let end = 0;
  for (const literal of literals) {
    const found = searched.indexOf(literal, end);
    if (found < 0) return null;
    if (from < 0) from = found;
    end = found + literal.length;
  }
  return { offset: from, length: end - from };
}

/** First place where the text stands alone: not inside a longer word or number. */
function findWhole(raw: string, text: string): number {
  const edge = (at: number) => at < 0 || at >= raw.length || !/[\p{L}\p{N}]/u.test(raw[at] as string);
  for (let at = raw.indexOf(text); at >= 0; at = raw.indexOf(text, at + 1)) {
    if (edge(at - 1) && edge(at + text.length)) return at;
  }
  return -1;
}
