import { afterEach, beforeEach, expect, test } from 'vitest';
import { isoTime } from '../../model/index.ts';
import { testRule } from '../fakes.test-suite.ts';
import { type Harness, openHarness } from '../harness.test-suite.ts';

const shipped = testRule();

let harness: Harness;
beforeEach(async () => {
  harness = await openHarness({ shippedRules: [shipped] });
  const config = { field: 'raw', regex: 'x' };
  for (const id of ['one', 'two'])
    await harness.as('admin', {
      method: 'POST',
      url: '/api/rules',
      payload: { id, name: id, type: 'pattern', config },
    });
});
afterEach(() => harness.app.close());

const change = (rule_ids: string[], how: object) =>
  harness.as('admin', { method: 'POST', url: '/api/rules/bulk', payload: { rule_ids, change: how } });
const rules = async () => {
  const answer = await harness.as('admin', { method: 'GET', url: '/api/rules' });
  return (answer.json() as { id: string; state: string; muted_until: string | null }[]).map(
    ({ id, state, muted_until }) => `${id} ${state}${muted_until ? ` ${muted_until}` : ''}`,
  );
};

test('rules are switched together, taken into force once, each with its audit record', async () => {
  let applied = 0;
  const { setRules } = harness.fakes.pipeline;
  harness.fakes.pipeline.setRules = (all) => {
    applied += 1;
    return setRules(all);
  };
  const answer = await change(['one', 'ssh-brute-force', 'nobody', 'one'], { enabled: false });
  expect(answer.json()).toEqual({ changed: 2, missing: ['nobody'] });
  expect(await rules()).toEqual(['ssh-brute-force off', 'one off', 'two on']);
  expect(applied).toBe(1);
  expect(harness.audited().filter((action) => action === 'rule_disabled')).toHaveLength(2);
  await change(['one', 'two', 'ssh-brute-force'], { enabled: true });
  expect(await rules()).toEqual(['ssh-brute-force on', 'one on', 'two on']);
});

test('rules are muted together, and a mute of the past is refused', async () => {
  const until = isoTime(harness.fakes.clock.now + 3_600_000);
  expect((await change(['one', 'two'], { muted_until: until })).json()).toEqual({ changed: 2, missing: [] });
  expect(await rules()).toEqual(['ssh-brute-force on', `one muted ${until}`, `two muted ${until}`]);
  await change(['one'], { muted_until: null });
  expect(await rules()).toEqual(['ssh-brute-force on', 'one on', `two muted ${until}`]);
  const past = isoTime(harness.fakes.clock.now - 1000);
  expect((await change(['one'], { muted_until: past })).statusCode).toBe(422);
});

test('rules are deleted together and brought back', async () => {
  await change(['one', 'ssh-brute-force'], { deleted: true });
  expect(await rules()).toEqual(['two on']);
  expect((await change(['one', 'ssh-brute-force', 'two'], { deleted: false })).json()).toEqual({
    changed: 2,
    missing: ['two'],
  });
  expect(await rules()).toEqual(['ssh-brute-force on', 'one on', 'two on']);
});

test('when the engine does not take them, nothing has changed', async () => {
  harness.fakes.pipeline.setRules = async () => {
    throw new Error('worker gone');
  };
  const before = harness.audited().length;
  expect((await change(['one', 'ssh-brute-force'], { enabled: false })).statusCode).toBe(500);
  expect(await rules()).toEqual(['ssh-brute-force on', 'one on', 'two on']);
  expect(harness.audited()).toHaveLength(before);
});

test.each([[{ enabled: true, deleted: true }], [{}], [{ enabled: 'yes' }]])('%j is no change', async (how) => {
  expect((await change(['one'], how)).statusCode).toBe(422);
});
