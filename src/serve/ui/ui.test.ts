import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Harness, openHarness } from '../harness.test-suite.ts';
import { listenUi } from '../server.ts';
import { prefersHtml } from './negotiate.ts';

const folder = mkdtempSync(join(tmpdir(), 'phosor-ui-'));
let built: Harness;
let bare: Harness;
beforeAll(async () => {
  mkdirSync(join(folder, 'dist/assets'), { recursive: true });
  writeFileSync(join(folder, 'dist/index.html'), '<!doctype html><title>the UI</title>');
  writeFileSync(join(folder, 'dist/assets/app-abc123.js'), 'console.log(1)');
  writeFileSync(join(folder, 'dist/icon.svg'), '<svg/>');
  writeFileSync(join(folder, 'secret.txt'), 'outside');
  built = await openHarness({ uiFolder: join(folder, 'dist') });
  bare = await openHarness();
});
afterAll(async () => {
  await Promise.all([built.app.close(), bare.app.close()]);
  rmSync(folder, { recursive: true });
});

const browser = { accept: 'text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8' };
const get = (url: string, headers: Record<string, string> = browser, harness = built) =>
  harness.anonymous({ method: 'GET', url, headers });

test.each([
  [undefined, false],
  ['*/*', false],
  ['application/json', false],
  ['application/json, text/html;q=0.5', false],
  ['text/html', true],
  [browser.accept, true],
])('Accept %j prefers a page: %s', (accept, expected) => {
  expect(prefersHtml(accept)).toBe(expected);
});

test('the root is the UI for browsers and JSON for programs', async () => {
  expect((await get('/')).body).toContain('the UI');
  expect((await get('/', { accept: '*/*' })).json()).toMatchObject({ name: 'PHOSOR', version: '0.0.0-test' });
  expect((await get('/')).headers.vary).toContain('accept');
});

test.each([
  '/alerts',
  '/alerts/some-id',
  '/setup',
  '/rules/a%2Fb',
  '/entity/address/203.0.113.9',
  '/entity/host/web.js',
])('%s is a page of the UI', async (url) => {
  const answer = await get(url);
  expect([answer.statusCode, answer.headers['cache-control']]).toEqual([200, 'no-cache']);
  expect(answer.body).toContain('the UI');
});

test('hashed files are cached for ever, others are asked for again', async () => {
  const script = await get('/assets/app-abc123.js');
  expect(script.headers['cache-control']).toBe('public, max-age=31536000, immutable');
  expect(script.headers['content-type']).toContain('javascript');
  expect((await get('/icon.svg')).headers['cache-control']).toBe('no-cache');
});

test.each([
  '/../secret.txt',
  '/%2e%2e/secret.txt',
  '/..%2fsecret.txt',
  '/assets/..%2f..%2fsecret.txt',
  '/assets/gone.js',
  '/%00.js',
])('%s gives nothing away', async (url) => {
  const answer = await get(url);
  expect(answer.body).not.toContain('outside');
  expect(answer.statusCode).toBeGreaterThanOrEqual(400);
  expect(answer.statusCode).toBeLessThan(500);
  expect(answer.json()).toEqual({ detail: expect.any(String), code: expect.any(String) });
});

test('where the UI is not built, a page says how', async () => {
  const answer = await get('/', browser, bare);
  expect(answer.body).toContain('npm run build:web');
  expect((await get('/alerts', browser, bare)).statusCode).toBe(200);
  expect((await get('/assets/x.js', browser, bare)).statusCode).toBe(404);
});

test('on the second port the root is the UI for everybody, and the API is there too', async () => {
  const server = await listenUi(built.app, { host: '127.0.0.1', port: 0 });
  const base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  expect((await fetch(`${base}/`)).headers.get('content-type')).toContain('text/html');
  const json = await fetch(`${base}/`, { headers: { accept: 'application/json' } });
  expect(await json.json()).toMatchObject({ name: 'PHOSOR' });
  expect((await fetch(`${base}/api/alerts`)).status).toBe(401);
  server.closeAllConnections();
  await new Promise((done) => server.close(done));
});
