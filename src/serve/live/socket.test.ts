import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { WebSocket } from 'ws';
import { testAlert, testEvent } from '../fakes.test-suite.ts';
import { type Harness, openHarness } from '../harness.test-suite.ts';

let harness: Harness;
let port: number;
const sockets: WebSocket[] = [];
beforeEach(async () => {
  harness = await openHarness();
  await harness.app.listen({ port: 0, host: '127.0.0.1' });
  port = (harness.app.server.address() as AddressInfo).port;
});
afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.terminate();
  await harness.app.close();
});

interface Watched {
  socket: WebSocket;
  messages: { type: string; data?: { id: string } }[];
  /** `open`, an HTTP status before the upgrade, or a close code after it. */
  outcome: Promise<string | number>;
}

function connect(options: { headers?: Record<string, string>; query?: string; first?: object } = {}): Watched {
  const socket = new WebSocket(`ws://127.0.0.1:${port}/ws/events${options.query ?? ''}`, {
    headers: options.headers ?? {},
  });
  sockets.push(socket);
  const messages: Watched['messages'] = [];
  const outcome = new Promise<string | number>((done) => {
    socket.on('unexpected-response', (_request, response) => done(response.statusCode ?? 0));
    socket.on('message', (data) => {
      messages.push(JSON.parse(String(data)));
      done('open');
    });
    socket.on('close', (code) => done(code));
    socket.on('error', () => {});
    if (options.first) socket.on('open', () => socket.send(JSON.stringify(options.first)));
  });
  return { socket, messages, outcome };
}

const until = (check: () => boolean) => expect.poll(check, { timeout: 5000 }).toBe(true);

test('every way to show a credential', async () => {
  const { viewer } = harness.tokens;
  const own = { origin: `http://127.0.0.1:${port}` };
  const cookie = { cookie: `phosor_session=${viewer}` };
  const outcomes = await Promise.all(
    [
      { headers: { authorization: `Bearer ${viewer}` } },
      { query: `?token=${viewer}` },
      { headers: { ...cookie, ...own } },
      { first: { type: 'auth', token: viewer } },
      { headers: { authorization: 'Bearer garbage' } },
      { query: '?token=garbage' },
      { headers: { ...cookie, origin: 'https://evil.example' } },
      { headers: cookie },
      { first: { type: 'auth', token: 'garbage' } },
      { first: { type: 'subscribe', events: true } },
      { headers: { 'x-api-key': harness.ingestKey } },
    ].map((options) => connect(options).outcome),
  );
  expect(outcomes).toEqual(['open', 'open', 'open', 'open', 401, 401, 403, 403, 4401, 4401, 403]);
});

test('nothing is sent before the credential', async () => {
  const silent = connect();
  await new Promise((done) => silent.socket.on('open', done));
  harness.fakes.bus.emit({ type: 'alert', alert: testAlert() });
  const { outcome, messages } = connect({ headers: { authorization: `Bearer ${harness.tokens.viewer}` } });
  await outcome;
  expect(messages).toMatchObject([{ type: 'connected' }]);
  expect(silent.messages).toEqual([]);
});

test('events, alerts and acknowledgements arrive; a subscription narrows them', async () => {
  const watched = connect({ headers: { authorization: `Bearer ${harness.tokens.viewer}` } });
  await watched.outcome;
  const { fakes } = harness;
  const alert = testAlert();
  fakes.state.alerts.upsert(alert, 0);
  fakes.bus.emit({ type: 'event', event: testEvent({ id: 'first' }) });
  fakes.bus.emit({ type: 'alert', alert });
  await harness.as('analyst', { method: 'POST', url: `/api/alerts/${alert.id}/acknowledge` });
  await until(() => watched.messages.length === 4);
  expect(watched.messages.map(({ type }) => type).sort()).toEqual(['alert', 'alert_update', 'connected', 'event']);
  watched.socket.send(JSON.stringify({ type: 'subscribe', events: false }));
  await until(() => !fakes.bus.wantsEvents);
  watched.socket.send('{"type":"pong"}');
  watched.socket.send('no JSON');
  fakes.bus.emit({ type: 'alert', alert: testAlert({ id: 'second' }) });
  await until(() => watched.messages.at(-1)?.data?.id === 'second');
  watched.socket.close();
});

test('a plain GET is told to use WebSocket', async () => {
  const answer = await fetch(`http://127.0.0.1:${port}/ws/events`);
  expect([answer.status, ((await answer.json()) as { code: string }).code]).toEqual([426, 'WEBSOCKET_ONLY']);
});

test('a large message from a client ends the connection, not the server', async () => {
  const watched = connect({ headers: { authorization: `Bearer ${harness.tokens.viewer}` } });
  await watched.outcome;
  const closed = new Promise<number>((done) => watched.socket.on('close', done));
  watched.socket.send('x'.repeat(100_000));
  expect(await closed).toBe(1009);
});

test('the server closes while pages are connected, also ones that do not answer', async () => {
  const watched = connect({ headers: { authorization: `Bearer ${harness.tokens.viewer}` } });
  await watched.outcome;
  watched.socket.pause();
  const before = performance.now();
  await harness.app.close();
  expect(performance.now() - before).toBeLessThan(3000);
  harness = await openHarness();
});

test('a connection ends within a moment of its credential: logout, role, password, revoked key, new secret of a key', async () => {
  const { tokens, as } = harness;
  const key = async (): Promise<{ id: string; key: string }> =>
    (await as('admin', { method: 'POST', url: '/api/keys', payload: { name: 'watcher', scopes: ['read'] } })).json();
  const [rotated, revoked, stays] = [await key(), await key(), await key()];
  const bearer = (token: string) => connect({ headers: { authorization: `Bearer ${token}` } });
  const ended = [bearer(tokens.viewer), bearer(tokens.analyst), bearer(rotated.key), bearer(revoked.key)];
  const kept = [bearer(tokens.admin), bearer(stays.key)];
  expect(await Promise.all([...ended, ...kept].map(({ outcome }) => outcome))).toEqual(Array(6).fill('open'));
  const codes = ended.map(({ socket }) => new Promise((done) => socket.on('close', done)));
  await as('viewer', { method: 'POST', url: '/api/auth/logout' });
  await as('admin', { method: 'PATCH', url: '/api/users/user-analyst', payload: { role: 'viewer' } });
  await as('admin', { method: 'POST', url: `/api/keys/${rotated.id}/rotate` });
  await as('admin', { method: 'DELETE', url: `/api/keys/${revoked.id}` });
  expect(await Promise.all(codes)).toEqual(Array(4).fill(4401));
  expect(kept.map(({ socket }) => socket.readyState)).toEqual([WebSocket.OPEN, WebSocket.OPEN]);
});
