import { expect, test } from 'vitest';
import type { Node } from '../form.ts';
import { RuleError } from '../form.ts';
import { parseCondition } from './condition.ts';

const names = ['sel', 'sel_a', 'sel_b', 'filter', '_hidden'];

/** The truth of a condition where exactly the given selections hold. */
function truth(condition: string, ...holding: string[]): boolean {
  const leaf = (name: string): Node => ({ kind: 'and', label: name, children: [] });
  const evaluate = (node: Node): boolean => {
    if (node.kind === 'not') return !evaluate(node.child);
    if (node.kind !== 'and' && node.kind !== 'or') throw new Error('not a condition');
    if (names.includes(node.label)) return holding.includes(node.label);
    return node.kind === 'and' ? node.children.every(evaluate) : node.children.some(evaluate);
  };
  return evaluate(parseCondition(condition, new Map(names.map((name) => [name, leaf(name)])), []));
}

test.each<[string, string[], boolean]>([
  ['sel', ['sel'], true],
  ['not sel', ['sel'], false],
  ['not not sel', ['sel'], true],
  ['sel and filter', ['sel'], false],
  ['sel or filter', ['filter'], true],
  // and binds tighter than or, not tighter than and
  ['sel or sel_a and filter', ['sel'], true],
  ['(sel or sel_a) and filter', ['sel'], false],
  ['not sel and filter', ['filter'], true],
  ['not (sel and filter)', ['filter'], true],
  ['sel AND NOT filter', ['sel'], true],
  // quantifiers
  ['1 of sel_*', ['sel_b'], true],
  ['any of sel_*', ['sel'], false],
  ['all of sel_*', ['sel_a'], false],
  ['all of sel_*', ['sel_a', 'sel_b'], true],
  ['1 of them', ['_hidden'], false],
  ['1 of *', ['_hidden'], true],
  ['all of s*l*', ['sel', 'sel_a', 'sel_b'], true],
  ['not 1 of sel_* and sel', ['sel'], true],
  ['1 of sel', ['sel'], true],
])('%s with %j is %s', (condition, holding, expected) => {
  expect(truth(condition, ...holding)).toBe(expected);
});

test.each([
  ['', /empty/],
  ['sel and', /missing at the end/],
  ['(sel', /`\)` is missing/],
  ['sel)', /was not expected/],
  ['sel filter', /was not expected/],
  ['nothing', /no selection is called `nothing`/],
  ['SEL', /no selection is called `SEL`/],
  ['2 of sel_*', /`2 of` is not Sigma/],
  ['1 of x*', /no selection fits/],
  ['sel | count() by src > 5', /Sigma 1/],
  [`${'('.repeat(100)}sel${')'.repeat(100)}`, /levels of nesting/],
])('%s is refused', (condition, reason) => {
  expect(() => truth(condition)).toThrow(RuleError);
  expect(() => truth(condition)).toThrow(reason);
});
