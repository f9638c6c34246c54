import { afterEach, beforeEach, expect, test } from 'vitest';
import { testAlert, testEvent, testTime } from '../fakes.test-suite.ts';
import { type Harness, openHarness } from '../harness.test-suite.ts';

let harness: Harness;
let made = 0;
beforeEach(async () => {
  harness = await openHarness();
});
afterEach(() => harness.app.close());

const hour = 3_600_000;
const get = async (url: string) => (await harness.as('viewer', { method: 'GET', url })).json();
function hold(change: Parameters<typeof testEvent>[0]): string {
  made += 1;
  const id = `0194a000-0000-8000-8000-${String(made).padStart(12, '0')}`;
  harness.fakes.held.push(testEvent({ id, ...change }));
  return id;
}
const packet = (src_ip: string, change: Parameters<typeof testEvent>[0] = {}) =>
  hold({ event_type: 'net.packet', source_type: 'capture', protocol: 'tcp', dst_port: 443, src_ip, ...change });
const points = (found: { score: { parts: { part: string; points: number }[] } }): Record<string, number> =>
  Object.fromEntries(found.score.parts.map((part) => [part.part, part.points]));

test('N-023: what is known of a source is in its packets within five seconds, also in those that were there before', async () => {
  const { fakes } = harness;
  packet('203.0.113.9');
  packet('198.51.100.1', { fields: { length: 60, ports_tried: 60, hosts_tried: 1 } });
  const { packets: first } = await get('/api/network/packets');
  expect(first.map(({ src_ip, score }: { src_ip: string; score: { score: number } }) => [src_ip, score.score])).toEqual(
    expect.arrayContaining([
      ['198.51.100.1', 25],
      ['203.0.113.9', 0],
    ]),
  );
  expect(first.find(({ src_ip }: { src_ip: string }) => src_ip === '203.0.113.9').score).toMatchObject({
    threat_level: 'LOW',
    decision: 'ALLOW',
  });

  fakes.state.alerts.upsert(testAlert({ severity: 'critical', time: testTime }), testTime);
  hold({ event_type: 'decoy.login', source_type: 'decoy', src_ip: '203.0.113.9' });
  for (let i = 0; i < 20; i += 1) hold({ event_type: 'auth.failure', outcome: 'failure', src_ip: '203.0.113.9' });
  fakes.clock.now += 4000;
  const { packets } = await get('/api/network/packets?source=203.0.113.9');
  expect(packets).toHaveLength(1);
  expect(packets[0].score).toMatchObject({ score: 100, threat_level: 'HIGH', decision: 'BLOCK' });
  expect(points(packets[0])).toMatchObject({ rules: 60, decoy: 70, behaviour: 20, packet: 0 });
  expect((await get('/analyze-traffic')).data).toHaveLength(2);
  expect((await harness.as('viewer', { method: 'GET', url: '/api/network/packets?source=x' })).statusCode).toBe(422);
});

test('an old packet is scored by what was known around it; answers of a resolver are no scan', async () => {
  const { fakes } = harness;
  const old = testTime - 240 * hour;
  const id = packet('203.0.113.9', { time: old });
  hold({ event_type: 'web.attack', src_ip: '203.0.113.9', time: old + 2 * hour });
  hold({ event_type: 'decoy.login', source_type: 'decoy', src_ip: '203.0.113.9', time: old + 48 * hour });
  for (let port = 1; port <= 60; port += 1)
    hold({ event_type: 'dns.answer', outcome: 'success', src_ip: '203.0.113.9', dst_port: port, time: old });
  fakes.clock.now = testTime + 1;
  const [found] = (await get('/api/network/packets')).packets;
  expect(points(found)).toMatchObject({ decoy: 0, behaviour: 10 });
  // The same in the event itself.
  expect((await get(`/api/events/${id}`)).score.score).toBe(found.score.score);
});
