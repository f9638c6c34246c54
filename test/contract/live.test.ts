import type { IncomingMessage } from 'node:http';
import { request } from 'node:https';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { WebSocket } from 'ws';
import { nginxIsMissing, startNginx } from '../nginx.ts';
import { adminPassword, type Program, removeFolder, startProgram, waitFor } from '../program.ts';
import { alertKeys, getJson, Live, post } from './client.ts';

let program: Program;
/** Opened first and left alone, so that the wait for its ping runs beside the other tests. */
let idle: Live;

beforeAll(async () => {
  program = await startProgram({ env: { PHOSOR_TRUSTED_PROXIES: '127.0.0.1' } });
  idle = await Live.open(program);
}, 90_000);

afterAll(async () => {
  idle?.close();
  await program?.stop();
  if (program) removeFolder(program.dataDir);
});

test('P-050 the first message is the greeting', async () => {
  const live = await Live.open(program);
  expect(live.messages[0]).toMatchObject({
    type: 'connected',
    message: expect.stringContaining('Connected to PHOSOR'),
  });
  live.close();
});

test('P-051 an event and its alert arrive with their fields', async () => {
  const live = await Live.open(program);
  await post(program, '/api/webhook/x', { message: 'sudo su root' });
  const event = await live.event('the event', ({ source }) => source === 'webhook_x');
  expect(Object.keys(event)).toEqual(
    expect.arrayContaining(['id', 'timestamp', 'source', 'raw', 'parsed', 'severity', 'tags']),
  );
  const alert = await live.alert('the alert', () => true);
  expect(Object.keys(alert)).toEqual(expect.arrayContaining(alertKeys));
  expect(alert.acknowledged).toBe(false);
  live.close();
});

test('an acknowledgement is seen by every open page', async () => {
  const { id } = await post(program, '/api/rules', {
    name: 'Seen',
    type: 'pattern',
    severity: 'info',
    config: { field: 'raw', regex: 'seen-4711' },
  });
  const [one, other] = await Promise.all([Live.open(program), Live.open(program)]);
  await post(program, '/api/webhook/y', { message: 'seen-4711' });
  const alert = await one.alert('the alert', ({ rule_id }) => rule_id === id);
  await post(program, `/api/alerts/${alert.id}/acknowledge`);
  for (const live of [one, other]) {
    await live.next(
      'the update',
      ({ type, data }) => type === 'alert_update' && data.id === alert.id && data.acknowledged,
    );
    live.close();
  }
});

test('P-053 a pong keeps the connection', async () => {
  const live = await Live.open(program);
  live.socket.send(JSON.stringify({ type: 'pong' }));
  live.socket.send('no JSON');
  const { event_id } = await post(program, '/api/webhook/after-pong', { message: 'hello' });
  await live.event('an event after the pong', ({ id }) => id === event_id);
  expect(live.closed).toBe(false);
  live.close();
});

test('P-054 without a credential there is no data, and with a wrong one no connection', async () => {
  const silent = new Live(program.address);
  const wrong = new Live(program.address, { authorization: 'Bearer garbage' });
  await waitFor('the refusal', async () => wrong.closed);
  await post(program, '/api/webhook/secret', { message: 'not for everybody' });
  await waitFor('the end of the silent connection', async () => silent.closed, 10_000);
  expect([silent.messages, wrong.messages]).toEqual([[], []]);
});

test('a first message with the token is enough', async () => {
  const live = new Live(program.address);
  live.socket.on('open', () => live.socket.send(JSON.stringify({ type: 'auth', token: program.token })));
  await live.next('the greeting', ({ type }) => type === 'connected');
  live.close();
});

test('P-052 an idle connection is pinged and stays open', { timeout: 60_000 }, async () => {
  await idle.next('the ping', ({ type }) => type === 'ping', 40_000);
  expect(idle.closed).toBe(false);
});

test.skipIf(nginxIsMissing)(
  'behind nginx, as deploy/nginx tells it: sockets, secure cookies, senders by their own address, lines as they come',
  async () => {
    const nginx = await startNginx(program.address);
    const origin = `https://localhost:${nginx.port}`;
    /** From an address of its own: 127.0.0.1 is the trusted proxy. */
    const ask = (path: string, body: object, headers: Record<string, string> = {}) =>
      new Promise<{ answer: IncomingMessage; text: string }>((done, failed) => {
        const asked = request(
          origin + path,
          {
            method: 'POST',
            ca: nginx.ca,
            localAddress: '127.0.0.9',
            family: 4,
            headers: { 'content-type': 'application/json', ...headers },
          },
          (answer) => {
            let text = '';
            answer.setEncoding('utf8').on('data', (part) => {
              text += part;
            });
            answer.on('end', () => done({ answer, text }));
          },
        );
        asked.on('error', failed).end(JSON.stringify(body));
      });
    const opens = (from: string, cookie: string) =>
      new Promise<string>((done) => {
        const socket = new WebSocket(`wss://localhost:${nginx.port}/ws/events`, {
          ca: nginx.ca,
          family: 4,
          headers: { origin: from, cookie },
        });
        socket.on('message', (data) => {
          socket.close();
          done(String(data));
        });
        socket.on('unexpected-response', (_, { statusCode }) => done(`refused ${statusCode}`));
        socket.on('error', ({ message }) => done(message));
      });
    try {
      const { answer } = await ask('/api/auth/token', { username: 'admin', password: adminPassword });
      expect(answer.statusCode).toBe(200);
      const [cookie = ''] = answer.headers['set-cookie'] ?? [];
      expect(cookie).toContain('; Secure;');
      expect(answer.headers['strict-transport-security']).toBeDefined();
      const session = cookie.split(';')[0] ?? '';
      expect(await opens(origin, session)).toContain('Connected to PHOSOR');
      expect(await opens('https://evil.example', session)).toBe('refused 403');

      // What a client claims of its address is not believed.
      await ask('/api/auth/token', { username: 'claims', password: 'x' }, { 'x-forwarded-for': '203.0.113.9' });
      const trail = (await getJson(program, '/api/audit?action=login_failed')) as { source_ip: string }[];
      expect(trail[0]?.source_ip).toBe('127.0.0.9');

      const search = await ask('/api/search', { query: 'sudo' }, { cookie: session, origin });
      expect(search.answer.statusCode).toBe(200);
      expect(search.text).toContain('"type":"done"');
      const direct = await program.api('/api/search', {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: '{"query":"sudo"}',
      });
      expect(direct.headers.get('x-accel-buffering')).toBe('no');
      await direct.text();
    } finally {
      await nginx.stop();
    }
  },
  60_000,
);
