import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { SpoolFullError } from '../contract.ts';
import { type Harness, openHarness } from '../harness.test-suite.ts';
import { splitBody } from './bodies.ts';

let harness: Harness;
beforeEach(async () => {
  harness = await openHarness();
});
afterEach(() => harness.app.close());

const post = (payload: string, headers: Record<string, string> = {}, source = 'my_app') =>
  harness.as('admin', { method: 'POST', url: `/api/webhook/${source}`, payload, headers });
const json = { 'content-type': 'application/json' };

describe('bodies', () => {
  test.each([
    ['an object, as it was written', '{ "b": 1,\n "a": [null] }', json, ['{ "b": 1,\n "a": [null] }']],
    ['a number', '5', json, ['5']],
    ['a text value', '"x"', json, ['"x"']],
    ['null', 'null', json, ['null']],
    ['an array', '[{"a":1},"two",3]', json, ['{"a":1}', '"two"', '3']],
    ['lines', '{"a":1}\n\n{"a":2}\r\n', { 'content-type': 'application/x-ndjson' }, ['{"a":1}', '{"a":2}']],
    ['no declared type', '{"a":1}', {}, ['{"a":1}']],
    ['text lines', 'first line\nsecond line', { 'content-type': 'text/plain' }, ['first line', 'second line']],
    ['bytes that are no UTF-8', '{"a":"\u{fffd}"}', json, ['{"a":"\u{fffd}"}']],
  ])('%s', async (_, payload, headers, bodies) => {
    const answer = await post(payload, headers);
    expect(answer.statusCode).toBe(200);
    expect(harness.fakes.ingested).toEqual([
      { source: { name: 'webhook_my_app', peer: '127.0.0.1', hint: null }, bodies },
    ]);
    const several = bodies.length > 1;
    expect(answer.json()).toEqual({
      status: 'received',
      event_id: 'event-1-0',
      ...(several && { event_ids: bodies.map((__, i) => `event-1-${i}`) }),
    });
  });

  test.each([
    ['nothing', ''],
    ['white space', ' \n'],
    ['broken JSON', '{"a":'],
    ['a broken line', '{"a":1}\n{"a":'],
    ['an empty array', '[]'],
  ])('%s is refused with a sentence', async (_, payload) => {
    const answer = await post(payload, json);
    expect(answer.statusCode).toBe(400);
    expect(answer.json()).toEqual({ detail: expect.stringMatching(/\.$/), code: 'BODY_INVALID' });
    expect(harness.fakes.ingested).toEqual([]);
  });

  test('1 MiB is taken, more is not', async () => {
    expect((await post(`"${'x'.repeat(1024 * 1024 - 2)}"`, json)).statusCode).toBe(200);
    const answer = await post(`"${'x'.repeat(1024 * 1024)}"`, json);
    expect([answer.statusCode, answer.json().code]).toEqual([413, 'BODY_TOO_LARGE']);
  });

  test('too many events at once are refused', () => {
    expect(splitBody(`[${'1,'.repeat(5000)}1]`, 'application/json')).toEqual({
      problem: expect.stringContaining('5001'),
    });
  });
});

test.each(['a b', 'a%2Fb', 'x'.repeat(65), '%00'])('source id %j is refused', async (source) => {
  expect((await post('{}', json, source)).statusCode).toBe(422);
});

test('a source over its limit gets 429, others do not, and the log says so once a second', async () => {
  const { fakes } = harness;
  const statuses: number[] = [];
  for (let i = 0; i < 150; i += 1) statuses.push((await post('{}', json, 'burst')).statusCode);
  expect(statuses.filter((status) => status === 200)).toHaveLength(100);
  expect(statuses.slice(100).every((status) => status === 429)).toBe(true);
  expect((await post('{}', json, 'burst')).headers['retry-after']).toBe('1');
  expect((await post('{}', json, 'calm')).statusCode).toBe(200);
  expect(fakes.logged).toEqual(['warn [RATE_LIMIT] webhook_burst exceeded limit: 100/100']);
  expect(harness.audited()).toEqual(['rate_limit_exceeded']);
  fakes.clock.now += 500;
  const later = await Promise.all(Array.from({ length: 60 }, () => post('{}', json, 'burst')));
  expect(later.filter(({ statusCode }) => statusCode === 200)).toHaveLength(50);
});

test('a trusted source is never limited', async () => {
  harness.fakes.state.sources.put({
    name: 'webhook_burst',
    type: 'webhook',
    path: null,
    enabled: true,
    hint: null,
    timezone: null,
    trusted: true,
    from_beginning: false,
    created_at: 0,
  });
  const answers = await Promise.all(Array.from({ length: 150 }, () => post('{}', json, 'burst')));
  expect(answers.every(({ statusCode }) => statusCode === 200)).toBe(true);
});

test('a full disk is 503 with Retry-After, not a lie', async () => {
  harness.fakes.failIngest = new SpoolFullError('No space left on device', 7);
  const answer = await post('{}', json);
  expect([answer.statusCode, answer.headers['retry-after']]).toEqual([503, '7']);
  expect(answer.json()).toEqual({ detail: expect.not.stringContaining('device'), code: 'STORAGE_FULL' });
});

test('a key with the ingest scope is enough', async () => {
  const answer = await harness.anonymous({
    method: 'POST',
    url: '/api/webhook/agent',
    payload: '{}',
    headers: { 'x-api-key': harness.ingestKey },
  });
  expect(answer.statusCode).toBe(200);
});

test('the same idempotency key is stored once, also while it is on its way and after a failure', async () => {
  const { fakes } = harness;
  const again = (key: string, source = 'my_app') => post('{"a":1}', { ...json, 'idempotency-key': key }, source);
  fakes.failIngest = new SpoolFullError('full');
  expect((await again('k1')).statusCode).toBe(503);
  fakes.failIngest = null;
  const answers = await Promise.all([again('k1'), again('k1'), again('k1')]);
  expect(new Set(answers.map(({ body }) => body)).size).toBe(1);
  expect(fakes.ingested).toHaveLength(1);
  await again('k2');
  await again('k1', 'other_app');
  expect(fakes.ingested).toHaveLength(3);
  fakes.clock.now += 3_600_000;
  await harness.anonymous({
    method: 'POST',
    url: '/api/webhook/my_app',
    payload: '{"a":1}',
    headers: { 'x-api-key': harness.ingestKey, 'idempotency-key': 'k1' },
  });
  expect(fakes.ingested).toHaveLength(4);
});
