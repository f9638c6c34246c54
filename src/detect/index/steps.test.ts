import { expect, test } from 'vitest';
import type { Match, RuleDoc } from '../../model/index.ts';
import { event } from '../fixtures.test-suite.ts';
import { compileRules, compileRulesInSteps } from '../index.ts';
import { literalScan, literalScanInSteps } from './literals.ts';

const rule = (number: number, words: readonly string[]): RuleDoc => ({
  id: `r${number}`,
  name: `rule ${number}`,
  description: '',
  type: 'sigma',
  config: {
    yaml: `title: rule ${number}\nlogsource: { product: any }\ndetection:\n  s:\n    message|contains: [${words.join(', ')}]\n  condition: s\n`,
  },
  enabled: true,
  severity: 'low',
  origin: 'user',
  author: null,
  created_at: 0,
  updated_at: 0,
});
const few = (number: number) => rule(number, [`word${number}x`, `only${number}y`]);

/** How many steps it takes, and what comes of it. */
function stepsOf<T>(steps: Generator<void, T>): { count: number; value: T } {
  for (let count = 1; ; count += 1) {
    const { done, value } = steps.next();
    if (done === true) return { count, value };
  }
}

test('a large table is made in steps, and finds what one that is made at once finds', () => {
  const entries = Array.from({ length: 9000 }, (_, i) => ({ literal: `lit${i * 7}e`, payload: i }));
  const { count, value } = stepsOf(literalScanInSteps(entries));
  expect(count).toBeGreaterThan(20);
  const found = (scan: typeof value) => {
    const payloads = new Set<number>();
    scan.scan('a LIT7e, lit63e and lit62993e', (payload) => payloads.add(payload));
    return [...payloads].sort((a, b) => a - b);
  };
  expect(found(value)).toEqual([1, 9, 8999]);
  expect(found(literalScan(entries))).toEqual([1, 9, 8999]);
});

test('rules that are added are indexed, and kinds of events prepared, in steps that grow with what is new', () => {
  const old = Array.from({ length: 700 }, (_, i) => few(i));
  const before = compileRules(old);
  const seen: Match[] = [];
  for (const format of ['raw', 'sshd', 'json'])
    before.match(event({ format, message: 'word3x', raw: 'word3x' }), 1, seen);
  expect(seen).toHaveLength(3);
  const added = Array.from({ length: 900 }, (_, i) => few(1000 + i));
  const steps = compileRulesInSteps([...old, ...added], before);
  const { count, value } = stepsOf(steps);
  // Every rule is read, told apart, looked at for its literals and added in steps of its own.
  expect(count).toBeGreaterThan(1600 * 4);
  const matches: Match[] = [];
  value.match(event({ message: 'word3x only1899y', raw: 'r' }), 2, matches);
  expect(matches.map(({ rule_id }) => rule_id)).toEqual(['r3', 'r1899']);
});
