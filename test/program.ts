import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

const root = resolve(import.meta.dirname, '..');
export const adminPassword = 'correct-horse-battery';

/** Ports nobody listens on right now, each once. */
export async function freePorts(count: number): Promise<number[]> {
  const servers = await Promise.all(
    Array.from(
      { length: count },
      () =>
        new Promise<ReturnType<typeof createServer>>((done) => {
          const server = createServer();
          server.listen(0, '127.0.0.1', () => done(server));
        }),
    ),
  );
  const ports = servers.map((server) => (server.address() as { port: number }).port);
  await Promise.all(servers.map((server) => new Promise((done) => server.close(done))));
  return ports;
}

export interface Program {
  address: string;
  syslogPort: number;
  dataDir: string;
  /** Everything it printed so far. */
  output: () => string;
  /** Calls the API as admin. */
  api: (path: string, init?: RequestInit) => Promise<Response>;
  token: string;
  /** SIGTERM; resolves with the exit code. */
  stop: () => Promise<number | null>;
  /** SIGKILL to the process that does the work, and to its launcher. */
  kill: () => Promise<void>;
}

/** Of a program that listens on this machine only, and takes nothing from its logs. */
export const environmentOf = (dataDir: string, httpPort: number, syslogPort: number): NodeJS.ProcessEnv => ({
  ...process.env,
  PHOSOR_DATA_DIR: dataDir,
  PHOSOR_HTTP_PORT: String(httpPort),
  PHOSOR_UI_PORT: '0',
  PHOSOR_SYSLOG_HOST: '127.0.0.1',
  PHOSOR_SYSLOG_PORT: String(syslogPort),
  PHOSOR_SYSLOG_TLS_PORT: '0',
  PHOSOR_FILES_WATCH_SYSTEM_LOGS: 'false',
});

/** Starts the real program on free ports, as a user would, and logs in. */
export async function startProgram(
  options: { dataDir?: string; env?: Record<string, string>; command?: string[]; password?: string } = {},
): Promise<Program> {
  const dataDir = options.dataDir ?? mkdtempSync(join(tmpdir(), 'phosor-test-'));
  const [httpPort, syslogPort] = (await freePorts(2)) as [number, number];
  const env = { ...environmentOf(dataDir, httpPort, syslogPort), PHOSOR_ADMIN_PASSWORD: adminPassword, ...options.env };
  const child: ChildProcess = spawn(process.execPath, ['bin/phosor.js', ...(options.command ?? ['start'])], {
    cwd: root,
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let printed = '';
  child.stdout?.on('data', (data) => {
    printed += data;
  });
  child.stderr?.on('data', (data) => {
    printed += data;
  });
  const exited = new Promise<number | null>((done) => child.on('exit', (code) => done(code)));
  const address = `http://127.0.0.1:${httpPort}`;
  const isUp = async (): Promise<boolean> => {
    try {
      return (await fetch(`${address}/health`)).ok && printed.includes(' runs at ');
    } catch {
      return false;
    }
  };
  const end = performance.now() + 60_000;
  while (!(await isUp())) {
    if (child.exitCode !== null || performance.now() > end) {
      child.kill('SIGKILL');
      throw new Error(`The program did not come up:\n${printed}`);
    }
    await new Promise((done) => setTimeout(done, 50));
  }
  const login = await fetch(`${address}/api/auth/token`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ username: 'admin', password: options.password ?? adminPassword }),
  });
  if (!login.ok) throw new Error(`Login failed: ${login.status} ${await login.text()}\n${printed}`);
  const { access_token: token } = (await login.json()) as { access_token: string };
  return {
    address,
    syslogPort,
    dataDir,
    token,
    output: () => printed,
    api: (path, init = {}) =>
      fetch(address + path, { ...init, headers: { authorization: `Bearer ${token}`, ...init.headers } }),
    stop: async () => {
      child.kill('SIGTERM');
      return exited;
    },
    kill: async () => {
      const lock = join(dataDir, 'phosor.lock');
      if (existsSync(lock)) process.kill(Number(readFileSync(lock, 'utf8')), 'SIGKILL');
      await exited;
    },
  };
}

export function removeFolder(folder: string): void {
  rmSync(folder, { recursive: true, force: true });
}

/** Waits until `check` gives a value that is not null, undefined or false; throws what is missing after `ms`. */
export async function waitFor<T>(
  what: string,
  check: () => Promise<T | null | undefined | false>,
  ms = 15_000,
): Promise<T> {
  const end = performance.now() + ms;
  for (;;) {
    const found = await check();
    if (found !== null && found !== undefined && found !== false) return found;
    if (performance.now() > end) throw new Error(`Waited ${ms} ms in vain for ${what}.`);
    await new Promise((done) => setTimeout(done, 50));
  }
}
