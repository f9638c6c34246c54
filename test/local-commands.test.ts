import { execFile } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, rmSync, statfsSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { canMount, mountSmallDisk } from '../src/store/small-disk.test-suite.ts';
import { type Program, startProgram } from './program.ts';

const root = resolve(import.meta.dirname, '..');
const run = promisify(execFile);
const phosor = (...args: string[]) => run(process.execPath, ['bin/phosor.js', ...args], { cwd: root });

let folder = '';
let program: Program;
let sent = 0;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'phosor-test-'));
  program = await startProgram({
    dataDir: join(folder, 'data'),
    env: { PHOSOR_WEBHOOK_RATE: '0', PHOSOR_API_RATE: '0' },
  });
});
afterAll(async () => {
  await program.stop();
  rmSync(folder, { recursive: true, force: true });
});

async function send(count: number): Promise<string[]> {
  const ids: string[] = [];
  for (let i = 0; i < count; i += 1) {
    sent += 1;
    const message = `sshd[1]: Failed password for root from 203.0.113.9 port ${sent} ssh2`;
    const answer = await program.api('/api/webhook/app', { method: 'POST', body: JSON.stringify({ message }) });
    ids.push(((await answer.json()) as { event_id: string }).event_id);
  }
  return ids;
}

async function stored(of: Program): Promise<string[]> {
  const answer = await of.api('/api/events?limit=500');
  const { events } = (await answer.json()) as { events: { id: string }[] };
  return events.map(({ id }) => id);
}

test('a backup of a running Phosor holds what was acknowledged, comes back, and takes new events', async () => {
  const before = await send(40);
  const file = join(folder, 'b.tar.zst');
  // Events go on while it is made.
  const [, during] = await Promise.all([phosor('backup', file, '--data-dir', program.dataDir), send(40)]);
  expect(readdirSync(program.dataDir).filter((name) => name.startsWith('backup-staging'))).toEqual([]);
  const after = await send(5);

  const back = join(folder, 'restored');
  await phosor('restore', file, '--data-dir', back);
  const restored = await startProgram({ dataDir: back });
  try {
    const ids = await stored(restored);
    expect(ids).toEqual(expect.arrayContaining(before));
    expect(new Set(ids).size).toBe(ids.length);
    for (const id of after) expect(ids).not.toContain(id);
    for (const id of ids) expect([...before, ...during]).toContain(id);
    const rules = (await (await restored.api('/api/alerts')).json()) as unknown[];
    expect(rules.length).toBeGreaterThan(0);
    // Numbers of segments go on behind those that the restored store knows.
    const answer = await restored.api('/api/webhook/app', {
      method: 'POST',
      body: JSON.stringify({ message: 'after the restore' }),
    });
    const { event_id } = (await answer.json()) as { event_id: string };
    expect(await stored(restored)).toContain(event_id);
  } finally {
    await restored.stop();
  }
});

test('a restore does not touch what is there, unless told to put it aside; a running one is left alone', async () => {
  const file = join(folder, 'c.tar.zst');
  await phosor('backup', file, '--data-dir', program.dataDir);
  const other = mkdtempSync(join(folder, 'other-'));
  writeFileSync(join(other, 'mine'), 'x');
  await expect(phosor('restore', file, '--data-dir', other)).rejects.toMatchObject({
    stderr: expect.stringContaining('--force'),
  });
  expect(existsSync(join(other, 'mine'))).toBe(true);
  await expect(phosor('restore', file, '--force', '--data-dir', program.dataDir)).rejects.toMatchObject({
    stderr: expect.stringContaining('Another Phosor'),
  });
  const { stderr } = await phosor('restore', file, '--force', '--data-dir', other);
  expect(stderr).toContain('before-restore');
  expect(existsSync(join(other, 'state.sqlite'))).toBe(true);
  await expect(phosor('backup', file, '--data-dir', other)).rejects.toMatchObject({
    stderr: expect.stringContaining('exists already'),
  });
  // The same of one that does not run.
  await phosor('backup', join(folder, 'd.tar.zst'), '--data-dir', other);
  expect(existsSync(join(folder, 'd.tar.zst'))).toBe(true);
});

test.skipIf(!canMount)(
  'on a full disk a backup says what it needs, leaves nothing, and works once there is space',
  async () => {
    const disk = mountSmallDisk('24m');
    const full = join(disk.folder, 'full');
    const crowded = await startProgram({ dataDir: join(disk.folder, 'data') });
    try {
      const { bavail, bsize } = statfsSync(disk.folder);
      writeFileSync(full, Buffer.alloc(bavail * bsize - 16_384));
      const file = join(folder, 'e.tar.zst');
      await expect(phosor('backup', file, '--data-dir', crowded.dataDir)).rejects.toMatchObject({
        stderr: expect.stringContaining('first copies its state'),
      });
      expect(existsSync(file)).toBe(false);
      rmSync(full);
      await phosor('backup', file, '--data-dir', crowded.dataDir);
      expect(readdirSync(crowded.dataDir).filter((name) => name.startsWith('backup-staging'))).toEqual([]);
    } finally {
      await crowded.stop();
      disk.unmount();
    }
  },
);

test('over the network nobody makes one', async () => {
  const answer = await program.api('/api/backup/stage', { method: 'POST' });
  expect(answer.status).toBe(403);
  expect(await answer.json()).toMatchObject({ code: 'LOCAL_ONLY' });
});

test('API keys are made, listed and revoked from the command line', async () => {
  const { stdout } = await phosor(
    'key',
    'create',
    'agent',
    '--scope',
    'ingest',
    '--expires',
    '30',
    '--data-dir',
    program.dataDir,
  );
  const key = stdout.trim();
  const ingest = () =>
    fetch(`${program.address}/api/webhook/app`, {
      method: 'POST',
      headers: { 'x-api-key': key },
      body: '{"message":"x"}',
    });
  expect((await ingest()).status).toBe(200);
  const list = await phosor('key', 'list', '--data-dir', program.dataDir);
  const line = list.stdout.split('\n').find((each) => each.includes('agent')) ?? '';
  expect(line).not.toContain(key);
  expect(line).toMatch(/ingest\texpires 20\d\d-/);
  await phosor('key', 'revoke', line.split('\t')[0] ?? '', '--data-dir', program.dataDir);
  expect((await ingest()).status).toBe(401);
  await expect(phosor('key', 'create', 'x', '--scope', 'root', '--data-dir', program.dataDir)).rejects.toMatchObject({
    code: 1,
  });
});

test('a link and a password from the command line let a user in, end sessions, and are in the audit trail', async () => {
  const ask = (path: string, body: object) =>
    fetch(program.address + path, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
  const logIn = async (password: string) => (await ask('/api/auth/token', { username: 'data', password })).status;
  // A name that is part of what stands behind a flag.
  const user = { username: 'data', password: 'first-password-of-data', role: 'analyst' };
  expect(
    (
      await program.api('/api/users', {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(user),
      })
    ).status,
  ).toBe(201);

  const { stdout } = await phosor(
    'user',
    'link',
    'data',
    '--data-dir',
    program.dataDir,
    '--public-url',
    'https://desk.example.com/',
  );
  const token = /^https:\/\/desk\.example\.com\/reset#token=(\S+)\n$/.exec(stdout)?.[1] ?? '';
  expect(await logIn(user.password)).toBe(200);
  expect((await ask('/api/auth/reset', { token, password: 'second-password-of-data' })).status).toBe(200);
  expect((await ask('/api/auth/reset', { token, password: 'third-password-of-data' })).status).toBe(410);
  expect(await logIn(user.password)).toBe(401);
  const session = await ask('/api/auth/token', { username: 'data', password: 'second-password-of-data' });
  const { access_token } = (await session.json()) as { access_token: string };
  const asData = () => fetch(`${program.address}/api/alerts`, { headers: { authorization: `Bearer ${access_token}` } });
  expect((await asData()).status).toBe(200);

  const child = phosor('user', 'password', 'data', '--data-dir', program.dataDir);
  child.child.stdin?.end('fourth-password-of-data\n');
  await child;
  expect((await asData()).status).toBe(401);
  expect(await logIn('fourth-password-of-data')).toBe(200);

  const { stdout: plain } = await phosor(
    'user',
    'link',
    'data',
    '--data-dir',
    program.dataDir,
    '--http-host',
    '0.0.0.0',
    '--tls-self-signed',
  );
  expect(plain).toMatch(/^https:\/\/localhost:\d+\/reset#token=/);
  await expect(phosor('user', 'link', 'dat', '--data-dir', program.dataDir)).rejects.toMatchObject({
    stderr: expect.stringContaining('Did you mean "data"?'),
  });
  const trail = await program.api('/api/audit?user=local&action=password_reset_link_made,user_modified');
  expect(
    ((await trail.json()) as { action: string; details: object }[]).map(({ action, details }) => ({ action, details })),
  ).toMatchObject([
    { action: 'password_reset_link_made', details: { username: 'data' } },
    { action: 'user_modified', details: { username: 'data', password_changed: true } },
    { action: 'password_reset_link_made', details: { username: 'data' } },
  ]);
});
