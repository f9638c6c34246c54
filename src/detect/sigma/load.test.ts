import { expect, test } from 'vitest';
import type { RuleDoc } from '../../model/index.ts';
import { engine, event, sigma } from '../fixtures.test-suite.ts';
import { checkRule, compileRules, linkProblems, loadSigmaYaml } from '../index.ts';

const from = { origin: 'imported', fileName: 'pack/a.yml' } as const;
const detection = `title: Failed login
name: failed
logsource: { product: linux, service: sshd }
detection:
  selection: { event_type: auth.failure }
  condition: selection
`;
const correlation = `title: Many failed logins
id: 7b0a1f5e-2b8e-4f5c-8a53-6f1f0c5d0001
status: test
author: Somebody
description: |
  Counts.
level: high
tags: [attack.t1110.001, attack.credential-access]
correlation:
  type: event_count
  rules: [failed]
  group-by: [src_ip]
  timespan: 5m
  condition: { gte: 3 }
`;

test('a file with a correlation and its detection is one rule with the whole text', () => {
  const text = `# a comment\n${detection}---\n${correlation}`;
  const { docs, problems } = loadSigmaYaml(text, from);
  expect(problems).toEqual([]);
  expect(docs).toMatchObject([
    {
      id: '7b0a1f5e-2b8e-4f5c-8a53-6f1f0c5d0001',
      name: 'Many failed logins',
      description: 'Counts.',
      type: 'sigma',
      config: { yaml: text },
      enabled: true,
      severity: 'high',
      origin: 'imported',
      author: 'Somebody',
      created_at: 0,
    },
  ]);
  const { alerts, rules } = engine(docs);
  expect(rules.rules).toMatchObject([
    { kind: 'event_count', groupBy: ['src_ip'], windowSeconds: 300, severity: 'high' },
  ]);
  const failed = (at: number) =>
    event({
      at,
      event_type: 'auth.failure',
      format: 'sshd',
      src_ip: '203.0.113.9',
      host: 'vm',
      raw: 'no from 203.0.113.9',
    });
  const [alert] = alerts(failed(0), failed(1), failed(31));
  expect(alert).toMatchObject({
    rule_id: '7b0a1f5e-2b8e-4f5c-8a53-6f1f0c5d0001',
    rule_name: 'Many failed logins',
    severity: 'high',
    attack: ['T1110.001'],
    message: 'Many failed logins: 3 events by 203.0.113.9 on vm in 31 s',
    group: { src_ip: '203.0.113.9' },
    status: 'new',
  });
});

test('independent rules in one file become one each, and each can be compiled alone', () => {
  const second = detection
    .replace('Failed login', 'Another')
    .replace('name: failed', 'id: 7b0a1f5e-2b8e-4f5c-8a53-6f1f0c5d0002');
  const { docs } = loadSigmaYaml(`${detection}---\n${correlation}---\n${second}`, from);
  expect(docs.map((doc) => doc.name)).toEqual(['Many failed logins', 'Another']);
  expect(docs.flatMap((doc) => checkRule(doc))).toEqual([]);
});

test('a rule without an id gets one from its file and title, always the same', () => {
  const [a, b] = [1, 2].map(() => loadSigmaYaml(detection, from).docs[0]?.id);
  expect(a).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  expect(a).toBe(b);
});

test('deprecated and unsupported rules come disabled', () => {
  for (const status of ['deprecated', 'unsupported']) {
    expect(loadSigmaYaml(`status: ${status}\n${detection}`, from).docs).toMatchObject([{ enabled: false }]);
  }
});

test('a log of an unknown kind is a warning, and the rule matches on its selections', () => {
  const text = detection.replace('product: linux, service: sshd', 'product: zos, service: racf');
  const { docs, problems } = loadSigmaYaml(text, from);
  expect(problems).toMatchObject([{ level: 'warning', line: 3, column: 1 }]);
  expect(engine(docs).alerts(event({ event_type: 'auth.failure' }))).toHaveLength(1);
});

test.each([
  [{ format: 'sshd' as const }, 1],
  [{ program: 'sshd-session' }, 1],
  [{ program: 'dropbear' }, 0],
])('service sshd takes %j: %i', (parts, n) => {
  expect(engine(sigma(detection)).alerts(event({ event_type: 'auth.failure', ...parts }))).toHaveLength(n);
});

test.each<[string, string, number | null, RegExp]>([
  ['no YAML', 'a: [', 1, /not valid YAML/],
  ['a key twice', `${detection}title: x\n`, 7, /not valid YAML/],
  ['a list', '- a\n- b\n', 1, /must be a map/],
  ['nothing', '', 1, /holds no rule/],
  ['no title', detection.replace(/^title.*\nname.*\n/, ''), 1, /needs a `title`/],
  ['no detection', 'title: x\nlogsource: {}\n', 1, /needs `detection`, `correlation` or `filter`/],
  ['no condition', detection.replace('  condition: selection\n', ''), 4, /needs `condition:`/],
  ['no log source', detection.replace(/logsource.*\n/, ''), 1, /needs `logsource:`/],
  ['a wrong level', `level: severe\n${detection}`, 1, /`severe` is no level/],
  ['a filter', 'title: f\nfilter: {}\n', 2, /a filter needs `rules`/],
  ['another taxonomy', `taxonomy: ours\n${detection}`, 1, /taxonomy `ours`/],
  [
    'Sigma 1 aggregation',
    detection.replace('condition: selection', 'condition: selection | count() > 5'),
    6,
    /Sigma 1/,
  ],
  ['timeframe', detection.replace('  condition', '  timeframe: 5m\n  condition'), 6, /Sigma 1/],
  ['an unknown type', correlation.replace('event_count', 'event_sum'), 10, /no type of correlation/],
  ['a metric without its field', correlation.replace('event_count', 'value_avg'), 14, /needs `field`/],
  ['a wrong timespan', `${detection}---\n${correlation.replace('5m', 'soon')}`, 20, /needs `timespan`/],
  ['no bound', `${detection}---\n${correlation.replace('{ gte: 3 }', '{}')}`, 21, /needs a bound/],
  [
    'value_count without field',
    `${detection}---\n${correlation.replace('event_count', 'value_count')}`,
    21,
    /needs `field`/,
  ],
  [
    'an unknown extension',
    `${detection}---\n${correlation}phosor: { supress: 5 }\n`,
    22,
    /`phosor.supress` is not known/,
  ],
  ['a circle', correlation.replace('[failed]', '[x]').replace('title:', 'name: x\ntitle:'), 1, /in a circle/],
])('refused with its place: %s', (_, text, line, reason) => {
  const { docs, problems } = loadSigmaYaml(text, from);
  expect(docs).toEqual([]);
  const [error] = problems.filter((problem) => problem.level === 'error');
  expect(error?.message).toMatch(reason);
  expect(error?.line).toBe(line);
});

test('a rule posted with several independent documents is refused, not half loaded', () => {
  const [doc] = sigma(detection);
  const yaml = `${detection}---\n${detection.replace('name: failed', 'name: other')}`;
  expect(checkRule({ ...doc, config: { yaml } } as never)).toMatchObject([{ level: 'error', line: 8 }]);
  expect(checkRule({ ...doc, config: {} } as never)).toMatchObject([{ level: 'error' }]);
});

test('an alias bomb is refused', () => {
  const bomb = `a: &a [x,x,x,x,x,x,x,x,x,x]\n${'bcdefgh'.replace(/./g, (c, i) => `${c}: &${c} [${`*${'abcdefg'[i]},`.repeat(10).slice(0, -1)}]\n`)}${detection}`;
  expect(loadSigmaYaml(bomb, from).docs).toEqual([]);
});

test('a reference to another file is left open when a file is read, and found or refused where all rules are known', () => {
  const [many] = sigma(correlation);
  const [failed] = sigma(detection);
  const missing = { level: 'error', line: 11, message: expect.stringMatching(/has the name or id `failed`/) };
  expect(checkRule(many as RuleDoc)).toMatchObject([missing]);
  expect(compileRules([many as RuleDoc]).problems).toMatchObject([missing]);
  expect(linkProblems([many as RuleDoc])).toMatchObject([missing]);
  expect(linkProblems([many, failed] as RuleDoc[])).toEqual([]);
  expect(checkRule(many as RuleDoc, { among: [failed as RuleDoc] })).toEqual([]);
});
