import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { RuleDoc } from '../../model/index.ts';
import { testAlert, testRule, testTime } from '../fakes.test-suite.ts';
import { type Harness, openHarness } from '../harness.test-suite.ts';

const sigma = (id: string, change: Partial<RuleDoc> = {}): RuleDoc =>
  testRule({ id, name: id, config: { yaml: `title: ${id}\nlogsource: {}\n` }, ...change });
const range = { from: '2026-11-01T00:00:00Z', to: '2026-11-02T00:00:00Z' };

let harness: Harness;
beforeEach(async () => {
  harness = await openHarness({ shippedRules: [sigma('one'), sigma('two'), sigma('off', { enabled: false })] });
});
afterEach(() => harness.app.close());

const start = (payload: object) => harness.as('analyst', { method: 'POST', url: '/api/replays', payload });
const get = (url: string) => harness.as('viewer', { method: 'GET', url });

describe('POST /api/replays', () => {
  test('hands over the rules in force, and is audited', async () => {
    const answer = await start({ ...range, name: ' October ' });
    expect(answer.statusCode).toBe(202);
    expect(answer.json()).toMatchObject({ name: 'October', by: 'analyst', state: 'running', rules: 2, rule_ids: null });
    const [asked] = harness.fakes.replays.asked;
    expect(asked).toMatchObject({ from: Date.UTC(2026, 10, 1), to: Date.UTC(2026, 10, 2), rules: 2, rule_ids: null });
    expect(asked?.docs.filter(({ enabled }) => enabled).map(({ id }) => id)).toEqual(['one', 'two']);
    expect(harness.audited()).toContain('replay_started');
  });

  test('named rules run, also where they are switched off, with what they refer to and no others', async () => {
    expect((await start({ ...range, rules: ['off', 'off'] })).statusCode).toBe(202);
    const [asked] = harness.fakes.replays.asked;
    expect(asked).toMatchObject({ rules: 1, rule_ids: ['off'] });
    expect(asked?.docs).toEqual([expect.objectContaining({ id: 'off', enabled: true })]);
  });

  test('rules that came with the question run beside the others, in the place of their own id, or alone', async () => {
    const mine = { id: 'mine', type: 'sigma', config: { yaml: 'title: Mine\nlogsource: {}\n' } };
    const one = { ...mine, id: 'one', config: { yaml: 'title: One, changed\nlogsource: {}\n' } };
    const ran = async (body: object) => {
      expect((await start({ ...range, ...body })).statusCode).toBe(202);
      const { docs = [], ...asked } = harness.fakes.replays.asked.pop() ?? {};
      return { ...asked, names: docs.filter(({ enabled }) => enabled).map(({ name }) => name) };
    };
    expect(await ran({ extra_rules: [mine, one] })).toMatchObject({
      rules: 3,
      rule_ids: null,
      names: ['two', 'Mine', 'One, changed'],
    });
    expect(await ran({ rules: 'none', extra_rules: [mine] })).toMatchObject({ rule_ids: ['mine'], names: ['Mine'] });
    expect(await ran({ rules: ['two', 'one'], extra_rules: [one] })).toMatchObject({
      rule_ids: ['two', 'one'],
      names: ['two', 'One, changed'],
    });
    // Nothing of it is stored.
    expect(harness.fakes.state.rules.list()).toEqual([]);
  });

  test('without times it is all that is stored', async () => {
    harness.fakes.events.info = async () => ({
      rows: 2,
      bytes: 1,
      slices: 1,
      oldest: 1000,
      newest: 5000,
      droppedRows: 0,
      damaged: [],
    });
    expect((await start({})).json()).toMatchObject({
      from: '1970-01-01T00:00:01.000+00:00',
      to: '1970-01-01T00:00:05.001+00:00',
      name: '1970-01-01T00:00 to 1970-01-01T00:00',
    });
    harness.fakes.events.info = async () => ({
      rows: 0,
      bytes: 0,
      slices: 1,
      oldest: null,
      newest: null,
      droppedRows: 0,
      damaged: [],
    });
    expect((await start({})).statusCode).toBe(202);
  });

  test('one at a time', async () => {
    harness.fakes.replays.isBusy = true;
    const answer = await start(range);
    expect(answer.statusCode).toBe(429);
    expect(answer.headers['retry-after']).toBe('10');
    expect(answer.json()).toEqual({ detail: expect.stringContaining('running already'), code: 'REPLAY_BUSY' });
  });

  test.each([
    [{ from: range.to, to: range.from }, 422, 'the end must come after'],
    [{ from: 'yesterday' }, 422, 'is no time'],
    [{ ...range, rules: [] }, 422, 'rules'],
    [{ ...range, rules: 'all' }, 422, 'rules'],
    [{ ...range, name: '' }, 422, 'name'],
    [{ ...range, name: 'x'.repeat(101) }, 422, 'name'],
    [{ ...range, rules: ['nothing'] }, 404, 'nothing'],
    [{ ...range, rules: 'none' }, 422, 'at least one'],
    [{ ...range, extra_rules: [{ type: 'pattern', name: 'x', config: {} }] }, 422, 'config.field'],
    [
      { ...range, extra_rules: [{ type: 'pattern', name: 'x', config: { field: 'raw', regex: '((' } }] },
      422,
      'not closed',
    ],
  ])('%j is answered with %i', async (body, status, sentence) => {
    const answer = await start(body);
    expect(answer.statusCode).toBe(status);
    expect(answer.json().detail).toContain(sentence);
    expect(harness.fakes.replays.asked).toEqual([]);
  });
});

describe('what is kept', () => {
  const alerts = Array.from({ length: 5 }, (_, i) =>
    testAlert({
      id: `alert-${i}`,
      time: testTime + i * 1000,
      severity: i % 2 === 0 ? 'high' : 'low',
      rule_id: i < 2 ? 'one' : 'two',
    }),
  );
  beforeEach(() => {
    const fired = [{ rule_id: 'two', rule_name: 'Two', severity: 'high' as const, alerts: 3 }];
    harness.fakes.replays.keep({ id: 'replay1', name: 'October' }, alerts, fired);
    harness.fakes.replays.keep({ id: 'replay2', state: 'running', total: 10, bytes: 0 });
  });
  const idsOf = async (query: string) => {
    const answer = await get(`/api/replays/replay1/alerts${query}`);
    expect(answer.statusCode, answer.body).toBe(200);
    return {
      ids: answer.json().map(({ id }: { id: string }) => Number(id.at(-1))),
      total: Number(answer.headers['x-total-count']),
      next: answer.headers['x-next-cursor'] as string | undefined,
    };
  };

  test('is listed, newest first, with the limits', async () => {
    const list = (await get('/api/replays')).json();
    expect(list.replays.map(({ id }: { id: string }) => id)).toEqual(['replay2', 'replay1']);
    expect(list.limits).toEqual({ keep: 20, max_bytes: 1_000_000, bytes: 4096 });
    expect((await get('/api/replays/replay1')).json()).toMatchObject({ alerts: 5, fired: [{ rule_id: 'two' }] });
    expect((await get('/api/replays/replay2')).json()).toMatchObject({ state: 'running', total: 10, fired: [] });
  });

  test.each<[string, number[], number]>([
    ['', [4, 3, 2, 1, 0], 5],
    ['?order=oldest', [0, 1, 2, 3, 4], 5],
    ['?severity=low', [3, 1], 2],
    ['?rule_id=one', [1, 0], 2],
    ['?entity=203.0.113.9&limit=1', [4], 5],
    ['?q=nothing+of+it', [], 0],
  ])('its alerts are found: %s', async (query, ids, total) => {
    expect(await idsOf(query)).toMatchObject({ ids, total });
  });

  test.each(['newest', 'oldest'])('its alerts come page by page, %s first', async (order) => {
    const seen: number[] = [];
    let cursor: string | undefined = '';
    while (cursor !== undefined) {
      const page = await idsOf(`?order=${order}&limit=2${cursor && `&cursor=${encodeURIComponent(cursor)}`}`);
      seen.push(...page.ids);
      cursor = page.next;
    }
    expect(seen).toEqual(order === 'oldest' ? [0, 1, 2, 3, 4] : [4, 3, 2, 1, 0]);
    expect((await get('/api/replays/replay1/alerts?cursor=nonsense')).json().detail).toContain('cursor');
  });

  test('an alert is explained, related to those of the replay, and says whether live has it', async () => {
    harness.fakes.state.alerts.upsert(testAlert({ id: 'alert-1' }), testTime);
    const detail = (await get('/api/replays/replay1/alerts/alert-1')).json();
    expect(detail).toMatchObject({ id: 'alert-1', stored: true, explain: { summary: '5 failed logins' } });
    expect(detail.events).toHaveLength(1);
    expect(detail.related.map(({ id }: { id: string }) => id)).toEqual(['alert-4', 'alert-3', 'alert-2', 'alert-0']);
    expect((await get('/api/replays/replay1/alerts/alert-2')).json().stored).toBe(false);
    // Live alerts are no part of it, and its alerts are no part of the live ones.
    expect((await get('/api/replays/replay1/alerts/alert-9')).statusCode).toBe(404);
    expect((await get('/api/alerts/alert-2')).statusCode).toBe(404);
  });

  test('nothing is told of one that runs but how far it is', async () => {
    expect((await get('/api/replays/replay2/alerts')).json()).toEqual([]);
    expect((await get('/api/replays/replay2/alerts/alert-1')).statusCode).toBe(404);
  });

  test('one that runs is cancelled; one that is over is over', async () => {
    const cancel = (id: string) => harness.as('analyst', { method: 'POST', url: `/api/replays/${id}/cancel` });
    expect((await cancel('replay2')).json()).toEqual({ status: 'cancelling' });
    expect(harness.fakes.replays.cancelled).toEqual(['replay2']);
    expect(harness.audited()).toContain('replay_cancelled');
    expect((await cancel('replay1')).json()).toEqual({ status: 'over' });
    expect((await cancel('nothing')).statusCode).toBe(404);
  });

  test('it is deleted, and that is audited', async () => {
    const remove = () => harness.as('analyst', { method: 'DELETE', url: '/api/replays/replay1' });
    expect((await remove()).json()).toEqual({ status: 'deleted' });
    expect(harness.audited()[0]).toBe('replay_deleted');
    expect((await remove()).statusCode).toBe(404);
  });
});
