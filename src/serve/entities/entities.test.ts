import { afterEach, beforeEach, expect, test } from 'vitest';
import { testAlert, testEvent, testTime } from '../fakes.test-suite.ts';
import { type Harness, openHarness } from '../harness.test-suite.ts';

let harness: Harness;
beforeEach(async () => {
  harness = await openHarness();
  const { held, state } = harness.fakes;
  held.push(
    testEvent({ id: 'e1', time: testTime - 60_000, host: 'web1', geo: { country: 'NL' } }),
    testEvent({ id: 'e2', user: 'alice', host: 'web1' }),
    testEvent({ id: 'e3', src_ip: '198.51.100.7', dst_ip: '203.0.113.9', host: 'web2' }),
  );
  state.alerts.upsert(testAlert({ id: 'a' }), testTime);
  harness.fakes.settleIncidents();
});
afterEach(() => harness.app.close());

const get = async (url: string) => (await harness.as('viewer', { method: 'GET', url })).json();

test('an address is found however it is written, and what is none is refused', async () => {
  harness.fakes.held.push(testEvent({ id: 'e6', src_ip: '2001:db8::1' }));
  const found = await get('/api/entities/address/2001:DB8:0:0::1');
  expect(found).toMatchObject({ value: '2001:db8::1', events: 1 });
  // The network that alerts of IPv6 addresses are grouped by.
  expect(await get('/api/entities/address/2001:db8::%2F64')).toMatchObject({
    events: 1,
    first_seen: expect.any(String),
  });
  const answer = await harness.as('viewer', { method: 'GET', url: '/api/entities/address/web1' });
  expect(answer.statusCode).toBe(422);
  expect(answer.json().detail).toContain('is no IP address');
});

test('everything known of an address', async () => {
  const entity = await get('/api/entities/address/203.0.113.9');
  expect(entity).toMatchObject({
    events: 2,
    events_as_target: 1,
    top: {
      user: [
        { value: 'alice', count: 1 },
        { value: 'root', count: 1 },
      ],
      host: [{ value: 'web1', count: 2 }],
    },
    alerts: { total: 1, newest: [{ id: 'a' }] },
    incidents: { total: 1 },
    geo: { country: 'NL' },
    reputation: null,
    note: null,
    hints: [],
  });
  expect(entity.last_seen).toBe('2026-11-20T10:00:00.000+00:00');
  expect(entity.first_seen).toBe('2026-11-20T09:59:00.000+00:00');
  expect(entity.histogram).toHaveLength(2);
});

test('a user and a host, and a time of one’s own', async () => {
  expect(await get('/api/entities/user/root')).toMatchObject({ events: 2, events_as_target: null });
  expect(await get('/api/entities/host/web2')).toMatchObject({
    events: 1,
    first_seen: '2026-11-20T10:00:00.000+00:00',
  });
  expect((await get(`/api/entities/host/web1?from=${testTime - 1000}&to=${testTime + 1000}`)).events).toBe(1);
  const wrong = await harness.as('viewer', { method: 'GET', url: `/api/entities/host/web1?from=5&to=5` });
  expect([wrong.statusCode, wrong.json().code]).toEqual([422, 'VALIDATION_FAILED']);
  expect((await harness.as('viewer', { method: 'GET', url: '/api/entities/planet/mars' })).statusCode).toBe(422);
});

test('what is nowhere is told as such', async () => {
  expect(await get('/api/entities/address/192.0.2.200')).toMatchObject({
    events: 0,
    first_seen: null,
    alerts: { total: 0, newest: [] },
  });
});

test('a note and tags of one’s own; the allow-list is mentioned', async () => {
  const url = '/api/entities/address/203.0.113.9/note';
  const payload = { text: 'our scanner', tags: ['own', 'own', 'scanner'] };
  const saved = await harness.as('analyst', { method: 'PUT', url, payload });
  expect(saved.json()).toMatchObject({ text: 'our scanner', tags: ['own', 'scanner'], author: 'analyst' });
  harness.fakes.state.intel.allow({ network: '203.0.113.0/24', reason: 'ours', by: 'admin', created_at: 0 });
  expect(await get('/api/entities/address/203.0.113.9')).toMatchObject({
    note: { text: 'our scanner' },
    hints: ['203.0.113.0/24 is on the allow-list of threat intelligence: ours (admin).'],
  });
  expect((await harness.as('viewer', { method: 'PUT', url, payload })).statusCode).toBe(403);
  await harness.as('analyst', { method: 'PUT', url, payload: {} });
  expect((await get('/api/entities/address/203.0.113.9')).note).toBeNull();
  expect(harness.audited().slice(0, 2)).toEqual(['entity_note_changed', 'entity_note_changed']);
});
