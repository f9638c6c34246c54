import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { FakeBus, testAlert, testEvent, testTime } from '../fakes.test-suite.ts';
import type { Connection, LiveClient } from './client.ts';
import { textFrame } from './frame.ts';
import { LiveHub } from './hub.ts';
import { LogHub } from './log-hub.ts';
import { refusalOf, subscribeMessage, subscriptionOf } from './subscription.ts';

/** Takes the texts out of bytes that are a row of unmasked text frames. */
function texts(bytes: Buffer): string[] {
  const found: string[] = [];
  for (let at = 0; at < bytes.length; ) {
    expect(bytes[at]).toBe(0x81);
    const short = bytes[at + 1] ?? 0;
    const [head, length] =
      short < 126
        ? [2, short]
        : short === 126
          ? [4, bytes.readUInt16BE(at + 2)]
          : [10, Number(bytes.readBigUInt64BE(at + 2))];
    found.push(bytes.toString('utf8', at + head, at + head + length));
    at += head + length;
  }
  return found;
}

class FakeConnection implements Connection {
  writes: Buffer[] = [];
  waiting = 0;
  closedWith: number | null = null;
  write(bytes: Buffer): void {
    this.writes.push(bytes);
  }
  buffered(): number {
    return this.waiting;
  }
  close(code: number): void {
    this.closedWith = code;
  }
  get messages(): { type: string; data?: unknown; count?: number; skipped?: number }[] {
    return this.writes.flatMap(texts).map((text) => JSON.parse(text));
  }
}

const turn = () => new Promise((done) => setImmediate(done));
const limits = { shedBytes: 1000, hopelessBytes: 5000 };
let bus: FakeBus;
let hub: LiveHub;
let now: number;
beforeEach(() => {
  bus = new FakeBus();
  now = testTime;
  hub = new LiveHub(
    bus,
    () => now,
    () => 'A. Person',
    limits,
  );
});
afterEach(() => hub.close());

function connect(): { connection: FakeConnection; client: LiveClient } {
  const connection = new FakeConnection();
  return { connection, client: hub.add(connection) };
}
const emitEvent = (change = {}) => bus.emit({ type: 'event', event: testEvent(change) });
const types = (connection: FakeConnection) => connection.messages.map(({ type }) => type);

test.each([0, 1, 125, 126, 65_535, 65_536, 200_000])('a frame of %d characters is read back', (length) => {
  expect(texts(textFrame('x'.repeat(length)))).toEqual(['x'.repeat(length)]);
  expect(texts(textFrame('é'.repeat(length)))).toEqual(['é'.repeat(length)]);
});

test('events of one turn leave in one write, in order, with the same bytes for everybody', async () => {
  const [one, two] = [connect(), connect()];
  for (const user of ['a', 'b', 'c']) emitEvent({ user });
  expect(one.connection.writes).toEqual([]);
  await turn();
  expect(one.connection.writes).toHaveLength(1);
  expect(one.connection.messages.map(({ data }) => (data as { user: string }).user)).toEqual(['a', 'b', 'c']);
  expect(two.connection.writes).toEqual(one.connection.writes);
});

test('an alert does not wait for the events before it', async () => {
  const { connection } = connect();
  emitEvent();
  bus.emit({ type: 'alert', alert: testAlert() });
  expect(types(connection)).toEqual(['alert']);
  await turn();
  expect(types(connection)).toEqual(['alert', 'event']);
  expect(connection.messages[0]?.data).toMatchObject({ id: 'alert-1', severity: 'critical', severity_level: 'high' });
});

test('the pipeline is asked for events only while somebody wants them', () => {
  expect(bus.wantsEvents).toBe(false);
  const { client } = connect();
  expect(bus.wantsEvents).toBe(true);
  client.subscription = subscriptionOf({ type: 'subscribe', events: false }, client.subscription);
  hub.settle();
  expect(bus.wantsEvents).toBe(false);
  const other = connect();
  expect(bus.wantsEvents).toBe(true);
  hub.remove(other.client);
  expect(bus.wantsEvents).toBe(false);
});

describe('a slow client', () => {
  test('gets no events, is told how many, and gets every alert', async () => {
    const { connection, client } = connect();
    connection.waiting = 1001;
    for (let i = 0; i < 7; i += 1) emitEvent();
    bus.emit({ type: 'alert', alert: testAlert() });
    await turn();
    client.flushBatch();
    expect(types(connection)).toEqual(['alert']);
    connection.waiting = 0;
    client.flushBatch();
    expect(connection.messages.at(-1)).toEqual({ type: 'skipped', count: 7 });
    emitEvent();
    await turn();
    expect(types(connection)).toEqual(['alert', 'skipped', 'event']);
    expect(client.skippedTotal).toBe(7);
  });

  test('that takes nothing at all is disconnected at the next alert', () => {
    const { connection } = connect();
    connection.waiting = 5001;
    bus.emit({ type: 'alert', alert: testAlert() });
    expect(connection.writes).toEqual([]);
    expect(connection.closedWith).toBe(1013);
  });

  test('does not slow the others', async () => {
    const [slow, quick] = [connect(), connect()];
    slow.connection.waiting = 4000;
    emitEvent();
    await turn();
    expect(types(quick.connection)).toEqual(['event']);
    expect(types(slow.connection)).toEqual([]);
  });
});

test('a batch is one message with what was skipped', async () => {
  const { connection, client } = connect();
  client.subscription = subscriptionOf({ type: 'subscribe', batch: true, max_per_second: 20 }, client.subscription);
  for (let i = 0; i < 5; i += 1) emitEvent();
  bus.emit({ type: 'skipped', count: 10 });
  await turn();
  expect(connection.writes).toEqual([]);
  client.flushBatch();
  // 20 a second are 2 in a tenth.
  expect(connection.messages).toMatchObject([{ type: 'events', skipped: 13 }]);
  expect(connection.messages[0]?.data).toHaveLength(2);
  now += 100;
  emitEvent();
  client.flushBatch();
  expect(connection.messages[1]).toMatchObject({ type: 'events', skipped: 0, data: [{ user: 'root' }] });
});

test.each([
  [{ q: 'FAILED pass' }, true],
  [{ q: 'accepted' }, false],
  [{ source: 'syslog_192.0.2.1', src_ip: '203.0.113.9' }, true],
  [{ source: 'webhook_x' }, false],
  [{ format: 'sshd' }, false],
  [{ severity: 'warning' }, true],
  [{ severity: 'high' }, false],
  [{ severity: 'no such word' }, true],
  [{}, true],
  [null, true],
])('filter %j passes: %s', async (filter, passes) => {
  const { connection, client } = connect();
  client.subscription = subscriptionOf({ type: 'subscribe', filter }, client.subscription);
  emitEvent();
  await turn();
  expect(types(connection)).toEqual(passes ? ['event'] : []);
});

test('who was too slow for lines is told how many were left out, although none comes after', () => {
  vi.useFakeTimers();
  try {
    const logs = new LogHub(bus);
    const sessions = logs.sessions(false);
    const connection = new FakeConnection();
    const client = sessions.admit(connection);
    sessions.take(client, { type: 'subscribe', log_source: 'all' });
    connection.waiting = 2 ** 21;
    for (let i = 0; i < 3; i += 1) bus.emit({ type: 'event', event: testEvent() });
    vi.advanceTimersByTime(1000);
    expect(types(connection)).toEqual(['connected', 'subscribed']);
    connection.waiting = 0;
    vi.advanceTimersByTime(1000);
    expect(connection.messages.at(-1)).toEqual({ type: 'skipped', count: 3 });
    sessions.take(client, undefined);
    expect(connection.messages.at(-1)).toMatchObject({ type: 'error' });
    logs.close();
  } finally {
    vi.useRealTimers();
  }
});

test('a filter may name a network, and what it cannot mean is refused with a sentence', () => {
  const asked = (filter: object) => subscribeMessage.safeParse({ type: 'subscribe', filter });
  const network = asked({ src_ip: '203.0.113.0/24' });
  const wants =
    network.data && subscriptionOf(network.data, { events: true, batch: false, maxPerSecond: null, wants: null }).wants;
  expect(wants?.(testEvent({ src_ip: '203.0.113.9' }))).toBe(true);
  expect(wants?.(testEvent({ src_ip: '198.51.100.9' }))).toBe(false);
  const refused = asked({ severity: 'bogus' }).error;
  expect(refused && refusalOf(refused)).toContain(
    '"filter.severity" is no severity. Use info, low, medium, high, critical.',
  );
});
