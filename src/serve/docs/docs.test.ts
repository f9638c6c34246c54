import { afterAll, beforeAll, expect, test } from 'vitest';
import { errorCatalogue } from '../errors.ts';
import { type Harness, openHarness } from '../harness.test-suite.ts';
import { units } from '../index.ts';
import { declaredRoutes } from '../server.ts';
import { referencePage } from './reference.ts';

let harness: Harness;
beforeAll(async () => {
  harness = await openHarness();
});
afterAll(() => harness.app.close());
const get = (url: string) => harness.anonymous({ method: 'GET', url });

test('the OpenAPI document holds every route with its unit, role and summary', async () => {
  const document = (await get('/openapi.json')).json();
  expect(document.openapi).toBe('3.1.0');
  const described = new Set<string>();
  const names = new Set(units.map(({ name }) => name));
  for (const [path, operations] of Object.entries<
    Record<string, { summary: string; tags: string[]; 'x-role': string }>
  >(document.paths)) {
    for (const [method, operation] of Object.entries(operations)) {
      described.add(`${method.toUpperCase()} ${path}`);
      expect(operation.summary, path).toMatch(/^[A-Z]/);
      expect(names.has(operation.tags[0] ?? ''), path).toBe(true);
      expect(operation['x-role'], path).toMatch(/^(public|viewer|analyst|admin|ingest|metrics|bouncer)$/);
    }
  }
  for (const { method, url, role } of declaredRoutes(harness.app)) {
    if (method === 'HEAD' || url.startsWith('/docs') || url === '/*' || role === undefined) continue;
    expect(described, url).toContain(`${method} ${url.replace(/:([a-z_0-9]+)/g, '{$1}')}`);
  }
  // Every reference leads somewhere.
  const text = JSON.stringify(document);
  for (const [, name = ''] of text.matchAll(/"\$ref":"#\/components\/schemas\/([^"]+)"/g))
    expect(Object.keys(document.components.schemas ?? {})).toContain(name);
});

test.each(['/docs', '/redoc'])('%s takes everything from here', async (url) => {
  const answer = await get(url);
  expect(answer.statusCode).toBe(200);
  expect(answer.headers['content-type']).toContain('text/html');
  expect(answer.body).not.toMatch(/(src|href)="?(https?:)?\/\//);
  for (const [, file = ''] of answer.body.matchAll(/(?:src|href)="(\/docs\/[^"]+)"/g))
    expect((await get(file)).statusCode, file).toBe(200);
});

test('the reference escapes what it shows', () => {
  const html = referencePage({
    info: { title: '<b>', version: '1' },
    tags: [{ name: 't', description: '<i>x</i>' }],
    paths: {
      '/x': { get: { tags: ['t'], summary: '<script>alert(1)</script>', responses: { 200: { description: 'ok' } } } },
    },
  });
  expect(html).not.toMatch(/<script|<b>|<i>/);
  expect(html).toContain('&lt;script&gt;');
});

test('every error has a status and a sentence', () => {
  for (const [code, { status, sentence }] of Object.entries(errorCatalogue)) {
    expect(code).toMatch(/^[A-Z]+(_[A-Z]+)*$/);
    expect(status).toBeGreaterThanOrEqual(400);
    const text = (sentence as (...values: string[]) => string)('A thing.', 'b', 'c');
    expect(text, code).toMatch(/^[A-Z].*\.$/);
  }
});
