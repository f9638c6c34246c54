import { expect, test } from 'vitest';
import type { Match } from '../../model/index.ts';
import { event, native, sigma } from '../fixtures.test-suite.ts';
import { checkRule, compileRules, loadSigmaYaml } from '../index.ts';

// Each of these takes a backtracking engine longer than anybody can wait: that the tests end is what they show.

const nested = [
  '(a+)+$',
  '^(a+)+$',
  '(a|a)*$',
  '(a|aa)+$',
  '([a-zA-Z]+)*$',
  '(a*)*b',
  '(x+x+)+y',
  '(.*a){20}$',
  '((a{1,20}){1,20})$',
];

const yaml = (pattern: string, modifier = 're') => `
title: A pattern
id: 5f0c2f2e-6a1d-4a5b-9d5e-0f6f4f1f0002
logsource: { product: any }
detection:
  selection:
    message|${modifier}: '${pattern}'
  condition: selection
`;

const hostile = [`${'a'.repeat(64 * 1024)}!`, `${'a'.repeat(40)}!`, 'x'.repeat(64 * 1024)];

test.each(nested)('%s of a Sigma rule is answered for every text', (pattern) => {
  for (const modifier of ['re', 're|i', 're|m', 're|s']) {
    const rules = compileRules(sigma(yaml(pattern, modifier)));
    expect(rules.rules).toHaveLength(1);
    const matches: Match[] = [];
    for (const raw of hostile) rules.match(event({ raw, message: raw }), 1, matches);
    const safe = event({ raw: 'nothing', message: '!' });
    rules.match(safe, 1, matches);
    expect(matches.every((match) => match.event !== safe || pattern.includes('*'))).toBe(true);
  }
});

test.each(nested)('%s of a native rule is answered for every text', (pattern) => {
  const rules = compileRules([native('pattern', { field: 'message', regex: pattern })]);
  expect(rules.rules).toHaveLength(1);
  const matches: Match[] = [];
  for (const raw of hostile) rules.match(event({ raw, message: raw }), 1, matches);
  expect(matches.length).toBeLessThanOrEqual(hostile.length);
});

test.each([
  ['(?=(a+)+$)a', /looks ahead or behind/],
  ['(a+)+(?!b)$', /looks ahead or behind/],
  ['(?<=(a+)+)b', /looks ahead or behind/],
  ['(a+)+\\1$', /refers back to a group/],
  ['(a{0,1000})b', /at most 1000 are accepted/],
  ['((a{1,100}){1,100})$', /refused|at most/],
])('%s is refused with the reason, in Sigma and native rules', (pattern, reason) => {
  const { docs, problems } = loadSigmaYaml(yaml(pattern.replaceAll("'", "''")), { origin: 'user', fileName: 'a.yml' });
  expect(docs).toEqual([]);
  expect(problems.find(({ level }) => level === 'error')).toMatchObject({
    message: expect.stringMatching(reason),
    line: 7,
  });
  const [problem] = checkRule(native('pattern', { field: 'message', regex: pattern }));
  expect(problem).toMatchObject({ level: 'error', message: expect.stringMatching(reason) });
});
