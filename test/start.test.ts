/** What a start opens, in which order, and what it leaves behind where it fails. */
import { spawn } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { existsSync, mkdtempSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { environmentOf, freePorts, removeFolder, waitFor } from './program.ts';

interface Started {
  child: ReturnType<typeof spawn>;
  printed: () => string;
  exited: Promise<number | null>;
}

function start(dataDir: string, httpPort: number, syslogPort: number, command = 'start'): Started {
  const child = spawn(process.execPath, ['bin/phosor.js', command], {
    cwd: join(import.meta.dirname, '..'),
    env: environmentOf(dataDir, httpPort, syslogPort),
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let printed = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (data) => {
      printed += data;
    });
  }
  return { child, printed: () => printed, exited: new Promise((done) => child.on('exit', (code) => done(code))) };
}

test('what is sent the moment /health first says 200 arrives: every listener is open by then', async () => {
  const dataDir = mkdtempSync(join(tmpdir(), 'phosor-test-'));
  const [httpPort, syslogPort] = (await freePorts(2)) as [number, number];
  const { child, printed, exited } = start(dataDir, httpPort, syslogPort);
  const health = async () => {
    const answer = await fetch(`http://127.0.0.1:${httpPort}/health`).catch(() => null);
    return answer && { ok: answer.ok, ...((await answer.json()) as { events: number; opening: string[] }) };
  };
  const socket = createSocket('udp4');
  try {
    const before: string[][] = [];
    for (;;) {
      expect(child.exitCode, printed()).toBeNull();
      const found = await health();
      if (found?.ok) break;
      if (found !== null) before.push(found.opening);
    }
    for (let i = 0; i < 8; i += 1)
      socket.send(
        `<38>Nov 22 14:00:0${i} web1 sshd[9]: Failed password for root from 203.0.113.7 port 22 ssh2`,
        syslogPort,
      );
    expect(before.every((opening) => opening.length > 0)).toBe(true);
    await waitFor('the eight lines', async () => ((await health())?.events ?? 0) >= 8);
  } finally {
    socket.close();
    child.kill('SIGTERM');
    await exited;
    removeFolder(dataDir);
  }
});

test.each(['HTTP', 'syslog'] as const)(
  'where the %s port is taken, a sentence says what to do, and the folder is given back',
  async (what) => {
    const dataDir = mkdtempSync(join(tmpdir(), 'phosor-test-'));
    const other = createServer();
    await new Promise<void>((done) => other.listen(0, '127.0.0.1', done));
    const taken = (other.address() as AddressInfo).port;
    const [free] = (await freePorts(1)) as [number];
    const { printed, exited } = what === 'HTTP' ? start(dataDir, taken, free) : start(dataDir, free, taken);
    try {
      expect(await exited).toBe(1);
      expect(printed()).toContain(
        `port ${taken}: another program already does. Stop it, or choose another port with --`,
      );
      for (const name of ['phosor.lock', 'phosor.sock']) expect(existsSync(join(dataDir, name)), name).toBe(false);
    } finally {
      other.close();
      removeFolder(dataDir);
    }
  },
);

test('a demo leaves the folder of the real one alone, and its audit trail too', async () => {
  const dataDir = join(mkdtempSync(join(tmpdir(), 'phosor-test-')), 'real');
  const [httpPort, syslogPort] = (await freePorts(2)) as [number, number];
  const { child, printed, exited } = start(dataDir, httpPort, syslogPort, 'demo');
  try {
    await waitFor('the first attack', async () => printed().includes('SSH brute force'));
    const login = await fetch(`http://127.0.0.1:${httpPort}/api/auth/token`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify({ username: 'admin', password: 'secret' }),
    });
    expect(login.status).toBe(200);
  } finally {
    child.kill('SIGINT');
    await exited;
    expect(existsSync(dataDir)).toBe(false);
    removeFolder(join(dataDir, '..'));
  }
});
