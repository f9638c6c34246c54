import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { hashSecret } from '../auth/tokens.ts';
import { testAlert, testTime } from '../fakes.test-suite.ts';
import { type Harness, openHarness } from '../harness.test-suite.ts';

let harness: Harness;
const bouncerKey = 'phk_bouncer';
beforeEach(async () => {
  harness = await openHarness();
  harness.fakes.state.keys.insert({
    id: 'key-bouncer',
    name: 'edge',
    scopes: ['bouncer'],
    hash: hashSecret(bouncerKey),
    prefix: 'phk_bounce',
    created_at: 0,
    expires_at: null,
    last_used_at: null,
    revoked: false,
  });
});
afterEach(() => harness.app.close());

const post = (url: string, payload: object = {}, as: 'analyst' | 'admin' | 'viewer' = 'analyst') =>
  harness.as(as, { method: 'POST', url, payload });
const get = (url: string) => harness.as('viewer', { method: 'GET', url });
const block = async (target = '203.0.113.9', more: object = {}) =>
  post('/api/decisions', { target, reason: 'Seen in the logs', ...more });
const bouncer = (url: string, method: 'GET' | 'HEAD' | 'POST' = 'GET') =>
  harness.anonymous({ method, url, headers: { 'x-api-key': bouncerKey } });
/** Decisions are in force from now on; nothing is written, because no firewall is there. */
const enforce = (): void => {
  harness.fakes.responseMode.mode = 'enforce';
  harness.fakes.applyResponse();
};

describe('by a person', () => {
  test('in dry-run it is decided, shown, audited, and undone by a click', async () => {
    const made = await block('203.0.113.9', { ttl_seconds: 600, alerts: ['a1'] });
    expect(made.statusCode).toBe(201);
    expect(made.json()).toMatchObject({ target: '203.0.113.9', state: 'dry-run', who: 'analyst', policy: null });
    expect(Date.parse(made.json().expires) - Date.parse(made.json().created)).toBe(600_000);
    expect((await get('/api/decisions?state=dry-run')).json()).toMatchObject({ total: 1 });
    expect((await get('/api/decisions?q=113.9')).json().decisions).toHaveLength(1);
    expect((await get('/api/decisions?state=active')).json().total).toBe(0);
    const undone = await post(`/api/decisions/${made.json().id}/undo`, { reason: 'A mistake' });
    expect(undone.json()).toMatchObject({ state: 'undone', note: 'A mistake' });
    expect((await post(`/api/decisions/${made.json().id}/undo`)).json().code).toBe('DECISION_ENDED');
    expect(harness.audited()).toEqual(['decision_undone', 'decision_made']);
  });

  test('what would come of it is told before, and what stands about an address', async () => {
    const preview = async (target: string, more: object = {}) =>
      (await post('/api/decisions/preview', { target, ...more })).json();
    expect(await preview('203.0.113.9')).toEqual({
      target: '203.0.113.9',
      outcome: 'dry-run',
      why: null,
      standing: null,
    });
    expect(await preview('2001:db8::5')).toMatchObject({ target: '2001:db8::/64' });
    expect(await preview('192.0.2.1')).toMatchObject({
      outcome: 'refused',
      why: expect.stringContaining('an address of this machine'),
    });
    enforce();
    expect(await preview('203.0.113.9')).toMatchObject({ outcome: 'active' });
    expect(await preview('203.0.113.9', { kind: 'redirect' })).toMatchObject({
      outcome: 'refused',
      why: expect.stringContaining('nftables'),
    });
    expect((await get('/api/decisions')).json().total).toBe(0);
    const { id } = (await block('203.0.113.0/28')).json();
    expect(await preview('203.0.113.9')).toMatchObject({ standing: { id } });
    const about = (await get('/api/decisions/about?target=203.0.113.9,203.0.113.99,203.0.113.0/24')).json();
    expect(about.targets.map((each: { decisions: object[] }) => each.decisions.length)).toEqual([1, 0, 1]);
    expect((await get('/api/decisions/about?target=somebody')).statusCode).toBe(422);
    expect((await post('/api/decisions/preview', { target: '203.0.113.9' }, 'viewer')).statusCode).toBe(403);
    expect(harness.audited()).toEqual(['decision_made']);
  });

  test.each([
    ['10.0.0.1', 'private network'],
    ['192.0.2.1', 'an address of this machine'],
    ['192.0.2.254', 'a gateway'],
    ['192.0.2.53', 'a name server'],
    ['127.0.0.1', 'never blocked'],
    ['203.0.112.0/22', 'too wide'],
  ])('%s is refused: %s', async (target, sentence) => {
    const answer = await block(target);
    expect(answer.statusCode).toBe(422);
    expect(answer.json().detail).toContain(sentence);
    expect((await get('/api/decisions?state=refused')).json().decisions[0]).toMatchObject({ who: 'analyst' });
    expect(harness.fakes.state.audit.list(1, null)[0]).toMatchObject({ action: 'decision_refused', success: false });
  });

  test('the same target twice is refused with its end', async () => {
    await block();
    expect((await block()).json().detail).toContain('is blocked (dry-run) until');
  });

  test.each([
    { target: 'example.com', reason: 'x' },
    { target: '203.0.113.9', reason: '' },
    { target: '203.0.113.9', reason: 'x', ttl_seconds: 0 },
    { target: '203.0.113.9', reason: 'x', ttl_seconds: 8 * 86_400 },
    { target: '203.0.113.9', reason: 'x', kind: 'allow' },
  ])('%j is answered with 422', async (payload) => {
    expect((await post('/api/decisions', payload)).statusCode).toBe(422);
  });

  test('the circuit breaker', async () => {
    harness.fakes.responseMode.maxPerMinute = 3;
    for (const last of [1, 2, 3]) expect((await block(`203.0.113.${last}`)).statusCode).toBe(201);
    expect((await block('203.0.113.4')).json().detail).toContain('circuit breaker');
    harness.fakes.clock.now += 61_000;
    expect((await block('203.0.113.4')).statusCode).toBe(201);
  });
});

test('the allow-list wins: nobody there is blocked, and who was is let go', async () => {
  enforce();
  const made = await block('203.0.113.9');
  expect(made.json().state).toBe('active');
  const allowed = await post(
    '/api/response/allowed',
    { network: '203.0.113.8/30', reason: 'Scanner of ours' },
    'admin',
  );
  expect(allowed.json()).toMatchObject({ network: '203.0.113.8/30', lifted: 1 });
  expect((await get(`/api/decisions/${made.json().id}`)).json()).toMatchObject({
    state: 'undone',
    note: expect.stringContaining('allow-list'),
  });
  expect((await block('203.0.113.9')).statusCode).toBe(422);
  expect((await block('203.0.113.0/24')).statusCode).toBe(422);
  await harness.as('admin', { method: 'DELETE', url: '/api/response/allowed?network=203.0.113.8/30' });
  expect((await block('203.0.113.9')).statusCode).toBe(201);
});

test('whoever works with Phosor is let go when he comes from a blocked address', async () => {
  enforce();
  const made = (await block('203.0.113.9')).json();
  await harness.as('viewer', { method: 'GET', url: '/api/response', remoteAddress: '203.0.113.9' });
  expect((await get(`/api/decisions/${made.id}`)).json().state).toBe('undone');
  expect((await block('203.0.113.9')).json().detail).toContain('somebody logged in');
});

test('the panic switch lifts everything; only an administrator releases it', async () => {
  enforce();
  const { id } = (await block()).json();
  expect((await post('/api/response/panic', { pulled: true })).json()).toEqual({ pulled: true, lifted: 1 });
  expect((await get(`/api/decisions/${id}`)).json().state).toBe('undone');
  expect((await block('203.0.113.10')).json().state).toBe('dry-run');
  expect((await get('/api/response')).json().panic.by).toBe('analyst');
  expect((await post('/api/response/panic', { pulled: false })).statusCode).toBe(403);
  await post('/api/response/panic', { pulled: false }, 'admin');
  expect((await block('203.0.113.11')).json().state).toBe('active');
});

describe('policies', () => {
  const policy = {
    name: 'Own',
    enabled: true,
    order: 1,
    kind: 'block',
    ttl_seconds: 3600,
    when: { severity: 'high', rules: [], tags: [], event_types: [], score: null },
  };
  const put = (id: string, payload: object) =>
    harness.as('admin', { method: 'PUT', url: `/api/response/policies/${id}`, payload });

  test('are added, changed, and shipped ones come back', async () => {
    expect((await put('own', policy)).json()).toMatchObject({ id: 'own', shipped: false });
    expect((await put('critical-alert', { ...policy, enabled: false })).json()).toMatchObject({
      shipped: true,
      changed: true,
    });
    const ids = () =>
      get('/api/response').then((answer) => answer.json().policies.map((each: { id: string }) => each.id));
    expect(await ids()).toEqual(['critical-alert', 'own', 'decoy-visitor', 'high-score', 'raised-score']);
    await harness.as('admin', { method: 'DELETE', url: '/api/response/policies/critical-alert' });
    expect((await ids())[2]).toBe('critical-alert');
    expect((await put('own', { ...policy, when: { ...policy.when, severity: null } })).json().detail).toContain(
      'every alert',
    );
  });

  test('decide about alerts: once, with their evidence; forgeable, old and undone ones are left alone', async () => {
    enforce();
    await put('own', policy);
    const { fakes } = harness;
    const store = async (change: Parameters<typeof testAlert>[0]) => {
      const alert = testAlert({ time: fakes.clock.now, ...change });
      fakes.state.alerts.upsert(alert, fakes.clock.now);
      fakes.bus.emit({ type: 'alerts_stored', ids: [alert.id] });
      await fakes.settleResponse();
    };
    const of = async (state: string) => (await get(`/api/decisions?state=${state}`)).json().decisions;
    const events = (source_type: 'file' | 'syslog', tags: string[] = []) =>
      testAlert().events.map((event) => ({ ...event, source_type, source: 'syslog_198.51.100.1', tags }));
    await store({ id: 'one', events: events('file') });
    await store({ id: 'one', events: events('file') });
    expect(await of('active')).toMatchObject([
      { target: '203.0.113.9', policy: 'own', who: 'phosor', evidence: { alerts: ['one'] }, strike: 1 },
    ]);
    await store({
      id: 'udp',
      group: { src_ip: '203.0.113.20' },
      events: events('syslog', ['udp']),
      attributable: false,
    });
    await store({ id: 'tcp', group: { src_ip: '203.0.113.21' }, events: events('syslog', ['tcp']) });
    expect((await of('refused')).map((each: { note: string }) => each.note)).toEqual([
      expect.stringContaining('forged'),
      expect.stringContaining('forged'),
    ]);
    await store({ id: 'old', group: { src_ip: '203.0.113.22' }, events: events('file'), historical: true });
    await store({ id: 'low', group: { src_ip: '203.0.113.23' }, events: events('file'), severity: 'low' });
    expect(await of('active,refused,dry-run')).toHaveLength(3);
    // A person said no: policies keep to it.
    await post(`/api/decisions/${(await of('active'))[0].id}/undo`);
    await store({ id: 'again', events: events('file') });
    expect(await of('active')).toEqual([]);
    // Later it holds for twice as long.
    fakes.clock.now += 3_700_000;
    await harness.renew();
    await store({ id: 'later', events: events('file') });
    const [second] = await of('active');
    expect(second).toMatchObject({ strike: 2 });
    expect(Date.parse(second.expires) - Date.parse(second.created)).toBe(7_200_000);
    expect(
      fakes.state.audit
        .list(50, null)
        .filter(({ user }) => user === 'phosor')
        .map(({ action }) => action),
    ).toContain('decision_made');
  });

  test('the same refusal is stored once an hour, and counted', async () => {
    enforce();
    await put('own', policy);
    const { fakes } = harness;
    for (let i = 0; i < 5; i += 1) {
      fakes.state.alerts.upsert(
        testAlert({ id: `udp-${i}`, time: fakes.clock.now, attributable: false }),
        fakes.clock.now,
      );
      fakes.bus.emit({ type: 'alerts_stored', ids: [`udp-${i}`] });
    }
    await fakes.settleResponse();
    expect((await get('/api/decisions?state=refused')).json().total).toBe(1);
    expect((await get('/api/response')).json().counters).toMatchObject({ refused: 1, refused_again: 4 });
  });
});

describe('CrowdSec’s bouncers', () => {
  test('are told everything at startup, then what is new and what has ended', async () => {
    enforce();
    const { id } = (await block('203.0.113.9', { ttl_seconds: 3600 })).json();
    await block('198.51.100.0/24');
    await block('203.0.113.50', { kind: 'alert' });
    const first = (await bouncer('/v1/decisions/stream?startup=true')).json();
    expect(first.deleted).toBeNull();
    expect(first.new).toMatchObject([
      {
        uuid: id,
        origin: 'phosor',
        type: 'ban',
        scope: 'Ip',
        value: '203.0.113.9',
        duration: '1h0m0s',
        scenario: 'phosor/manual',
      },
      { scope: 'Range', value: '198.51.100.0/24' },
    ]);
    expect((await bouncer('/v1/decisions/stream')).json()).toEqual({ new: null, deleted: null });
    await post(`/api/decisions/${id}/undo`);
    await block('2001:db8::5');
    expect((await bouncer('/v1/decisions/stream')).json()).toMatchObject({
      new: [
        { scope: 'Range', value: '2001:db8::/64' },
        // For bouncers that keep no ranges.
        { scope: 'Ip', value: '2001:db8::5' },
      ],
      deleted: [{ value: '203.0.113.9', duration: '-1s' }],
    });
    expect((await get('/api/response/bouncers')).json()).toMatchObject([{ name: 'edge', pulls: 3, behind: 0 }]);
  });

  test('ask about one address', async () => {
    enforce();
    await block('203.0.113.0/28');
    const values = async (query: string) =>
      (await bouncer(`/v1/decisions?${query}`)).json()?.map(({ value }: { value: string }) => value) ?? null;
    expect(await values('ip=203.0.113.9')).toEqual(['203.0.113.0/28']);
    expect(await values('ip=203.0.113.99')).toBeNull();
    expect(await values('range=203.0.113.0/29')).toEqual(['203.0.113.0/28']);
    expect(await values('range=203.0.113.0/24')).toBeNull();
    expect(await values('range=203.0.113.0/24&contains=false')).toEqual(['203.0.113.0/28']);
    expect(await values('scope=ip')).toBeNull();
    expect(await values('scenarios_not_containing=manual')).toBeNull();
    expect(await values('origins=crowdsec,phosor')).toEqual(['203.0.113.0/28']);
    expect((await bouncer('/v1/decisions', 'HEAD')).statusCode).toBe(200);
    expect((await bouncer('/v1/usage-metrics', 'POST')).statusCode).toBe(201);
  });

  test('are told nothing of dry-run; a wrong key is forbidden, and a bouncer’s key opens nothing else', async () => {
    await block('203.0.113.9');
    expect((await bouncer('/v1/decisions/stream?startup=true')).json()).toEqual({ new: null, deleted: null });
    expect((await bouncer('/api/decisions/list/txt')).body).toBe('');
    const wrong = await harness.anonymous({ method: 'GET', url: '/v1/decisions', headers: { 'x-api-key': 'phk_x' } });
    expect(wrong.statusCode).toBe(403);
    expect(wrong.json().message).toBe(wrong.json().detail);
    expect((await bouncer('/api/decisions')).statusCode).toBe(403);
  });
});

describe('lists', () => {
  test('in every form, by header or by a token of one list; a key in the address is refused', async () => {
    enforce();
    await block('203.0.113.9');
    await block('2001:db8::5');
    expect((await bouncer('/api/decisions/list/txt')).body).toBe('203.0.113.9\n2001:db8::/64\n');
    expect((await bouncer('/api/decisions/list/mikrotik')).body).toContain(
      '/ipv6 firewall address-list add list=phosor address=2001:db8::/64 timeout=1h0m0s',
    );
    expect((await bouncer('/api/decisions/list/json')).json()).toMatchObject({ count: 2 });
    await block('198.51.100.4/30');
    expect((await bouncer('/api/decisions/list/txt?expand=true')).body.split('\n').sort()).toEqual(
      ['', '198.51.100.4', '198.51.100.5', '198.51.100.6', '198.51.100.7', '2001:db8::/64', '203.0.113.9'].sort(),
    );
    expect((await bouncer('/api/decisions/list/txt')).body).toContain('198.51.100.4/30');
    await harness.as('analyst', { method: 'POST', url: '/api/response/panic', payload: { pulled: true } });
    await harness.as('admin', { method: 'POST', url: '/api/response/panic', payload: { pulled: false } });
    await block('203.0.113.9');
    expect((await bouncer(`/api/decisions/list/txt?key=${bouncerKey}`)).json().code).toBe('KEY_IN_QUERY');
    const made = (await post('/api/response/lists', { name: 'Edge', format: 'pf' }, 'admin')).json();
    const read = await harness.anonymous({ method: 'GET', url: made.path });
    expect(read.body).toMatch(/^# Phosor.*\n203\.0\.113\.9\n/);
    expect((await harness.as('admin', { method: 'GET', url: '/api/response/lists' })).body).not.toContain(
      made.path.split('/')[2],
    );
    await harness.as('admin', { method: 'DELETE', url: `/api/response/lists/${made.id}` });
    expect((await harness.anonymous({ method: 'GET', url: made.path })).statusCode).toBe(404);
  });

  test('as indicators', async () => {
    await block('203.0.113.9', { reason: '=cmd()' });
    await block('198.51.100.0/24');
    const exported = async (format: string) =>
      harness.as('analyst', { method: 'GET', url: `/api/decisions/export?format=${format}` });
    const { objects } = (await exported('stix')).json();
    expect(objects[0].type).toBe('identity');
    expect(
      objects
        .slice(1)
        .map(({ pattern }: { pattern: string }) => pattern)
        .sort(),
    ).toEqual(["[ipv4-addr:value = '203.0.113.9']", "[ipv4-addr:value ISSUBSET '198.51.100.0/24']"]);
    for (const object of objects) {
      expect(object.id).toMatch(/^[a-z]+--[0-9a-f]{8}-[0-9a-f]{4}-5[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
      expect(object.modified >= object.created).toBe(true);
    }
    expect((await exported('csv')).body).toContain("'=cmd()");
    expect((await exported('txt')).body.split('\n').sort()).toEqual(['', '198.51.100.0/24', '203.0.113.9']);
    expect(harness.audited()).toContain('decisions_exported');
  });
});

test('N-007: the documented block is simulated in dry-run', async () => {
  const answer = await post('/active-defense/block/203.0.113.9');
  expect(answer.json()).toMatchObject({ status: 'simulated', ip: '203.0.113.9' });
  expect((await post('/active-defense/block/127.0.0.1')).statusCode).toBe(422);
  enforce();
  expect((await post('/active-defense/block/203.0.113.9')).json().status).toBe('blocked');
});

test('N-008, N-024: a packet’s score, part by part', async () => {
  const { fakes } = harness;
  fakes.state.alerts.upsert(testAlert({ severity: 'critical', time: testTime }), testTime);
  const body = { src_ip: '203.0.113.9', dst_ip: '10.0.0.1', dst_port: 22, protocol: 'TCP', length: 60 };
  const answer = (await post('/api/v1/analyze/threat-score', body, 'viewer')).json();
  expect(answer).toMatchObject({ score: 75, threat_level: 'HIGH', decision: 'ALERT', src_ip: '203.0.113.9' });
  expect(answer.parts.map(({ part, points }: { part: string; points: number }) => [part, points])).toContainEqual([
    'packet',
    15,
  ]);
  expect((await get('/api/response/score/203.0.113.9')).json().score).toBe(60);
});
