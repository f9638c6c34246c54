/** Replay step by step, and over stored history: the same engine over the same events gives the same alerts. */
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Event, eventFromJson } from '../model/index.ts';
import { packageRoot } from '../package.ts';
import { openDuckdbStore } from '../store/events/duckdb/store.ts';
import { encodeRow } from '../store/events/row.ts';
import { ReplayFolder } from '../store/replays/folder.ts';

const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'phosor-replay-'));
const dataDir = path.join(folder, 'data');
const logFile = path.join(folder, 'auth.log');
const eventFile = path.join(folder, 'events.ndjson');

function phosor(...args: string[]) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [path.join(packageRoot, 'bin/phosor.js'), ...args], {
    env: { ...process.env, TZ: 'UTC', NO_COLOR: '1' },
    encoding: 'utf8',
    timeout: 60_000,
  });
  return { status, stderr, lines: stdout.split('\n').filter(Boolean) };
}
interface Line {
  at?: string;
  id: string;
  rule_name: string;
  count: number;
  first: string;
  event_ids: string[];
}
const json = (lines: readonly string[]): Line[] => lines.map((line) => JSON.parse(line) as Line);

beforeAll(async () => {
  const lines = Array.from({ length: 40 }, (_, i) => {
    const at = new Date(Date.UTC(2026, 10, 20, 10, 0, i * 10)).toISOString().slice(11, 19);
    return `Nov 20 ${at} web1 sshd[1000]: Failed password for root from 203.0.113.${i < 20 ? 7 : 8} port ${50_000 + i} ssh2\n`;
  });
  fs.writeFileSync(logFile, lines.join(''));
  const parsed = phosor('parse', '--json', '--year', '2026', logFile).lines;
  fs.writeFileSync(eventFile, parsed.map((line) => `${line}\n`).join(''));
  const events: Event[] = parsed.map((line) => eventFromJson(JSON.parse(line)));
  const row = (event: Event) => encodeRow({ ...event, received_at: event.time });
  const segment = path.join(folder, '000000001.ndjson');
  // Two thirds are stored, the rest is still in the spool of a run that was killed.
  fs.writeFileSync(segment, events.slice(0, 26).map(row).join(''));
  const store = await openDuckdbStore({ folder: path.join(dataDir, 'events'), maxBytes: 1e9, memoryLimitMb: 96 });
  await store.load([{ id: 1, path: segment }]);
  await store.close();
  fs.mkdirSync(path.join(dataDir, 'spool'));
  fs.writeFileSync(
    path.join(dataDir, 'spool', '000000002.ndjson'),
    events
      .slice(26)
      .map((event) => row({ ...event, source_type: 'syslog' }))
      .join(''),
  );
});
afterAll(() => fs.rmSync(folder, { recursive: true, force: true }));

describe('replay --at', () => {
  test('tells alerts as they stand at each step, and reads nothing behind the last', () => {
    const steps = ['--at', '2026-11-20T10:01:00Z', '--at', '2026-11-20T10:02:00', '--at', '2026-11-20T10:04:30Z'];
    const alerts = json(phosor('replay', '--json', '--year', '2026', ...steps, logFile).lines);
    const forced = alerts.filter(({ rule_name }) => rule_name === 'SSH brute force');
    expect(forced.map(({ at, count }) => [at?.slice(11, 16), count])).toEqual([
      ['10:01', 7],
      ['10:02', 13],
      ['10:04', 20],
      ['10:04', 8],
    ]);
    expect(forced[0]?.id).toBe(forced[1]?.id);
    const whole = json(phosor('replay', '--json', '--year', '2026', logFile).lines);
    expect(whole.find(({ id }) => id === forced[0]?.id)?.count).toBe(20);
    expect(whole[0]).not.toHaveProperty('at');
  });
});

describe('replay --save', () => {
  test('keeps what files show in the data folder, with whole evidence, and prints what it always prints', () => {
    const own = path.join(folder, 'fresh');
    const saved = phosor('replay', '--json', '--year', '2026', '--data-dir', own, '--save', 'from a file', logFile);
    expect(saved.lines).toEqual(phosor('replay', '--json', '--year', '2026', logFile).lines);
    expect(saved.stderr).toContain(`${saved.lines.length} alerts are kept as "from a file" in ${own}`);
    const replays = new ReplayFolder(path.join(own, 'replays'));
    const [kept] = replays.list();
    expect(kept?.head).toMatchObject({
      name: 'from a file',
      by: 'local',
      origin: 'files',
      files: [logFile],
      events: 40,
      from: Date.UTC(2026, 10, 20, 10),
      to: Date.UTC(2026, 10, 20, 10, 6, 30) + 1,
      alerts: saved.lines.length,
    });
    const forced = replays.read(kept?.id as string, ({ alerts }) =>
      alerts.list({ text: 'brute force' }, 10, null).alerts.map(({ id }) => alerts.byId(id)?.events.length),
    );
    expect(forced).toEqual([20, 20]);
    expect(fs.readdirSync(own)).toEqual(['replays']);
  });

  test.each([
    [['--save', ' '], '1 to 100 characters'],
    [['--save', 'x'.repeat(101)], '1 to 100 characters'],
    [['--save', 'x', '--at', '2026-11-20'], 'leave --at out'],
  ])('%j is refused with a sentence', (args, sentence) => {
    const result = phosor('replay', '--data-dir', path.join(folder, 'none'), ...args, logFile);
    expect(result.stderr).toContain(sentence);
    expect(result.status).toBe(2);
    expect(fs.existsSync(path.join(folder, 'none'))).toBe(false);
  });
});

describe('replay --history', () => {
  test('gives the alerts of the file, what the spool still holds included', () => {
    const facts = (lines: readonly string[]) =>
      json(lines).map(({ rule_name, count, first, event_ids }) => ({ rule_name, count, first, event_ids }));
    const stored = phosor('replay', '--history', '--data-dir', dataDir, '--json');
    expect(stored.stderr).not.toContain('Error');
    expect(facts(stored.lines)).toEqual(facts(phosor('replay', '--json', eventFile).lines));
    expect(stored.lines.length).toBeGreaterThan(1);
    // Again: nothing was changed by looking at it.
    expect(phosor('replay', '--history', '--data-dir', dataDir, '--json').lines).toEqual(stored.lines);
  });

  test('of a part of it', () => {
    const part = ['--from', '2026-11-20T10:00:00Z', '--to', '2026-11-20T10:00:40Z'];
    const { lines, stderr } = phosor('replay', '--history', '--data-dir', dataDir, ...part);
    expect(lines).toEqual([]);
    expect(stderr).toMatch(/^4 events, 0 alerts/);
  });

  test.each([
    [['--history', 'x.log'], 2, 'name no files'],
    [['--history', '--data-dir', folder], 1, 'There is no history in'],
    [['--history', '--from', 'soon'], 2, '--from is "soon"'],
    [['x.log', '--to', '2026-11-20'], 2, 'a part of --history'],
  ])('%j is refused with a sentence', (args, status, sentence) => {
    const result = phosor('replay', ...args);
    expect(result.stderr).toContain(sentence);
    expect(result.status).toBe(status);
  });

  test('--save keeps what was found, whole, and prints the same', () => {
    const saved = phosor('replay', '--history', '--data-dir', dataDir, '--json', '--save', 'a week');
    expect(saved.stderr).toContain('are kept as "a week"');
    expect(saved.lines).toEqual(phosor('replay', '--history', '--data-dir', dataDir, '--json').lines);
    const folder = new ReplayFolder(path.join(dataDir, 'replays'));
    const [kept] = folder.list();
    expect(kept?.head).toMatchObject({ name: 'a week', by: 'local', origin: 'history', events: 40, state: 'done' });
    const ids = folder.read(kept?.id as string, ({ alerts }) => alerts.list({}, 100, null).alerts.map(({ id }) => id));
    expect(new Set(ids)).toEqual(new Set(json(saved.lines).map(({ id }) => id)));
  });

  test('while Phosor runs on the folder and has no socket, it says what to do', () => {
    fs.writeFileSync(path.join(dataDir, 'phosor.lock'), String(process.pid));
    const { status, stderr } = phosor('replay', '--history', '--data-dir', dataDir);
    expect(stderr).toContain('Another Phosor');
    expect(stderr).toContain('POST /api/replays');
    expect(status).toBe(1);
    fs.rmSync(path.join(dataDir, 'phosor.lock'));
  });
});
