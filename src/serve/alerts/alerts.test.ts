import { afterEach, beforeEach, expect, test } from 'vitest';
import { testAlert, testTime } from '../fakes.test-suite.ts';
import { type Harness, openHarness } from '../harness.test-suite.ts';

let harness: Harness;
beforeEach(async () => {
  harness = await openHarness();
  const { state } = harness.fakes;
  for (let i = 0; i < 5; i += 1) {
    const severity = (['info', 'low', 'medium', 'high', 'critical'] as const)[i] ?? 'info';
    const group = { src_ip: i < 3 ? '203.0.113.9' : '203.0.113.10' };
    state.alerts.upsert(testAlert({ id: `a${i}`, severity, time: testTime + i * 1000, group }), testTime);
  }
});
afterEach(() => harness.app.close());

const get = async (url: string) => (await harness.as('analyst', { method: 'GET', url })).json();
const ids = async (query: string) => (await get(`/api/alerts${query}`)).map(({ id }: { id: string }) => id);

test.each([
  ['', ['a4', 'a3', 'a2', 'a1', 'a0']],
  ['?severity=high,critical', ['a4', 'a3']],
  ['?severity=warning', ['a2']],
  ['?entity=203.0.113.10', ['a4', 'a3']],
  ['?acknowledged=true', []],
  ['?status=new,closed&limit=1', ['a4']],
  [`?from=${new Date(testTime + 3000).toISOString()}`, ['a4', 'a3']],
  [`?to=${testTime + 1000}`, ['a0']],
  ['?rule_id=none', []],
  ['?q=failed', ['a4', 'a3', 'a2', 'a1', 'a0']],
])('list %s', async (query, expected) => {
  expect(await ids(query)).toEqual(expected);
});

test('signals: with the others, left out and counted, or alone', async () => {
  harness.fakes.state.alerts.upsert(testAlert({ id: 'quiet', severity: 'info', signal: true }), testTime);
  harness.fakes.state.alerts.upsert(testAlert({ id: 'seen', status: 'closed', signal: true }), testTime);
  expect(await ids('?status=new&q=failed')).toContain('quiet');
  expect(await ids('?signals=only&status=new')).toEqual(['quiet']);
  expect(await ids('?signals=exclude')).toEqual(['a4', 'a3', 'a2', 'a1', 'a0']);
  const headers = async (query: string) =>
    (await harness.as('viewer', { method: 'GET', url: `/api/alerts${query}` })).headers;
  expect(await headers('?signals=exclude&status=new')).toMatchObject({
    'x-total-count': '5',
    'x-hidden-signals': '1',
  });
  expect(await headers('')).not.toHaveProperty('x-hidden-signals');
  expect((await harness.as('viewer', { method: 'GET', url: '/api/alerts?signals=no' })).statusCode).toBe(422);
  const count = (bars: { count: number }[]) => bars.reduce((sum, bar) => sum + bar.count, 0);
  expect(count(await get('/api/alerts/histogram?signals=exclude'))).toBe(5);
  expect(count(await get('/api/alerts/histogram'))).toBe(7);
  const file = await harness.as('analyst', { method: 'GET', url: '/api/alerts/export?format=ndjson&signals=only' });
  expect(file.body.trim().split('\n')).toHaveLength(2);
  expect(await get('/api/alerts/quiet')).toMatchObject({ signal: true });
  expect(await get('/api/alerts/a0')).toMatchObject({ signal: false });
});

test('pages by cursor, with the total', async () => {
  const first = await harness.as('viewer', { method: 'GET', url: '/api/alerts?limit=3' });
  expect(first.headers['x-total-count']).toBe('5');
  expect(await ids(`?limit=3&cursor=${first.headers['x-next-cursor']}`)).toEqual(['a1', 'a0']);
  for (const url of ['/api/alerts?cursor=nonsense', '/api/events?cursor=1_x']) {
    const answer = await harness.as('viewer', { method: 'GET', url });
    expect([answer.statusCode, answer.json().code]).toEqual([422, 'VALIDATION_FAILED']);
    expect(answer.json().detail).toContain('cursor');
  }
});

test('matched events: some in lists, all in one, none when not asked for', async () => {
  const alert = testAlert({ id: 'many', time: testTime + 10_000 });
  const [event] = alert.events;
  alert.events = Array.from({ length: 40 }, (_, i) => ({ ...(event as NonNullable<typeof event>), id: `e${i}` }));
  harness.fakes.state.alerts.upsert(alert, testTime);
  const [some] = await get('/api/alerts?limit=1');
  expect(some.matched_events.map(({ id }: { id: string }) => id)).toEqual([
    'e0',
    'e1',
    'e2',
    'e3',
    'e4',
    'e35',
    'e36',
    'e37',
    'e38',
    'e39',
  ]);
  expect(some.matched_events[0].parsed.event_type).toBe('auth_fail');
  expect((await get('/api/alerts?limit=1&matched_events=none'))[0].matched_events).toEqual([]);
  expect((await get('/api/alerts/many')).matched_events).toHaveLength(40);
});

test('one alert comes with its events, why, and what is related', async () => {
  const alert = await get('/api/alerts/a0');
  expect(alert).toMatchObject({
    id: 'a0',
    rule: null,
    explain: { summary: '5 failed logins' },
    events: [{ user: 'root' }],
  });
  expect(alert.related.map(({ id }: { id: string }) => id)).toEqual(['a2', 'a1']);
  expect((await harness.as('viewer', { method: 'GET', url: '/api/alerts/nope' })).statusCode).toBe(404);
});

test('acknowledging, undoing, many at once', async () => {
  const post = async (url: string, payload?: object) =>
    (await harness.as('analyst', { method: 'POST', url, ...(payload && { payload }) })).json();
  expect(await post('/api/alerts/a1/acknowledge')).toEqual({ status: 'acknowledged' });
  expect(await get('/api/alerts/a1')).toMatchObject({
    acknowledged: true,
    acknowledged_by: 'analyst',
    status: 'acknowledged',
  });
  expect(await post('/api/alerts/a1/unacknowledge')).toEqual({ status: 'new' });
  expect(await get('/api/alerts/a1')).toMatchObject({
    acknowledged: false,
    acknowledged_by: null,
    acknowledged_at: null,
  });
  expect(await post('/api/alerts/acknowledge', { ids: ['a1', 'a2', 'nope'] })).toEqual({ acknowledged: 2 });
  expect(await ids('?acknowledged=true')).toEqual(['a2', 'a1']);
  expect(await post('/api/alerts/unacknowledge', { ids: ['a1'] })).toEqual({ unacknowledged: 1 });
  expect((await harness.as('analyst', { method: 'POST', url: '/api/alerts/nope/acknowledge' })).statusCode).toBe(404);
  expect(
    (await harness.as('analyst', { method: 'POST', url: '/api/alerts/acknowledge', payload: { ids: [] } })).statusCode,
  ).toBe(422);
  expect(harness.audited().reverse()).toEqual([
    'alert_acknowledged',
    'alert_unacknowledged',
    'alert_acknowledged',
    'alert_unacknowledged',
  ]);
});

test('triage by PATCH', async () => {
  const patch = (payload: object) => harness.as('analyst', { method: 'PATCH', url: '/api/alerts/a3', payload });
  expect((await patch({ status: 'in_progress' })).json()).toMatchObject({ status: 'in_progress', acknowledged: true });
  expect((await patch({ status: 'closed', disposition: 'false_positive' })).json()).toMatchObject({
    disposition: 'false_positive',
  });
  expect((await patch({ status: 'new' })).json()).toMatchObject({ acknowledged: false });
  expect((await patch({ status: 'gone' })).statusCode).toBe(422);
  expect((await patch({ severity: 'high' })).statusCode).toBe(422);
  expect(harness.audited()).toContain('alert_dismissed');
});

test('triage of many by one PATCH', async () => {
  const patch = (payload: object) => harness.as('analyst', { method: 'PATCH', url: '/api/alerts', payload });
  await harness.as('analyst', { method: 'POST', url: '/api/alerts/a1/acknowledge' });
  const audited = harness.audited().length;
  const body = { ids: ['a1', 'a2', 'nope'], status: 'closed', disposition: 'benign' };
  expect((await patch(body)).json()).toEqual({ changed: 2 });
  for (const id of ['a1', 'a2'])
    expect(await get(`/api/alerts/${id}`)).toMatchObject({
      status: 'closed',
      disposition: 'benign',
      acknowledged_by: 'analyst',
    });
  expect(harness.audited().length).toBe(audited + 1);
  expect((await patch({ ids: ['a1'], status: 'new', disposition: null })).json()).toEqual({ changed: 1 });
  expect(await get('/api/alerts/a1')).toMatchObject({ acknowledged: false, disposition: null });
  expect((await patch({ ids: [], status: 'new' })).statusCode).toBe(422);
});

test('the CSV is safe to open in a spreadsheet', async () => {
  const hostile = ['=cmd|calc', '+1', '-1', '@SUM(A1)', '\tx', '\rx', ' =1', '"quoted", with comma', 'two\nlines'];
  for (const [i, message] of hostile.entries())
    harness.fakes.state.alerts.upsert(testAlert({ id: `h${i}`, message, time: testTime + 60_000 - i }), testTime);
  const answer = await harness.as('analyst', { method: 'GET', url: '/api/alerts/export?format=csv' });
  expect(answer.headers['content-type']).toContain('text/csv');
  expect(answer.headers['content-disposition']).toContain('attachment');
  const rows = answer.body.split('\r\n');
  expect(rows[0]).toMatch(/^id,timestamp,/);
  for (const cell of ["'=cmd|calc", "'+1", "'-1", "'@SUM(A1)", "'\tx", '"\'\rx"', "' =1", '"""quoted"", with comma"'])
    expect(answer.body).toContain(`,${cell},`);
});

test.each([
  ['json', (text: string) => JSON.parse(text)],
  [
    'ndjson',
    (text: string) =>
      text
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line)),
  ],
])('the %s export holds every alert, page after page', async (format, read) => {
  for (let i = 0; i < 1200; i += 1) harness.fakes.state.alerts.upsert(testAlert({ id: `x${i}` }), testTime);
  const { body } = await harness.as('analyst', { method: 'GET', url: `/api/alerts/export?format=${format}` });
  expect(new Set(read(body).map(({ id }: { id: string }) => id)).size).toBe(1205);
});

test('an export without alerts is still whole', async () => {
  const url = '/api/alerts/export?rule_id=none&format=';
  expect((await harness.as('analyst', { method: 'GET', url: `${url}json` })).json()).toEqual([]);
  expect((await harness.as('analyst', { method: 'GET', url: `${url}csv` })).body.split('\r\n')).toHaveLength(2);
});
