import { afterAll, beforeAll, expect, test } from 'vitest';
import { fakeServices } from './fakes.test-suite.ts';
import { type Harness, openHarness } from './harness.test-suite.ts';
import { createServer, declaredRoutes } from './server.ts';

let harness: Harness;
beforeAll(async () => {
  harness = await openHarness();
});
afterAll(() => harness.app.close());

/** Everything that answers without a credential. A new public route must be added here on purpose. */
const publicRoutes = [
  'GET /',
  'GET /*',
  'GET /api/auth/setup',
  'POST /api/auth/setup',
  // Whoever holds an administrator's one-time link.
  'POST /api/auth/reset/look',
  'POST /api/auth/reset',
  'POST /api/auth/token',
  'GET /health',
  'GET /health/live',
  'GET /health/notifications',
  'GET /health/websocket',
  'GET /health/ready',
  'GET /openapi.json',
  'GET /redoc',
  'OPTIONS /*',
  'GET /lists/:token',
  'GET /ws/events',
  'GET /ws/logs/live',
];

test('every route declares its role, and the public ones are known', () => {
  const routes = declaredRoutes(harness.app);
  expect(routes.length).toBeGreaterThan(60);
  expect(routes.filter(({ role }) => role === undefined)).toEqual([]);
  const open = routes
    .filter(({ role, url, method }) => role === 'public' && method !== 'HEAD' && !url.startsWith('/docs'))
    .map(({ method, url }) => `${method} ${url}`);
  expect(open.sort()).toEqual([...publicRoutes].sort());
});

test('every other route refuses without a credential, with a bad one and with too small a role', async () => {
  const smaller = {
    viewer: null,
    analyst: 'viewer',
    admin: 'analyst',
    ingest: 'viewer',
    metrics: null,
    bouncer: null,
  } as const;
  let walked = 0;
  for (const { method, url, role } of declaredRoutes(harness.app)) {
    if (role === 'public' || role === undefined) continue;
    const request = { method: method as 'GET', url: url.replace(/:[a-z_]+/g, 'x') };
    const where = `${method} ${url}`;
    expect((await harness.anonymous(request)).statusCode, where).toBe(401);
    const bad = await harness.anonymous({ ...request, headers: { authorization: 'Bearer garbage' } });
    expect(bad.statusCode, where).toBe(401);
    if (method !== 'HEAD')
      expect(bad.json(), where).toEqual({
        detail: expect.any(String),
        code: 'CREDENTIAL_INVALID',
        ...(url.startsWith('/v1/') && { message: expect.any(String) }),
      });
    const less = smaller[role];
    if (less !== null) expect((await harness.as(less, request)).statusCode, where).toBe(403);
    // A key that may only ingest opens nothing else.
    if (role !== 'ingest') {
      const key = await harness.anonymous({ ...request, headers: { 'x-api-key': harness.ingestKey } });
      expect(key.statusCode, where).toBe(403);
    }
    walked += 1;
  }
  expect(walked).toBeGreaterThan(50);
});

test('a route without a role cannot be registered', async () => {
  const app = await createServer(fakeServices());
  expect(() => app.get('/api/open', async () => 'x')).toThrow('GET /api/open declares no role');
  await app.close();
});

test.each([
  ['GET', '/api/nothing', 404],
  ['POST', '/api/alerts', 404],
  ['DELETE', '/', 404],
  ['GET', '/assets/gone.js', 404],
  ['GET', '/%zz', 400],
] as const)('%s %s is answered with JSON', async (method, url, status) => {
  const answer = await harness.as('admin', { method, url, headers: { accept: 'text/html' } });
  expect(answer.statusCode).toBe(status);
  expect(answer.json()).toEqual({ detail: expect.any(String), code: expect.any(String) });
});

test('a failure inside is answered without its text', async () => {
  harness.fakes.events.info = async () => {
    throw Object.assign(new Error('cannot open /var/lib/secret/path.duckdb'), { code: 'EIO' });
  };
  const answer = await harness.as('viewer', { method: 'GET', url: '/api/stats' });
  expect(answer.statusCode).toBe(500);
  expect(answer.body).not.toMatch(/secret|duckdb|Error:|at /);
  const reference = /reference ([0-9a-f]{8})/.exec(answer.json().detail)?.[1];
  expect(harness.fakes.logged.join('\n')).toContain(`(${reference})`);
});

test.each([
  ['/api/alerts?limit=0', 'In the query, "limit"'],
  ['/api/alerts?limit=many', 'In the query, "limit"'],
  ['/api/alerts?severity=high,terrible', '"terrible" is no severity'],
  ['/api/events?from=yesterday', '"yesterday" is no time'],
  ['/api/events/top', 'In the query, "field"'],
])('%s names the field', async (url, sentence) => {
  const answer = await harness.as('viewer', { method: 'GET', url });
  expect(answer.statusCode).toBe(422);
  expect(answer.json().code).toBe('VALIDATION_FAILED');
  expect(answer.json().detail).toContain(sentence);
});

test('security headers are on every answer', async () => {
  for (const url of ['/', '/docs', '/api/alerts', '/nowhere']) {
    const { headers } = await harness.anonymous({ method: 'GET', url });
    expect(headers['x-content-type-options'], url).toBe('nosniff');
    expect(headers['content-security-policy'], url).toContain("script-src 'self';");
    expect(headers['content-security-policy'], url).toContain("frame-ancestors 'none'");
    expect(headers['referrer-policy'], url).toBe('no-referrer');
  }
});
