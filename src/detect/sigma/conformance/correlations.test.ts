import { expect, test } from 'vitest';
import { engine, event } from '../../fixtures.test-suite.ts';
import { compileRules } from '../../index.ts';
import { docsOf, errorOf, read, uuid, warningsOf } from './conformance.test-suite.ts';

const part = (name: string, more = '') =>
  `---\ntitle: ${name}\nname: ${name}\n${more}logsource: { product: any }\ndetection: { s: { program: ${name} }, condition: s }\n`;
const rule = (correlation: string, ...parts: string[]) =>
  `title: Correlated\nid: ${uuid(1)}\nlevel: high\ncorrelation: { group-by: [src_ip], timespan: 1m, ${correlation} }\n${parts.join('')}`;

const at = (time: number, program: string, more: object = {}) =>
  event({ at: time, program, src_ip: '192.0.2.1', ...more });
/** Alerts of programs that come one a second. */
const alerts = (text: string, programs: string) =>
  engine(docsOf(text)).alerts(...programs.split(' ').map((program, i) => at(i, program)));

test.each<[string, string, number]>([
  ['type: event_count, rules: [a], condition: { gte: 3 }', 'a a a', 1],
  ['type: event_count, rules: [a, b], condition: { gte: 3 }', 'a b a', 1],
  ['type: value_count, rules: [a, b], condition: { field: program, gte: 2 }', 'a a b', 1],
  ['type: temporal, rules: [a, b]', 'b a', 1],
  ['type: temporal, rules: [a, b]', 'a a', 0],
  ['type: temporal_ordered, rules: [a, b]', 'a b', 1],
  ['type: temporal_ordered, rules: [a, b]', 'b a', 0],
  ['type: value_sum, rules: [a, b], condition: { field: fields.n, gte: 1 }', 'a b', 0],
  ["type: temporal, rules: [a, b], condition: 'a or b'", 'b', 1],
])('C15 types: %s on %s is %i alerts', (correlation, programs, n) => {
  expect(alerts(rule(correlation, part('a'), part('b')), programs)).toHaveLength(n);
});

test.each<[string, number[], number]>([
  ['type: value_sum, rules: [a], condition: { field: n, gt: 9 }', [4, 6], 10],
  ['type: value_avg, rules: [a], condition: { field: n, gte: 5 }', [4, 6], 5],
  ['type: value_median, rules: [a], condition: { field: n, gte: 6 }', [1, 6, 7], 6],
  ['type: value_percentile, rules: [a], condition: { field: n, percentile: 50, gte: 6 }', [1, 6, 7], 6],
])('C15 metrics: %s on %j observes %d', (correlation, numbers, observed) => {
  const docs = docsOf(rule(correlation, part('a')));
  const seen = engine(docs).alerts(...numbers.map((n, i) => at(i, 'a', { fields: { n } })));
  expect(seen.map((alert) => alert.explain.correlation?.observed)).toEqual([observed]);
});

test('C16 rules by id or name, in other files too; chained, but not in a circle', () => {
  const count = 'type: event_count, condition: { gte: 2 }';
  expect(alerts(rule(`${count}, rules: [${uuid(5)}]`, part('a', `id: ${uuid(5)}\n`)), 'a a')).toHaveLength(1);
  const apart = docsOf(rule(`${count}, rules: [a]`), part('a'));
  expect(compileRules(apart).problems).toEqual([]);
  expect(engine(apart).alerts(at(0, 'a'), at(1, 'a'))).toMatchObject([{ rule_id: uuid(1) }]);
  const inner = `---\nname: many\ncorrelation: { ${count}, rules: [a], group-by: [src_ip], timespan: 1m }\n`;
  const chained = rule('type: temporal_ordered, rules: [many, b]', inner, part('a'), part('b'));
  expect(alerts(chained, 'a a b')).toMatchObject([{ rule_id: uuid(1), severity: 'high' }]);
  expect(alerts(chained, 'a b')).toEqual([]);
  const circle = `name: one\n${rule(`${count}, rules: [many]`, inner.replace('rules: [a]', 'rules: [one]'))}`;
  expect(errorOf(circle)?.message).toMatch(/in a circle/);
  expect(compileRules(read(rule(`${count}, rules: [nobody]`)).docs).problems).toMatchObject([
    { level: 'error', line: 4, message: expect.stringMatching(/`nobody`/) },
  ]);
});

test('C17 without group-by all count together, and that is told; every field of group-by counts', () => {
  const text = rule('type: event_count, rules: [a], condition: { gte: 2 }', part('a'));
  const global = text.replace('group-by: [src_ip], ', '');
  expect(warningsOf(global)).toEqual([expect.stringMatching(/counts all sources together/)]);
  const two = [at(0, 'a'), at(1, 'a', { src_ip: '192.0.2.2' })];
  expect(engine(docsOf(text)).alerts(...two)).toEqual([]);
  expect(engine(docsOf(global)).alerts(...two)).toHaveLength(1);
  const both = text.replace('[src_ip]', '[src_ip, user]');
  expect(engine(docsOf(both)).alerts(at(0, 'a', { user: 'x' }), at(1, 'a', { user: 'y' }))).toEqual([]);
});

test.each([
  ['30s', 30],
  ['2m', 120],
  ['1h', 3600],
  ['1d', 86_400],
  ['1w', 604_800],
  ['1M', 2_629_746],
  ['1y', 31_556_952],
])('C18 a timespan of %s is %i s', (timespan, seconds) => {
  const text = rule('type: event_count, rules: [a], condition: { gte: 2 }', part('a')).replace('1m', timespan);
  expect(compileRules(docsOf(text)).rules[0]?.windowSeconds).toBe(seconds);
  expect(warningsOf(text)).toHaveLength(/[wMy]/.test(timespan) ? 1 : 0);
});

test.each(['5', "'5'", '5min', '0m', "'1 m'"])('C18 a timespan of %s is refused', (timespan) => {
  const text = rule('type: event_count, rules: [a], condition: { gte: 2 }', part('a')).replace('1m', timespan);
  expect(errorOf(text)).toMatchObject({ line: 4, message: expect.stringMatching(/`timespan`/) });
});

test('C19 several bounds are a range; several fields are counted as one value; a count needs a bound', () => {
  const range = rule('type: event_count, rules: [a], condition: { gt: 1, lte: 3 }', part('a'));
  const ended = (n: number) => {
    const { see, correlator } = engine(docsOf(range), { finalOnly: true });
    see(...Array.from({ length: n }, (_, i) => at(i, 'a')), at(1000, 'a'));
    return correlator.close().length;
  };
  expect([1, 2, 3, 4].map(ended)).toEqual([0, 1, 1, 0]);
  const tuple = rule('type: value_count, rules: [a], condition: { field: [user, dst_port], gte: 3 }', part('a'));
  const pairs = (...ports: number[]) => ports.map((dst_port, i) => at(i, 'a', { user: i % 2 ? 'x' : 'y', dst_port }));
  expect(engine(docsOf(tuple)).alerts(...pairs(1, 1, 2))).toHaveLength(1);
  expect(engine(docsOf(tuple)).alerts(...pairs(1, 1, 1))).toEqual([]);
  expect(errorOf(rule('type: event_count, rules: [a], condition: {}', part('a')))?.message).toMatch(/needs a bound/);
});

test('C20 aliases say which field of each rule a group is about', () => {
  const text = rule(
    'type: temporal, rules: [a, b], aliases: { who: { a: src_ip, b: dst_ip } }',
    part('a'),
    part('b'),
  ).replace('[src_ip]', '[who]');
  const { alerts: see } = engine(docsOf(text));
  expect(see(at(0, 'a'), at(1, 'b', { src_ip: '192.0.2.9', dst_ip: '192.0.2.1' }))).toMatchObject([
    { group: { who: '192.0.2.1' } },
  ]);
  expect(engine(docsOf(text)).alerts(at(0, 'a'), at(1, 'b'))).toEqual([]);
});

test.each([
  ['of one file', (text: string, inner: string) => [`${text}${inner}`]],
  ['of two files', (text: string, inner: string) => [text, inner]],
])('C21 counted rules %s alert on their own only with generate', (_, files) => {
  const inner = part('a', `id: ${uuid(5)}\n`);
  const text = rule('type: event_count, rules: [a], condition: { gte: 3 }');
  const seen = (generate: string) =>
    engine(docsOf(...files(text.replace('1m,', `1m, ${generate}`), inner))).alerts(at(0, 'a'));
  expect(seen('')).toEqual([]);
  expect(seen('generate: false,')).toEqual([]);
  expect(seen('generate: true,')).toMatchObject([{ rule_id: uuid(5) }]);
});

test('C22 the alert is the outermost correlation’s: its title, level and tags', () => {
  const text = rule(
    'type: event_count, rules: [a], condition: { gte: 2 }',
    part('a', 'level: low\ntags: [attack.t1110]\n'),
  );
  expect(alerts(text.replace('level: high', 'level: high\ntags: [attack.t1078]'), 'a a')).toMatchObject([
    { rule_name: 'Correlated', severity: 'high', attack: ['T1078'] },
  ]);
});

test('C23 a chained rule is grouped on its own: by its own fields', () => {
  const inner =
    '---\nname: many\ncorrelation: { type: event_count, rules: [a], group-by: [host], timespan: 1m, condition: { gte: 2 } }\n';
  const text = rule('type: temporal, rules: [many, b]', inner, part('a'), part('b')).replace('[src_ip]', '[user]');
  const { alerts: see } = engine(docsOf(text));
  const by = (time: number, program: string, user: string) => at(time, program, { user, host: 'db1' });
  expect(see(by(0, 'a', 'x'), by(1, 'a', 'y'), by(2, 'b', 'y'))).toMatchObject([{ group: { user: 'y' } }]);
});
