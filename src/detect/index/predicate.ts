import { networkTest } from '../../model/address.ts';
import type { FieldValue } from '../../model/index.ts';
import type { DatePart, GlobToken, Node, Test } from '../form.ts';
import { compileRegex } from '../regex/regex.ts';
import type { Context, Slot, Slots, Texts } from './context.ts';
import { fold, nullIsValue } from './field.ts';
import { literalScan } from './literals.ts';
import { PrefixTable, startsWithFolded } from './prefixes.ts';

export type Predicate = (context: Context) => boolean;

/** Compiles a node to nested closures, the cheapest clause first. */
export function compileNode(node: Node, slots: Slots): Predicate {
  switch (node.kind) {
    case 'not': {
      const child = compileNode(node.child, slots);
      return (context) => !child(context);
    }
    case 'and':
      return all(cheapestFirst(node.children).map((child) => compileNode(child, slots)));
    case 'or':
      return any(mergeAlternatives(node.children, slots));
    case 'keyword':
      return shared(node.test, slots.keywords(), slots);
    case 'leaf':
      if (node.test.op === 'exists' && nullIsValue(node.field)) return isThere(slots.of(node.field), node.test.value);
      return shared(node.test, slots.of(node.field), slots);
  }
}

/** `exists` is about the field, whatever it holds. */
function isThere(slot: Slot, wanted: boolean): Predicate {
  return (context) => (context.value(slot) !== undefined) === wanted;
}

/** Searches are answered once per event, however many rules ask. */
function shared(test: Test, slot: Slot, slots: Slots): Predicate {
  const predicate = compileTest(test, slot, slots);
  const isSearch = test.op === 'contains' || test.op === 'glob' || test.op === 'regex' || test.op === 'cidr';
  return isSearch ? remembered(`${slot} ${JSON.stringify(test)}`, predicate, slots) : predicate;
}

function remembered(key: string, predicate: Predicate, slots: Slots): Predicate {
  const number = slots.shared(key);
  return (context) => context.remember(number, predicate);
}

function all(parts: readonly Predicate[]): Predicate {
  const [a, b, c] = parts as [Predicate, Predicate, Predicate];
  if (parts.length === 1) return a;
  if (parts.length === 2) return (context) => a(context) && b(context);
  if (parts.length === 3) return (context) => a(context) && b(context) && c(context);
  return (context) => {
    for (const part of parts) if (!part(context)) return false;
    return true;
  };
}

function any(parts: readonly Predicate[]): Predicate {
  const [a, b] = parts as [Predicate, Predicate];
  if (parts.length === 1) return a;
  if (parts.length === 2) return (context) => a(context) || b(context);
  return (context) => {
    for (const part of parts) if (part(context)) return true;
    return false;
  };
}

/** Rough price of a node: comparisons before searches before regular expressions. */
function cost(node: Node): number {
  if (node.kind === 'not') return cost(node.child);
  if ('children' in node) return node.children.reduce((sum, child) => sum + cost(child), 0);
  const { test } = node;
  const perValue = node.kind === 'keyword' ? 10 : 1;
  if (test.op === 'regex') return 40 * perValue;
  if (test.op === 'glob') return 20 * perValue;
  return (test.op === 'contains' || test.op === 'cidr' ? 5 : 1) * perValue;
}

const cheapestFirst = (nodes: readonly Node[]): Node[] => [...nodes].sort((a, b) => cost(a) - cost(b));

/** Alternatives on one field: many `field = value` become one look-up, many `field|contains` one search. */
function mergeAlternatives(children: readonly Node[], slots: Slots): Predicate[] {
  const equals = new Map<Slot, string[]>();
  const contains = new Map<Slot, string[]>();
  const startsWith = new Map<Slot, string[]>();
  const rest: Node[] = [];
  for (const child of cheapestFirst(children)) {
    const test = 'test' in child ? child.test : null;
    const into =
      test?.op === 'equals'
        ? equals
        : test?.op === 'contains'
          ? contains
          : test?.op === 'startswith'
            ? startsWith
            : null;
    if (test === null || into === null || !('value' in test) || !('cased' in test) || test.cased) {
      rest.push(child);
      continue;
    }
    const slot = child.kind === 'leaf' ? slots.of(child.field) : slots.keywords();
    const values = into.get(slot);
    if (values === undefined) into.set(slot, [fold(test.value)]);
    else values.push(fold(test.value));
  }
  return [
    ...[...equals].map(([slot, values]) => anyEquals(slot, values)),
    ...[...startsWith].map(([slot, values]) => anyStartsWith(slot, values, slots)),
    ...[...contains].map(([slot, values]) => anyContains(slot, values, slots)),
    ...rest.map((child) => compileNode(child, slots)),
  ];
}

function anyEquals(slot: Slot, values: readonly string[]): Predicate {
  if (values.length === 1) return textTest(slot, false, (text) => text === values[0]);
  const set = new Set(values);
  return textTest(slot, false, (text) => set.has(text));
}

/** @param values folded. */
function anyStartsWith(slot: Slot, values: readonly string[], slots: Slots): Predicate {
  const [only] = values;
  if (values.includes('')) return textTest(slot, true, () => true);
  if (values.length === 1 && only !== undefined) return textTest(slot, true, (text) => startsWithFolded(text, only));
  const table = new PrefixTable(values.map((prefix, payload) => ({ prefix, payload })));
  let found = false;
  const note = () => {
    found = true;
  };
  const matches = (text: string): boolean => {
    found = false;
    table.find(text, note);
    return found;
  };
  return remembered(`${slot} starts with any of ${JSON.stringify(values)}`, textTest(slot, true, matches), slots);
}

function anyContains(slot: Slot, values: readonly string[], slots: Slots): Predicate {
  if (values.length === 1 || values.includes('')) {
    const value = values.includes('') ? '' : (values[0] as string);
    return shared({ op: 'contains', value, cased: false }, slot, slots);
  }
  const scan = literalScan(values.map((literal, payload) => ({ literal, payload })));
  let found = false;
  const note = () => {
    found = true;
  };
  const matches = (text: string): boolean => {
    found = false;
    scan.scan(text, note);
    return found;
  };
  return remembered(`${slot} any of ${JSON.stringify(values)}`, textTest(slot, true, matches), slots);
}

function textTest(slot: Slot, cased: boolean, matches: (text: string) => boolean): Predicate {
  const over = (texts: Texts): boolean => {
    if (typeof texts === 'string') return matches(texts);
    if (texts === null) return false;
    for (const text of texts) if (matches(text)) return true;
    return false;
  };
  return cased ? (context) => over(context.text(slot)) : (context) => over(context.folded(slot));
}

function compileTest(test: Test, slot: Slot, slots: Slots): Predicate {
  switch (test.op) {
    case 'startswith':
      if (!test.cased) return anyStartsWith(slot, [fold(test.value)], slots);
      return textTest(slot, true, relation('startswith', test.value));
    case 'equals':
    case 'contains':
    case 'endswith':
      return textTest(slot, test.cased, relation(test.op, test.cased ? test.value : fold(test.value)));
    case 'glob': {
      const tokens = test.cased ? test.tokens : test.tokens.map((t) => (typeof t === 'string' ? fold(t) : t));
      return textTest(slot, test.cased, (text) => globMatches(text, tokens));
    }
    case 'regex':
      return regexTest(test, slot);
    case 'compare':
      return numberTest(slot, compare(test.relation, test.value));
    case 'datepart':
      return datePartTest(test, slot);
    case 'cidr': {
      const inside = networkTest(test.network) ?? (() => false);
      return textTest(slot, true, inside);
    }
    case 'exists':
      return (context) => {
        const value = context.value(slot);
        return (value !== undefined && value !== null) === test.value;
      };
    case 'null':
      return (context) => {
        const value = context.value(slot);
        return value === undefined || value === null;
      };
    case 'fieldref': {
      const other = slots.of(test.other);
      const { cased } = test;
      return (context) => {
        const own = cased ? context.text(slot) : context.folded(slot);
        const theirs = cased ? context.text(other) : context.folded(other);
        if (own === null || theirs === null) return false;
        const texts = typeof own === 'string' ? [own] : own;
        const others = typeof theirs === 'string' ? [theirs] : theirs;
        return others.some((wanted) => texts.some(relation(test.relation, wanted)));
      };
    }
  }
}

function relation(op: 'equals' | 'contains' | 'startswith' | 'endswith', wanted: string): (text: string) => boolean {
  switch (op) {
    case 'equals':
      return (text) => text === wanted;
    case 'contains':
      return (text) => text.includes(wanted);
    case 'startswith':
      return (text) => text.startsWith(wanted);
    case 'endswith':
      return (text) => text.endsWith(wanted);
  }
}

function regexTest(test: Extract<Test, { op: 'regex' }>, slot: Slot): Predicate {
  const regex = compileRegex(test.source, test.flags);
  const { literals, folded } = regex;
  const empty = test.missing === 'empty';
  const one = (text: string, searched: string): boolean => {
    if (literals !== null && !literals.some((literal) => searched.includes(literal))) return false;
    return regex.test(text);
  };
  return (context) => {
    const texts = context.text(slot);
    if (texts === null) return empty && one('', '');
    const searched = folded && literals !== null ? context.folded(slot) : texts;
    if (typeof texts === 'string') return one(texts, searched as string);
    for (let i = 0; i < texts.length; i += 1) {
      if (one(texts[i] as string, (searched as readonly string[])[i] as string)) return true;
    }
    return false;
  };
}

function someValue(value: FieldValue | undefined, matches: (value: FieldValue) => boolean): boolean {
  if (value === undefined || value === null) return false;
  return Array.isArray(value) ? value.some((element) => matches(element)) : matches(value);
}

function numberTest(slot: Slot, matches: (value: number) => boolean): Predicate {
  return (context) => someValue(context.value(slot), (value) => matches(numberOf(value)));
}

/** A number, or a text that is one; anything else is NaN, which no comparison holds for. */
function numberOf(value: FieldValue): number {
  if (typeof value === 'number') return value;
  return typeof value === 'string' && value.trim() !== '' ? Number(value) : Number.NaN;
}

function datePartTest({ part, relation: op, value: wanted }: Extract<Test, { op: 'datepart' }>, slot: Slot): Predicate {
  const fits = op === undefined ? (value: number) => value === wanted : compare(op, wanted);
  return (context) => someValue(context.value(slot), (value) => fits(datePart(value, part)));
}

function compare(op: 'lt' | 'lte' | 'gt' | 'gte', wanted: number): (value: number) => boolean {
  switch (op) {
    case 'lt':
      return (value) => value < wanted;
    case 'lte':
      return (value) => value <= wanted;
    case 'gt':
      return (value) => value > wanted;
    case 'gte':
      return (value) => value >= wanted;
  }
}

/** A part of a date as it is written (ISO 8601, no zone logic) or of epoch milliseconds in UTC; NaN where it is none. */
function datePart(value: FieldValue, part: DatePart): number {
  const text = typeof value === 'number' ? isoOf(value) : typeof value === 'string' ? value : '';
  const found = /^(\d{4})-(\d{2})-(\d{2})(?:[T ](\d{2}):(\d{2}))?/.exec(text);
  if (!found) return Number.NaN;
  const [year, month, day, hour, minute] = found.slice(1).map(Number) as [number, number, number, number, number];
  if (part === 'week') return isoWeek(year, month, day);
  return { year, month, day, hour, minute }[part];
}

const isoOf = (epochMs: number): string => (Math.abs(epochMs) < 8.64e15 ? new Date(epochMs).toISOString() : '');

/** ISO 8601 week of a date. */
function isoWeek(year: number, month: number, day: number): number {
  const date = Date.UTC(year, month - 1, day);
  const weekday = (Math.floor(date / 86_400_000) + 3) % 7;
  const thursday = date + (3 - weekday) * 86_400_000;
  const first = Date.UTC(Number(isoOf(thursday).slice(0, 4)), 0, 1);
  return Math.floor((thursday - first) / 604_800_000) + 1;
}

/** Whether the whole text fits literals, `one` (a code point) and `many` (any run). */
function globMatches(text: string, tokens: readonly GlobToken[]): boolean {
  let at = 0;
  let token = 0;
  let retryToken = -1;
  let retryAt = 0;
  for (;;) {
    const current = tokens[token];
    if (current === undefined) {
      if (at === text.length) return true;
    } else if (typeof current === 'string') {
      if (text.startsWith(current, at)) {
        at += current.length;
        token += 1;
        continue;
      }
    } else if (current.any === 'many') {
      if (token === tokens.length - 1) return true;
      token += 1;
      retryToken = token;
      retryAt = at;
      continue;
    } else if (at < text.length) {
      at += (text.codePointAt(at) as number) > 0xffff ? 2 : 1;
      token += 1;
      continue;
    }
    // A mismatch: let the last `many` swallow more, up to the next place where its literal stands.
    if (retryToken < 0 || retryAt >= text.length) return false;
    retryAt += (text.codePointAt(retryAt) as number) > 0xffff ? 2 : 1;
    const next = tokens[retryToken];
    if (typeof next === 'string') {
      const found = text.indexOf(next, retryAt);
      if (found < 0) return false;
      retryAt = found;
    }
    at = retryAt;
    token = retryToken;
  }
}
