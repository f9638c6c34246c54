import { expect, test } from 'vitest';
import { hashSecret } from '../auth/tokens.ts';
import { openHarness } from '../harness.test-suite.ts';
import { Exposition } from './exposition.ts';

/** A line is a comment, or a name with labels and a number. */
const line =
  /^(?:# (?:HELP|TYPE) [a-z_]+ .+|[a-z_]+(?:\{(?:[a-z_]+="(?:[^"\\\n]|\\["\\n])*",?)+\})? (?:[+-]?\d.*|[+-]Inf|NaN))$/;

test('every line is one of the format, every family has its type once', async () => {
  const harness = await openHarness();
  const answer = await harness.as('viewer', { method: 'GET', url: '/metrics' });
  expect(answer.headers['content-type']).toBe('text/plain; version=0.0.4; charset=utf-8');
  const lines = answer.body.trimEnd().split('\n');
  for (const each of lines) expect(each).toMatch(line);
  const types = lines.filter((each) => each.startsWith('# TYPE')).map((each) => each.split(' ')[2]);
  expect(new Set(types).size).toBe(types.length);
  for (const each of lines.filter((text) => !text.startsWith('#'))) {
    const name = /^[a-z_]+/.exec(each)?.[0].replace(/_(bucket|sum|count)$/, '') ?? '';
    expect([...types]).toContain(types.includes(name) ? name : /^[a-z_]+/.exec(each)?.[0]);
  }
  const again = await harness.as('viewer', { method: 'GET', url: '/metrics' });
  expect(again.body).toContain('phosor_http_answers_total{method="GET",status="2xx"} 1');
});

test('what people are told, work on, and what is known of addresses is counted', async () => {
  const harness = await openHarness();
  const { body } = await harness.as('viewer', { method: 'GET', url: '/metrics' });
  for (const sample of [
    'phosor_notification_channels ',
    'phosor_notifications_last_day{state="delivered"} ',
    'phosor_digest_incidents{reason="quiet"} ',
    'phosor_incidents{status="new",severity="high"} 0',
    'phosor_intel_networks ',
    'phosor_intel_lists{enabled="true"} ',
    'phosor_reputation_questions_today{provider="virustotal"} ',
  ])
    expect(body).toContain(sample);
});

test('what is hostile in a label stays inside it', () => {
  const out = new Exposition();
  out.counter('x_total', 'Help\nline', [[{ source: 'a"b\\c\n# TYPE evil gauge\ud800' }, 1]]);
  expect(out.text()).toBe(
    '# HELP x_total Help\\nline\n# TYPE x_total counter\nx_total{source="a\\"b\\\\c\\n# TYPE evil gauge\ufffd"} 1\n',
  );
});

test('a key with the scope metrics reads metrics and nothing else', async () => {
  const harness = await openHarness();
  harness.fakes.state.keys.insert({
    id: 'm',
    name: 'prometheus',
    scopes: ['metrics'],
    hash: hashSecret('phk_metrics'),
    prefix: 'phk_metric',
    created_at: 0,
    expires_at: null,
    last_used_at: null,
    revoked: false,
  });
  const headers = { authorization: 'Bearer phk_metrics' };
  expect((await harness.anonymous({ method: 'GET', url: '/metrics' })).statusCode).toBe(401);
  expect((await harness.anonymous({ method: 'GET', url: '/metrics', headers })).statusCode).toBe(200);
  for (const url of ['/api/alerts', '/api/sources', '/api/auth/me'])
    expect((await harness.anonymous({ method: 'GET', url, headers })).statusCode).toBe(403);
  expect((await harness.anonymous({ method: 'POST', url: '/api/webhook/x', headers, payload: {} })).statusCode).toBe(
    403,
  );
});
