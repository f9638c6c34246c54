import { afterEach, beforeEach, expect, test } from 'vitest';
import { testSource } from '../fakes.test-suite.ts';
import { type Harness, openHarness } from '../harness.test-suite.ts';

let harness: Harness;
beforeEach(async () => {
  harness = await openHarness();
});
afterEach(() => harness.app.close());

const call = (method: 'GET' | 'POST' | 'PATCH' | 'DELETE', url: string, payload?: object) =>
  harness.as('admin', { method, url, ...(payload && { payload }) });

test('sources in PHOSOR words and Phosor numbers', async () => {
  harness.fakes.sourceViews.push(
    testSource(),
    testSource({ source: 'file_x', source_type: 'file', state: 'waiting', lastAt: null }),
  );
  expect((await call('GET', '/api/sources')).json()).toMatchObject([
    {
      name: 'syslog_192.0.2.1',
      type: 'syslog',
      active: true,
      events_received: 3,
      last_event: '2026-11-20T10:00:00.000+00:00',
      parse_share: 1,
      format: 'sshd',
    },
    { name: 'file_x', type: 'file_tail', active: false, last_event: null, state: 'waiting' },
  ]);
});

test.each([
  ['JSON', (path: string) => call('POST', '/api/sources/file/add', { filepath: path })],
  ['the query', (path: string) => call('POST', `/api/sources/file/add?filepath=${encodeURIComponent(path)}`)],
])('a file is added by %s', async (_, add) => {
  const answer = await add('/logs/app.log');
  expect([answer.statusCode, answer.json()]).toEqual([
    200,
    { status: 'added', filepath: '/logs/app.log', source: 'file_app.log' },
  ]);
  expect(harness.audited()).toEqual(['source_added']);
});

test('what the source control refuses is answered with its sentence', async () => {
  const answer = await call('POST', '/api/sources/file/add', { filepath: '/etc/shadow' });
  expect([answer.statusCode, answer.json().code]).toEqual([422, 'SOURCE_REFUSED']);
  expect(answer.json().detail).toContain('outside the folders');
  expect((await call('POST', '/api/sources/file/add', {})).json().detail).toContain('"filepath"');
  expect((await call('POST', '/api/sources/file/add')).statusCode).toBe(422);
});

test('edit, switch off, trust and remove', async () => {
  await call('POST', '/api/sources/file/add', { filepath: '/logs/app.log' });
  const change = { hint: 'sshd', trusted: true, timezone: 'Europe/Berlin', enabled: false };
  expect((await call('PATCH', '/api/sources/file_app.log', change)).json()).toMatchObject(change);
  expect((await call('PATCH', '/api/sources/file_app.log', { timezone: 'Mars/Olympus' })).json().detail).toContain(
    'time zone',
  );
  expect((await call('PATCH', '/api/sources/none', { trusted: true })).statusCode).toBe(404);
  expect((await call('DELETE', '/api/sources/file_app.log')).json()).toEqual({ status: 'removed' });
  expect((await call('DELETE', '/api/sources/file_app.log')).statusCode).toBe(404);
  expect(harness.audited().reverse()).toEqual(['source_added', 'source_modified', 'source_removed']);
});

test('offers and open doors', async () => {
  expect((await call('GET', '/api/sources/offers')).json()).toEqual([{ path: '/logs/auth.log', bytes: 10 }]);
  expect((await call('POST', '/api/sources/offers/decline', { path: '/logs/auth.log' })).json()).toEqual({
    status: 'declined',
  });
  expect((await call('GET', '/api/sources/listening')).json()).toMatchObject({
    listening: [{ port: 5140 }],
    udp: null,
  });
});
