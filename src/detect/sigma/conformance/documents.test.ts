import { expect, test } from 'vitest';
import { engine, event } from '../../fixtures.test-suite.ts';
import { checkRule, compileRules, linkProblems } from '../../index.ts';
import { docsOf, errorOf, firing, read, rule, uuid, warningsOf } from './conformance.test-suite.ts';

const plain = rule('{ a: x }');
const hit = () => event({ fields: { a: 'x' } });

test('C1 a file holds documents in any order, and keys that Sigma does not know are the author’s', () => {
  const correlation = `title: Two\nid: ${uuid(2)}\nmy_key: { of: [mine] }\ncorrelation: { type: event_count, rules: [one], group-by: [a], timespan: 1m, condition: { gte: 2 } }\n`;
  const part = plain.replace(`id: ${uuid(1)}`, 'name: one');
  for (const text of [`${part}---\n${correlation}`, `---\n${correlation}---\n${part}`]) {
    const { docs, problems } = read(text);
    expect(problems).toEqual([]);
    expect(docs.map(({ id, config }) => [id, config])).toEqual([[uuid(2), { yaml: text }]]);
    expect(engine(docs).alerts(hit(), hit())).toHaveLength(1);
  }
});

test.each([
  ['title', plain.replace('title: A rule\n', ''), /needs a `title`/],
  ['log source', plain.replace('logsource: { product: any }\n', ''), /needs `logsource:`/],
  ['detection', plain.replace(/detection:[\s\S]*/, ''), /needs `detection`/],
  ['condition', plain.replace(/ {2}condition:.*\n/, ''), /needs `condition:`/],
  ['a title of 257 characters', plain.replace('A rule', 'x'.repeat(257)), /256 characters/],
  ['a date', `date: 2026/01/02\n${plain}`, /YYYY-MM-DD/],
  ['a day that is none', `modified: 2026-02-30\n${plain}`, /YYYY-MM-DD/],
  ['a status', `status: production\n${plain}`, /no status/],
  ['a level', `level: severe\n${plain}`, /no level/],
  ['a tag', `tags: [T1110]\n${plain}`, /no tag/],
  ['a relation', `related: [{ id: ${uuid(3)}, type: cousin }]\n${plain}`, /no relation/],
  ['a rule collection of Sigma 1', `action: global\n${plain}`, /Sigma 1/],
])('C1 refused: %s', (_, text, reason) => {
  expect(errorOf(text)).toMatchObject({ message: expect.stringMatching(reason), line: expect.any(Number) });
});

test('C1 an id that is no UUID is taken, and told; one name is one rule', () => {
  expect(warningsOf(plain.replace(uuid(1), 'mine'))).toEqual([expect.stringMatching(/no UUID/)]);
  const many = `title: t\nid: ${uuid(9)}\ncorrelation: { type: event_count, rules: [one], group-by: [a], timespan: 1m, condition: { gte: 2 } }\n`;
  const part = (n: number) => plain.replace(uuid(1), `${uuid(n)}\nname: one`);
  const problems = linkProblems(docsOf(many, part(1), part(2)));
  expect(problems).toMatchObject([{ rule_id: uuid(9), message: expect.stringMatching(/several rules are called/) }]);
});

test('C2 informational raises no alert of its own, is counted, and can be correlated', () => {
  const part = `level: informational\nname: one\n${plain}`;
  const docs = docsOf(part);
  const { alerts, rules, correlator } = engine(docs);
  expect(alerts(hit())).toEqual([]);
  expect(rules.rules[0]?.signal).toMatch(/informational/);
  expect(correlator.stats().per_rule[uuid(1)]).toMatchObject({ matches: 1, alerts: 0 });
  const many = `title: t\nid: ${uuid(9)}\ncorrelation: { type: event_count, rules: [one], group-by: [a], timespan: 1m, condition: { gte: 2 } }\n`;
  expect(engine(docsOf(part, many)).alerts(hit(), hit())).toMatchObject([{ rule_id: uuid(9) }]);
});

test.each(['deprecated', 'unsupported'])('C2 a rule of the status %s is switched off', (status) => {
  const { docs } = read(`status: ${status}\n${plain}`);
  expect(docs.map(({ enabled }) => enabled)).toEqual([false]);
  expect(firing(docs, hit())).toEqual([]);
});

test('C3 another taxonomy is mapped, or the rule is refused', () => {
  expect(errorOf(`taxonomy: ours\n${plain}`)).toMatchObject({ line: 1, message: expect.stringMatching(/`ours`/) });
  const ecs = docsOf(`taxonomy: ecs\n${rule("{ source.ip: 192.0.2.1, dns.question.name: 'example.com' }")}`);
  const asked = (src_ip: string) => event({ src_ip, fields: { dns: { question: { name: 'example.com' } } } });
  expect(firing(ecs, asked('192.0.2.1'))).toHaveLength(1);
  expect(firing(ecs, asked('192.0.2.2'))).toEqual([]);
});

test('C4 a log source is all of its parts; its definition says nothing to the engine', () => {
  const source = (text: string) => docsOf(plain.replace('{ product: any }', text));
  const ssh = source('{ product: linux, service: sshd, definition: all of it }');
  expect(firing(ssh, event({ program: 'sshd', fields: { a: 'x' } }))).toHaveLength(1);
  expect(firing(ssh, event({ program: 'cron', fields: { a: 'x' } }))).toEqual([]);
});

test('C12 a placeholder without values refuses the rule; with values it stands for each of them', () => {
  const text = rule("{ a|expand: 'CORP\\\\%Administrators%' }");
  expect(errorOf(text)).toMatchObject({ line: 5, message: expect.stringMatching(/`%Administrators%` has no values/) });
  const placeholders = { Administrators: ['adm_*', 'root'] };
  const { docs } = read(text, { placeholders });
  const is = (a: string) => firing(docs, event({ fields: { a } }), { placeholders }).length > 0;
  expect([is('corp\\root'), is('CORP\\adm_anna'), is('CORP\\anna')]).toEqual([true, true, false]);
  expect(compileRules(docs).problems).toMatchObject([{ level: 'error' }]);
});

test.each<[string, string, boolean]>([
  ["{ a|expand: '%one%-%two%' }", '1-b', true],
  ["{ a|expand: '%one%-%two%' }", '1-c', false],
  ["{ a|expand: '\\%one\\%' }", '%one%', true],
  ["{ a|expand|contains: '%two%' }", 'xxbxx', true],
  ["{ a|contains|expand: '%two%' }", 'xxbxx', true],
  ["{ a|expand|base64: '%word%' }", 'Zm9v', true],
  ["{ a: '%one%' }", '%one%', true],
])('C12 %s on %s is %s', (selection, a, expected) => {
  const placeholders = { one: [1], two: ['a', 'b'], word: ['foo'] };
  const { docs, problems } = read(rule(selection), { placeholders });
  expect(problems).toEqual([]);
  expect(firing(docs, event({ fields: { a } }), { placeholders }).length > 0).toBe(expected);
});

const target = plain.replace(uuid(1), `${uuid(1)}\nname: one`);
const filter = (condition: string, rules = 'one') =>
  `title: Known\nid: ${uuid(8)}\nlogsource: { product: any }\nfilter:\n  rules: [${rules}]\n  selection: { b: known }\n  condition: ${condition}\n`;

test('C24 a filter is joined with `and` as it is written; one without `not` is told about', () => {
  const both = event({ fields: { a: 'x', b: 'known' } });
  expect(firing(docsOf(target, filter('not selection')), both)).toEqual([]);
  expect(firing(docsOf(target, filter('not selection')), hit())).toEqual([uuid(1)]);
  expect(firing(docsOf(target, filter('selection')), both)).toEqual([uuid(1)]);
  expect(firing(docsOf(target, filter('selection')), hit())).toEqual([]);
  expect(warningsOf(filter('selection'))).toEqual([expect.stringMatching(/no `not`/)]);
  expect(warningsOf(filter('not selection'))).toEqual([]);
});

test('C24 filters name rules by id or name; an unknown one is an error', () => {
  for (const name of ['one', uuid(1)]) {
    const docs = docsOf(target, filter('not selection', name));
    expect(compileRules(docs).problems).toEqual([]);
    expect(firing(docs, event({ fields: { a: 'x', b: 'known' } }))).toEqual([]);
  }
  const { problems } = compileRules(docsOf(target, filter('not selection', 'nobody')));
  expect(problems).toMatchObject([{ rule_id: uuid(8), level: 'error', line: 5 }]);
});

test('C24 a filter’s selections are none of the rule’s', () => {
  const wide = target.replace('condition: selection', 'condition: 1 of sel*');
  expect(firing(docsOf(wide, filter('not selection')), event({ fields: { b: 'unknown' } }))).toEqual([]);
});

test('C25 fields are mapped by log source and by taxonomy; nothing in a rule can run a command or fetch anything', () => {
  const text = plain.replace('{ product: any }', '{ category: firewall }').replace('{ a: x }', '{ src: 192.0.2.1 }');
  expect(firing(docsOf(text), event({ event_type: 'net.blocked', src_ip: '192.0.2.1' }))).toHaveLength(1);
  expect(checkRule({ ...docsOf(plain)[0], config: { yaml: `pipeline: !command x\n${plain}` } } as never)).toMatchObject(
    [{ level: 'error' }],
  );
});
