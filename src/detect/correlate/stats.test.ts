import { expect, test } from 'vitest';
import { engine, event, sigma } from '../fixtures.test-suite.ts';
import { ruleGroupFields } from '../index.ts';

const failures = 'title: F\nname: f\nlogsource: {}\ndetection: {s: {event_type: auth.failure}, condition: s}\n---\n';
const counting = (title: string, more: string) =>
  `title: ${title}\ncorrelation:\n  type: event_count\n  rules: [f]\n  group-by: [src_ip, user]\n  timespan: 5m\n  condition: {gte: 5}\n${more}`;
const hit = (at: number, src_ip: string | null) => event({ at, event_type: 'auth.failure', src_ip, user: 'root' });

test('a rule holds as many groups as it says, where that is less than all may', () => {
  const own = sigma(`${failures}${counting('Own', 'phosor: {max_groups: 20}\n')}`);
  const usual = sigma(`${failures.replaceAll('name: f', 'name: g')}${counting('Usual', '').replace('[f]', '[g]')}`);
  const { see, correlator } = engine([...own, ...usual], { maxGroupsPerRule: 50 });
  for (let n = 0; n < 21; n += 1) see(hit(n, `198.51.100.${n}`));
  see(hit(22, null));
  const { per_rule } = correlator.stats();
  const of = (docs: typeof own) => per_rule[docs[0]?.id ?? ''];
  expect(of(own)).toMatchObject({ max_groups: 20, groups: 19, evicted: 2, missing_group: 1 });
  expect(of(usual)).toMatchObject({ max_groups: 50, groups: 21, evicted: 0, missing_group: 1 });
});

test('the fields that a correlation groups by are known; a single detection has none', () => {
  expect(sigma(`${failures}${counting('Own', '')}`).map(ruleGroupFields)).toEqual([['src_ip', 'user']]);
  expect(sigma(failures.replace('---\n', '')).map(ruleGroupFields)).toEqual([[]]);
});
