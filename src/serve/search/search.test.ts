import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { EventStore } from '../../store/contract.ts';
import { testTime } from '../fakes.test-suite.ts';
import { type Harness, openHarness } from '../harness.test-suite.ts';
import { openHistory, type TestHistory } from '../history.test-suite.ts';
import { bucketSecondsOf } from './lines.ts';
import type { AnswerLine } from './shapes.ts';

let harness: Harness;
let history: TestHistory;
beforeEach(async () => {
  [harness, history] = [await openHarness(), await openHistory()];
  harness.fakes.events = history.store;
  harness.fakes.clock.now = testTime + 600_000;
});
afterEach(async () => {
  await harness.app.close();
  await history.close();
});

const failed = (second: number, user: string, address: string) =>
  `Nov 20 10:00:${String(second).padStart(2, '0')} web1 sshd[22]: Failed password for ${user} from ${address} port 4022 ssh2`;

async function search(payload: object): Promise<AnswerLine[]> {
  const answer = await harness.as('viewer', { method: 'POST', url: '/api/search', payload });
  expect(answer.statusCode).toBe(200);
  expect(answer.headers['content-type']).toContain('application/x-ndjson');
  return answer.body
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as AnswerLine);
}
const of = <T extends AnswerLine['type']>(lines: readonly AnswerLine[], type: T) =>
  lines.filter((line): line is AnswerLine & { type: T } => line.type === type);
const get = (url: string) => harness.as('viewer', { method: 'GET', url });

/** The history, but for its search. */
function searchingBy(search: EventStore['search']): EventStore {
  const store: EventStore = { ...history.store, search, settled: async () => store };
  return store;
}

test('a connection that is closed ends the question to the store', async () => {
  const asked = Promise.withResolvers<AbortSignal>();
  harness.fakes.events = searchingBy(
    (_request, _onPart, signal) =>
      new Promise((_, reject) => {
        if (signal === undefined) return reject(new Error('no signal was handed in'));
        signal.addEventListener('abort', () => reject(signal.reason));
        asked.resolve(signal);
      }),
  );
  await harness.app.listen({ port: 0, host: '127.0.0.1' });
  const { port } = harness.app.server.address() as AddressInfo;
  const gone = new AbortController();
  const answer = fetch(`http://127.0.0.1:${port}/api/search`, {
    method: 'POST',
    headers: { authorization: `Bearer ${harness.tokens.viewer}`, 'content-type': 'application/json' },
    body: JSON.stringify({ query: 'failed' }),
    signal: gone.signal,
  }).then((response) => response.text());
  const outcome = expect(answer).rejects.toThrow();
  const signal = await asked.promise;
  expect(signal.aborted).toBe(false);
  gone.abort();
  await outcome;
  if (!signal.aborted) await once(signal, 'abort');
}, 30_000);

describe('POST /api/search', () => {
  test('page, counts and the end, in lines', async () => {
    await history.add([
      failed(1, 'root', '203.0.113.5'),
      failed(2, 'admin', '203.0.113.6'),
      'Nov 20 10:00:03 web1 sshd[22]: Accepted password for ann from 192.0.2.9 port 1 ssh2',
      failed(4, 'root', '198.51.100.1'),
    ]);
    const lines = await search({
      query: 'src_ip:203.0.113.0/24 "failed password"',
      histogram: true,
      facets: ['user', 'fields.method'],
    });
    expect(of(lines, 'page').flatMap(({ events }) => events.map(({ user }) => user))).toEqual(['admin', 'root']);
    expect(of(lines, 'page').at(-1)).toMatchObject({ next: null, final: true });
    const sum = of(lines, 'histogram')
      .at(-1)
      ?.buckets.reduce((count, { low, medium }) => count + low + medium, 0);
    expect(sum).toBe(2);
    expect(of(lines, 'facets').at(-1)).toMatchObject({
      facets: {
        user: [
          { value: 'admin', count: 1 },
          { value: 'root', count: 1 },
        ],
        'fields.method': [{ value: 'password', count: 2 }],
      },
      inexact: [],
    });
    expect(of(lines, 'progress').at(-1)).toMatchObject({ scanned_events: 4, total_events: 4, matched: 2 });
    expect(lines.at(-1)).toMatchObject({ type: 'done', total: 2 });
  });

  test('pages follow each other in both orders', async () => {
    const sent = await history.add(Array.from({ length: 7 }, (_, i) => failed(i, `u${i}`, '203.0.113.5')));
    for (const order of ['newest', 'oldest']) {
      const users: unknown[] = [];
      let after: string | undefined;
      do {
        const lines = await search({ limit: 3, order, ...(after && { after }) });
        users.push(...of(lines, 'page').flatMap(({ events }) => events.map(({ user }) => user)));
        after = of(lines, 'page').at(-1)?.next ?? undefined;
      } while (after !== undefined);
      const expected = sent.map(({ user }) => user);
      expect(users).toEqual(order === 'oldest' ? expected : expected.reverse());
    }
  });

  test('a page in the middle, by its place and next to one that is known', async () => {
    const sent = await history.add(Array.from({ length: 9 }, (_, i) => failed(i, `u${i}`, '203.0.113.5')));
    const page = async (payload: object) =>
      (
        await harness.as('viewer', { method: 'POST', url: '/api/search/page', payload: { limit: 3, ...payload } })
      ).json();
    const users = ({ events }: { events: { user: string }[] }) => events.map(({ user }) => user);
    for (const order of ['newest', 'oldest']) {
      const all = order === 'oldest' ? sent.map(({ user }) => user) : sent.map(({ user }) => user).reverse();
      const middle = await page({ order, offset: 3 });
      expect(users(middle)).toEqual(all.slice(3, 6));
      expect(users(await page({ order, after: middle.last }))).toEqual(all.slice(6, 9));
      expect(users(await page({ order, before: middle.first }))).toEqual(all.slice(0, 3));
      expect(await page({ order, offset: 9 })).toEqual({ events: [], first: null, last: null });
    }
    expect(users(await page({ query: 'user:(u2 OR u5)', offset: 1 }))).toEqual(['u2']);
    expect((await page({})).code).toBe('VALIDATION_FAILED');
    expect((await page({ offset: 0, after: 'x' })).code).toBe('VALIDATION_FAILED');
    expect((await page({ offset: 0, query: 'user:' })).code).toBe('QUERY_INVALID');
  });

  test('nothing stored is an empty page and a total of 0', async () => {
    const lines = await search({ query: 'x', histogram: true, facets: ['user'] });
    expect(lines[0]).toEqual({ type: 'page', events: [], next: null, final: true });
    expect(lines.at(-1)).toMatchObject({ type: 'done', total: 0 });
  });

  test.each([
    [{ query: 'user:' }, 422, 'QUERY_INVALID'],
    [{ query: 'x', facets: ['constructor'] }, 422, 'VALIDATION_FAILED'],
    [{ query: 'x', limit: 501 }, 422, 'VALIDATION_FAILED'],
    [{ query: 'x', from: 5, to: 5 }, 422, 'VALIDATION_FAILED'],
    [{ query: 'x', after: 'no cursor' }, 422, 'VALIDATION_FAILED'],
  ])('%j is refused with %d %s', async (payload, status, code) => {
    const answer = await harness.as('viewer', { method: 'POST', url: '/api/search', payload });
    expect([answer.statusCode, answer.json().code]).toEqual([status, code]);
  });

  test('a query that cannot be read is refused with the places', async () => {
    const answer = await harness.as('viewer', { method: 'POST', url: '/api/search', payload: { query: 'a (b' } });
    expect(answer.json().errors).toEqual([{ at: { from: 2, to: 3 }, message: expect.any(String) }]);
  });

  test('a failure on the way is the last line, without its inside', async () => {
    harness.fakes.events = searchingBy(async () => Promise.reject(new Error('inside')));
    const lines = await search({ query: 'x' });
    expect(lines).toEqual([{ type: 'error', code: 'INTERNAL', detail: expect.not.stringContaining('inside') }]);
  });

  test('searches that ended, however, make room for others', async () => {
    harness.fakes.events = searchingBy(async () => Promise.reject(new Error('inside')));
    for (let i = 0; i < 20; i += 1) expect((await search({ query: 'x' })).at(-1)?.type).toBe('error');
  });
});

test('fields are the columns and what events carry besides', async () => {
  await history.add([failed(1, 'root', '203.0.113.5'), failed(2, 'root', '203.0.113.5')]);
  const { fields, of_events } = (await get('/api/search/fields')).json();
  expect(of_events).toBe(2);
  expect(fields.find(({ name }: { name: string }) => name === 'src_ip')).toMatchObject({ kind: 'address' });
  expect(fields.find(({ name }: { name: string }) => name === 'fields.method')).toMatchObject({ count: 2 });
});

test.each([
  ['user', 'RO', ['root']],
  ['user', '', ['admin', 'root']],
  ['src_port', '40', ['4022']],
  ['src_port', 'x', []],
  ['fields.method', 'pass', ['password']],
  ['severity', 'm', ['medium']],
  ['log_source', 'auth', ['file_auth.log']],
  ['program', 'sh', ['sshd']],
  ['tags', '', []],
])('values of %s that begin with %j', async (field, prefix, expected) => {
  await history.add([
    failed(1, 'root', '203.0.113.5'),
    failed(2, 'admin', '203.0.113.6'),
    failed(3, 'admin', '203.0.113.6'),
  ]);
  const { values } = (await get(`/api/search/values?field=${field}&prefix=${prefix}`)).json();
  const texts = values.map(({ value }: { value: string }) => value);
  expect(texts.filter((value: string) => expected.includes(value))).toEqual(expected);
  if (prefix !== '') expect(texts).toEqual(expected);
});

test('lines around an event are those of its source, oldest first', async () => {
  const sent = await history.add(Array.from({ length: 9 }, (_, i) => failed(i, `u${i}`, '203.0.113.5')));
  await history.add([failed(4, 'other', '203.0.113.5')], { source: 'file_other.log' });
  const answer = await get(`/api/search/context?id=${sent[4]?.id}&before=2&after=3`);
  const { before, event, after } = answer.json();
  const users = (events: { user: string }[]) => events.map(({ user }) => user);
  expect([users(before), event.user, users(after)]).toEqual([['u2', 'u3'], 'u4', ['u5', 'u6', 'u7']]);
  expect((await get('/api/search/context?id=nobody')).statusCode).toBe(404);
});

test.each([
  [0, 1],
  [150_000, 1],
  [86_400_000, 600],
  [30 * 86_400_000, 21_600],
  [10 * 365 * 86_400_000, 4 * 604_800],
])('a span of %d ms is shown in buckets of %d s', (span, seconds) => {
  expect(bucketSecondsOf(span)).toBe(seconds);
});
