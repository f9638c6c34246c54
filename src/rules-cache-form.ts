/**
 * Compiled rules in fewer bytes: a field that many clauses read is written once, and alternatives that differ in their values only
 * are a list of values. {@link unpacked} gives back what {@link packed} was given.
 */
import { isDeepStrictEqual } from 'node:util';
import type { Field, Node, Test } from './detect/form.ts';
import type { CompileCache } from './detect/index.ts';

type TextTest = Extract<Test, { op: 'equals' | 'contains' | 'startswith' | 'endswith' }>;

/** A clause as `[label, field, test]`; alternatives of one field as `[kind, label, label of each, field, op, cased, values]`. */
type Packed =
  | { leaf: [string, number, Test] }
  | { list: ['and' | 'or', string, string, number, TextTest['op'], boolean, string[]] }
  | { node: Node };

/** The fields of a cache, each once. */
export class Fields {
  readonly list: Field[];
  readonly #numbers = new Map<string, number>();

  constructor(list: Field[] = []) {
    this.list = list;
    for (const [number, field] of list.entries()) this.#numbers.set(JSON.stringify(field), number);
  }

  numberOf(field: Field): number {
    const key = JSON.stringify(field);
    let number = this.#numbers.get(key);
    if (number === undefined) {
      number = this.list.length;
      this.#numbers.set(key, number);
      this.list.push(field);
    }
    return number;
  }
}

type Result = NonNullable<ReturnType<CompileCache['get']>>;

/** What a rule was compiled to as one text; null: JSON would not give it back as it was. */
export function compiledToText(result: Result): string | null {
  const fields = new Fields();
  const text = JSON.stringify(packed(result, fields));
  if (!isDeepStrictEqual(unpacked(JSON.parse(text), fields.list), result)) return null;
  return `{"fields":${JSON.stringify(fields.list)},"rule":${text}}`;
}

export function compiledFromText(text: string): Result {
  const { fields, rule } = JSON.parse(text) as { fields: Field[]; rule: unknown };
  return unpacked(rule, fields) as Result;
}

const isNode = (value: object): value is Node =>
  'kind' in value && (value.kind === 'and' || value.kind === 'or' || value.kind === 'leaf');

/** Plain data with its clauses packed. */
export function packed(value: unknown, fields: Fields): unknown {
  if (value === null || typeof value !== 'object') return value;
  if (Array.isArray(value)) return value.map((item) => packed(item, fields));
  if (isNode(value)) {
    const node = packedNode(value, fields);
    if (node !== null) return node;
  }
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, packed(item, fields)]));
}

function packedNode(node: Node, fields: Fields): Packed | null {
  if (node.kind === 'leaf') return { leaf: [node.label, fields.numberOf(node.field), node.test] };
  if (node.kind !== 'and' && node.kind !== 'or') return null;
  const [first] = node.children;
  if (first?.kind !== 'leaf' || node.children.length < 2 || !isText(first.test)) return null;
  const { op, cased } = first.test;
  const field = fields.numberOf(first.field);
  const values: string[] = [];
  for (const child of node.children) {
    if (child.kind !== 'leaf' || child.label !== first.label || !isText(child.test)) return null;
    if (child.test.op !== op || child.test.cased !== cased) return null;
    if (child.field !== first.field && fields.numberOf(child.field) !== field) return null;
    values.push(child.test.value);
  }
  return { list: [node.kind, node.label, first.label, field, op, cased, values] };
}

const isText = (test: Test): test is TextTest =>
  test.op === 'equals' || test.op === 'contains' || test.op === 'startswith' || test.op === 'endswith';

/** The data again. Clauses that read the same field share it. */
export function unpacked(value: unknown, fields: readonly Field[]): unknown {
  if (value === null || typeof value !== 'object') return value;
  if (Array.isArray(value)) {
    for (let i = 0; i < value.length; i += 1) value[i] = unpacked(value[i], fields);
    return value;
  }
  if ('leaf' in value) {
    const [label, number, test] = (value as Extract<Packed, { leaf: unknown }>).leaf;
    return { kind: 'leaf', label, field: fields[number], test };
  }
  if ('list' in value) {
    const [kind, label, each, number, op, cased, values] = (value as Extract<Packed, { list: unknown }>).list;
    const field = fields[number];
    const children = values.map((one) => ({ kind: 'leaf', label: each, field, test: { op, value: one, cased } }));
    return { kind, label, children };
  }
  const record = value as Record<string, unknown>;
  for (const key in record) record[key] = unpacked(record[key], fields);
  return record;
}
