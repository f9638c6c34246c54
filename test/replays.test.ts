/** Replays on the real program: over the API, beside it over its socket, cancelled, bounded, and after a kill. */
import { spawn } from 'node:child_process';
import { existsSync, readdirSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Program, removeFolder, startProgram, waitFor } from './program.ts';

interface Replay {
  id: string;
  name: string;
  by: string;
  state: string;
  note: string | null;
  events: number;
  alerts: number;
  removed: string[];
}

const env = { PHOSOR_SYSLOG_RATE: '0', PHOSOR_API_RATE: '0', PHOSOR_REPLAYS_KEEP: '3' };
let program: Program;
beforeAll(async () => {
  program = await startProgram({ env });
  await send(
    Array.from({ length: 600 }, (_, i) => {
      const time = new Date(Date.now() - 600_000 + i * 1000).toISOString();
      const what = i % 50 === 49 ? 'Accepted' : 'Failed';
      return `<38>1 ${time} web1 sshd 1 - - ${what} password for root from 203.0.113.${1 + (i % 3)} port ${2000 + i} ssh2`;
    }),
  );
});
afterAll(async () => {
  await program.stop();
  removeFolder(program.dataDir);
});

/** Sends lines over TCP, in order, and waits until all are stored. */
async function send(lines: readonly string[]): Promise<void> {
  const stored = async (): Promise<number> =>
    ((await (await program.api('/api/stats')).json()) as { stored_events: number }).stored_events;
  const before = await stored();
  connect(program.syslogPort, '127.0.0.1').end(lines.map((line) => `${line}\n`).join(''));
  await waitFor('the lines in the store', async () => (await stored()) >= before + lines.length, 60_000);
}

const start = (body: object): Promise<Response> =>
  program.api('/api/replays', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
const list = async (): Promise<Replay[]> =>
  ((await (await program.api('/api/replays')).json()) as { replays: Replay[] }).replays;
const named = async (name: string): Promise<Replay | undefined> => (await list()).find((each) => each.name === name);
const over = (name: string): Promise<Replay> =>
  waitFor(`the end of ${name}`, async () => {
    const replay = await named(name);
    return replay?.state === 'running' ? null : replay;
  });
const idsOf = async (path: string): Promise<string[]> =>
  ((await (await program.api(path)).json()) as { id: string }[]).map(({ id }) => id).sort();

/** The command line on the program's data folder, while the program runs. */
function phosor(...args: string[]): Promise<{ status: number | null; lines: string[]; stderr: string }> {
  const child = spawn(process.execPath, ['bin/phosor.js', ...args, '--data-dir', program.dataDir], {
    cwd: resolve(import.meta.dirname, '..'),
    env: { ...process.env, NO_COLOR: '1' },
  });
  let stdout = '';
  let stderr = '';
  child.stdout.on('data', (data) => {
    stdout += data;
  });
  child.stderr.on('data', (data) => {
    stderr += data;
  });
  return new Promise((done) =>
    child.on('close', (status) => done({ status, stderr, lines: stdout.split('\n').filter(Boolean) })),
  );
}

test('a replay of all that is stored raises what live raised, with the same ids, and again', async () => {
  const live = await waitFor('the alerts', async () => {
    const ids = await idsOf('/api/alerts?limit=500');
    return ids.length > 3 ? ids : null;
  });
  for (const name of ['first', 'second']) {
    expect((await start({ name })).status).toBe(202);
    const replay = await over(name);
    expect(replay).toMatchObject({ state: 'done', note: null, by: 'admin', events: 600, alerts: live.length });
    expect(await idsOf(`/api/replays/${replay.id}/alerts?limit=500`)).toEqual(live);
  }
  // Live is what it was.
  expect(await idsOf('/api/alerts?limit=500')).toEqual(live);
});

test('the command line asks the running program, and keeps the result only where it is told to', async () => {
  const live = await idsOf('/api/alerts?limit=500');
  const printed = await phosor('replay', '--history', '--json');
  expect(printed.stderr).toBe('');
  expect(printed.status).toBe(0);
  expect(printed.lines.map((line) => (JSON.parse(line) as { id: string }).id).sort()).toEqual(live);
  expect((await list()).map(({ name }) => name)).toEqual(['second', 'first']);
  const kept = await phosor('replay', '--history', '--save', 'by hand');
  expect(kept.stderr).toContain('Kept as "by hand"');
  expect(await named('by hand')).toMatchObject({ by: 'local', alerts: live.length });
  const file = join(program.dataDir, 'own.yml');
  writeFileSync(
    file,
    'title: Own\nid: own-rule\nlevel: low\nlogsource: { product: linux }\ndetection: { s: { user: root }, condition: s }\n',
  );
  const own = await phosor('replay', '--history', '--json', '--rules', file, '--no-default-rules');
  expect(new Set(own.lines.map((line) => (JSON.parse(line) as { rule_name: string }).rule_name))).toEqual(
    new Set(['Own']),
  );
  const beside = await phosor('replay', '--history', '--rules', file);
  expect(beside.stderr).toContain(`${own.lines.length + live.length} alerts`);
  const refused = await phosor('replay', '--history', '--at', '2026-11-20');
  expect(refused.status).toBe(1);
  expect(refused.stderr).toContain('--at needs the folder for itself');
  // It is written down who it was.
  const audit = (await (await program.api('/api/audit?limit=20')).json()) as { action: string; user: string }[];
  expect(audit.filter(({ user }) => user === 'local').map(({ action }) => action)).toEqual([
    'replay_deleted',
    'replay_started',
    'replay_deleted',
    'replay_started',
    'replay_started',
    'replay_deleted',
    'replay_started',
  ]);
});

test('what files show is kept beside the running program; the oldest goes, and this is said', async () => {
  const { stderr } = await phosor('replay', join(program.dataDir, 'phosor.lock'), '--save', 'files');
  expect(stderr).toContain('Removed to make room: "first"');
  expect((await list()).map(({ name }) => name)).toEqual(['files', 'by hand', 'second']);
  expect((await named('files'))?.removed).toEqual(['first']);
});

test('a second one is refused while one runs; a cancelled one keeps what it found', async () => {
  const noise = (i: number): string => `<38>1 ${new Date().toISOString()} web1 app ${i} - - ${i} ${'x'.repeat(200)}`;
  await send(Array.from({ length: 60_000 }, (_, i) => noise(i)));
  expect((await start({ name: 'long' })).status).toBe(202);
  const refused = await start({ name: 'too many' });
  expect(refused.status).toBe(429);
  expect(await refused.json()).toMatchObject({ code: 'REPLAY_BUSY' });
  const { id } = (await named('long')) as Replay;
  const cancel = await program.api(`/api/replays/${id}/cancel`, { method: 'POST' });
  const { status } = (await cancel.json()) as { status: string };
  const replay = await over('long');
  // The machine may have been faster than we.
  expect(replay.state).toMatch(status === 'over' ? /^done$/ : /^(cancelled|done)$/);
  if (replay.state === 'cancelled') expect(replay.note).toContain('It was cancelled. Nothing from');
  // One that runs is deleted whole, and another may start at once.
  expect((await start({ name: 'gone' })).status).toBe(202);
  const gone = (await named('gone')) as Replay;
  expect((await program.api(`/api/replays/${gone.id}`, { method: 'DELETE' })).status).toBe(200);
  expect(await named('gone')).toBeUndefined();
  expect(readdirSync(join(program.dataDir, 'replays')).filter((name) => name.includes(gone.id))).toEqual([]);
  expect((await start({ name: 'next' })).status).toBe(202);
  await over('next');
}, 120_000);

test('after a kill in the middle nothing is left but a word, and the socket works again', async () => {
  expect((await start({ name: 'killed' })).status).toBe(202);
  await program.kill();
  const socket = join(program.dataDir, 'phosor.sock');
  expect(existsSync(socket)).toBe(true);
  program = await startProgram({ dataDir: program.dataDir, env });
  const partial = readdirSync(join(program.dataDir, 'replays')).filter((name) => !name.endsWith('.sqlite'));
  expect(partial).toEqual([]);
  expect((await phosor('replay', '--history', '--to', '2000-01-01')).stderr).toMatch(/^0 events, 0 alerts/);
  await program.stop();
  expect(existsSync(socket)).toBe(false);
  program = await startProgram({ dataDir: program.dataDir, env });
}, 120_000);
