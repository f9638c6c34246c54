import { afterEach, beforeEach, expect, test } from 'vitest';
import { type Harness, openHarness } from '../harness.test-suite.ts';
import { testReputation } from '../reputation/fake.test-suite.ts';

let harness: Harness;
beforeEach(async () => {
  harness = await openHarness();
});
afterEach(() => harness.app.close());

type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
const call = (method: Method, url: string, payload?: object, role: 'viewer' | 'analyst' | 'admin' = 'admin') =>
  harness.as(role, { method, url, ...(payload && { payload }) });

test('lists are added, changed, fetched and removed, and each change is on record', async () => {
  const added = await call('POST', '/api/intel/lists', { name: 'Test', url: 'https://lists.example.com/x' });
  expect(added.json()).toMatchObject({ id: 'own-0', category: 'own', level: 'malicious', every_hours: 24 });
  expect((await call('PATCH', '/api/intel/lists/own-0', { enabled: false, every_hours: 6 })).json()).toMatchObject({
    enabled: false,
    every_hours: 6,
  });
  expect((await call('POST', '/api/intel/lists/own-0/fetch', {})).statusCode).toBe(200);
  const file = { name: 'File', text: '203.0.113.9\n' };
  expect((await call('POST', '/api/intel/lists/upload', file)).json()).toMatchObject({ url: null, bytes: 12 });
  expect((await call('DELETE', '/api/intel/lists/own-0')).json()).toEqual({ status: 'removed' });
  expect((await call('DELETE', '/api/intel/lists/own-0')).statusCode).toBe(404);
  expect(harness.audited().reverse()).toEqual([
    'intel_list_added',
    'intel_list_changed',
    'intel_list_added',
    'intel_list_removed',
  ]);
});

test.each([
  ['an internal address', '/api/intel/lists', { name: 'x', url: 'http://127.0.0.1/x' }],
  ['a name with a line break', '/api/intel/lists', { name: 'a\nb', url: 'https://lists.example.com' }],
  ['a name that turns the text', '/api/intel/lists', { name: 'a\u202eb', url: 'https://lists.example.com' }],
  ['an unknown key', '/api/intel/lists', { name: 'x', url: 'https://lists.example.com', secret: 1 }],
  ['a private network', '/api/intel/allowed', { network: '10.0.0.0/8', reason: 'ours' }],
  ['no reason', '/api/intel/allowed', { network: '203.0.113.0/24', reason: '' }],
])('%s is refused with a sentence', async (_, url, payload) => {
  const answer = await call('POST', url, payload);
  expect(answer.statusCode).toBe(422);
  expect(answer.json().detail.length).toBeGreaterThan(10);
});

test('a key goes in and never comes out; what is no header value is refused', async () => {
  const set = await call('PUT', '/api/intel/providers/otx/key', { key: 'a-secret-key' });
  expect(set.json()).toMatchObject({ source: 'otx', key: 'browser' });
  expect(harness.fakes.intel.keys.get('otx')).toBe('a-secret-key');
  expect((await call('GET', '/api/intel')).body).not.toContain('a-secret-key');
  const audit = (await call('GET', '/api/audit?limit=5')).body;
  expect(audit).toContain('intel_key_changed');
  expect(audit).not.toContain('a-secret-key');
  for (const key of ['with space in it', 'line\r\nbreak-in-it', 'short'])
    expect((await call('PUT', '/api/intel/providers/otx/key', { key })).statusCode, key).toBe(422);
  expect((await call('PUT', '/api/intel/providers/nobody/key', { key: 'a-secret-key' })).statusCode).toBe(422);
});

test('viewers read; only analysts make others be asked', async () => {
  expect((await call('GET', '/api/intel', undefined, 'viewer')).statusCode).toBe(200);
  expect(
    (await call('POST', '/api/intel/allowed', { network: '203.0.113.1', reason: 'x' }, 'analyst')).statusCode,
  ).toBe(403);
  await call('GET', '/api/intel/addresses/203.0.113.9?ask=true', undefined, 'viewer');
  await call('GET', '/api/intel/addresses/203.0.113.9?ask=true', undefined, 'analyst');
  expect(harness.fakes.intel.asked.map(({ ask }) => ask)).toEqual([false, true]);
  expect((await call('GET', '/api/intel/addresses/nonsense')).statusCode).toBe(422);
});

test('reputation: what is known, what nobody knows, and why nobody can be asked', async () => {
  harness.fakes.reputation.told.set('203.0.113.9', testReputation());
  expect((await call('GET', '/api/ip-reputation/203.0.113.9', undefined, 'viewer')).json()).toMatchObject({
    ip: '203.0.113.9',
    reputation: { threat_level: 'CRITICAL', detected: true },
  });
  expect((await call('GET', '/api/ip-reputation/203.0.113.10', undefined, 'viewer')).json().reputation).toMatchObject({
    threat_level: 'UNKNOWN',
    note: expect.stringContaining('analysts'),
  });
  harness.fakes.reputation.unavailable = 'No key is set.';
  const answer = await call('GET', '/api/ip-reputation/203.0.113.10');
  expect([answer.statusCode, answer.json()]).toEqual([
    503,
    { detail: 'No key is set.', code: 'REPUTATION_UNAVAILABLE' },
  ]);
  const batch = (payload: unknown) => call('POST', '/api/ip-reputation/batch', payload as object);
  expect((await batch([])).statusCode).toBe(400);
  expect((await batch(Array.from({ length: 101 }, (_, i) => `203.0.113.${i}`))).statusCode).toBe(400);
  expect((await batch(['203.0.113.9', '203.0.113.10'])).json().reputations).toMatchObject({
    '203.0.113.9': { threat_level: 'CRITICAL' },
    '203.0.113.10': { threat_level: 'UNKNOWN', note: 'No key is set.' },
  });
  expect((await batch(['203.0.113.10'])).statusCode).toBe(503);
  expect((await batch(['x'])).statusCode).toBe(422);
});
