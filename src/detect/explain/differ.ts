import type { Event, FieldValue } from '../../model/index.ts';
import type { Field, Node, Test } from '../form.ts';
import { fieldKey, keywordText, textOf } from '../index/field.ts';
import { placesIn } from '../index/mapped.ts';
import { type Asker, askerOf } from './asker.ts';
import { valueIn } from './clauses.ts';
import { closenessOf } from './closeness.ts';
import { listed, quoted, valueWords, wantWords } from './wants.ts';

/**
 * One thing that would have had to differ: a field (null: the line, for keywords) and the tests on it. With `join: 'or'`
 * any one of them would have done.
 */
interface Need {
  field: Field | null;
  tests: Test[];
  wanted: boolean;
  join: 'and' | 'or';
  /** The selection that takes the event out again where it holds. */
  excludedBy: string | null;
  /** Which of several alternatives this is, in words. */
  among: string | null;
  /** What names where the event would have had to come from. */
  logsource: string | null;
}

/** The cheapest way to turn a node's result round. */
interface Change {
  cost: number;
  needs: Need[];
}

const none: Change = { cost: 0, needs: [] };

/** The event at hand, and who asks its clauses. */
interface Asked {
  event: Event;
  asker: Asker;
}

/**
 * What would have had to differ for the event to satisfy the node, one sentence each: of clauses that must all hold the
 * false ones, of alternatives the closest one, of an exclusion what it found. Empty where the event satisfies the node.
 */
export function differences(node: Node, event: Event): string[] {
  const { needs } = change(node, true, { event, asker: askerOf(node, event) }, null);
  return merged(needs).map((need) => sentence(need, event));
}

function change(node: Node, wanted: boolean, asked: Asked, excludedBy: string | null): Change {
  switch (node.kind) {
    case 'not': {
      // `field|neq: value` is no exclusion by a selection: it is a wish about the field. A filter has its own name.
      const by = wanted && node.label === 'not' ? (excludedBy ?? nameOf(node.child)) : excludedBy;
      return change(node.child, !wanted, asked, by);
    }
    case 'leaf':
    case 'keyword': {
      if (asked.asker.holds(node) === wanted) return none;
      const field = node.kind === 'leaf' ? node.field : null;
      const need: Need = {
        field,
        tests: [node.test],
        wanted,
        join: 'and',
        excludedBy,
        among: null,
        logsource: null,
      };
      return { cost: costOf(node.test, wanted, field, asked.event), needs: [need] };
    }
    default:
      return (node.kind === 'and') === wanted
        ? all(node.children, wanted, asked, wanted && node.label.startsWith('filter ') ? node.label : excludedBy)
        : any(node, wanted, asked, excludedBy);
  }
}

/** Of `not 1 of filter_*` the selection that excludes is named, not the pattern. */
const closer = (excludedBy: string | null, child: Node): string | null =>
  excludedBy !== null && / of /.test(excludedBy) && 'children' in child ? child.label : excludedBy;

function costOf(test: Test, wanted: boolean, field: Field | null, event: Event): number {
  return wanted ? 1 + closenessOf(test, foundIn(field, event)).distance : 1;
}

/** Every child must come out as wanted. */
function all(children: readonly Node[], wanted: boolean, asked: Asked, excludedBy: string | null): Change {
  const changes = children.map((child) =>
    change(child, wanted, asked, wanted ? excludedBy : closer(excludedBy, child)),
  );
  const needs = changes.flatMap((one) => one.needs);
  // The other end of a range belongs to the sentence, though it holds.
  if (wanted && needs.some(isCompare)) {
    const compares = Map.groupBy(children.filter(isCompareLeaf), ({ field }) => fieldKey(field));
    for (const need of needs) {
      if (!isCompare(need) || need.field === null) continue;
      const ends = compares.get(fieldKey(need.field)) ?? [];
      if (ends.length === 2) need.tests = ends.map(({ test }) => test);
    }
  }
  return { cost: changes.reduce((sum, one) => sum + one.cost, 0), needs };
}

const isCompare = ({ tests: [test, ...more] }: Need): boolean => test?.op === 'compare' && more.length === 0;

const isCompareLeaf = (node: Node): node is Extract<Node, { kind: 'leaf' }> =>
  node.kind === 'leaf' && node.test.op === 'compare';

/** One child that comes out as wanted is enough: the closest one, or all of them where they ask the same field. */
function any(
  node: Extract<Node, { children: Node[] }>,
  wanted: boolean,
  asked: Asked,
  excludedBy: string | null,
): Change {
  let best: Change | null = null;
  let chosen: Node | null = null;
  for (const child of node.children) {
    const one = change(child, wanted, asked, excludedBy);
    if (one.cost === 0) return none;
    if (best === null || one.cost < best.cost) {
      best = one;
      chosen = child;
    }
  }
  if (best === null || chosen === null) return none;
  const [need] = best.needs;
  if (wanted && node.label.startsWith('logsource'))
    return { ...best, needs: [{ ...(need as Need), logsource: node.label }] };
  const alike = sameField(node.children);
  if (alike !== null && need !== undefined) {
    const first = need.tests[0];
    const rest = alike.filter((test) => test !== first);
    const tests = [...need.tests.slice(0, 1), ...rest];
    return { cost: best.cost, needs: [{ ...need, tests, join: 'or' }] };
  }
  if (node.children.length === 1) return best;
  const among = `${wanted ? 'the closest of' : 'one of'} ${node.children.length} ways${namedWay(chosen)}`;
  return { cost: best.cost, needs: best.needs.map((one) => ({ ...one, among: one.among ?? among })) };
}

const namedWay = (node: Node): string => {
  const name = nameOf(node);
  return name === 'and' || name === 'or' || node.kind === 'leaf' ? '' : `, by ${quoted(name)}`;
};

/** The tests of nodes that are all leaves of one field (or all keywords); null where they are not. */
function sameField(nodes: readonly Node[]): Test[] | null {
  const [head] = nodes;
  if (head === undefined || (head.kind !== 'leaf' && head.kind !== 'keyword')) return null;
  const tests: Test[] = [];
  for (const node of nodes) {
    if (node.kind !== head.kind) return null;
    if (node.kind === 'leaf' && head.kind === 'leaf' && fieldKey(node.field) !== fieldKey(head.field)) return null;
    tests.push((node as Extract<Node, { test: Test }>).test);
  }
  return tests;
}

const nameOf = (node: Node): string => (node.kind === 'not' ? nameOf(node.child) : node.label);

/** Needs about one field under the same exclusion become one sentence. */
function merged(needs: readonly Need[]): Need[] {
  const found = new Map<string, Need & { known: Set<Test> }>();
  for (const [number, need] of needs.entries()) {
    const { field, wanted, excludedBy, among, join, logsource } = need;
    const isOne = join === 'or' || logsource !== null;
    const key = JSON.stringify([isOne ? number : -1, keyOf(field), wanted, excludedBy, among]);
    const same = found.get(key);
    if (same === undefined) found.set(key, { ...need, tests: [...need.tests], known: new Set(need.tests) });
    else {
      for (const test of need.tests) {
        if (same.known.has(test)) continue;
        same.known.add(test);
        same.tests.push(test);
      }
    }
  }
  return [...found.values()];
}

const keyOf = (field: Field | null): string => (field === null ? '' : fieldKey(field));

const foundIn = (field: Field | null, event: Event): FieldValue | undefined =>
  field === null ? keywordText(event) : valueIn(field, event);

function sentence(need: Need, event: Event): string {
  if (need.logsource !== null) return logsourceSentence(need.logsource, event);
  const { field, tests, wanted, join, excludedBy, among } = need;
  const value = foundIn(field, event);
  const isLine = field === null || field.path === 'raw';
  const want = wantWords(tests, wanted, join, isLine ? 'the line' : 'it');
  const hint = wanted && !isLine && tests[0] !== undefined ? closenessOf(tests[0], value).hint : null;
  const notes = [
    hint === null || (tests.length > 1 && join === 'and') ? hintOfMissing(field, value, event) : hint,
    among,
  ];
  const note = notes.filter((one) => one !== null).join('; ');
  const by = excludedBy === null ? '' : `${quoted(excludedBy)} excludes it: `;
  const found = isLine ? '' : `${field.path} ${foundWords(field, value, event)}, `;
  return `${by}${found}the rule wants ${want}${note === '' ? '' : ` (${note})`}`;
}

function foundWords(field: Field, value: FieldValue | undefined, event: Event): string {
  // A column without a value is null; null in `fields` was written by the sender.
  if (value === undefined || (value === null && Object.hasOwn(event, field.path))) return 'is missing';
  if (value === null) return 'was null';
  return value === '' ? 'was empty' : `was ${valueWords(value)}`;
}

/** A field that the event has under a name in another case, or where else a mapped field was looked for. */
function hintOfMissing(field: Field | null, value: FieldValue | undefined, event: Event): string | null {
  if (field === null || (value !== undefined && value !== null)) return null;
  const places = [...new Set((field.from?.sources ?? []).flatMap(placesIn))].filter((place) => place !== field.path);
  if (places.length > 0) return `looked for as ${listed(places.map(quoted), 'and', 4)} too`;
  const wanted = field.path.toLowerCase();
  const names = [...Object.keys(event.fields), ...Object.keys(event).filter((name) => name !== 'fields')];
  const near = names.find((name) => name.toLowerCase() === wanted && name !== field.path);
  if (near === undefined) return null;
  const text = textOf(event.fields[near] ?? (Reflect.get(event, near) as FieldValue));
  return text === null ? null : `the event has ${quoted(near)}, which is another field`;
}

function logsourceSentence(label: string, event: Event): string {
  const program = event.program === null ? '' : ` by ${quoted(event.program)}`;
  return `the rule is about ${label.replace(/^logsource:? ?/, 'the log source ')}, and this is an event ${quoted(event.event_type)} of format ${quoted(event.format)}${program}`;
}
