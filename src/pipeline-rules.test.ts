import { expect, test } from 'vitest';
import type { RuleSet } from './detect/contract.ts';
import { event, sigma } from './detect/fixtures.test-suite.ts';
import { type CompileCache, compileRules, type Mapping, type RuleContext, readMapping } from './detect/index.ts';
import type { Match, RuleDoc } from './model/index.ts';
import { LiveRules, type RuleChange } from './pipeline-rules.ts';
import { trialThread } from './runtime/trial/thread.ts';

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

/** What an appliance of our own calls a verdict. */
const gate = (source: string): Mapping => {
  const text = `name: gate\nlogsources: [{ for: [{ product: acme }], fields: { verdict: ${source} } }]\n`;
  return readMapping(text).mapping as Mapping;
};
const selecting = (number: number, product: string, selection: string): RuleDoc => ({
  ...rule(number, 'x'),
  config: {
    yaml: `title: rule ${number}\nlogsource: { product: ${product} }\ndetection: { s: { ${selection} }, condition: s }\n`,
  },
});

test('other mappings and placeholders come into force with the rules, in the order in which they were asked for', async () => {
  const docs = [selecting(1, 'acme', 'verdict: no'), selecting(2, 'acme', "user|expand: '%Staff%'"), rule(3, 'plain')];
  const values = (name: string) => ({ placeholders: { Staff: [name] } });
  const live = new LiveRules(docs, null, { mappings: [gate('fields.a')], ...values('ann') });
  const ids = docs.map(({ id }) => id);
  const found = (): string[] => {
    const matches: Match[] = [];
    for (const parts of [{ fields: { a: 'no' } }, { fields: { b: 'no' } }, { user: 'ann' }, { user: 'bob' }])
      live.current.match(event({ raw: '', message: '', ...parts }), 1, matches);
    return matches.map(({ event: one }) => one.user ?? JSON.stringify(one.fields));
  };
  expect(found()).toEqual(['{"a":"no"}', 'ann']);
  const seen: string[][] = [];
  const change = (context: RuleContext) => live.change(ids, () => seen.push(found()), context);
  await Promise.all([
    change({ mappings: [gate('fields.b')], ...values('ann') }),
    change({ mappings: [gate('fields.b')], ...values('bob') }),
    change({ mappings: [], ...values('bob') }),
  ]);
  expect(found()).toEqual(['bob']);
  expect(seen).toEqual([['{"b":"no"}', 'ann'], ['{"b":"no"}', 'bob'], ['bob']]);
  // A later change of a rule goes on with the mappings that are in force.
  await live.change([ids[0] as string, ids[1] as string], () => undefined);
  expect(found()).toEqual(['bob']);
});

test('only the rules that a mapping may be about are compiled anew', () => {
  const escaped = selecting(3, '"\\x61cme"', 'verdict: no');
  const docs = [selecting(1, 'acme', 'verdict: no'), selecting(2, 'linux', 'verdict: no'), escaped];
  const known = new Map<string, ReturnType<CompileCache['get']>>();
  const compiled = (source: string): string[] => {
    const fresh: string[] = [];
    const cache: CompileCache = {
      get: (of) => known.get(of),
      put(of, result) {
        known.set(of, result);
        fresh.push(result.forms[0]?.title ?? '');
      },
    };
    compileRules(structuredClone(docs), { cache, mappings: [gate(source)] });
    return fresh;
  };
  expect(compiled('fields.a')).toEqual(['rule 1', 'rule 2', 'rule 3']);
  expect(compiled('fields.a')).toEqual([]);
  expect(compiled('fields.b')).toEqual(['rule 1', 'rule 3']);
});

test('a new rule that is big is compiled on another thread, with the mappings of this one, and means the same', async () => {
  const words = Array.from({ length: 3000 }, (_, i) => `      - word${i}of3000`).join('\n');
  const yaml = `title: many words\nlogsource: { product: acme }\ndetection:\n  s:\n    verdict: no\n  w:\n    message|contains:\n${words}\n  condition: s or w\n`;
  const big: RuleDoc = { ...rule(9, 'x'), config: { yaml } };
  const context = { mappings: [gate('fields.a')], placeholders: {} };
  const live = new LiveRules([rule(1, 'first')], null, context);
  await live.change([rule(1, 'first').id, big], () => undefined);
  expect(trialThread.isRunning).toBe(true);
  expect(live.current.problems.filter(({ level }) => level === 'error')).toEqual([]);
  expect(found(live.current, 'first and word77of3000')).toEqual(['rule 1', 'rule 9']);
  const matches: Match[] = [];
  live.current.match(event({ raw: 'r', message: 'm', fields: { a: 'no' } }), 1, matches);
  expect(matches).toHaveLength(1);
  const alone = compileRules([structuredClone(big)], context);
  expect(live.current.rules.find(({ id }) => id === big.id)?.hash).toBe(alone.rules[0]?.hash);
});
