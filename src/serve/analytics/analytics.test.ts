import { afterEach, beforeEach, expect, test } from 'vitest';
import { type Event, threatScore } from '../../model/index.ts';
import { testEvent, testTime } from '../fakes.test-suite.ts';
import { type Harness, openHarness } from '../harness.test-suite.ts';

let harness: Harness;
beforeEach(async () => {
  harness = await openHarness();
  harness.fakes.clock.now = testTime + 60_000;
});
afterEach(() => harness.app.close());
const get = async (url: string) => (await harness.as('viewer', { method: 'GET', url })).json();

let made = 0;
function touch(event_type: Event['event_type'], change: Partial<Event> = {}): void {
  made += 1;
  harness.fakes.held.push(
    testEvent({
      id: `0194a000-0000-8000-8000-${String(made).padStart(12, '0')}`,
      source_type: 'decoy',
      source: 'decoy_ssh',
      event_type,
      protocol: 'ssh',
      dst_port: 2222,
      message: `${event_type} happened`,
      ...change,
    }),
  );
}
const packet = (points: number, change: Partial<Event> = {}): void =>
  touch('net.packet', { source_type: 'capture', protocol: 'tcp', score: { score: points }, ...change });

test('N-001, N-020 to N-022 what decoys and captures saw, in the documented words', async () => {
  harness.fakes.held.push(testEvent({ message: 'no touch' }));
  touch('decoy.login', { user: 'root', message: 'root tried to log in', src_ip: '203.0.113.21' });
  touch('decoy.login', { outcome: 'success', src_ip: '203.0.113.22' });
  touch('decoy.request', { protocol: 'http', dst_port: 8080, fields: { attack: 'sqli_attempt' } });
  touch('decoy.command');
  // What is known of a source is in its packets too.
  packet(0, { src_ip: '198.51.100.1', dst_port: 443 });
  packet(0, { protocol: 'udp', dst_port: 443 });
  const all = await get('/api/events?threat=ALL&protocol=ALL&limit=100');
  expect(all).toHaveLength(6);
  expect(all.map(({ type }: { type: string }) => type).toSorted()).toEqual(
    ['TCP', 'UDP', 'command', 'login_failed', 'login_success', 'sqli_attempt'].toSorted(),
  );
  expect(all.find(({ type }: { type: string }) => type === 'login_failed')).toEqual({
    time: expect.any(String),
    ip: '203.0.113.21',
    type: 'login_failed',
    port: 2222,
    threat: 'SUSPICIOUS',
    score: threatScore({ decoy: { touches: 1, logins: 1, commands: 0, uploads: 0 } }).score,
    details: 'root tried to log in',
  });
  expect(all.find(({ type }: { type: string }) => type === 'TCP')).toMatchObject({ score: 0, threat: 'BENIGN' });
  // It gave a command to a decoy.
  expect(all.find(({ type }: { type: string }) => type === 'UDP')).toMatchObject({ score: 80, threat: 'MALICIOUS' });
  for (const threat of ['MALICIOUS', 'suspicious', 'BENIGN']) {
    const some = await get(`/api/events?threat=${threat}`);
    expect(some.length).toBeGreaterThan(0);
    expect(some).toEqual(all.filter((event: { threat: string }) => event.threat === threat.toUpperCase()));
  }
  expect(await get('/api/events?threat=ALL&protocol=HTTP')).toMatchObject([{ type: 'sqli_attempt' }]);
  expect(await get('/api/events?protocol=ALL')).toEqual(all);
  expect((await get('/api/events')).events).toHaveLength(7);
});

test.each(['/api/analytics', '/api/v1/analytics'])('N-002 to N-004 %s', async (prefix) => {
  for (let i = 0; i < 10; i += 1) touch('decoy.login');
  for (let i = 0; i < 9; i += 1) touch('decoy.login', { src_ip: '203.0.113.10' });
  for (let i = 0; i < 20; i += 1) touch('decoy.login', { src_ip: '203.0.113.11', time: testTime - 7_200_000 });
  for (let i = 0; i < 50; i += 1) packet(10, { dst_port: 443, src_ip: '198.51.100.1' });
  touch('decoy.request', { protocol: 'http', time: testTime - 86_400_000 });
  expect(await get(`${prefix}/ssh`)).toEqual({
    protocol: 'SSH',
    total_events: 39,
    top_attackers: [
      { ip: '203.0.113.11', count: 20 },
      { ip: '203.0.113.9', count: 10 },
      { ip: '203.0.113.10', count: 9 },
    ],
    brute_force_suspects: [{ src_ip: '203.0.113.9', count: 10 }],
  });
  expect(await get(`${prefix}/http`)).toMatchObject({
    protocol: 'HTTP',
    total_requests: 51,
    potential_flooders: [{ src_ip: '198.51.100.1', count: 50 }],
  });
  const trends = await get(`${prefix}/trends?days=2`);
  expect(trends).toEqual([
    { date: '2026-11-19', count: 1 },
    { date: '2026-11-20', count: 89 },
  ]);
  expect((await harness.as('viewer', { method: 'GET', url: `${prefix}/trends?days=31` })).statusCode).toBe(422);
  expect((await harness.anonymous({ method: 'GET', url: `${prefix}/ssh` })).statusCode).toBe(401);
});
