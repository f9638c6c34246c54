import { expect, test } from 'vitest';
import type { RuleSet } from './detect/contract.ts';
import { event, sigma } from './detect/fixtures.test-suite.ts';
import type { Match, RuleDoc } from './model/index.ts';
import { LiveRules, type RuleChange } from './pipeline-rules.ts';

const rule = (number: number, word: string): RuleDoc =>
  sigma(`
title: rule ${number}
id: 5f0c2f2e-6a1d-4a5b-9d5e-${String(number).padStart(12, '0')}
logsource: { product: linux }
detection: { s: { message|contains: ${word} }, condition: s }
`)[0] as RuleDoc;

function found(rules: RuleSet, message: string): string[] {
  const matches: Match[] = [];
  rules.match(event({ raw: message, message }), 1, matches);
  return matches.map(({ rule_id }) => rules.rules.find(({ id }) => id === rule_id)?.title ?? '');
}

test('a changed rule comes into force in its place, and the others stay as they are', async () => {
  const many = Array.from({ length: 700 }, (_, i) => rule(i, `word${i}x`));
  const live = new LiveRules(many, null);
  expect(found(live.current, 'word5x word3x')).toEqual(['rule 3', 'rule 5']);
  const [kept] = live.current.rules;
  const next: RuleChange[] = many.map(({ id }) => id);
  next[3] = rule(3, 'other');
  let used: RuleSet | null = null;
  await live.change(next, (rules) => {
    used = rules;
  });
  expect(used).toBe(live.current);
  expect(live.current.rules).toHaveLength(700);
  expect(live.current.rules[0]?.hash).toBe(kept?.hash);
  expect(found(live.current, 'word5x word3x other')).toEqual(['rule 3', 'rule 5']);
  expect(found(live.current, 'word3x')).toEqual([]);
});

test('changes asked for at once come into force one after the other; what is not named is gone', async () => {
  const [a, b] = [rule(1, 'first'), rule(2, 'second')];
  const live = new LiveRules([a, b], null);
  const seen: string[][] = [];
  const use = (rules: RuleSet) => seen.push(rules.rules.map(({ title }) => title));
  await Promise.all([live.change([b.id], use), live.change([b.id, rule(3, 'third')], use)]);
  expect(seen).toEqual([['rule 2'], ['rule 2', 'rule 3']]);
  expect(found(live.current, 'first second third')).toEqual(['rule 2', 'rule 3']);
});
