import { afterEach, beforeEach, expect, test } from 'vitest';
import { testAlert, testEvent, testRule, testSource, testTime } from '../fakes.test-suite.ts';
import { type Harness, openHarness } from '../harness.test-suite.ts';

const broken = testRule({
  id: 'broken',
  name: 'Broken',
  type: 'pattern',
  config: { field: 'raw', regex: '((' },
  author: null,
});

let harness: Harness;
beforeEach(async () => {
  harness = await openHarness({ shippedRules: [broken] });
});
afterEach(() => harness.app.close());
const get = async (url: string) => (await harness.as('viewer', { method: 'GET', url })).json();

test('the first page in one answer', async () => {
  const { fakes } = harness;
  fakes.held.push(
    testEvent(),
    testEvent({ user: 'alice' }),
    testEvent({ time: testTime - 48 * 3_600_000, src_ip: '192.0.2.77' }),
  );
  fakes.state.alerts.upsert(testAlert(), testTime);
  const quiet = { rule_name: 'Noisy', severity: 'info', signal: true } as const;
  fakes.state.alerts.upsert(testAlert({ ...quiet, id: 's1' }), testTime);
  fakes.state.alerts.upsert(testAlert({ ...quiet, id: 's2', status: 'acknowledged', acknowledged_at: 1 }), testTime);
  fakes.sourceViews.push(testSource({ redacted: 4, limited: 2 }));
  Object.assign(fakes.stats, {
    events: 10,
    raw: 1,
    eventsPerSecond: 2.5,
    history: [1, 2],
    redactions: { ssn: 3, card: 1 },
  });
  const overview = await get('/api/overview?hours=24');
  expect(overview).toMatchObject({
    rates: { events_per_second: 2.5, history: [1, 2] },
    totals: { events: 10, stored: 3, alerts: 1, open_alerts: 1, signals: 2, open_signals: 1, raw: 1 },
    alerts_by_severity: { info: 0, low: 0, medium: 0, high: 1, critical: 0 },
    top: {
      addresses: [{ value: '203.0.113.9', count: 2 }],
      users: expect.arrayContaining([{ value: 'alice', count: 1 }]),
      countries: [{ value: 'NL', count: 2 }],
      rules: [{ value: 'Brute force', count: 1 }],
    },
    redaction: { total: 4, by_kind: { ssn: 3, card: 1 }, by_source: [{ source: 'syslog_192.0.2.1', count: 4 }] },
    limiter: { limited: 2, dropped: 0, sources: [{ source: 'syslog_192.0.2.1', limited: 2 }] },
    health: { spool: { state: 'ok' }, kernel_drops: null },
  });
  expect(overview.attention.map(({ kind }: { kind: string }) => kind)).toEqual(['rule_failing', 'source_limited']);
  expect(overview.health.memory_bytes).toBeGreaterThan(1_000_000);
});

test('open pages share one answer for two seconds', async () => {
  let reads = 0;
  const { info } = harness.fakes.events;
  harness.fakes.events.info = () => {
    reads += 1;
    return info();
  };
  await Promise.all([get('/api/overview'), get('/api/overview'), get('/api/overview?hours=1')]);
  expect(reads).toBe(2);
  harness.fakes.clock.now += 2000;
  await get('/api/overview');
  expect(reads).toBe(3);
});

test('an answer that failed is not shared', async () => {
  const { info } = harness.fakes.events;
  harness.fakes.events.info = () => Promise.reject(new Error('store is closed'));
  expect((await harness.as('viewer', { method: 'GET', url: '/api/overview' })).statusCode).toBe(500);
  harness.fakes.events.info = info;
  expect((await harness.as('viewer', { method: 'GET', url: '/api/overview' })).statusCode).toBe(200);
});

test('events are searched, paged, counted and found', async () => {
  const { held } = harness.fakes;
  for (let i = 0; i < 5; i += 1)
    held.push(testEvent({ id: `e${i}`, time: testTime + i, user: i < 2 ? 'root' : 'alice' }));
  const page = await get('/api/events?limit=2&user=alice&q=failed');
  expect(page.events.map(({ id }: { id: string }) => id)).toEqual(['e4', 'e3']);
  expect((await get(`/api/events?limit=2&user=alice&cursor=${page.next}`)).events).toHaveLength(1);
  expect((await get('/api/events?user=!alice')).events).toHaveLength(2);
  expect((await get('/api/events?user=alice,root&severity=high')).events).toEqual([]);
  expect(await get('/api/events/top?field=user')).toMatchObject([
    { value: 'alice', count: 3 },
    { value: 'root', count: 2 },
  ]);
  expect(await get('/api/events/histogram?by=user&bucket_seconds=3600')).toHaveLength(5);
  expect(await get('/api/events/e3')).toMatchObject({ id: 'e3', user: 'alice' });
  expect((await harness.as('viewer', { method: 'GET', url: '/api/events/nope' })).statusCode).toBe(404);
  expect(await get('/api/stats')).toMatchObject({ stored_events: 5, active_rules: 1, uptime_seconds: 5 });
  expect(await get('/health')).toMatchObject({
    status: 'Backend is running',
    state: 'ok',
    version: '0.0.0-test',
    uptime_seconds: 5,
  });
  const tried = await harness.as('viewer', { method: 'POST', url: '/api/parse', payload: { lines: ['x'] } });
  expect(tried.json()).toMatchObject({ events: [{ raw: 'x' }], trace: [[{ stage: 'format' }]] });
});
