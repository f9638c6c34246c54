import { appendFileSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { decodeJwt, decodeProtectedHeader } from 'jose';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { adminPassword, freePorts, type Program, removeFolder, startProgram } from '../program.ts';
import { alertKeys, getJson, type Json, Live, post, send } from './client.ts';

/* What clients written for PHOSOR rely on, asked of the real program over HTTP. */

let program: Program;
let live: Live;
let uiAddress: string;
const watched = mkdtempSync(join(tmpdir(), 'phosor-watched-'));

beforeAll(async () => {
  const [uiPort] = await freePorts(1);
  uiAddress = `http://127.0.0.1:${uiPort}`;
  program = await startProgram({ env: { PHOSOR_FILE_ROOTS: watched, PHOSOR_UI_PORT: String(uiPort) } });
  live = await Live.open(program);
}, 90_000);

afterAll(async () => {
  live?.close();
  await program?.stop();
  if (program) removeFolder(program.dataDir);
  removeFolder(watched);
});

const anonymous = (path: string, init: RequestInit = {}) => fetch(program.address + path, init);

describe('tokens', () => {
  const right = { username: 'admin', password: adminPassword };
  test.each([
    ['P-001', 'a form', '', { body: new URLSearchParams(right) }],
    ['P-002', 'JSON', '', { body: JSON.stringify(right), headers: { 'content-type': 'application/json' } }],
    ['P-003', 'the query', `?${new URLSearchParams(right)}`, {}],
  ])('%s by %s', async (_, __, query, init) => {
    const answer = await anonymous(`/api/auth/token${query}`, { method: 'POST', ...init });
    expect(answer.status).toBe(200);
    const body: Json = await answer.json();
    expect(body.token_type).toBe('bearer');
    expect(decodeProtectedHeader(body.access_token).alg).toBe('HS256');
    const { exp = 0, iat = 0 } = decodeJwt(body.access_token);
    expect(exp - iat).toBe(60 * 60);
  });

  test('P-004 a wrong password is refused', async () => {
    const body = new URLSearchParams({ ...right, password: 'wrong' });
    expect((await anonymous('/api/auth/token', { method: 'POST', body })).status).toBe(401);
  });

  test.each([
    ['P-010', 'GET', '/api/sources'],
    ['P-011', 'GET', '/api/alerts'],
    ['P-012', 'GET', '/api/rules'],
    ['P-013', 'GET', '/api/stats'],
    ['P-014', 'POST', '/api/rules'],
    ['P-015', 'POST', '/api/webhook/x'],
    ['P-016', 'POST', '/api/sources/file/add'],
  ])('%s a garbage token opens no %s %s', async (_, method, path) => {
    const headers = { authorization: 'Bearer garbage', 'content-type': 'application/json' };
    const answer = await anonymous(path, { method, headers, ...(method === 'POST' && { body: '{}' }) });
    expect(answer.status).toBe(401);
  });
});

test('P-020 sources name their kind, and syslog and webhook are there from the start', async () => {
  const sources: Json[] = await getJson(program, '/api/sources');
  for (const source of sources)
    expect(Object.keys(source)).toEqual(
      expect.arrayContaining(['name', 'type', 'active', 'events_received', 'last_event']),
    );
  expect(sources.map(({ type }) => type)).toEqual(expect.arrayContaining(['syslog', 'webhook']));
});

test('P-021 to P-023 alerts are listed and acknowledged', async () => {
  const rule = await post(program, '/api/rules', {
    name: 'Marker',
    type: 'pattern',
    severity: 'warning',
    config: { field: 'raw', regex: 'marker-4711' },
  });
  await post(program, '/api/webhook/marker', { message: 'marker-4711' });
  const raised = await live.alert('the marker alert', ({ rule_id }) => rule_id === rule.id);
  const listed = async (): Promise<Json[]> => getJson(program, '/api/alerts?limit=100');
  const alerts = await listed();
  expect(alerts.length).toBeLessThanOrEqual(100);
  for (const alert of alerts) {
    expect(Object.keys(alert)).toEqual(expect.arrayContaining(alertKeys));
    expect(['info', 'warning', 'critical']).toContain(alert.severity);
  }
  const before = alerts.find(({ id }) => id === raised.id);
  expect(before).toMatchObject({ rule_name: 'Marker', severity: 'warning', acknowledged: false });
  expect(before.matched_events).toHaveLength(1);
  expect(await post(program, `/api/alerts/${raised.id}/acknowledge`)).toEqual({ status: 'acknowledged' });
  expect((await listed()).find(({ id }) => id === raised.id).acknowledged).toBe(true);
  expect((await send(program, 'POST', '/api/alerts/nope/acknowledge')).status).toBe(404);
});

test('P-024 a fresh install looks for failed logins, use of root rights and brute force', async () => {
  const rules: Json[] = await getJson(program, '/api/rules');
  for (const rule of rules)
    expect(Object.keys(rule)).toEqual(expect.arrayContaining(['id', 'name', 'type', 'config', 'enabled', 'severity']));
  const enabled = rules.filter((rule) => rule.enabled && rule.origin === 'shipped');
  const text = enabled.map(({ name, description }) => `${name} ${description}`.toLowerCase()).join('\n');
  expect(text).toMatch(/ssh/);
  expect(text).toMatch(/sudo|root/);
  expect(text).toMatch(/brute/);
});

describe('rules', () => {
  const posted = {
    'P-025': {
      name: 'Failed SSH Login',
      type: 'pattern',
      severity: 'warning',
      config: { field: 'raw', regex: 'Failed password', case_sensitive: false },
    },
    'P-026': {
      name: 'Brute Force Detection',
      type: 'threshold',
      severity: 'critical',
      config: { field: 'parsed.event_type', value: 'auth_fail', count: 5, window_seconds: 60 },
    },
    'P-027': {
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
    },
  };

  test.each(Object.entries(posted))('%s and P-028 to P-030: made, replaced, switched, deleted', async (_, rule) => {
    const made = await post(program, '/api/rules', rule);
    expect(made).toMatchObject({ ...rule, enabled: true, id: expect.any(String) });
    const put = await send(program, 'PUT', `/api/rules/${made.id}`, { ...rule, name: 'Renamed' });
    expect(put.status).toBe(200);
    expect(await put.json()).toMatchObject({ ...rule, id: made.id, name: 'Renamed' });
    expect(await post(program, `/api/rules/${made.id}/toggle`)).toMatchObject({ enabled: false });
    expect(await post(program, `/api/rules/${made.id}/toggle`)).toMatchObject({ enabled: true });
    const removed = await send(program, 'DELETE', `/api/rules/${made.id}`);
    expect([removed.status, await removed.json()]).toEqual([200, { status: 'deleted' }]);
    const left: Json[] = await getJson(program, '/api/rules');
    expect(left.some(({ id }) => id === made.id)).toBe(false);
  });

  test('P-030 a disabled rule does not fire', async () => {
    const rule = { name: 'Switch', type: 'pattern', severity: 'info', config: { field: 'raw', regex: 'switch-4711' } };
    const { id } = await post(program, '/api/rules', rule);
    await post(program, `/api/rules/${id}/toggle`);
    const { event_id } = await post(program, '/api/webhook/switch', { message: 'switch-4711 while off' });
    await live.event('the event', (event) => event.id === event_id);
    await post(program, `/api/rules/${id}/toggle`);
    await post(program, '/api/webhook/switch', { message: 'switch-4711 while on' });
    const alert = await live.alert('the alert', ({ rule_id }) => rule_id === id);
    expect(alert.matched_events.map((event: Json) => event.parsed.message)).toEqual(['switch-4711 while on']);
    expect(live.alertsOf(id)).toHaveLength(1);
  });
});

test('P-031 statistics are numbers', async () => {
  const stats = await getJson(program, '/api/stats');
  for (const field of ['total_events', 'total_alerts', 'active_sources', 'active_rules', 'uptime_seconds'])
    expect(stats[field], field).toBeTypeOf('number');
  expect(stats.active_rules).toBeGreaterThan(0);
});

describe('webhooks', () => {
  test('P-032 an event keeps what was posted', async () => {
    const body = { severity: 'critical', message: 'Database connection failed', event_type: 'db_error' };
    const answer = await post(program, '/api/webhook/my_app', body);
    expect(answer).toEqual({ status: 'received', event_id: expect.any(String) });
    const event = await live.event('the posted event', ({ id }) => id === answer.event_id);
    expect(event).toMatchObject({ source: 'webhook_my_app', severity: 'critical', parsed: { event_type: 'db_error' } });
    expect(event.tags).toContain('webhook');
  });

  test.each([
    [
      'an object of everything',
      { severity: 'critical', message: 'x', amount: 1000, nested: { a: [1, 2] }, flag: true, nil: null },
    ],
    ['a list', [1, 'two', { three: 3 }]],
    ['a text', 'just text'],
    ['a number', 42],
    ['null', null],
  ])('P-033 any JSON is taken: %s', async (_, body) => {
    expect((await send(program, 'POST', '/api/webhook/my_app', body)).status).toBe(200);
  });

  test('P-034 a burst is limited, never failed', async () => {
    const burst = () =>
      Promise.all(
        Array.from({ length: 400 }, async () => (await send(program, 'POST', '/api/webhook/burst', { n: 1 })).status),
      );
    // A slow machine may take a while to send more than 100 in a second.
    const statuses = await burst();
    for (let more = 0; more < 10 && !statuses.includes(429); more += 1) statuses.push(...(await burst()));
    expect(statuses).toContain(200);
    expect(statuses).toContain(429);
    expect(statuses.filter((status) => status !== 200 && status !== 429)).toEqual([]);
    expect(program.output()).toContain('[RATE_LIMIT] webhook_burst exceeded limit: 100/100');
  });
});

describe('files', () => {
  test.each([
    ['P-035', 'JSON', 'test.log', (path: string) => send(program, 'POST', '/api/sources/file/add', { filepath: path })],
    [
      'P-036',
      'the query',
      'query.log',
      (path: string) => send(program, 'POST', `/api/sources/file/add?filepath=${encodeURIComponent(path)}`),
    ],
  ])('%s a file is followed from its end, named by %s', async (_, __, name, add) => {
    const path = join(watched, name);
    writeFileSync(path, 'present before\n');
    const answer = await add(path);
    expect(answer.status).toBe(200);
    expect(await answer.json()).toMatchObject({ status: 'added', filepath: path });
    appendFileSync(path, `appended to ${name}\n`);
    const event = await live.event('the appended line', ({ raw }) => raw === `appended to ${name}`);
    expect(event.source).toBe(`file_${name}`);
    expect(event.tags).toContain('file_tail');
    expect(live.messages.some(({ data }) => data?.raw === 'present before')).toBe(false);
  });

  test('a file outside the roots is refused', async () => {
    const answer = await send(program, 'POST', '/api/sources/file/add', { filepath: '/etc/passwd' });
    expect(answer.status).toBe(422);
  });
});

describe('pages', () => {
  test('P-037 programs learn what this is', async () => {
    const answer = await anonymous('/');
    expect(answer.status).toBe(200);
    const body: Json = await answer.json();
    expect(Object.keys(body)).toEqual(expect.arrayContaining(['name', 'version', 'description', 'endpoints']));
  });

  test('P-038 the dashboard is a page that needs no credential', async () => {
    for (const [address, headers] of [
      [uiAddress, {}],
      [program.address, { accept: 'text/html,application/xhtml+xml,*/*;q=0.8' }],
    ] as const) {
      const answer = await fetch(`${address}/`, { headers });
      expect(answer.status).toBe(200);
      expect(answer.headers.get('content-type')).toContain('text/html');
    }
  });

  test.each(['/docs', '/redoc'])('P-039 %s is served whole, without anything from elsewhere', async (path) => {
    const answer = await anonymous(path);
    expect(answer.status).toBe(200);
    const html = await answer.text();
    expect(html).not.toMatch(/(src|href)="?(https?:)?\/\//);
    const base = answer.url.endsWith('/') ? answer.url : `${answer.url}/`;
    for (const [, link = ''] of html.matchAll(/<(?:script|link)[^>]*(?:src|href)="([^"]+)"/g))
      expect((await fetch(new URL(link, base))).status, link).toBe(200);
  });
});
