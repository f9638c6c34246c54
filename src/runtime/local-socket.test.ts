import fs from 'node:fs';
import http from 'node:http';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type Harness, openHarness } from '../serve/harness.test-suite.ts';
import { socketName } from './data-folder.ts';
import { listenLocally } from './local-socket.ts';

let folder = '';
let socketPath = '';
let harness: Harness;
let told: string[] = [];
const log = (level: string, message: string): void => void told.push(`${level} ${message}`);
beforeEach(async () => {
  folder = fs.mkdtempSync(path.join(os.tmpdir(), 'phosor-sock-'));
  socketPath = path.join(folder, socketName);
  harness = await openHarness();
  told = [];
});
afterEach(async () => {
  await harness.app.close();
  fs.rmSync(folder, { recursive: true, force: true });
});

interface Answer {
  status: number;
  body: Record<string, unknown>;
}

const ask = (options: http.RequestOptions, payload?: object): Promise<Answer> =>
  new Promise((resolve, reject) => {
    const headers = { ...(payload && { 'content-type': 'application/json' }), ...options.headers };
    const request = http.request({ agent: false, ...options, headers }, (answer) => {
      let text = '';
      answer.on('data', (data) => {
        text += data;
      });
      answer.on('end', () => resolve({ status: answer.statusCode ?? 0, body: JSON.parse(text) }));
    });
    request.on('error', reject);
    request.end(payload && JSON.stringify(payload));
  });

describe.skipIf(process.platform === 'win32')('phosor.sock', () => {
  test('whoever opens it is the admin "local", in the audit record too', async () => {
    const local = await listenLocally(harness.app, folder, log);
    expect(fs.statSync(socketPath).mode & 0o777).toBe(0o600);
    const me = await ask({ socketPath, path: '/api/auth/me' });
    expect(me).toEqual({
      status: 200,
      body: { user: { id: 'local', username: 'local', role: 'admin' }, via: 'local' },
    });
    const user = { username: 'berta', password: 'long-enough-1', role: 'viewer' };
    expect((await ask({ socketPath, path: '/api/users', method: 'POST' }, user)).status).toBe(201);
    expect(harness.fakes.state.audit.list(1, null)[0]).toMatchObject({
      action: 'user_created',
      user: 'local',
      source_ip: 'local',
    });
    // A credential that is shown counts, also a bad one.
    const viewer = { authorization: `Bearer ${harness.tokens.viewer}` };
    expect((await ask({ socketPath, path: '/api/users', headers: viewer })).status).toBe(403);
    const bad = { authorization: 'Bearer garbage' };
    expect((await ask({ socketPath, path: '/api/users', headers: bad })).status).toBe(401);
    await local.close();
    expect(fs.existsSync(socketPath)).toBe(false);
  });

  test('nothing that comes over TCP is taken for it, whatever it says', async () => {
    const local = await listenLocally(harness.app, folder, log);
    await harness.app.listen({ host: '127.0.0.1', port: 0 });
    const { port } = harness.app.server.address() as net.AddressInfo;
    const claims: http.OutgoingHttpHeaders[] = [
      {},
      { host: 'local' },
      { host: 'phosor.sock' },
      { 'x-forwarded-for': 'local', 'x-real-ip': 'local', forwarded: 'for=local' },
      { 'x-forwarded-host': 'local', 'x-forwarded-proto': 'unix' },
      { authorization: 'Bearer local' },
      { 'x-api-key': 'local' },
      { cookie: 'phosor_session=local' },
      { via: 'local', 'x-local': '1', remoteaddress: 'local' },
    ];
    for (const headers of claims) {
      const answer = await ask({ host: '127.0.0.1', port, path: '/api/users', headers });
      expect(answer.status, JSON.stringify(headers)).toBe(401);
    }
    // Not after one over the socket either, nor both at once.
    const [over, beside] = await Promise.all([
      ask({ socketPath, path: '/api/users' }),
      ask({ host: '127.0.0.1', port, path: '/api/users' }),
    ]);
    expect([over.status, beside.status]).toEqual([200, 401]);
    // An address with a scheme or another host in the request line changes nothing.
    const raw = await new Promise<string>((resolve, reject) => {
      const socket = net.connect(port, '127.0.0.1', () =>
        socket.write(
          `GET http+unix://${encodeURIComponent(socketPath)}/api/users HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n`,
        ),
      );
      let text = '';
      socket.on('data', (data) => {
        text += data;
      });
      socket.on('end', () => resolve(text));
      socket.on('error', reject);
    });
    expect(raw.split('\r\n')[0]).not.toContain(' 200 ');
    await local.close();
  });

  test('speaks no WebSocket, and nothing of TCP is open to it without its own checks', async () => {
    const local = await listenLocally(harness.app, folder, log);
    const upgrade = {
      connection: 'Upgrade',
      upgrade: 'websocket',
      'sec-websocket-key': 'x',
      'sec-websocket-version': '13',
    };
    expect((await ask({ socketPath, path: '/ws/events', headers: upgrade })).status).toBe(426);
    await local.close();
  });

  test('one that a killed Phosor left is replaced; another file is not', async () => {
    const stale = net.createServer().listen(socketPath);
    await new Promise((resolve) => stale.once('listening', resolve));
    const kept = path.join(folder, 'kept.sock');
    fs.linkSync(socketPath, kept);
    await new Promise((resolve) => stale.close(resolve));
    fs.renameSync(kept, socketPath);
    await expect(ask({ socketPath, path: '/health' })).rejects.toThrow('ECONNREFUSED');
    const local = await listenLocally(harness.app, folder, log);
    expect((await ask({ socketPath, path: '/health' })).status).toBe(200);
    await local.close();
    expect(told).toEqual([]);

    fs.writeFileSync(socketPath, 'mine');
    await (await listenLocally(harness.app, folder, log)).close();
    expect(fs.readFileSync(socketPath, 'utf8')).toBe('mine');
    expect(told.join()).toContain('warn Commands cannot reach this Phosor');
  });

  test('a path that is too long is a warning', async () => {
    const deep = path.join(folder, 'x'.repeat(107 - Buffer.byteLength(folder)));
    fs.mkdirSync(deep);
    await (await listenLocally(harness.app, deep, log)).close();
    expect(told).toEqual([
      expect.stringMatching(/^warn The path .* is too long for a socket \(\d+ bytes, 10\d at most\)/),
    ]);
    expect(fs.readdirSync(deep)).toEqual([]);
  });
});
