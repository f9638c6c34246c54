import { afterEach, beforeEach, expect, test } from 'vitest';
import { testAlert, testRule, testTime } from '../fakes.test-suite.ts';
import { type Harness, openHarness } from '../harness.test-suite.ts';
import { RulesInForce, rulesInForce, tellServer } from './force.ts';

const shipped = testRule({
  id: 'ssh',
  config: {
    yaml: 'title: SSH brute force\nlogsource: {product: linux}\ndetection: {selection: {event_type: auth.failure}, condition: selection}\n',
  },
});

let harness: Harness;
beforeEach(async () => {
  harness = await openHarness({ shippedRules: [shipped] });
});
afterEach(() => harness.app.close());

const call = (method: 'GET' | 'POST' | 'PATCH' | 'DELETE', url: string, payload?: object) =>
  harness.as('admin', { method, url: `/api/rules/ssh${url}`, ...(payload && { payload }) });
const iso = (ms: number) => new Date(testTime + ms).toISOString();
const exception = {
  name: 'The backup server',
  selection: { src_ip: '192.0.2.9', user: ['backup', 'monitor'] },
  reason: 'It tries every night.',
  expires_at: null,
};
const inForce = () => harness.fakes.inForce.map((rule) => (rule.type === 'sigma' ? rule.name : rule.id));
const alerts = (count: number) => {
  for (let i = 0; i < count; i += 1)
    harness.fakes.state.alerts.upsert(testAlert({ id: `a${i}`, rule_id: 'ssh', time: testTime - i * 1000 }), testTime);
};

test('a rule that nobody has touched', async () => {
  expect((await call('GET', '')).json()).toMatchObject({
    ...{ state: 'on', muted_until: null, last_fired: null, alerts_24h: 0, noise_budget: null, note: null },
    ...{ exceptions: 0, pack: null, tests: null },
  });
});

test('mute until a time, and the end of it', async () => {
  const muted = (await call('POST', '/mute', { until: iso(3_600_000) })).json();
  expect(muted).toMatchObject({ state: 'muted', enabled: true });
  expect(Date.parse(muted.muted_until)).toBe(testTime + 3_600_000);
  harness.fakes.clock.now += 3_600_000;
  await harness.renew();
  expect((await call('GET', '')).json()).toMatchObject({ state: 'on', muted_until: null });
  harness.fakes.clock.now = testTime;
  await harness.renew();
  expect((await call('POST', '/mute', { until: null })).json()).toMatchObject({ state: 'on', muted_until: null });
  expect(harness.audited()).toEqual(['rule_unmuted', 'rule_muted']);
  await call('POST', '/mute', { until: iso(3_600_000) });
  await call('POST', '/toggle');
  expect((await call('GET', '')).json()).toMatchObject({ state: 'off' });
});

test.each([
  ['the past', '/mute', 'POST', { until: iso(-1) }, /next 366 days/],
  ['ten years', '/mute', 'POST', { until: iso(3650 * 86_400_000) }, /next 366 days/],
  ['no time', '/mute', 'POST', { until: 'tomorrow' }, /is no time/],
  ['a negative budget', '/budget', 'PATCH', { noise_budget: -1 }, /noise_budget/],
  ['half an alert', '/budget', 'PATCH', { noise_budget: 1.5 }, /noise_budget/],
  ['no reason', '/exceptions', 'POST', { ...exception, reason: ' ' }, /reason/],
  ['no field', '/exceptions', 'POST', { ...exception, selection: {} }, /at least one field/],
  ['everything', '/exceptions', 'POST', { ...exception, selection: { src_ip: '*' } }, /mute it/],
  ['a masked value', '/exceptions', 'POST', { ...exception, selection: { user: '[EMAIL-REDACTED]' } }, /was masked/],
  ['an end in the past', '/exceptions', 'POST', { ...exception, expires_at: iso(-1) }, /in the past/],
] as const)('%s is refused', async (_, url, method, payload, sentence) => {
  const answer = await call(method, url, payload);
  expect(answer.statusCode).toBe(422);
  expect(answer.json().detail).toMatch(sentence);
  expect(harness.audited()).toEqual([]);
});

test('a budget of its own, and back to the default of 50', async () => {
  alerts(51);
  expect((await call('GET', '')).json()).toMatchObject({
    ...{ state: 'signal', alerts_24h: 51, noise_budget: null, note: expect.stringContaining('budget is 50') },
    last_fired: '2026-11-20T10:00:00.000+00:00',
  });
  expect((await call('PATCH', '/budget', { noise_budget: 60 })).json()).toMatchObject({
    ...{ state: 'on', noise_budget: 60, note: null },
  });
  expect((await call('PATCH', '/budget', { noise_budget: null })).json().state).toBe('signal');
  harness.fakes.clock.now += 86_400_001;
  await harness.renew();
  expect((await call('GET', '')).json()).toMatchObject({ state: 'on', alerts_24h: 0 });
  expect(harness.audited()).toEqual(['rule_budget_changed', 'rule_budget_changed']);
});

test('an exception is a Sigma filter in force, with owner, reason and end', async () => {
  const made = await call('POST', '/exceptions', exception);
  expect(made.statusCode).toBe(201);
  expect(made.json()).toMatchObject({ ...exception, rule_id: 'ssh', owner: 'admin', active: true });
  expect(inForce()).toEqual(['SSH brute force', 'The backup server']);
  const filter = harness.fakes.inForce[1];
  expect(filter && 'yaml' in filter.config && filter.config.yaml).toMatch(/condition: not selection/);
  expect((await call('GET', '/exceptions')).json()).toEqual([made.json()]);
  expect((await call('GET', '')).json().exceptions).toBe(1);
  const { id } = made.json();
  expect((await call('DELETE', '/exceptions/other')).statusCode).toBe(404);
  expect((await call('DELETE', `/exceptions/${id}`)).json()).toEqual({ status: 'deleted' });
  expect(inForce()).toEqual(['SSH brute force']);
  expect(harness.audited()).toEqual(['rule_exception_removed', 'rule_exception_added']);
});

test('an exception ends by itself', async () => {
  await call('POST', '/exceptions', { ...exception, expires_at: iso(60_000) });
  const force = new RulesInForce(harness.fakes);
  expect(await force.check()).toBe(false);
  harness.fakes.clock.now += 60_000;
  expect(await force.check()).toBe(true);
  expect(inForce()).toEqual(['SSH brute force']);
  expect(await force.check()).toBe(false);
  expect((await call('GET', '')).json().exceptions).toBe(0);
  expect((await call('GET', '/exceptions')).json()).toMatchObject([{ active: false }]);
});

test('what the command line changes is taken into force', async () => {
  const force = new RulesInForce(harness.fakes);
  harness.fakes.state.rules.put({ ...shipped, id: 'new', origin: 'imported' });
  expect(await force.check()).toBe(false);
  tellServer(harness.fakes.state, testTime);
  expect(await force.check()).toBe(true);
  expect(harness.fakes.inForce.map(({ id }) => id)).toEqual(['ssh', 'new']);
});

test('an exception to a rule that is gone is not handed to the engine', async () => {
  await call('POST', '/exceptions', exception);
  await call('DELETE', '');
  expect(rulesInForce(harness.fakes, testTime)).toEqual([]);
  await call('POST', '/restore');
  expect(inForce()).toEqual(['SSH brute force', 'The backup server']);
});

test('when the engine does not take it, there is no exception', async () => {
  harness.fakes.pipeline.setRules = async () => {
    throw new Error('worker gone');
  };
  expect((await call('POST', '/exceptions', exception)).statusCode).toBe(500);
  expect(harness.fakes.state.ruleExceptions.all()).toEqual([]);
});
