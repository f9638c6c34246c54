import { expect, test } from 'vitest';
import type { Match } from '../../model/index.ts';
import { event, native, sigma } from '../fixtures.test-suite.ts';
import { checkRule, compileRules, exceptionFilter, literalValue, loadSigmaYaml } from '../index.ts';

const rule = (id: string, name: string, more = '') => `title: ${name}
id: ${id}
name: ${name}
logsource: { product: any, category: authentication }
detection:
  selection: { user: root }
  selection_host: { host: db1 }
  condition: ${more || '1 of selection*'}
`;
const filter = (rules: string, condition: string, selection = 'src_ip: 192.0.2.7') => `title: Our scanner
logsource: { category: authentication }
filter:
  rules: ${rules}
  selection: { ${selection} }
  condition: ${condition}
`;

function fires(texts: string[], parts: Parameters<typeof event>[0]): string[] {
  const out: Match[] = [];
  compileRules(sigma(...texts)).match(event({ event_type: 'auth.failure', ...parts }), 1, out);
  return out.map((match) => match.rule_id);
}

const scanner = { user: 'root', src_ip: '192.0.2.7' };
const stranger = { user: 'root', src_ip: '192.0.2.8' };

test.each([
  ['an id', '[r1]'],
  ['a name', '[first]'],
  ['any', 'any'],
])('a filter names its rule by %s', (_, rules) => {
  const texts = [rule('r1', 'first'), filter(rules, 'not selection')];
  expect(fires(texts, scanner)).toEqual([]);
  expect(fires(texts, stranger)).toEqual(['r1']);
});

test('the condition is joined as it is written: without `not` it keeps only what it names, and that is told', () => {
  const texts = [rule('r1', 'first'), filter('[r1]', 'selection')];
  expect(fires(texts, scanner)).toEqual(['r1']);
  expect(fires(texts, stranger)).toEqual([]);
  const { problems } = loadSigmaYaml(texts[1] as string, { origin: 'user', fileName: 'f.yml' });
  expect(problems).toMatchObject([{ level: 'warning', line: 6, message: expect.stringMatching(/no `not`/) }]);
});

test('selections of a filter are not seen by the conditions of the rule', () => {
  const host = filter('[r1]', 'not selection', 'program: backup');
  // `1 of selection*` would hold by the filter's own selection if it were one of the rule's.
  expect(fires([rule('r1', 'first'), host], { user: 'eve', program: 'backup' })).toEqual([]);
  expect(fires([rule('r1', 'first', 'all of selection*'), host], { user: 'root', host: 'db1' })).toEqual(['r1']);
});

test('every condition of a list is filtered, and other rules are left alone', () => {
  const texts = [
    rule('r1', 'first', '[selection, selection_host]'),
    rule('r2', 'second'),
    filter('[r1]', 'not selection'),
  ];
  expect(fires(texts, { host: 'db1', src_ip: '192.0.2.7' })).toEqual(['r2']);
});

test('several filters of one rule all hold', () => {
  const texts = [rule('r1', 'first'), filter('any', 'not selection'), filter('[r1]', 'not selection', 'host: lab')];
  expect(fires(texts, scanner)).toEqual([]);
  expect(fires(texts, { ...stranger, host: 'lab' })).toEqual([]);
  expect(fires(texts, stranger)).toEqual(['r1']);
});

test('a filter is for rules of its log source', () => {
  const other = filter('[r1]', 'not selection').replace('authentication', 'webserver');
  const { problems } = compileRules(sigma(rule('r1', 'first'), other));
  expect(problems.filter((one) => one.rule_id !== 'r1')).toMatchObject([
    { level: 'warning', message: expect.stringMatching(/another log source/) },
  ]);
  expect(fires([rule('r1', 'first'), other], scanner)).toEqual(['r1']);
});

test('an unknown rule is an error of the filter, with its place', () => {
  const { problems } = compileRules(sigma(rule('r1', 'first'), filter('[r1, nobody]', 'not selection')));
  expect(problems.filter((one) => one.rule_id !== 'r1')).toMatchObject([
    { level: 'error', line: 4, message: expect.stringMatching(/`nobody`/) },
  ]);
});

test('a filter that names a correlation is for the events that it counts', () => {
  const correlation = `title: Many\nid: c1\ncorrelation: { type: event_count, rules: [first], group-by: [src_ip], timespan: 1m, condition: { gte: 2 } }\n---\n`;
  const texts = [correlation + rule('r1', 'first'), filter('[c1]', 'not selection')];
  expect(fires(texts, scanner)).toEqual([]);
  expect(fires(texts, stranger)).toEqual(['c1']);
});

test('a filter that is switched off changes nothing, and one that is refused says why', () => {
  const [target, off] = sigma(rule('r1', 'first'), filter('[r1]', 'not selection'));
  const out: Match[] = [];
  compileRules([target, { ...off, enabled: false }] as never).match(
    event({ event_type: 'auth.failure', ...scanner }),
    1,
    out,
  );
  expect(out).toHaveLength(1);
  expect(checkRule({ ...off, config: { yaml: filter('[]', 'not selection') } } as never)).toMatchObject([
    { level: 'error', line: 4, message: expect.stringMatching(/needs `rules`/) },
  ]);
  expect(checkRule({ ...off, config: { yaml: filter('[r1]', 'not selektion') } } as never)).toMatchObject([
    { level: 'error', line: 6 },
  ]);
});

test('an exception is a filter: for Sigma and for native rules, with values as they are', () => {
  const pattern = native('pattern', { field: 'raw', regex: 'x' }, { id: 'n1' });
  const selection = { 'fields.path': literalValue('C:\\a*b?'), src_ip: ['192.0.2.7', '192.0.2.9'] };
  const exception = exceptionFilter({ id: 'e1', name: 'Backup', rule_id: 'n1', selection, reason: 'known' });
  const rules = compileRules([pattern, exception]);
  expect(rules.problems).toEqual([]);
  const matches = (path: string, src_ip: string): number => {
    const out: Match[] = [];
    rules.match(event({ raw: 'x', src_ip, fields: { path } }), 1, out);
    return out.length;
  };
  expect(matches('C:\\a*b?', '192.0.2.9')).toBe(0);
  expect(matches('C:\\aab?', '192.0.2.9')).toBe(1);
  expect(matches('C:\\a*b?', '192.0.2.8')).toBe(1);
});
