import { afterEach, beforeEach, expect, test } from 'vitest';
import { testAlert, testRule, testTime } from '../fakes.test-suite.ts';
import { type Harness, openHarness } from '../harness.test-suite.ts';

let harness: Harness;
beforeEach(async () => {
  harness = await openHarness({ shippedRules: [testRule()] });
});
afterEach(() => harness.app.close());

const call = (method: 'GET' | 'POST' | 'PUT', url: string, payload?: object) =>
  harness.as('admin', { method, url: `/api/rules${url}`, ...(payload && { payload }) });
const choose = (signal: boolean) => call('POST', '/ssh-brute-force/signal', { signal });
const pattern = { id: 'own', name: 'Own', type: 'pattern', config: { field: 'raw', regex: 'x' } };

test('a rule is made a signal, which says since when and whose choice it is, and is brought back', async () => {
  expect((await choose(true)).json()).toMatchObject({
    ...{ state: 'signal', enabled: true, signal_by: 'admin', signal_since: '2026-11-20T10:00:00.000+00:00' },
    note: expect.stringMatching(/^Saved as a signal by admin on 2026-11-20: .*nobody is told\.$/),
  });
  expect((await choose(true)).json()).toMatchObject({ state: 'signal' });
  expect((await choose(false)).json()).toMatchObject({ state: 'on', signal_by: null, signal_since: null, note: null });
  await choose(false);
  const records = harness.fakes.state.audit.list(10, null);
  expect(records.map(({ action, user }) => `${action} by ${user}`)).toEqual([
    'rule_promoted by admin',
    'rule_demoted by admin',
  ]);
  expect(records[0]?.details).toEqual({ id: 'ssh-brute-force', name: 'SSH brute force', by_choice: true });
});

test('what was chosen and what is over the budget are told apart', async () => {
  for (let i = 0; i < 51; i += 1)
    harness.fakes.state.alerts.upsert(
      testAlert({ id: `a${i}`, rule_id: 'ssh-brute-force', time: testTime - i * 1000 }),
      testTime,
    );
  expect((await choose(true)).json().note).toMatch(/^Saved as a signal .* over its noise budget as well\.$/);
  expect((await choose(false)).json()).toMatchObject({ state: 'signal', signal_since: null });
});

test('muted and off come first', async () => {
  await choose(true);
  await call('POST', '/ssh-brute-force/mute', { until: testTime + 3_600_000 });
  expect((await call('GET', '/ssh-brute-force')).json()).toMatchObject({ state: 'muted', signal_by: 'admin' });
  await call('POST', '/ssh-brute-force/toggle');
  expect((await call('GET', '/ssh-brute-force')).json()).toMatchObject({ state: 'off', note: null });
});

test('a rule is created as a signal, and changed without ceasing to be one', async () => {
  let seen: boolean | undefined;
  const { setRules } = harness.fakes.pipeline;
  harness.fakes.pipeline.setRules = (rules) => {
    seen ??= harness.fakes.state.ruleCare.byId('own')?.signal_since != null;
    return setRules(rules);
  };
  const made = await call('POST', '', { ...pattern, signal: true });
  expect(made.json()).toMatchObject({ id: 'own', state: 'signal', config: pattern.config });
  // It is one before the engine runs it: no alert comes in between.
  expect(seen).toBe(true);
  expect((await call('PUT', '/own', { ...pattern, name: 'Other' })).json().state).toBe('signal');
  expect((await call('PUT', '/own', { ...pattern, signal: false })).json().state).toBe('on');
  const told = ['rule_promoted', 'rule_modified', 'rule_modified', 'rule_demoted', 'rule_created'];
  expect(harness.audited()).toEqual(told);
});

test('when the engine does not take the rule, it is no signal either', async () => {
  harness.fakes.pipeline.setRules = async () => {
    throw new Error('worker gone');
  };
  expect((await call('POST', '', { ...pattern, signal: true })).statusCode).toBe(500);
  expect(harness.fakes.state.ruleCare.byId('own')).toBeNull();
  expect(harness.audited()).toEqual([]);
});

test('many at once, each with its audit record', async () => {
  await call('POST', '', pattern);
  const bulk = (signal: boolean) =>
    call('POST', '/bulk', { rule_ids: ['own', 'ssh-brute-force', 'nobody'], change: { signal } });
  expect((await bulk(true)).json()).toEqual({ changed: 2, missing: ['nobody'] });
  const states = async () => (await call('GET', '')).json().map(({ state }: { state: string }) => state);
  expect(await states()).toEqual(['signal', 'signal']);
  await bulk(false);
  expect(await states()).toEqual(['on', 'on']);
  expect(harness.audited().filter((action) => action === 'rule_promoted')).toHaveLength(2);
});

test('only an admin may', async () => {
  const payload = { signal: true };
  const url = '/api/rules/ssh-brute-force/signal';
  expect((await harness.as('analyst', { method: 'POST', url, payload })).statusCode).toBe(403);
  expect((await call('POST', '/ssh-brute-force/signal', { signal: 'yes' })).statusCode).toBe(422);
});
