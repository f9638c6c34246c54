import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { openSqliteState } from '../../store/state/sqlite/state.ts';
import { Asker } from './asker.ts';
import { abuseipdb } from './providers/abuseipdb.ts';
import { virustotal } from './providers/virustotal.ts';

let server: Server;
let base = '';
let asked: string[] = [];
let answer: (request: IncomingMessage, reply: ServerResponse) => void;
const clock = { now: Date.UTC(2026, 10, 20, 10) };

const good = (_: IncomingMessage, reply: ServerResponse): void =>
  void reply.end(JSON.stringify({ data: { abuseConfidenceScore: 12, totalReports: 1, numDistinctUsers: 1 } }));

beforeEach(async () => {
  clock.now = Date.UTC(2026, 10, 20, 10);
  asked = [];
  answer = good;
  server = createServer((request, reply) => {
    asked.push(request.url ?? '');
    answer(request, reply);
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const address = server.address();
  base = `http://127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}/`;
});
afterEach(() => {
  server.closeAllConnections();
  server.close();
});

const state = () => openSqliteState(':memory:');
const make = (
  change: { perDay?: number; perMinute?: number | null; key?: string | null; state?: ReturnType<typeof state> } = {},
) =>
  new Asker({
    provider: abuseipdb,
    state: change.state ?? state(),
    key: () => (change.key === undefined ? 'a-good-key' : change.key),
    keyFrom: () => 'configuration',
    base: () => base,
    perDay: () => change.perDay ?? 1000,
    perMinute: () => change.perMinute ?? null,
    now: () => clock.now,
    log: () => undefined,
  });

test('the same address at the same time is asked about once; the answer is remembered', async () => {
  const kept = state();
  const asker = make({ state: kept });
  await Promise.all([asker.ask('203.0.113.9', 'person'), asker.ask('203.0.113.9', 'alert')]);
  expect(asked).toEqual(['/api/v2/check?ipAddress=203.0.113.9&maxAgeInDays=90']);
  expect(kept.intel.answers('203.0.113.9')).toMatchObject([
    { source: 'abuseipdb', checked_at: clock.now, expires_at: clock.now + 3_600_000 },
  ]);
});

test('the budget of a day: events take half, alerts nine tenths, a person all of it; the next day it is whole', async () => {
  const asker = make({ perDay: 10 });
  const askMany = async (who: 'event' | 'alert' | 'person', from: number) => {
    for (let i = 0; i < 12; i += 1) await asker.ask(`203.0.113.${from + i}`, who);
  };
  await askMany('event', 0);
  expect(asked).toHaveLength(5);
  await askMany('alert', 20);
  expect(asked).toHaveLength(9);
  await askMany('person', 40);
  expect(asked).toHaveLength(10);
  expect(asker.refusal('person')).toContain("day's budget of 10");
  clock.now += 86_400_000;
  expect(asker.refusal('event')).toBeNull();
});

test('questions a minute', async () => {
  const asker = make({ perMinute: 2 });
  for (const address of ['203.0.113.1', '203.0.113.2', '203.0.113.3']) await asker.ask(address, 'person');
  expect(asked).toHaveLength(2);
  expect(asker.refusal('person')).toContain('2 questions a minute');
  clock.now += 60_001;
  expect(asker.refusal('person')).toBeNull();
});

test.each([
  ['429 with how long', 429, { 'retry-after': '120' }, 120_000],
  ['429', 429, {}, 60_000],
  ['a refused key', 401, {}, 3_600_000],
  ['a broken server', 503, {}, 5000],
])('%s: nobody asks for a while', async (_, status, headers, pauseMs) => {
  const asker = make();
  answer = (__, reply) => void reply.writeHead(status, headers).end();
  const { answer: none, note } = await asker.ask('203.0.113.9', 'person');
  expect(none).toBeNull();
  expect(note).toContain(String(status));
  expect(asker.view().paused_until).toBe(clock.now + pauseMs);
  await asker.ask('203.0.113.10', 'person');
  expect(asked).toHaveLength(1);
  clock.now += pauseMs;
  answer = good;
  expect((await asker.ask('203.0.113.10', 'person')).note).toBeNull();
  expect(asker.view().last_error).toBeNull();
});

test('failures in a row double the pause', async () => {
  const asker = make();
  answer = (_, reply) => void reply.writeHead(500).end();
  const pauses: number[] = [];
  for (let i = 0; i < 4; i += 1) {
    await asker.ask(`203.0.113.${i}`, 'person');
    pauses.push((asker.view().paused_until ?? 0) - clock.now);
    clock.now = asker.view().paused_until ?? 0;
  }
  expect(pauses).toEqual([5000, 10_000, 20_000, 40_000]);
});

test.each(['not json', '[]', '{"data":{"abuseConfidenceScore":"a lot"}}', '{"data":{"abuseConfidenceScore":101}}'])(
  'an answer that is not as published is none: %s',
  async (body) => {
    answer = (_, reply) => void reply.end(body);
    const asked = await make().ask('203.0.113.9', 'person');
    expect(asked.answer).toBeNull();
    expect(asked.note).toContain('published form');
  },
);

test('without a key nobody is asked', async () => {
  expect((await make({ key: null }).ask('203.0.113.9', 'person')).note).toContain('no key');
  expect(asked).toEqual([]);
});

test.each([
  [0, 0, 90, 'CLEAN'],
  [0, 0, 0, 'UNKNOWN'],
  [1, 0, 90, 'LOW'],
  [2, 0, 90, 'MEDIUM'],
  [0, 5, 90, 'MEDIUM'],
  [5, 0, 90, 'HIGH'],
  [10, 0, 90, 'CRITICAL'],
])('VirusTotal: %i malicious and %i suspicious of %i are %s', (malicious, suspicious, total, level) => {
  const stats = { malicious, suspicious, harmless: total - malicious - suspicious, undetected: 0, timeout: 0 };
  const found = virustotal.read({ data: { attributes: { last_analysis_stats: stats } } }, '203.0.113.9');
  expect(found?.verdict.threat_level).toBe(level);
  expect(found?.facts).toMatchObject({
    malicious_count: malicious,
    suspicious_count: suspicious,
    total_engines: total,
  });
});
