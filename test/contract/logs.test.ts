import { appendFileSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { WebSocket } from 'ws';
import { type Program, removeFolder, startProgram, waitFor } from '../program.ts';
import { analyzerLines } from './analyzer-lines.ts';
import { documented, getJson, type Json, post } from './client.ts';

/* The log analyzer's logs: what is handed in, listed, exported, counted and told live. */

const key = 'contract-ingestion-key';
const watched = mkdtempSync(join(tmpdir(), 'phosor-watched-'));
const file = join(watched, 'auth.log');

let program: Program;
beforeAll(async () => {
  writeFileSync(file, '');
  program = await startProgram({
    env: { PHOSOR_FILE_ROOTS: watched, INGESTION_API_KEY: key, RATE_LIMIT_REQUESTS: '1000', PHOSOR_API_RATE: '0' },
  });
  await post(program, '/api/sources/file/add', { filepath: file });
}, 90_000);
afterAll(async () => {
  await program?.stop();
  if (program) removeFolder(program.dataDir);
  removeFolder(watched);
});

function ingest(body: object, headers: Record<string, string> = { 'x-api-key': key }): Promise<Response> {
  return fetch(`${program.address}/api/logs/ingest`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify(body),
  });
}
const logs = async (query: string): Promise<Json> => getJson(program, `/api/logs?${query}`);

describe('handing in', () => {
  test('F-008 the documented lines become what is documented, F-550 without a hint', async () => {
    const answer = await ingest({ logs: documented });
    expect(answer.status).toBe(200);
    expect(await answer.json()).toMatchObject({
      success: true,
      ingested_count: 2,
      failed_count: 0,
      total_received: 2,
      message: expect.any(String),
    });
    const { logs: ssh } = await logs('event_type=SSH_FAILED_LOGIN&source_ip=192.168.1.100');
    expect(ssh[0]).toMatchObject({
      severity: 'HIGH',
      destination_port: 22,
      username: 'admin',
      protocol: 'TCP',
      log_source: 'auth.log',
      raw_log: documented[0],
    });
    const { logs: ufw } = await logs('event_type=SUSPICIOUS_PORT_ACCESS&source_ip=192.168.1.1');
    expect(ufw[0]).toMatchObject({ severity: 'HIGH', destination_port: 22, log_source: 'ufw.log' });
  });

  test('F-008 a bearer token is accepted in place of the key', async () => {
    const answer = await ingest({ logs: documented }, { authorization: `Bearer ${program.token}` });
    expect(answer.status).toBe(200);
  });

  test.each<[string, object, Record<string, string>, number]>([
    ['F-108 no key', { logs: documented }, {}, 401],
    ['F-208 a wrong key', { logs: documented }, { 'x-api-key': 'wrong' }, 403],
    ['F-308 nothing', { logs: [] }, { 'x-api-key': key }, 422],
    ['F-408 more than 1000 lines', { logs: new Array(1001).fill(documented[0]) }, { 'x-api-key': key }, 422],
  ])('%s is refused', async (_, body, headers, status) => {
    const answer = await ingest(body, headers);
    expect(answer.status).toBe(status);
    expect(await answer.json()).toMatchObject({ detail: expect.any(String), code: expect.any(String) });
  });

  test('a packed body is refused with a sentence, not read as broken JSON', async () => {
    const answer = await ingest({ logs: documented }, { 'x-api-key': key, 'content-encoding': 'gzip' });
    expect([answer.status, ((await answer.json()) as Json).code]).toEqual([415, 'ENCODING_UNKNOWN']);
  });

  test('F-608 a line of which nothing is understood counts as failed, and is kept', async () => {
    expect(await (await ingest({ logs: ['no ip here'] })).json()).toMatchObject({ success: false, ingested_count: 0 });
    expect((await logs('search=no%20ip%20here')).total).toBe(1);
  });
});

/** Lines of the documented formats, with the words that the analyzer has for them. */
test.each(analyzerLines)('%s %s: %s', async (_, log_source, line, event_type, severity, destination_port) => {
  for (const hint of [{ log_source }, {}]) {
    expect(await (await ingest({ logs: [line], ...hint })).json()).toMatchObject({ ingested_count: 1 });
  }
  const found = await logs(`search=${encodeURIComponent(line)}`);
  expect(found.total).toBe(2);
  for (const log of found.logs) {
    expect(log).toMatchObject({ event_type, severity, destination_port, source_ip: '1.2.3.4', raw_log: line });
  }
  // A filter on the words that it shows finds it.
  const words = `event_type=${event_type}&severity=${severity}${destination_port === null ? '' : `&destination_port=${destination_port}`}`;
  expect((await logs(`${words}&search=${encodeURIComponent(line)}`)).total).toBe(2);
});

describe('the list', () => {
  const keys = [
    'id',
    'timestamp',
    'source_ip',
    'destination_port',
    'protocol',
    'log_source',
    'event_type',
    'severity',
    'username',
    'raw_log',
  ];

  test('F-009 pages with their numbers', async () => {
    const found = await logs(
      'page=1&page_size=50&severity=HIGH&event_type=SSH_FAILED_LOGIN&sort_by=timestamp&sort_order=desc',
    );
    expect(found).toMatchObject({ page: 1, page_size: 50, total: expect.any(Number), total_pages: expect.any(Number) });
    expect(found.logs.length).toBeGreaterThan(0);
    for (const log of found.logs) expect(Object.keys(log)).toEqual(expect.arrayContaining(keys));
    const second = await logs('page=2&page_size=3');
    const cursor = (await logs('page=1&page_size=3')).next_cursor;
    expect((await logs(`page_size=3&after=${cursor}`)).logs).toEqual(second.logs);
  });

  test('F-109 a page of more than 500 is refused', async () => {
    expect((await program.api('/api/logs?page_size=501')).status).toBe(422);
  });

  test.each([
    ['severity=BAD', 'Use LOW, MEDIUM, HIGH, CRITICAL'],
    ['event_type=NOPE', 'is no event type'],
    ['source_ip=192.0.2.300', 'is no address'],
    ['source_ip=192.0.2.0/33', 'is no address'],
    ['destination_port=ssh', 'is no number'],
    ['start_date=2026-02-30', 'is no time'],
    ['start_date=week%205', 'is no time'],
    ['start_date=2026-01-02&end_date=2026-01-01', 'Exchange them'],
  ])('%s finds nothing by mistake: it is refused', async (query, sentence) => {
    for (const path of ['/api/logs', '/api/logs/export']) {
      const answer = await program.api(`${path}?${query}`);
      expect(answer.status).toBe(422);
      expect(((await answer.json()) as Json).detail).toContain(sentence);
    }
  });

  test.each<[string, string, (log: Json) => boolean]>([
    ['F-209', 'source_ip=192.168.1.100', (log) => log.source_ip === '192.168.1.100'],
    ['F-309', 'destination_port=22', (log) => log.destination_port === 22],
    ['F-409', 'protocol=TCP', (log) => log.protocol === 'TCP'],
    ['F-509', 'log_source=auth.log', (log) => log.log_source === 'auth.log'],
    [
      'F-609',
      'start_date=2024-01-01T00:00:00&end_date=2030-01-01T00:00:00',
      (log) => log.timestamp > '2024' && log.timestamp < '2030',
    ],
    ['F-709', 'search=admin', (log) => `${log.raw_log} ${log.username}`.includes('admin')],
    ['F-909', 'include_reputation=true', (log) => log.virustotal === undefined || log.virustotal.threat_level],
  ])('%s %s', async (_, query, fits) => {
    const { logs: found, total } = await logs(`${query}&page_size=500`);
    expect(total).toBeGreaterThan(0);
    expect(found.every(fits)).toBe(true);
  });

  test('F-809 by severity', async () => {
    const rank = ['CRITICAL', 'HIGH', 'MEDIUM', 'LOW'];
    const { logs: found } = await logs('sort_by=severity&page_size=500');
    const ranks: number[] = found.map(({ severity }: Json) => rank.indexOf(severity));
    expect(ranks).toEqual(ranks.toSorted((a: number, b: number) => a - b));
    expect(new Set(ranks).size).toBe(4);
  });

  test('F-010 one log, F-110 none', async () => {
    const { logs: found } = await logs('page_size=1');
    const log = await getJson(program, `/api/logs/${found[0].id}`);
    expect(log).toEqual(found[0]);
    expect((await program.api('/api/logs/no-such-id')).status).toBe(404);
  });

  test.each([
    '/api/logs',
    '/api/logs/no-such-id',
    '/api/logs/export',
    '/api/logs/stats/summary',
    '/api/logs/cache/auth',
  ])('%s needs a credential', async (path) => expect((await fetch(`${program.address}${path}`)).status).toBe(401));
});

describe('exports', () => {
  test.each([
    ['F-011', 'csv', 'text/csv'],
    ['F-111', 'json', 'application/json'],
    ['', 'ndjson', 'application/x-ndjson'],
    ['', 'parquet', 'application/vnd.apache.parquet'],
  ])('%s %s', async (_, format, type) => {
    const answer = await program.api(`/api/logs/export?format=${format}&source_ip=1.2.3.4`);
    expect(answer.headers.get('content-type')).toContain(type);
    expect(answer.headers.get('content-disposition')).toMatch(/^attachment; filename="logs-.*"$/);
    const bytes = Buffer.from(await answer.arrayBuffer());
    const { total } = await logs('source_ip=1.2.3.4');
    if (format === 'json') expect(JSON.parse(String(bytes))).toHaveLength(total);
    else if (format === 'parquet') expect(String(bytes.subarray(0, 4))).toBe('PAR1');
    else expect(String(bytes).trimEnd().split('\n')).toHaveLength(total + (format === 'csv' ? 1 : 0));
  });

  test('no cell of a CSV begins a formula', async () => {
    await ingest({ logs: ['=cmd|calc 203.0.113.77 failed login'] });
    const answer = await program.api('/api/logs/export?format=csv&source_ip=203.0.113.77');
    expect(await answer.text()).toContain(",'=cmd|calc");
  });
});

describe('statistics and cache', () => {
  test('F-014 the summary adds up', async () => {
    const summary = await getJson(program, '/api/logs/stats/summary');
    const sum = (counts: Record<string, number>): number =>
      Object.values(counts).reduce((all, count) => all + count, 0);
    expect(sum(summary.severity_counts)).toBe(summary.total_logs);
    expect(sum(summary.event_type_counts)).toBe(summary.total_logs);
    expect(summary.logs_by_hour.reduce((all: number, { count }: Json) => all + count, 0)).toBe(summary.total_logs);
    expect((await logs('protocol=TCP')).total).toBe(summary.protocol_counts.TCP);
    for (const [word, count] of Object.entries(summary.event_type_counts)) {
      expect((await logs(`event_type=${word}`)).total).toBe(count);
    }
  });

  test('F-015 top addresses, F-016 top ports', async () => {
    const [address] = await getJson(program, '/api/logs/stats/top-ips?limit=10');
    expect(address).toMatchObject({ source_ip: '1.2.3.4', severity_breakdown: { HIGH: expect.any(Number) } });
    const ports = await getJson(program, '/api/logs/stats/top-ports?limit=10');
    expect(ports[0]).toMatchObject({ port: expect.any(Number), count: expect.any(Number), protocol: 'TCP' });
    // A login by SSH counts for the port that its log shows.
    const ssh = ports.find(({ port }: Json) => port === 22);
    expect(ssh).toEqual({ port: 22, count: (await logs('destination_port=22')).total, protocol: 'TCP' });
    const countries: Json[] = await getJson(program, '/api/logs/stats/top-countries?limit=10');
    // Its only address; which country that is, the database of the day says.
    expect(countries[0]).toMatchObject({
      country: expect.stringMatching(/^[A-Z]{2}$/),
      count: address.count,
      addresses: 1,
    });
  });

  test.each(['auth', 'ufw', 'kern', 'syslog', 'messages', 'all'])('F-017 the cache of %s', async (source) => {
    const found = await getJson(program, `/api/logs/cache/${source}`);
    expect(found).toMatchObject({ log_source: source, cache_enabled: true, count: found.logs.length });
    if (source !== 'messages') expect(found.count).toBeGreaterThan(0);
  });

  test('the network that IPv6 addresses were found by can be asked about', async () => {
    const stamp = new Date(Date.now() - 600_000).toISOString();
    const line = (i: number) =>
      `<38>1 ${stamp} h sshd - - - Failed password for root from 2001:db8:5:6::${i + 1} port 22 ssh2`;
    await ingest({ logs: Array.from({ length: 6 }, (_, i) => line(i)) });
    const [network, one] = ['2001:db8:5:6::/64', '2001:DB8:5:6:0::1'].map(encodeURIComponent);
    const { detections } = await getJson(program, `/api/threats/brute-force?source_ip=${network}`);
    expect(detections).toMatchObject([{ source_ip: '2001:db8:5:6::/64', total_attempts: 6 }]);
    for (const [asked, total_attempts] of [
      [network, 6],
      [one, 1],
    ] as const)
      expect(await getJson(program, `/api/threats/brute-force/${asked}/timeline`)).toMatchObject({ total_attempts });
  });

  test('F-117 no such cache, F-018 its sizes, F-019 it is emptied', async () => {
    expect((await program.api('/api/logs/cache/bogus')).status).toBe(400);
    expect(await getJson(program, '/api/logs/cache/stats')).toMatchObject({
      cache_enabled: true,
      sources: { auth: expect.any(Number) },
    });
    const emptied = await program.api('/api/logs/cache', { method: 'DELETE' });
    expect(await emptied.json()).toMatchObject({ success: true, message: expect.any(String) });
    expect((await getJson(program, '/api/logs/cache/stats')).sources.all).toBe(0);
  });

  test('F-001 the root, F-002 health, F-003 live connections, F-007 the stores', async () => {
    const open = async (path: string): Promise<Json> => {
      const answer = await fetch(program.address + path);
      expect(answer.status).toBe(200);
      return answer.json();
    };
    const root = await open('/');
    expect(root).toMatchObject({ message: expect.any(String), version: expect.any(String), docs: '/docs' });
    expect((await fetch(program.address + root.docs)).status).toBe(200);
    expect(await open('/health')).toMatchObject({
      status: 'Backend is running',
      state: 'ok',
      database: 'connected',
    });
    expect(await open('/health/websocket')).toMatchObject({
      status: expect.any(String),
      routes: expect.arrayContaining(['/ws/logs/live']),
      connection_count: expect.any(Number),
    });
    expect(await post(program, '/test-db')).toMatchObject({ status: 'ok' });
    expect((await fetch(`${program.address}/test-db`, { method: 'POST' })).status).toBe(401);
  });
});

test.each<[string, string, object]>([
  ['N-001', '/api/events?threat=ALL&protocol=ALL&limit=100', []],
  ['N-002', '/api/analytics/ssh', expect.objectContaining({ protocol: 'SSH', total_events: expect.any(Number) })],
  ['N-003', '/api/analytics/http', expect.objectContaining({ protocol: 'HTTP', total_requests: expect.any(Number) })],
  ['N-004', '/api/analytics/trends', expect.any(Array)],
  ['N-002', '/api/v1/analytics/ssh', expect.objectContaining({ protocol: 'SSH' })],
  ['N-003', '/api/v1/analytics/http', expect.objectContaining({ protocol: 'HTTP' })],
  ['N-004', '/api/v1/analytics/trends', expect.any(Array)],
])('%s %s', async (_, path, expected) => {
  expect(await getJson(program, path)).toEqual(expected);
  expect((await fetch(program.address + path)).status).toBe(401);
});

describe('live lines', () => {
  async function connect(
    query = '',
  ): Promise<{ socket: WebSocket; messages: Json[]; next: (wanted: (m: Json) => boolean) => Promise<Json> }> {
    const socket = new WebSocket(`${program.address.replace(/^http/, 'ws')}/ws/logs/live${query}`, {
      headers: { authorization: `Bearer ${program.token}` },
    });
    const messages: Json[] = [];
    socket.on('message', (data) => messages.push(JSON.parse(String(data))));
    socket.on('error', () => {});
    const next = (wanted: (message: Json) => boolean) => waitFor('a live message', async () => messages.find(wanted));
    await next(({ type }) => type === 'connected');
    return { socket, messages, next };
  }
  const line = (user: string) => `Jan  1 10:00:00 host sshd[7]: Failed password for ${user} from 203.0.113.8`;

  test('F-044, F-144, F-344, F-563 a subscription gets the lines of its file, and none once it has ended', async () => {
    const { socket, messages, next } = await connect();
    expect(messages[0]).toMatchObject({ message: expect.any(String), connection_id: expect.any(String) });
    socket.send(JSON.stringify({ type: 'subscribe', log_source: 'auth' }));
    await next(({ type, log_source }) => type === 'subscribed' && log_source === 'auth');
    appendFileSync(file, `${line('livefile')}\n`);
    const told = await next(({ raw_line }) => raw_line?.includes('livefile'));
    expect(told).toMatchObject({
      type: 'raw_log',
      log_source: 'auth',
      raw_log: line('livefile'),
      raw_line: line('livefile'),
    });
    expect((await logs('search=livefile')).total).toBe(1);
    const cached = await getJson(program, '/api/logs/cache/auth?limit=10000');
    expect(cached.logs.some(({ username }: Json) => username === 'livefile')).toBe(true);
    socket.send(JSON.stringify({ type: 'unsubscribe', log_source: 'auth' }));
    await next(({ type }) => type === 'unsubscribed');
    socket.send(JSON.stringify({ type: 'subscribe', log_source: 'ufw' }));
    await next(({ type, log_source }) => type === 'subscribed' && log_source === 'ufw');
    await ingest({ logs: [line('afterwards'), documented[1]] });
    await next(({ log_source, raw_log }) => log_source === 'ufw' && raw_log);
    expect(messages.some(({ raw_log }) => raw_log?.includes('afterwards'))).toBe(false);
    socket.terminate();
  });

  test('F-244 a source that there is not is an error, and the connection stays', async () => {
    const { socket, next } = await connect('?format=companion');
    socket.send(JSON.stringify({ type: 'subscribe', log_source: 'bogus' }));
    await next(({ type }) => type === 'error');
    socket.send(JSON.stringify({ type: 'subscribe', log_source: 'all' }));
    await next(({ type }) => type === 'subscribed');
    await ingest({ logs: [line('companion')] });
    expect(await next(({ raw_log }) => raw_log?.includes('companion'))).toMatchObject({ type: 'log' });
    socket.terminate();
  });

  test('F-444 a client that died blocks nobody', async () => {
    const dead = await connect();
    dead.socket.send(JSON.stringify({ type: 'subscribe', log_source: 'all' }));
    await dead.next(({ type }) => type === 'subscribed');
    const alive = await connect();
    alive.socket.send(JSON.stringify({ type: 'subscribe', log_source: 'all' }));
    await alive.next(({ type }) => type === 'subscribed');
    dead.socket.terminate();
    await ingest({ logs: Array.from({ length: 500 }, (_, i) => line(`flood${i}`)) });
    await alive.next(({ raw_log }) => raw_log?.includes('flood499'));
    const began = performance.now();
    expect((await fetch(`${program.address}/health`)).status).toBe(200);
    expect(performance.now() - began).toBeLessThan(5000);
    alive.socket.terminate();
  });

  test('a wrong credential is refused before the socket opens', async () => {
    const socket = new WebSocket(`${program.address.replace(/^http/, 'ws')}/ws/logs/live`, {
      headers: { authorization: 'Bearer wrong' },
    });
    socket.on('error', () => {});
    const status = await new Promise<number>((done) => {
      socket.on('unexpected-response', (_request, response) => done(response.statusCode ?? 0));
      socket.on('open', () => done(101));
    });
    expect(status).toBe(401);
  });
});
