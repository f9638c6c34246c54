import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Alert } from '../../model/index.ts';
import { testAlert } from '../fakes.test-suite.ts';
import { type Harness, openHarness } from '../harness.test-suite.ts';

let harness: Harness;
beforeEach(async () => {
  harness = await openHarness();
  // What policies decide has tests of its own: here only playbooks decide.
  const { response } = harness.fakes;
  for (const policy of response.policies()) response.putPolicy({ ...policy, enabled: false });
});
afterEach(() => harness.app.close());

const get = async (url: string) => (await harness.as('viewer', { method: 'GET', url })).json();
const post = (url: string, payload: object = {}, role: 'analyst' | 'viewer' | 'admin' = 'analyst') =>
  harness.as(role, { method: 'POST', url, payload });
const put = (id: string, yaml: string) =>
  harness.as('admin', { method: 'PUT', url: `/api/playbooks/${id}`, payload: { yaml } });
const enable = (id: string, enabled = true) =>
  harness.as('admin', { method: 'PATCH', url: `/api/playbooks/${id}`, payload: { enabled } });
const runs = async (query = '') => (await get(`/api/playbook-runs?${query}`)).runs;

/** An alert about a visit to a decoy is stored, and looked at. */
async function visit(change: Partial<Alert> = {}): Promise<Alert> {
  const { fakes } = harness;
  const { events } = testAlert();
  const alert = testAlert({
    time: fakes.clock.now,
    events: events.map((event) => ({ ...event, source_type: 'decoy', event_type: 'decoy.login' })),
    ...change,
  });
  fakes.state.alerts.upsert(alert, fakes.clock.now);
  fakes.bus.emit({ type: 'alerts_stored', ids: [alert.id] });
  fakes.settleIncidents();
  await fakes.settlePlaybooks();
  return alert;
}
const own = (steps: string, more = '') => `id: own\nname: Own\ntrigger:\n  on: decoy\n${more}steps:\n${steps}`;

describe('the way from an alert to a block', () => {
  test('a visit to a decoy: looked up, in an incident, and blocked once somebody agrees; then undone', async () => {
    const { fakes } = harness;
    expect(
      (await get('/api/playbooks')).playbooks.find(({ id }: { id: string }) => id === 'decoy-visitor'),
    ).toMatchObject({
      enabled: false,
      shipped: true,
      usable: true,
    });
    await visit({ id: 'before' });
    expect(await runs()).toEqual([]);
    expect((await enable('decoy-visitor')).json().enabled).toBe(true);
    await visit();
    const [waiting] = await runs();
    expect(waiting).toMatchObject({
      playbook: 'decoy-visitor',
      state: 'approval',
      entity: '203.0.113.9',
      alert: 'alert-1',
      by: null,
      at: 3,
    });
    expect(waiting.steps.map(({ result }: { result: { state: string } | null }) => result?.state ?? null)).toEqual([
      'done',
      'done',
      'failed', // no channel is configured
      null,
      null,
    ]);
    expect(waiting.steps[0].result.text).toContain('threat score');
    expect((await get('/api/playbooks')).waiting).toBe(1);
    expect((await get('/api/decisions')).total).toBe(0);
    const approve = `/api/playbook-runs/${waiting.id}/approve`;
    expect((await post(approve, { step: 3 }, 'viewer')).statusCode).toBe(403);
    // Two people, or one who presses twice: the second answer must not reach the step behind.
    expect((await post(approve, {})).statusCode).toBe(422);
    expect((await post(approve, { step: 2 })).json().code).toBe('RUN_NOT_WAITING');
    expect((await post(approve, { step: 3 })).statusCode).toBe(200);
    await fakes.settlePlaybooks();
    const [done] = await runs();
    expect(done).toMatchObject({ state: 'done', note: null });
    expect(done.steps[3].result).toMatchObject({
      state: 'done',
      by: 'analyst',
      text: expect.stringContaining('Dry-run'),
    });
    const [decision] = (await get('/api/decisions')).decisions;
    expect(decision).toMatchObject({
      target: '203.0.113.9',
      state: 'dry-run',
      who: 'analyst',
      policy: 'playbook-decoy-visitor',
      evidence: { alerts: ['alert-1'] },
    });
    expect(done.steps[3].result.decisions).toEqual([decision.id]);
    expect((await post(approve, { step: 3 })).json().code).toBe('RUN_NOT_WAITING');
    expect((await post(`/api/playbook-runs/${done.id}/undo`)).json().undone).toMatchObject({
      by: 'analyst',
      lifted: 1,
    });
    expect((await get(`/api/decisions/${decision.id}`)).state).toBe('undone');
    expect((await post(`/api/playbook-runs/${done.id}/undo`)).statusCode).toBe(409);
    expect(harness.audited()).toEqual(
      expect.arrayContaining([
        'playbook_enabled',
        'playbook_started',
        'playbook_step',
        'playbook_approved',
        'decision_made',
        'playbook_ended',
        'playbook_undone',
        'decision_undone',
      ]),
    );
    const notes = (await get(`/api/incidents/${done.incident}`)).notes;
    expect(JSON.stringify(notes)).toContain('is kept out for 24 hours');
  });

  test('the same visitor does not set it off again for a while; too many runs are held, and counted', async () => {
    const { fakes } = harness;
    await put('own', own('  - do: note\n    text: seen\n', 'limits:\n  same_entity: 10m\n  runs_per_hour: 2\n'));
    await enable('own');
    for (const [id, address] of [
      ['a', '203.0.113.20'],
      ['b', '203.0.113.20'],
      ['c', '203.0.113.21'],
      ['d', '203.0.113.22'],
    ] as const)
      await visit({ id, group: { src_ip: address } });
    expect((await runs()).map(({ alert }: { alert: string }) => alert)).toEqual(['c', 'a']);
    expect((await get('/api/playbooks/own')).held).toEqual({ same: 1, many: 1 });
    fakes.clock.now += 3_601_000;
    await harness.renew();
    await visit({ id: 'e', group: { src_ip: '203.0.113.20' }, time: fakes.clock.now });
    expect((await runs())[0].alert).toBe('e');
  });

  test('without approval the evidence has to be sound, and the allow-list wins whoever agrees', async () => {
    const { fakes } = harness;
    fakes.responseMode.mode = 'enforce';
    fakes.applyResponse();
    await put('own', own('  - do: block\n    approval: none\n    for: 1h\n'));
    await enable('own');
    await visit({ id: 'forged', attributable: false, group: { src_ip: '203.0.113.30' } });
    await visit({ id: 'inner', group: { src_ip: '192.168.1.9' } });
    await visit({ id: 'sound', group: { src_ip: '203.0.113.31' } });
    const found = (await runs()) as {
      alert: string;
      state: string;
      steps: { result: { state: string; text: string } }[];
    }[];
    expect(found.map(({ alert, state, steps }) => [alert, state, steps[0]?.result.state])).toEqual([
      ['sound', 'done', 'done'],
      ['inner', 'failed', 'refused'],
      ['forged', 'failed', 'refused'],
    ]);
    expect(found[2]?.steps[0]?.result.text).toContain('forged');
    await post('/api/response/allowed', { network: '203.0.113.32/32', reason: 'ours' }, 'admin');
    await put('own', own('  - do: block\n'));
    await visit({ id: 'allowed', group: { src_ip: '203.0.113.32' } });
    const [waiting] = await runs('state=approval');
    await post(`/api/playbook-runs/${waiting.id}/approve`, { step: 0 });
    await fakes.settlePlaybooks();
    expect((await get(`/api/playbook-runs/${waiting.id}`)).steps[0].result).toMatchObject({
      state: 'refused',
      by: 'analyst',
      text: expect.stringContaining('allow-list'),
    });
  });

  test('of two who change a playbook at once, the second is told and overwrites nothing', async () => {
    const read = own('  - do: note\n    text: read\n');
    const theirs = own('  - do: note\n    text: theirs\n');
    const mine = own('  - do: note\n    text: mine\n');
    await put('own', read);
    const send = (body: object) => harness.as('admin', { method: 'PUT', url: '/api/playbooks/own', payload: body });
    expect((await send({ yaml: theirs, before: read })).statusCode).toBe(200);
    expect((await send({ yaml: mine, before: read })).json().code).toBe('PLAYBOOK_CHANGED');
    expect((await get('/api/playbooks/own')).yaml).toBe(theirs);
    expect((await send({ yaml: mine, before: theirs })).statusCode).toBe(200);
  });

  test('nobody is asked about what is blocked already', async () => {
    await post('/api/decisions', { target: '203.0.113.9', reason: 'by hand' });
    await enable('decoy-visitor');
    await visit();
    const [run] = await runs();
    expect(run.state).toBe('done');
    expect(run.steps[3].result).toMatchObject({ state: 'known', by: null, text: expect.stringContaining('already') });
  });

  test('a refusal ends it, an approval that nobody gives ends it, and a cancelled one does nothing more', async () => {
    const { fakes } = harness;
    await put('own', own('  - do: block\n    approval_timeout: 1h\n  - do: note\n    text: behind\n'));
    await enable('own');
    for (const last of [1, 2, 3]) await visit({ id: `a${last}`, group: { src_ip: `203.0.113.4${last}` } });
    const waiting = (await runs('state=approval')) as { id: string }[];
    await post(`/api/playbook-runs/${waiting[0]?.id}/refuse`, { step: 0 });
    await post(`/api/playbook-runs/${waiting[1]?.id}/cancel`);
    fakes.clock.now += 3_600_000;
    await harness.renew();
    await fakes.settlePlaybooks();
    const after = (await runs()) as { state: string; note: string; steps: { result: { state: string } | null }[] }[];
    expect(after.map(({ state }) => state)).toEqual(['refused', 'cancelled', 'timed_out']);
    expect(after[0]?.note).toBe('analyst refused.');
    expect(after[2]?.note).toContain('Nobody agreed within 1h');
    expect(after.every(({ steps }) => steps[1]?.result === null)).toBe(true);
    expect((await get('/api/decisions')).total).toBe(0);
  });

  test('it waits as long as it says, then lifts what it blocked', async () => {
    const { fakes } = harness;
    fakes.responseMode.mode = 'enforce';
    fakes.applyResponse();
    await put('own', own('  - do: block\n    approval: none\n  - do: wait\n    for: 1h\n  - do: undo\n'));
    await enable('own');
    await visit();
    fakes.clock.now += 3_599_000;
    await harness.renew();
    await fakes.settlePlaybooks();
    expect((await runs())[0].state).toBe('waiting');
    expect((await get('/api/decisions?state=active')).total).toBe(1);
    fakes.clock.now += 1000;
    await fakes.settlePlaybooks();
    expect((await runs())[0].state).toBe('done');
    expect((await get('/api/decisions?state=active')).total).toBe(0);
  });
});

describe('notifications', () => {
  test('channels are told what a step says, and that one waits, with a link', async () => {
    const { fakes } = harness;
    fakes.notifications.create({
      type: 'ntfy',
      name: 'Phones',
      enabled: true,
      config: { server: 'https://ntfy.example.com', topic: 'phosor' },
      filter: { severities: [], entities: [], rules: [], tags: [] },
      updates: true,
      closing: true,
      digest: false,
    });
    await put(
      'own',
      own("  - do: notify\n    title: '{{address}} is here'\n    channels: [Phones, Nobody]\n  - do: block\n"),
    );
    await enable('own');
    await visit({ message: 'a\nb' });
    const titles = fakes.notifications.history({ limit: 10 }).map(({ title }) => title);
    expect(titles).toEqual(['Approval needed: Own', '203.0.113.9 is here']);
    expect((await runs())[0].steps[0].result.text).toBe(
      'In the queue of Phones. Not told: Nobody: there is no such channel.',
    );
  });
});

describe('texts', () => {
  test('are checked with line and column, kept in the data folder, and removed', async () => {
    const wrong = own('  - do: block\n    for: 3 hours\n  - do: fly\n  - do: note\n    text: "{{adress}}"\n');
    expect((await post('/api/playbooks/validate', { yaml: wrong })).json().problems).toEqual([
      { message: expect.stringContaining('30s, 15m'), line: 7, column: 5 },
      { message: expect.stringContaining('do: is one of'), line: 8, column: 5 },
      { message: expect.stringContaining('"{{adress}}" means nothing'), line: 10, column: 5 },
    ]);
    expect((await post('/api/playbooks/validate', { yaml: 'a: [' })).json().problems[0].line).toBe(1);
    expect((await put('own', wrong)).json()).toMatchObject({
      code: 'PLAYBOOK_REFUSED',
      detail: expect.stringContaining('Line 7'),
    });
    expect((await put('other', own('  - do: enrich\n'))).statusCode).toBe(422);
    expect((await put('own', own('  - do: enrich\n'))).json()).toMatchObject({ enabled: false, shipped: false });
    expect((await get('/api/playbooks/own')).yaml).toBe(own('  - do: enrich\n'));
    const shipped = (await get('/api/playbooks/decoy-visitor')).yaml;
    await put('decoy-visitor', shipped.replace('for: 24h', 'for: 2h'));
    expect(await get('/api/playbooks/decoy-visitor')).toMatchObject({ changed: true, shipped: true });
    const remove = (id: string) => harness.as('admin', { method: 'DELETE', url: `/api/playbooks/${id}` });
    await remove('decoy-visitor');
    expect(await get('/api/playbooks/decoy-visitor')).toMatchObject({ changed: false, yaml: shipped });
    expect((await remove('decoy-visitor')).statusCode).toBe(404);
    expect((await remove('own')).statusCode).toBe(200);
    expect((await post('/api/playbooks/own/run', { address: '203.0.113.9' })).statusCode).toBe(404);
  });

  test('viewers read, analysts run and answer, administrators change', async () => {
    const url = '/api/playbooks/decoy-visitor';
    const about = { address: '203.0.113.77' };
    expect((await harness.as('analyst', { method: 'PATCH', url, payload: { enabled: true } })).statusCode).toBe(403);
    expect((await harness.as('analyst', { method: 'PUT', url, payload: { yaml: 'x' } })).statusCode).toBe(403);
    expect((await harness.as('analyst', { method: 'DELETE', url })).statusCode).toBe(403);
    expect((await post(`${url}/run`, about, 'viewer')).statusCode).toBe(403);
    expect((await post('/api/playbooks/test', { id: 'decoy-visitor', ...about }, 'viewer')).statusCode).toBe(403);
    expect((await post(`${url}/run`, about)).json()).toMatchObject({ by: 'analyst', entity: '203.0.113.77' });
  });
});

describe('a trial', () => {
  test('says what it would do, and does nothing', async () => {
    const { fakes } = harness;
    const alert = await visit({ id: 'tried' });
    const trial = async (payload: object) => (await post('/api/playbooks/test', payload)).json();
    const told = await trial({ id: 'decoy-visitor', alert: alert.id });
    expect(told.why_not).toBeNull();
    expect(told.steps.map(({ verdict }: { verdict: string }) => verdict)).toEqual([
      'does',
      'does',
      'refused',
      'asks',
      'does',
    ]);
    expect(told.steps[3]).toMatchObject({
      text: 'Block 203.0.113.9 for 1d.',
      note: expect.stringContaining('dry-run'),
    });
    const inner = await visit({ id: 'inner', group: { src_ip: '10.0.0.9' } });
    expect(await trial({ id: 'decoy-visitor', alert: inner.id })).toMatchObject({
      why_not: 'Its conditions leave this out.',
      steps: [{}, {}, {}, { verdict: 'refused', note: expect.stringContaining('private network') }, {}],
    });
    expect(await trial({ id: 'decoy-visitor', alert: 'none' })).toMatchObject({ code: 'PLAYBOOK_REFUSED' });
    expect(fakes.state.playbookRuns.count({})).toBe(0);
    expect((await get('/api/decisions')).total).toBe(0);
  });
});
