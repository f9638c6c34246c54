import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { defaultConfig, type PhosorConfig } from '../../config/index.ts';
import type { Incident, IncidentChange, IncidentFeed } from '../../model/index.ts';
import { openReceiver, type Receiver } from '../../respond/receiver.test-suite.ts';
import type { NotificationTold } from '../../serve/contract.ts';
import { FakeBus, testAlert, testTime } from '../../serve/fakes.test-suite.ts';
import type { ChannelInput } from '../../serve/notifications/types.ts';
import { openSqliteState } from '../../store/state/sqlite/state.ts';
import { startIncidents } from '../incidents/incidents.ts';
import { type Notifications, startNotifications } from './start.ts';

const minute = 60_000;

class FakeFeed implements IncidentFeed {
  readonly listeners = new Set<(change: IncidentChange) => void>();
  subscribe(listener: (change: IncidentChange) => void): () => void {
    this.listeners.add(listener);
    return () => void this.listeners.delete(listener);
  }
  readonly heard: { id: string; told: NotificationTold }[] = [];
  notified(id: string, told: NotificationTold): void {
    this.heard.push({ id, told });
  }
  tell(kind: IncidentChange['kind'], incident: Incident, alert: IncidentChange['alert'] = null): void {
    for (const listener of this.listeners) listener({ kind, incident, alert });
  }
}

const testIncident = (change: Partial<Incident> = {}): Incident => ({
  id: 'incident-1',
  title: 'Brute force by 203.0.113.9',
  severity: 'high',
  risk: 50,
  status: 'new',
  disposition: null,
  owner: null,
  entities: [{ kind: 'address', value: '203.0.113.9' }],
  first: testTime - minute,
  last: testTime,
  alert_count: 1,
  event_count: 5,
  attack: ['T1110'],
  historical: false,
  created_at: testTime,
  updated_at: testTime,
  closed_at: null,
  merged_into: null,
  version: 1,
  ...change,
});

let receiver: Receiver;
let other: Receiver;
let state: ReturnType<typeof openSqliteState>;
let config: PhosorConfig;
let clock: number;
let running: Notifications;
let feed: FakeFeed;

beforeEach(async () => {
  receiver = await openReceiver();
  other = await openReceiver();
  state = openSqliteState(':memory:');
  config = { ...defaultConfig() };
  config.notifications = { ...config.notifications, allowedHosts: ['127.0.0.1'], quietZone: 'UTC' };
  clock = testTime;
  start();
});

afterEach(async () => {
  running.stop();
  await Promise.all([receiver.close(), other.close()]);
  state.close();
});

function start(): void {
  running = startNotifications({ config: () => config, state, now: () => clock, log: () => undefined });
  feed = new FakeFeed();
  running.listen(feed);
}

const channel = (to: Receiver, change: Partial<ChannelInput> = {}): ChannelInput => ({
  type: 'webhook',
  name: 'hook',
  enabled: true,
  config: { url: `${to.url}/hook` },
  filter: { severities: [], entities: [], rules: [], tags: [] },
  updates: true,
  closing: true,
  digest: true,
  ...change,
});

const { until } = { until: (of: Receiver, count: number) => of.until(count) };
const kinds = (of: Receiver): string[] => of.received.map(({ body }) => JSON.parse(body).kind as string);
const history = () => running.services.notifications.history({ limit: 100 });
/** Does not wait for the timers. */
const decideNow = (): void => running.decide();
/** Resolves when no message of any channel waits. */
const settled = async (): Promise<void> => {
  await expect.poll(() => history().filter((each) => each.state === 'waiting').length, { timeout: 20_000 }).toBe(0);
};

test('a new incident of high severity is told once, and its growth at most once in 15 minutes', async () => {
  running.services.notifications.create(channel(receiver));
  const alert = testAlert();
  feed.tell('opened', testIncident(), alert);
  await until(receiver, 1);
  expect(JSON.parse(receiver.received[0]?.body ?? '')).toMatchObject({
    kind: 'opened',
    incident_id: 'incident-1',
    title: 'Brute force by 203.0.113.9',
    severity: 'high',
    lines: [expect.stringContaining('5 failed logins')],
  });
  for (let i = 2; i < 30; i += 1) {
    clock += 20_000;
    feed.tell('grown', testIncident({ event_count: 5 * i, alert_count: i }), testAlert({ id: `alert-${i}` }));
    decideNow();
  }
  await settled();
  expect(kinds(receiver)).toEqual(['opened']);
  clock = testTime + 15 * minute + 1;
  decideNow();
  await until(receiver, 2);
  expect(kinds(receiver)).toEqual(['opened', 'update']);
  expect(JSON.parse(receiver.received[1]?.body ?? '').summary).toContain('140 more events');
});

test.each([
  ['medium, low risk', { severity: 'medium', risk: 69 }, 0],
  ['medium, risk 70', { severity: 'medium', risk: 70 }, 1],
  ['high', { severity: 'high', risk: 0 }, 1],
  ['historical', { severity: 'critical', risk: 100, historical: true }, 0],
  ['closed already', { severity: 'critical', risk: 100, status: 'closed' }, 0],
  ['merged already', { severity: 'critical', risk: 100, merged_into: 'other' }, 0],
] as const)('%s', async (_, change, told) => {
  running.services.notifications.create(channel(receiver));
  feed.tell('opened', testIncident(change), testAlert());
  decideNow();
  await settled();
  expect(kinds(receiver)).toHaveLength(told);
});

test('a closing note is not held back, and a receiver that was not told hears nothing of it', async () => {
  running.services.notifications.create(channel(receiver));
  running.services.notifications.create(
    channel(other, { filter: { severities: ['critical'], entities: [], rules: [], tags: [] } }),
  );
  feed.tell('opened', testIncident(), testAlert());
  decideNow();
  clock += minute;
  feed.tell('closed', testIncident({ status: 'closed', disposition: 'false_positive', owner: 'ana', version: 2 }));
  decideNow();
  await settled();
  expect(kinds(receiver)).toEqual(['opened', 'closed']);
  expect(JSON.parse(receiver.received[1]?.body ?? '').summary).toContain('closed as false positive by ana');
  expect(other.received).toEqual([]);
});

test.each([
  ['entity', { entities: ['203.0.113.0/24'] }, true],
  ['entity', { entities: ['198.51.100.7'] }, false],
  ['rule', { rules: ['rule-1'] }, true],
  ['rule', { rules: ['rule-2'] }, false],
  ['tag', { tags: ['ATTACK.T1110'] }, true],
  ['tag', { tags: ['other'] }, false],
  ['severity', { severities: ['high', 'critical'] }, true],
  ['severity', { severities: ['medium'] }, false],
] as const)('filter by %s %j: %s', async (_, filter, isTold) => {
  running.services.notifications.create(
    channel(receiver, {
      filter: JSON.parse(JSON.stringify({ severities: [], entities: [], rules: [], tags: [], ...filter })),
    }),
  );
  feed.tell('opened', testIncident(), testAlert({ tags: ['attack.t1110'] }));
  decideNow();
  await settled();
  expect(receiver.received).toHaveLength(isTold ? 1 : 0);
});

describe('a receiver that fails', () => {
  test('loses nothing and delays nobody; a restart goes on', async () => {
    receiver.answer = { status: 503, body: 'busy' };
    running.services.notifications.create(channel(receiver, { name: 'dead' }));
    running.services.notifications.create(channel(other, { name: 'alive' }));
    feed.tell('opened', testIncident(), testAlert());
    await until(other, 1);
    await until(receiver, 1);
    await expect
      .poll(() => running.services.notifications.list()[0]?.queue)
      .toMatchObject({ waiting: 1, state: 'failing' });
    expect(running.services.notifications.list()[0]?.last).toMatchObject({
      ok: false,
      detail: 'The receiver answered 503: busy.',
    });
    receiver.answer = { status: 200, body: '' };
    running.stop();
    clock += minute;
    start();
    await until(receiver, 2);
    await settled();
    const [first, second] = receiver.received;
    expect(first?.headers['x-phosor-delivery']).toBe(second?.headers['x-phosor-delivery']);
    expect(history().filter(({ channel_name }) => channel_name === 'dead')).toMatchObject([
      { state: 'delivered', attempts: 2 },
    ]);
    expect(other.received).toHaveLength(1);
  });

  test('a clock that is set back by hours keeps nothing from being told or tried again', async () => {
    running.services.notifications.create(channel(other, { name: 'alive' }));
    feed.tell('opened', testIncident(), testAlert());
    await until(other, 1);
    await settled();
    receiver.answer = { status: 503, body: 'busy' };
    running.services.notifications.create(channel(receiver, { name: 'dead' }));
    feed.tell('opened', testIncident({ id: 'incident-2' }), testAlert({ id: 'alert-2' }));
    await until(receiver, 1);
    await expect.poll(() => history().find(({ state }) => state === 'waiting')?.attempts).toBe(1);
    running.stop();
    clock -= 5 * 60 * minute;
    receiver.answer = { status: 200, body: '' };
    start();
    feed.tell('grown', testIncident({ event_count: 500 }), testAlert({ id: 'alert-3' }));
    decideNow();
    await settled();
    expect(kinds(receiver)).toContain('opened');
    expect(kinds(other)).toContain('update');
  });

  test('is left alone for a while after three failures, and keeps the order of an incident', async () => {
    receiver.answer = { status: 500, body: '' };
    const { id } = running.services.notifications.create(channel(receiver));
    feed.tell('opened', testIncident(), testAlert());
    decideNow();
    feed.tell('closed', testIncident({ status: 'closed' }));
    decideNow();
    for (let attempt = 1; attempt <= 3; attempt += 1) {
      await until(receiver, attempt);
      await expect.poll(() => history().at(-1)?.attempts, { timeout: 20_000 }).toBe(attempt);
      clock += 20 * minute;
      if (attempt < 3) running.services.notifications.retry(id);
    }
    expect(kinds(receiver)).toEqual(['opened', 'opened', 'opened']);
    receiver.answer = { status: 200, body: '' };
    running.services.notifications.retry(id);
    await until(receiver, 5);
    await settled();
    expect(kinds(receiver).slice(3)).toEqual(['opened', 'closed']);
  });

  test('and does not want this very message: it is not repeated, and the history says so', async () => {
    receiver.answer = { status: 400, body: '{"error":"no"}' };
    running.services.notifications.create(channel(receiver));
    feed.tell('opened', testIncident(), testAlert());
    decideNow();
    await settled();
    expect(history()).toMatchObject([
      { state: 'failed', attempts: 1, detail: 'The receiver answered 400: {"error":"no"}.' },
    ]);
  });
});

describe('quiet hours and digest', () => {
  test('what comes in quiet hours is one digest when they end; critical breaks through', async () => {
    config.notifications = { ...config.notifications, quietFrom: '09:00', quietTo: '11:00' };
    running.services.notifications.create(channel(receiver));
    feed.tell('opened', testIncident(), testAlert());
    feed.tell('opened', testIncident({ id: 'incident-2', title: 'Port scan' }), testAlert({ id: 'alert-2' }));
    decideNow();
    await settled();
    expect(receiver.received).toEqual([]);
    expect(running.services.notifications.status()).toMatchObject({
      digest: { quiet: 2 },
      quiet_until: testTime + 60 * minute,
    });
    feed.tell('opened', testIncident({ id: 'incident-3', severity: 'critical' }), testAlert({ id: 'alert-3' }));
    decideNow();
    await until(receiver, 1);
    expect(kinds(receiver)).toEqual(['opened']);
    clock = testTime + 61 * minute;
    decideNow();
    await until(receiver, 2);
    expect(JSON.parse(receiver.received[1]?.body ?? '')).toMatchObject({
      kind: 'digest',
      title: '2 incidents in the digest',
      lines: [expect.stringContaining('Brute force'), expect.stringContaining('Port scan')],
    });
    clock += minute;
    decideNow();
    await settled();
    expect(receiver.received).toHaveLength(2);
  });

  test('an hourly digest tells what was below the thresholds, once', async () => {
    config.notifications = { ...config.notifications, digest: 'hourly' };
    running.services.notifications.create(channel(receiver));
    decideNow();
    feed.tell('opened', testIncident({ severity: 'low', risk: 5 }), testAlert());
    decideNow();
    expect(receiver.received).toEqual([]);
    clock = testTime + 61 * minute;
    decideNow();
    await until(receiver, 1);
    expect(JSON.parse(receiver.received[0]?.body ?? '')).toMatchObject({ kind: 'digest', severity: 'low' });
    clock = testTime + 122 * minute;
    decideNow();
    await settled();
    expect(receiver.received).toHaveLength(1);
  });
});

test('more messages in an hour than a channel shall get go into a digest', async () => {
  config.notifications = { ...config.notifications, maxPerHour: 2 };
  running.services.notifications.create(channel(receiver));
  for (let i = 0; i < 5; i += 1)
    feed.tell('opened', testIncident({ id: `incident-${i}` }), testAlert({ id: `alert-${i}` }));
  decideNow();
  await until(receiver, 2);
  await settled();
  expect(running.services.notifications.status().digest.flood).toBe(3);
  clock += 61 * minute;
  decideNow();
  await until(receiver, 3);
  expect(kinds(receiver)).toEqual(['opened', 'opened', 'digest']);
});

test('what was stored while nobody listened is told after the next start, once', async () => {
  running.services.notifications.create(channel(receiver));
  running.stop();
  const scene = startIncidents({
    config: () => config,
    state,
    bus: new FakeBus(),
    now: () => clock,
    log: () => undefined,
  });
  state.alerts.upsert(testAlert({ id: '00000000-0000-8000-8000-000000000001' }), clock);
  scene.settle();
  scene.stop();
  start();
  await until(receiver, 1);
  await settled();
  expect(JSON.parse(receiver.received[0]?.body ?? '')).toMatchObject({
    kind: 'opened',
    lines: [expect.stringContaining('5 failed logins')],
  });
  const id = JSON.parse(receiver.received[0]?.body ?? '').incident_id;
  expect(feed.heard).toEqual([{ id, told: { channel: 'hook', ok: true, detail: 'accepted (200)' } }]);
  running.stop();
  start();
  decideNow();
  await settled();
  expect(receiver.received).toHaveLength(1);
});

test('a paused channel is told nothing, and a removed one drops what waits', async () => {
  const { id } = running.services.notifications.create(channel(receiver, { enabled: false }));
  feed.tell('opened', testIncident(), testAlert());
  decideNow();
  expect(history()).toEqual([]);
  receiver.answer = { status: 503, body: '' };
  running.services.notifications.update(id, { enabled: true });
  feed.tell('opened', testIncident({ id: 'incident-2' }), testAlert());
  decideNow();
  await until(receiver, 1);
  expect(running.services.notifications.remove(id)).toBe(true);
  await settled();
  expect(history()).toMatchObject([{ state: 'dropped', detail: 'The channel was removed.' }]);
});
