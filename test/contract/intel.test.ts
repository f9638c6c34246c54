import { readdirSync, readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Program, removeFolder, startProgram, waitFor } from '../program.ts';
import { getJson, type Json, Live, post, send } from './client.ts';
import { type ProviderServer, startProviders, testKeys } from './providers.ts';

/* Reputation and lists of known addresses, over HTTP against the started program and local stand-ins for the Internet. */

const maliciousRule = '5a0c3b0e-6f0c-4d0b-9d6b-2a57c8a7a6f1';
const badAddress = '91.215.85.6';
const reputationFields = [
  'detected',
  'reputation_score',
  'threat_level',
  'malicious_count',
  'suspicious_count',
  'total_engines',
  'last_analysis_date',
  'country',
  'asn',
  'as_owner',
  'categories',
  'detection_names',
  'virustotal_url',
];

describe('with keys of all providers', () => {
  let program: Program;
  let live: Live;
  let providers: ProviderServer;

  beforeAll(async () => {
    providers = await startProviders({
      [badAddress]: { score: 100, pulses: 3, engines: 11 },
      '203.0.113.50': { score: 50 },
      '203.0.113.51': { score: 51 },
      '203.0.113.52': { pulses: 1 },
    });
    program = await startProgram({
      env: {
        VIRUS_TOTAL_API_KEY: testKeys.virustotal,
        ABUSEIPDB_API_KEY: testKeys.abuseipdb,
        OTX_API_KEY: testKeys.otx,
        PHOSOR_INTEL_VIRUSTOTAL_URL: providers.url,
        PHOSOR_INTEL_ABUSEIPDB_URL: providers.url,
        PHOSOR_INTEL_OTX_URL: providers.url,
        PHOSOR_INTEL_VIRUSTOTAL_PER_MINUTE: '1000',
      },
    });
    live = await Live.open(program);
  }, 90_000);

  afterAll(async () => {
    live?.close();
    await program?.stop();
    await providers?.close();
    if (program) removeFolder(program.dataDir);
  });

  const saw = (address: string) => post(program, '/api/webhook/test', { src_ip: address, message: 'test' });
  const alertAbout = (address: string): Promise<Json> =>
    live.alert(
      `an alert about ${address}`,
      ({ rule_id, group }) => rule_id === maliciousRule && group['intel.address'] === address,
      30_000,
    );

  test('P-086 an event of a malicious address raises a critical alert; who is asked is asked once', async () => {
    await saw('192.168.7.7');
    await saw('10.1.2.3');
    await saw(badAddress);
    const alert = await alertAbout(badAddress);
    expect(alert).toMatchObject({ severity: 'critical', group: { 'intel.address': badAddress } });
    expect(alert.message).toContain('abuseipdb');
    await saw(badAddress);
    await saw('203.0.113.99');
    await waitFor(
      'the next address to be asked about',
      async () => providers.asked.otx.includes('203.0.113.99'),
      30_000,
    );
    // VirusTotal is asked about what an alert is about.
    await waitFor('VirusTotal to be asked', async () => providers.asked.virustotal.includes(badAddress), 30_000);
    const { abuseipdb, otx } = providers.asked;
    expect([...abuseipdb, ...otx].filter((address) => address === badAddress)).toHaveLength(2);
    // Private addresses are skipped.
    for (const asked of Object.values(providers.asked)) {
      expect(asked).not.toContain('192.168.7.7');
      expect(asked).not.toContain('10.1.2.3');
    }
    expect(providers.wrong).toEqual([]);
  }, 90_000);

  test('P-086 malicious is a score above 50, or any pulse', async () => {
    await saw('203.0.113.50');
    await saw('203.0.113.51');
    await saw('203.0.113.52');
    await Promise.all([alertAbout('203.0.113.51'), alertAbout('203.0.113.52')]);
    expect(live.alertsOf(maliciousRule).map(({ group }) => group['intel.address'])).not.toContain('203.0.113.50');
  }, 90_000);

  test('F-035 the reputation of an address', async () => {
    const path = `/api/ip-reputation/${badAddress}`;
    expect((await fetch(program.address + path)).status).toBe(401);
    const { ip, reputation } = await getJson(program, path);
    expect(ip).toBe(badAddress);
    for (const field of reputationFields) expect(reputation).toHaveProperty(field);
    expect(reputation).toMatchObject({
      detected: true,
      threat_level: 'CRITICAL',
      reputation_score: 100,
      malicious_count: 11,
      suspicious_count: 1,
      total_engines: 92,
      country: 'DE',
      asn: 64_496,
      as_owner: 'Example Networks',
    });
    expect(reputation.verdicts.map(({ source }: Json) => source)).toEqual(['abuseipdb', 'otx', 'virustotal']);
    const before = providers.asked.virustotal.length;
    await getJson(program, path);
    expect(providers.asked.virustotal).toHaveLength(before);
    await getJson(program, `${path}?use_cache=false`);
    expect(providers.asked.virustotal).toHaveLength(before + 1);
    expect((await send(program, 'GET', '/api/ip-reputation/nonsense')).status).toBe(422);
  });

  test('F-036, F-136 the reputations of many', async () => {
    const path = '/api/ip-reputation/batch';
    expect((await fetch(program.address + path, { method: 'POST', body: '[]' })).status).toBe(401);
    const { reputations } = await post(program, path, ['192.168.1.1', '10.0.0.1', badAddress]);
    expect(Object.keys(reputations)).toEqual(['192.168.1.1', '10.0.0.1', badAddress]);
    expect(reputations['192.168.1.1']).toMatchObject({ threat_level: 'UNKNOWN', detected: false });
    expect(reputations[badAddress].threat_level).toBe('CRITICAL');
    expect((await send(program, 'POST', path, [])).status).toBe(400);
    const many = Array.from({ length: 101 }, (_, i) => `203.0.113.${i}`);
    expect((await send(program, 'POST', path, many)).status).toBe(400);
  });

  test('a provider that says stop is left alone, and the answer says so', async () => {
    providers.fail = { status: 429, headers: { 'retry-after': '60' } };
    const { reputation } = await getJson(program, '/api/ip-reputation/203.0.113.77');
    expect(reputation.threat_level).toBe('UNKNOWN');
    expect(reputation.note).toContain('429');
    const before = providers.asked.abuseipdb.length;
    expect((await getJson(program, '/api/ip-reputation/203.0.113.78')).reputation.note).toContain('60 s');
    expect(providers.asked.abuseipdb).toHaveLength(before);
    const { providers: shown } = await getJson(program, '/api/intel');
    for (const provider of shown) {
      expect(provider.paused_until).not.toBeNull();
      expect(provider.used_today).toBeGreaterThan(0);
      expect(JSON.stringify(provider)).not.toContain('-key-');
    }
  });

  test('no list is fetched from inside, however its address is written', async () => {
    for (const url of [
      'http://127.0.0.1:9/x',
      'http://[::1]/x',
      'http://0x7f.1/x',
      'http://localhost/x',
      'file:///etc/passwd',
    ]) {
      const answer = await send(program, 'POST', '/api/intel/lists', { name: 'inside', url });
      expect([url, answer.status]).toEqual([url, 422]);
    }
  });
});

describe('without keys', () => {
  let program: Program;
  let live: Live;
  let server: Server;
  let url: string;
  let isDown = false;
  const requests: { url: string; etag: string | undefined }[] = [];

  beforeAll(async () => {
    server = createServer((request, reply) => {
      const etag = request.headers['if-none-match'];
      requests.push({ url: request.url ?? '', etag });
      if (isDown) return reply.writeHead(503).end();
      if (etag === '"one"') return reply.writeHead(304).end();
      reply.writeHead(200, { etag: '"one"', 'content-type': 'text/csv' });
      reply.end(
        '# "first_seen_utc","dst_ip","dst_port","malware"\n"2026-01-01 00:00:00","203.0.113.66","443","QakBot"\n10.0.0.0/8\n',
      );
    });
    await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
    const address = server.address();
    url = `http://127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}/list.csv`;
    program = await startProgram({ env: { PHOSOR_INTEL_ALLOW_PRIVATE_LISTS: 'true' } });
    live = await Live.open(program);
  }, 90_000);

  afterAll(async () => {
    live?.close();
    await program?.stop();
    server?.close();
    if (program) removeFolder(program.dataDir);
  });

  test('F-035, F-036 503 with a reason where nobody can be asked; private addresses are answered', async () => {
    const answer = await program.api('/api/ip-reputation/8.8.8.8');
    expect(answer.status).toBe(503);
    expect((await answer.json()) as Json).toMatchObject({
      code: 'REPUTATION_UNAVAILABLE',
      detail: expect.stringContaining('VIRUS_TOTAL_API_KEY'),
    });
    const { reputations } = await post(program, '/api/ip-reputation/batch', ['192.168.1.1', '10.0.0.1']);
    expect(Object.keys(reputations)).toEqual(['192.168.1.1', '10.0.0.1']);
  });

  test('nothing is fetched unasked; a list that is added is matched as events come, and outlives its server', async () => {
    const before = await getJson(program, '/api/intel');
    expect(before.lists.every(({ enabled, fetched_at }: Json) => !enabled && fetched_at === null)).toBe(true);
    expect(before.summary.networks).toBe(0);

    const added = await post(program, '/api/intel/lists', { name: 'Test list', url, category: 'c2' });
    const listed = () =>
      getJson(program, '/api/intel').then(({ lists }) => lists.find(({ id }: Json) => id === added.id));
    await waitFor('the list to be read', async () => (await listed()).entries === 1);
    expect(await listed()).toMatchObject({ error: null, left_out: { internal: 1 }, enabled: true });

    await post(program, '/api/webhook/test', { src_ip: '203.0.113.66', message: 'hit' });
    const alert = await live.alert('the alert', ({ rule_id }) => rule_id === maliciousRule);
    expect(alert).toMatchObject({ severity: 'critical', group: { 'intel.address': '203.0.113.66' } });
    const { events } = await getJson(program, '/api/events?src_ip=203.0.113.66');
    expect(events[0].intel).toEqual({
      address: '203.0.113.66',
      field: 'src_ip',
      matched: '203.0.113.66',
      feeds: [added.id],
      categories: ['c2'],
      labels: ['QakBot'],
      level: 'malicious',
    });
    // An address of documentation is nowhere; one that somebody has is somewhere.
    expect(events[0].geo).toEqual({});
    await post(program, '/api/webhook/test', { src_ip: '1.2.3.4', message: 'hit' });
    const placed = await getJson(program, '/api/events?src_ip=1.2.3.4');
    expect(placed.events[0].geo.country).toMatch(/^[A-Z]{2}$/);
    const { reputation } = await getJson(program, '/api/ip-reputation/203.0.113.66');
    expect(reputation).toMatchObject({ detected: true, threat_level: 'CRITICAL', detection_names: ['QakBot'] });

    // The same copy is not sent twice.
    await post(program, `/api/intel/lists/${added.id}/fetch`, {});
    expect(requests.at(-1)?.etag).toBe('"one"');
    isDown = true;
    const failed = await post(program, `/api/intel/lists/${added.id}/fetch`, {});
    expect(failed).toMatchObject({ entries: 1, error: expect.stringContaining('503') });

    // What is allowed does not match, and what is not allowed any more matches again.
    await post(program, '/api/intel/allowed', { network: '203.0.113.0/24', reason: 'ours' });
    const facts = () => getJson(program, '/api/intel/addresses/203.0.113.66');
    await waitFor('the network to be allowed', async () => (await facts()).hit === null);
    expect((await facts()).allowed).toBe('203.0.113.0/24');
    await send(program, 'DELETE', '/api/intel/allowed?network=203.0.113.0%2F24');
    await waitFor('the list to match again', async () => (await facts()).hit !== null);

    // Over a restart, with the server away.
    live.close();
    await program.stop();
    program = await startProgram({ dataDir: program.dataDir, env: { PHOSOR_INTEL_ALLOW_PRIVATE_LISTS: 'true' } });
    live = await Live.open(program);
    expect((await facts()).hit).toMatchObject({ feeds: [added.id] });
    await post(program, '/api/webhook/test', { src_ip: '203.0.113.66', message: 'hit after the restart' });
    const stored = await waitFor('the event', async () => {
      const page = await getJson(program, '/api/events?q=restart');
      return page.events[0];
    });
    expect(stored.intel.level).toBe('malicious');
  }, 120_000);

  test('a key is written, never read; it is encrypted on disk', async () => {
    const shown = await send(program, 'PUT', '/api/intel/providers/otx/key', { key: 'a-secret-of-the-browser' });
    expect(await shown.json()).toMatchObject({ source: 'otx', key: 'browser' });
    const everything = JSON.stringify([await getJson(program, '/api/intel'), await getJson(program, '/api/settings')]);
    expect(everything).not.toContain('a-secret-of-the-browser');
    for (const name of readdirSync(program.dataDir).filter((each) => each.startsWith('state.sqlite')))
      expect(readFileSync(join(program.dataDir, name)).includes('a-secret-of-the-browser'), name).toBe(false);
    await send(program, 'PUT', '/api/intel/providers/otx/key', { key: null });
    expect((await program.api('/api/ip-reputation/8.8.8.8')).status).toBe(503);
  });
});
