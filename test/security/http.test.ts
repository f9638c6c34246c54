import type { AddressInfo } from 'node:net';
import { connect } from 'node:net';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { WebSocket } from 'ws';
import { issueToken } from '../../src/serve/auth/tokens.ts';
import { fakeServices } from '../../src/serve/fakes.test-suite.ts';
import { type Harness, openHarness } from '../../src/serve/harness.test-suite.ts';
import { createServer, declaredRoutes } from '../../src/serve/server.ts';

/* What an attacker tries over HTTP. Roles of all routes are walked in src/serve/routes.test.ts. */

let harness: Harness;
beforeEach(async () => {
  harness = await openHarness();
});
afterEach(() => harness.app.close());

const login = (payload: object, headers: Record<string, string> = {}) =>
  harness.anonymous({ method: 'POST', url: '/api/auth/token', payload, headers });

describe('sessions', () => {
  test('fixation: a cookie that was there before the login is replaced, never taken over', async () => {
    await harness.as('admin', {
      method: 'POST',
      url: '/api/users',
      payload: { username: 'mallory', password: 'correct-horse', role: 'viewer' },
    });
    const planted = harness.tokens.viewer;
    const answer = await login(
      { username: 'mallory', password: 'correct-horse' },
      { cookie: `phosor_session=${planted}` },
    );
    const cookie = String(answer.headers['set-cookie']);
    expect(cookie).toMatch(/^phosor_session=[^;]+; .*HttpOnly; SameSite=Strict/);
    expect(cookie).not.toContain(planted);
    const again = await login({ username: 'mallory', password: 'correct-horse' });
    expect(again.json().access_token).not.toBe(planted);
  });

  test('a token of another key, without a signature or of another algorithm is refused', async () => {
    const user = harness.fakes.state.users.byId('user-admin');
    if (user === null) throw new Error('no admin');
    const foreign = await issueToken(user, new Uint8Array(32).fill(201), 60, harness.fakes.now());
    const [, claims] = foreign.split('.');
    const none = `${Buffer.from('{"alg":"none","typ":"JWT"}').toString('base64url')}.${claims}.`;
    for (const token of [foreign, none, `${none}x`, '', 'a.b.c', 'x'.repeat(10_000)]) {
      const answer = await harness.anonymous({
        method: 'GET',
        url: '/api/users',
        headers: { authorization: `Bearer ${token}` },
      });
      expect(answer.statusCode).toBe(401);
    }
  });

  test('guessing is slowed per name and per address, and a proxy header does not hide who guesses', async () => {
    let refused = 0;
    for (let n = 0; n < 8; n += 1) {
      const answer = await login(
        { username: 'admin', password: `guess ${n}` },
        { 'x-forwarded-for': `203.0.113.${n}` },
      );
      if (answer.statusCode === 429) refused += 1;
    }
    expect(refused).toBe(3);
    const records = harness.fakes.state.audit.list(20, null);
    expect(new Set(records.map(({ source_ip }) => source_ip))).toEqual(new Set(['127.0.0.1']));
  });
});

describe('other sites', () => {
  const cookie = (): Record<string, string> => ({ cookie: `phosor_session=${harness.tokens.admin}` });

  test('no changing route can be called with the cookie from elsewhere', async () => {
    let walked = 0;
    for (const { method, url, role } of declaredRoutes(harness.app)) {
      if (role === 'public' || method === 'GET' || method === 'HEAD' || method === 'OPTIONS') continue;
      for (const origin of [{ origin: 'https://evil.example' }, { 'sec-fetch-site': 'cross-site' }, {}]) {
        const headers = { ...cookie(), ...origin };
        const answer = await harness.anonymous({
          method: method as 'POST',
          url: url.replace(/:[a-z_]+/g, 'x'),
          headers,
        });
        expect([answer.statusCode, answer.json().code], `${method} ${url}`).toEqual([403, 'CROSS_SITE']);
      }
      walked += 1;
    }
    expect(walked).toBeGreaterThan(30);
  });

  test('no origin is allowed unless it is configured', async () => {
    const answer = await harness.anonymous({
      method: 'GET',
      url: '/health',
      headers: { origin: 'https://evil.example' },
    });
    expect(answer.headers).not.toHaveProperty('access-control-allow-origin');
  });
});

describe('paths and headers', () => {
  test.each([
    '/../../../../etc/passwd',
    '/..%2f..%2f..%2fetc%2fpasswd',
    '/%2e%2e/%2e%2e/package.json',
    '/assets/..%5c..%5cpackage.json',
    '/assets/%00/etc/passwd',
    '/docs/..%2f..%2fpackage.json',
    '/....//....//etc/passwd',
  ])('%s gives no file', async (url) => {
    const answer = await harness.anonymous({ method: 'GET', url });
    expect(answer.body).not.toMatch(/root:|"dependencies"/);
    expect(answer.statusCode).toBeLessThan(500);
  });

  test('files outside the configured folders cannot be followed', async () => {
    for (const filepath of ['/etc/shadow', '/var/log/../../etc/shadow', '\u0000/var/log/x']) {
      harness.fakes.sources.addFile = async () => {
        throw new Error('outside');
      };
      const answer = await harness.as('admin', { method: 'POST', url: '/api/sources/file/add', payload: { filepath } });
      expect(answer.statusCode).toBe(422);
    }
  });

  test('what a client sends never becomes a header line', async () => {
    for (const url of ['/api/events/x%0d%0aset-cookie:%20a=b', '/%0d%0aset-cookie:%20a=b', '/docs%0d%0ax:%20y']) {
      const answer = await harness.as('viewer', { method: 'GET', url });
      expect(answer.headers).not.toHaveProperty('set-cookie');
      expect(answer.headers).not.toHaveProperty('x');
      expect(answer.statusCode).toBeLessThan(500);
    }
  });

  test('a request that is smuggled behind another is not answered', async () => {
    await harness.app.listen({ port: 0, host: '127.0.0.1' });
    const { port } = harness.app.server.address() as AddressInfo;
    const text = await new Promise<string>((done) => {
      const socket = connect(port, '127.0.0.1');
      let got = '';
      socket.on('data', (data) => {
        got += data;
      });
      socket.on('close', () => done(got));
      socket.on('error', () => done(got));
      socket.write(
        'POST /api/auth/token HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nGET /health HTTP/1.1\r\nHost: x\r\n\r\n',
      );
      setTimeout(() => socket.destroy(), 1000);
    });
    expect(text).toMatch(/^HTTP\/1\.1 400/);
    expect(text.match(/HTTP\/1\.1/g)).toHaveLength(1);
  });
});

describe('proxies', () => {
  const ask = async (trustedProxies: string[], headers: Record<string, string>) => {
    const fakes = fakeServices();
    fakes.http.trustedProxies = trustedProxies;
    const app = await createServer(fakes);
    await app.inject({ method: 'POST', url: '/api/auth/token', payload: { username: 'a', password: 'b' }, headers });
    const answer = await app.inject({ method: 'GET', url: '/health', headers });
    await app.close();
    return { ip: fakes.state.audit.list(1, null)[0]?.source_ip, hsts: answer.headers['strict-transport-security'] };
  };
  const headers = { 'x-forwarded-for': '203.0.113.9, 198.51.100.7', 'x-forwarded-proto': 'https' };

  test('nobody is believed unless configured', async () => {
    expect(await ask([], headers)).toEqual({ ip: '127.0.0.1', hsts: undefined });
    expect(await ask(['10.0.0.0/8'], headers)).toEqual({ ip: '127.0.0.1', hsts: undefined });
  });

  test('a configured one is: the client is the last address that is no proxy', async () => {
    expect(await ask(['127.0.0.1'], headers)).toEqual({ ip: '198.51.100.7', hsts: 'max-age=31536000' });
    expect(await ask(['127.0.0.1', '198.51.100.0/24'], headers)).toMatchObject({ ip: '203.0.113.9' });
  });
});

test('a type without a body is no body; a body of that type must be JSON', async () => {
  const call = (payload: string | undefined) =>
    harness.as('admin', {
      method: 'POST',
      url: '/api/alerts/nope/acknowledge',
      headers: { 'content-type': 'application/json' },
      ...(payload !== undefined && { payload }),
    });
  expect((await call(undefined)).statusCode).toBe(404);
  expect((await call('')).statusCode).toBe(404);
  expect((await call('{')).json()).toMatchObject({ code: 'BODY_INVALID' });
  expect((await call('{"__proto__": {"a": 1}}')).statusCode).toBe(400);
});

describe('floods', () => {
  test('a body over the limit is refused everywhere', async () => {
    let walked = 0;
    const big = JSON.stringify({ x: 'a'.repeat(40 * 1024 * 1024) });
    for (const { method, url, role } of declaredRoutes(harness.app)) {
      if ((method !== 'POST' && method !== 'PUT' && method !== 'PATCH') || role === undefined) continue;
      const headers = { 'content-type': 'application/json', authorization: `Bearer ${harness.tokens.admin}` };
      const answer = await harness.app.inject({ method, url: url.replace(/:[a-z_]+/g, 'x'), headers, payload: big });
      expect([413, 415], `${method} ${url}`).toContain(answer.statusCode);
      walked += 1;
    }
    expect(walked).toBeGreaterThan(20);
  }, 120_000);

  test('one credential from many addresses is limited together', async () => {
    harness.fakes.http.apiRatePerSecond = 5;
    harness.fakes.http.trustedProxies = ['127.0.0.1'];
    const app = await createServer(harness.fakes);
    const codes: number[] = [];
    for (let n = 0; n < 20; n += 1) {
      const headers = { authorization: `Bearer ${harness.tokens.viewer}`, 'x-forwarded-for': `203.0.113.${n}` };
      codes.push((await app.inject({ method: 'GET', url: '/api/sources', headers })).statusCode);
    }
    await app.close();
    expect(codes.filter((code) => code === 200)).toHaveLength(10);
    expect(codes.filter((code) => code === 429)).toHaveLength(10);
  });
});

test('every WebSocket refuses without a credential', async () => {
  await harness.app.listen({ port: 0, host: '127.0.0.1' });
  const { port } = harness.app.server.address() as AddressInfo;
  const paths = declaredRoutes(harness.app)
    .filter(({ method, url }) => method === 'GET' && url.startsWith('/ws/'))
    .map(({ url }) => url);
  expect(paths.length).toBeGreaterThan(0);
  for (const path of paths) {
    for (const query of ['?token=garbage', '']) {
      const messages: string[] = [];
      const outcome = await new Promise<string>((done) => {
        const socket = new WebSocket(`ws://127.0.0.1:${port}${path}${query}`, {
          headers: { origin: 'https://evil.example' },
        });
        socket.on('message', (data) => messages.push(String(data)));
        socket.on('unexpected-response', (_request, response) => done(`status ${response.statusCode}`));
        socket.on('close', (code) => done(`closed ${code}`));
        socket.on('error', () => {});
        socket.on('open', () => socket.send(JSON.stringify({ type: 'auth', token: 'garbage' })));
      });
      expect(outcome, path + query).not.toBe('open');
      expect(messages.join(), path + query).not.toMatch(/"type":"(connected|event|alert|raw_log)"/);
    }
  }
});
