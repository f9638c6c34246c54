import { afterEach, beforeEach, expect, test } from 'vitest';
import { testRule, testTime } from '../fakes.test-suite.ts';
import { type Harness, openHarness } from '../harness.test-suite.ts';

const shipped = testRule({
  description: 'Many failures from one address.',
  config: { yaml: 'title: SSH brute force\ntags: [attack.t1110.001]\nlevel: high\n' },
});

let harness: Harness;
beforeEach(async () => {
  harness = await openHarness({ shippedRules: [shipped] });
});
afterEach(() => harness.app.close());

const call = (method: 'GET' | 'POST' | 'PUT' | 'DELETE', url: string, payload?: object) =>
  harness.as('admin', { method, url, ...(payload && { payload }) });
const inForce = () => harness.fakes.inForce.map(({ id, enabled }) => `${id}${enabled ? '' : ' off'}`);

const pattern = {
  name: 'Failed SSH Login',
  type: 'pattern',
  severity: 'warning',
  config: { regex: 'Failed password', field: 'raw', case_sensitive: false, note: 'kept' },
};
const threshold = {
  name: 'Brute Force Detection',
  type: 'threshold',
  severity: 'critical',
  config: { field: 'parsed.event_type', value: 'auth_fail', count: 5, window_seconds: 60 },
};
const correlation = {
  name: 'Compromised Account',
  type: 'correlation',
  severity: 'critical',
  config: {
    conditions: [
      { field: 'parsed.event_type', value: 'auth_fail' },
      { field: 'parsed.event_type', value: 'privileged_access' },
    ],
    within_seconds: 300,
  },
};

test.each([pattern, threshold, correlation])('$type: posted, listed and given back as it was posted', async (rule) => {
  const answer = await call('POST', '/api/rules', rule);
  expect(answer.statusCode).toBe(201);
  const made = answer.json();
  expect(made).toMatchObject({ ...rule, enabled: true, origin: 'user', author: 'admin' });
  expect(JSON.stringify(made.config)).toBe(JSON.stringify(rule.config));
  expect(made.warnings).toHaveLength(rule.type === 'threshold' ? 1 : 0);
  expect((await call('GET', `/api/rules/${made.id}`)).json()).toEqual(made);
  expect((await call('GET', '/api/rules')).json()).toHaveLength(2);
  expect(inForce()).toEqual(['ssh-brute-force', made.id]);
  expect(harness.audited()).toEqual(['rule_created']);
});

test.each([
  ['warning', 'medium'],
  ['High', 'high'],
  ['WARN', 'medium'],
  ['info', 'info'],
  ['informational', 'info'],
])('severity %j comes back so and counts as %s', async (severity, level) => {
  expect((await call('POST', '/api/rules', { ...pattern, severity })).json()).toMatchObject({
    severity,
    severity_level: level,
  });
});

test.each([
  ['no name', { ...pattern, name: undefined }, '"name"'],
  ['an unknown type', { ...pattern, type: 'magic' }, '"type"'],
  ['an unknown severity', { ...pattern, severity: 'terrible' }, '"severity"'],
  ['no regex', { ...pattern, config: { field: 'raw' } }, '"config.regex"'],
  ['a count of 0', { ...threshold, config: { ...threshold.config, count: 0 } }, '"config.count"'],
  [
    'a negative window',
    { ...threshold, config: { ...threshold.config, window_seconds: -1 } },
    '"config.window_seconds"',
  ],
  ['no conditions', { ...correlation, config: { within_seconds: 5, conditions: [] } }, '"config.conditions"'],
  ['no config', { name: 'x', type: 'pattern' }, '"config"'],
])('%s is refused and named', async (_, payload, field) => {
  const answer = await call('POST', '/api/rules', payload);
  expect(answer.statusCode).toBe(422);
  expect(answer.json().detail).toContain(field);
  expect(harness.fakes.inForce).toEqual([]);
});

test("a rule that does not compile is refused with the compiler's problems", async () => {
  const rule = { ...pattern, config: { field: 'raw', regex: '((' } };
  const answer = await call('POST', '/api/rules', rule);
  expect(answer.statusCode).toBe(422);
  expect(answer.json()).toMatchObject({ code: 'RULE_INVALID', problems: [{ level: 'error' }] });
  expect((await call('POST', '/api/rules/validate', { rule })).json().problems).toHaveLength(1);
  expect((await call('POST', '/api/rules/validate', { rule: pattern })).json()).toEqual({ problems: [] });
});

test('PUT keeps the id and the time of creation', async () => {
  const made = (await call('POST', '/api/rules', pattern)).json();
  harness.fakes.clock.now += 1000;
  const changed = (await call('PUT', `/api/rules/${made.id}`, { ...threshold, name: 'Other' })).json();
  expect(changed).toMatchObject({ id: made.id, name: 'Other', type: 'threshold', created_at: made.created_at });
  expect(changed.updated_at).not.toBe(made.updated_at);
  expect((await call('PUT', '/api/rules/none', pattern)).statusCode).toBe(404);
});

test('toggle, delete and restore of a posted rule', async () => {
  const { id } = (await call('POST', '/api/rules', pattern)).json();
  expect((await call('POST', `/api/rules/${id}/toggle`)).json()).toEqual({ status: 'toggled', id, enabled: false });
  expect(inForce()).toContain(`${id} off`);
  expect((await call('DELETE', `/api/rules/${id}`)).json()).toEqual({ status: 'deleted' });
  expect(inForce()).toEqual(['ssh-brute-force']);
  expect((await call('DELETE', `/api/rules/${id}`)).statusCode).toBe(404);
  expect((await call('POST', `/api/rules/${id}/restore`)).json()).toMatchObject({ id, enabled: false });
  expect(harness.audited().reverse()).toEqual(['rule_created', 'rule_disabled', 'rule_deleted', 'rule_restored']);
});

test('a shipped rule: switch, override, delete, and back again', async () => {
  const url = `/api/rules/${shipped.id}`;
  const now = async () => (await call('GET', url)).json();
  expect(await now()).toMatchObject({
    origin: 'shipped',
    overridden: false,
    attack: ['T1110.001'],
    severity: 'critical',
  });
  await call('POST', `${url}/toggle`);
  expect(await now()).toMatchObject({ origin: 'shipped', overridden: false, enabled: false });
  await call('POST', `${url}/toggle`);
  expect((await call('PUT', url, pattern)).json()).toMatchObject({ id: shipped.id, overridden: true, type: 'pattern' });
  expect(await now()).toMatchObject({ overridden: true, name: 'Failed SSH Login' });
  await call('DELETE', url);
  expect((await call('GET', url)).statusCode).toBe(404);
  expect(harness.fakes.inForce).toEqual([]);
  expect((await call('POST', `${url}/restore`)).json()).toMatchObject({ overridden: true });
  expect((await call('POST', `${url}/restore`)).json()).toMatchObject({
    overridden: false,
    origin: 'shipped',
    name: shipped.name,
  });
});

test('an id that is taken is refused, also by a shipped rule', async () => {
  expect((await call('POST', '/api/rules', { ...pattern, id: shipped.id })).statusCode).toBe(409);
  expect((await call('POST', '/api/rules', { ...pattern, id: 'mine' })).json().id).toBe('mine');
  expect((await call('POST', '/api/rules', { ...pattern, id: 'mine' })).statusCode).toBe(409);
});

test('when the engine does not take the rules, nothing has changed', async () => {
  harness.fakes.pipeline.setRules = async () => {
    throw new Error('worker gone');
  };
  expect((await call('POST', '/api/rules', pattern)).statusCode).toBe(500);
  expect(harness.fakes.state.rules.list()).toEqual([]);
});

test('a Sigma rule takes title, level and author from its YAML', async () => {
  const yaml =
    'title: Odd login\nlevel: high\nauthor: A. Person\nlogsource: {product: linux}\ndetection: {condition: x}\n';
  const made = (await call('POST', '/api/rules', { type: 'sigma', config: { yaml } })).json();
  expect(made).toMatchObject({ name: 'Odd login', severity_level: 'high', author: 'A. Person', config: { yaml } });
});

test('the test box runs lines through a draft, a rule or all of them', async () => {
  const lines = ['Failed password for root from 203.0.113.9'];
  const run = async (payload: object) => (await call('POST', '/api/rules/test', { lines, ...payload })).json();
  expect(await run({ rule: pattern })).toMatchObject({ matched: [['draft']], events: [{ raw: lines[0] }] });
  expect(await run({ rule_id: shipped.id })).toMatchObject({ matched: [[shipped.id]] });
  expect(await run({})).toMatchObject({ matched: [[shipped.id]] });
  expect((await call('POST', '/api/rules/test', { lines: Array(501).fill('x') })).statusCode).toBe(422);
});

test('tombstones of users older than 30 days go at the next start, those of shipped rules stay', async () => {
  const { state } = harness.fakes;
  state.rules.put({ ...shipped, id: 'old', origin: 'user', updated_at: testTime - 31 * 86_400_000, deleted: true });
  state.rules.put({ ...shipped, id: 'recent', origin: 'user', updated_at: testTime - 86_400_000, deleted: true });
  state.rules.put({ ...shipped, deleted: true });
  const { createServer } = await import('../server.ts');
  const app = await createServer(harness.fakes);
  await app.ready();
  expect(
    state.rules
      .list()
      .map(({ id }) => id)
      .sort(),
  ).toEqual(['recent', shipped.id].sort());
  await app.close();
});

test('what a correlation holds and did not count, on its own page and in all', async () => {
  const yaml =
    'title: F\nname: f\nlogsource: {}\ndetection: {s: {event_type: auth.failure}, condition: s}\n---\ntitle: Many\n' +
    'correlation: {type: event_count, rules: [f], group-by: [src_ip], timespan: 5m, condition: {gte: 5}}\n';
  const made = (await call('POST', '/api/rules', { id: 'many', type: 'sigma', config: { yaml } })).json();
  expect(made.correlation).toBeNull();
  const counted = { groups: 90, max_groups: 100, evicted: 20, late_dropped: 3, missing_group: 4 };
  const { stats } = harness.fakes;
  stats.correlator = {
    ...stats.correlator,
    groups: 90,
    evicted: 20,
    per_rule: { many: { ...counted, matches: 9, alerts: 1 } },
  };
  expect((await call('GET', '/api/rules/many')).json()).toMatchObject({
    correlation: { group_by: ['src_ip'], ...counted },
    stats: { matches: 9, alerts: 1, groups: 90, evicted: 20 },
  });
  const [, listed] = (await call('GET', '/api/rules')).json();
  expect(listed).not.toHaveProperty('correlation');
  const sums = { groups: 90, evicted: 20, late_dropped: 0, missing_group: 0 };
  expect((await call('GET', '/api/stats')).json().correlation).toEqual(sums);
});
