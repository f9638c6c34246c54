import { connect, createServer, type Server, type Socket } from 'node:net';
import { expect, test } from 'vitest';
import { defaultConfig } from '../config/index.ts';
import { descriptorLimit, httpShare, limitConnections, syslogOf } from './descriptors.ts';

test('connections leave files to open', () => {
  expect(descriptorLimit()).toBeGreaterThan(64);
  const said: string[] = [];
  for (const limit of [256, 1024, 65_536]) {
    const { maxConnections } = syslogOf(defaultConfig(), (_, message) => void said.push(message), limit);
    // Over TLS there may be twice as many for a moment.
    expect(httpShare(limit) + 3 * maxConnections).toBeLessThan(limit * 0.75);
  }
  expect(said).toEqual([expect.stringContaining('may open 256 files'), expect.stringContaining('may open 1024 files')]);
});

test('one address has half of the places, and those that are free again are given', async () => {
  const server: Server = createServer();
  limitConnections([server], 8);
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  const open = new Set<Socket>();
  const dial = (from: string): Promise<boolean> =>
    new Promise((done) => {
      const socket = connect({ port, host: '127.0.0.1', localAddress: from });
      open.add(socket);
      socket.on('error', () => undefined);
      socket.on('close', () => done(false));
      // What is closed at once is closed by then.
      socket.on('connect', () => setTimeout(() => done(!socket.closed), 300));
    });
  const first = await Promise.all(Array.from({ length: 6 }, () => dial('127.0.0.1')));
  expect(first.filter(Boolean).length).toBe(4);
  const others = await Promise.all(Array.from({ length: 3 }, () => dial('127.0.0.2')));
  expect(others).toEqual([true, true, true]);
  for (const socket of open) if (socket.localAddress === '127.0.0.1') socket.destroy();
  await expect.poll(() => dial('127.0.0.1'), { timeout: 10_000 }).toBe(true);
  for (const socket of open) socket.destroy();
  await new Promise((done) => server.close(done));
});
