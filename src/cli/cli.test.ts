import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { packageRoot } from '../package.ts';

const bin = join(packageRoot, 'bin/phosor.js');
const folder = mkdtempSync(join(tmpdir(), 'phosor-cli-'));

function phosor(args: readonly string[], input: string | Buffer = '') {
  const env = { ...process.env, TZ: 'UTC', NO_COLOR: '1' };
  const { status, stdout, stderr } = spawnSync(process.execPath, [bin, ...args], {
    input,
    env,
    encoding: 'utf8',
    timeout: 20_000,
    cwd: folder,
    maxBuffer: 1e9,
  });
  return { status, stdout, stderr, lines: stdout.split('\n').filter(Boolean) };
}

function file(name: string, content: string | Buffer): string {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
}

const failed = (second: number, ip: string, user = 'root') =>
  `Nov 20 10:00:${String(second).padStart(2, '0')} host01 sshd[1000]: Failed password for ${user} from ${ip} port 50000 ssh2`;

describe('usage', () => {
  test.each([
    ['no command', [], 2, 'stdout', /Usage: phosor <command>/],
    ['--help', ['--help'], 0, 'stdout', /replay/],
    ['--version', ['--version'], 0, 'stdout', /^\d+\.\d+\.\d+/],
    ['help of a command', ['parse', '--help'], 0, 'stdout', /--source-type/],
    ['help of start lists the options', ['start', '--help'], 0, 'stdout', /--http-port/],
    [
      'help of start says what an option takes',
      ['start', '--help'],
      0,
      'stdout',
      /--admin-password TEXT .*\n(.*\n)*.*--store-max-age-days N /,
    ],
    ['help of others is short', ['backup', '--help'], 0, 'stdout', /--data-dir TEXT(?!(.|\n)*--http-port)/],
    ['unknown command', ['rpelay'], 2, 'stderr', /Did you mean "phosor replay"\?/],
    ['unknown flag', ['parse', '--jsno'], 2, 'stderr', /Did you mean --json\?/],
    ['unknown flag of start', ['start', '--htp-port', '1'], 2, 'stderr', /Did you mean --http-port\?/],
    ['unknown format', ['parse', '--hint', 'shsd'], 2, 'stderr', /Did you mean sshd\?/],
    ['bad year', ['parse', '--year', 'soon'], 2, 'stderr', /--year is "soon"/],
    ['bad zone', ['parse', '--timezone', 'Berlin/Europe'], 2, 'stderr', /Unknown time zone "Berlin\/Europe"/],
    ['missing file', ['parse', 'nope.log'], 1, 'stderr', /"nope.log" does not exist/],
    ['replay of nothing', ['replay'], 2, 'stderr', /Name at least one log file/],
    ['rules without a verb', ['rules'], 2, 'stderr', /phosor rules check/],
  ] as const)('%s', (_, args, status, stream, text) => {
    const result = phosor(args);
    expect(result[stream]).toMatch(text);
    expect(result.status).toBe(status);
  });
});

const keys = [
  ...['id', 'time', 'received_at', 'source', 'source_type', 'format', 'host', 'program', 'pid', 'facility', 'level'],
  ...['event_type', 'outcome', 'severity', 'src_ip', 'src_port', 'dst_ip', 'dst_port', 'protocol', 'user', 'message'],
  ...['raw', 'tags', 'fields', 'geo', 'intel', 'score', 'redacted'],
].sort();

describe('parse --json', () => {
  test('one event per line, in order, every key', () => {
    const input = `${failed(1, '203.0.113.7')}\n\nnobody knows this\r\nlast line without newline`;
    const events = phosor(['parse', '--json', '--year', '2026', '-'], input).lines.map((line) => JSON.parse(line));
    expect(events).toHaveLength(4);
    for (const event of events) expect(Object.keys(event).sort()).toEqual(keys);
    expect(events[0]).toMatchObject({
      format: 'sshd',
      time: '2026-11-20T10:00:01.000+00:00',
      src_ip: '203.0.113.7',
      user: 'root',
    });
    expect(events.map(({ raw }) => raw).slice(1)).toEqual(['', 'nobody knows this', 'last line without newline']);
    expect(events[2]).toMatchObject({ format: 'raw', time: null });
  });

  test('bytes that are no UTF-8, NUL and a line of 64 KiB are kept', () => {
    const input = Buffer.concat([
      Buffer.from([0x63, 0x61, 0x66, 0xe9, 10, 0, 1, 10]),
      Buffer.from(`${'x'.repeat(65_536)}\n`),
    ]);
    const events = phosor(['parse', '--json'], input).lines.map((line) => JSON.parse(line));
    expect(events.map(({ raw }) => raw.length)).toEqual([4, 2, 65_536]);
    expect(events[0].raw).toBe('café');
  });

  test('.gz and .zst read like the plain file, and give the same ids', () => {
    const text = Buffer.from(`${failed(1, '203.0.113.7')}\n${failed(2, '203.0.113.7')}\n`);
    const all = [file('a.log', text), file('a.log.gz', gzipSync(text)), file('a.log.zst', zstdCompressSync(text))].map(
      (path) => phosor(['parse', '--json', '--year', '2026', path]).lines.map((line) => JSON.parse(line).id),
    );
    expect(all[0]).toHaveLength(2);
    expect(all[1]).toEqual(all[0]);
    expect(all[2]).toEqual(all[0]);
  });

  test('the source type and the zone are those asked for', () => {
    const [line] = phosor(
      ['parse', '--json', '--source-type', 'syslog', '--year', '2026', '--timezone', 'America/New_York'],
      failed(1, '203.0.113.7'),
    ).lines;
    expect(JSON.parse(line ?? '')).toMatchObject({
      source: 'syslog_127.0.0.1',
      source_type: 'syslog',
      time: '2026-11-20T10:00:01.000-05:00',
    });
  });

  test('a reader that has seen enough is no error', async () => {
    const path = file('long.log', `${failed(1, '203.0.113.7')}\n`.repeat(50_000));
    const child = spawn(process.execPath, [bin, 'parse', '--json', path], { stdio: ['ignore', 'pipe', 'pipe'] });
    let errors = '';
    child.stderr.on('data', (chunk) => {
      errors += chunk;
    });
    child.stdout.once('data', () => child.stdout.destroy());
    const code = await new Promise((resolve) => child.on('exit', resolve));
    expect([code, errors]).toEqual([0, '']);
  });

  test('without --json: stages for people, and no escape sequence from the line', () => {
    const { stdout } = phosor(['parse', '--year', '2026'], `${failed(1, '203.0.113.7')} \u001b]0;title\u0007`);
    expect(stdout).toMatch(/auth\.failure/);
    expect(stdout).toMatch(/203\.0\.113\.7/);
    expect(stdout).not.toContain('\u001b');
  });

  test('a secret does not leave', () => {
    const { stdout } = phosor(['parse'], 'Nov 20 10:00:00 h app: login password=secret123 done');
    expect(stdout).toContain('[REDACTED]');
    expect(stdout).not.toContain('secret123');
  });
});

describe('replay --json', () => {
  const attack = Array.from({ length: 6 }, (_, i) => failed(10 + i, '203.0.113.42', 'admin')).join('\n');

  test('finds the attack, with every documented key', () => {
    const path = file('attack.log', `${attack}\n`);
    const alerts = phosor(['replay', '--json', '--year', '2026', path]).lines.map((line) => JSON.parse(line));
    const found = alerts.find(({ count, group }) => group.src_ip === '203.0.113.42' && count >= 5);
    expect(found).toBeDefined();
    for (const key of ['rule_id', 'rule_name', 'severity', 'time', 'group', 'count', 'event_ids', 'events', 'explain'])
      expect(found).toHaveProperty(key);
  });

  test('the same bytes twice, whatever the date of the file and its compression', () => {
    const args = ['replay', '--json', '--year', '2026'];
    const first = phosor([...args, file('b.log', `${attack}\n`)]).stdout;
    expect(first.length).toBeGreaterThan(100);
    expect(phosor([...args, file('b.log', `${attack}\n`)]).stdout).toBe(first);
  });

  test('several files are merged by time: neither alone would fire', () => {
    const lines = attack.split('\n');
    const odd = file('odd.log', `${lines.filter((_, i) => i % 2).join('\n')}\n`);
    const even = file('even.log', `${lines.filter((_, i) => i % 2 === 0).join('\n')}\n`);
    const rule = file(
      'five.json',
      JSON.stringify({
        name: 'five',
        type: 'threshold',
        config: { field: 'event_type', value: 'auth.failure', count: 5, window_seconds: 60, group_by: 'src_ip' },
      }),
    );
    const args = ['replay', '--json', '--year', '2026', '--no-default-rules', '--rules', rule];
    expect(phosor([...args, odd]).lines).toHaveLength(0);
    const [alert] = phosor([...args, odd, even]).lines.map((line) => JSON.parse(line));
    const times = alert.events.map(({ time }: { time: string }) => time);
    expect(times).toEqual([...times].sort());
    expect(alert.count).toBeGreaterThanOrEqual(5);
  });

  test('events that parse wrote are replayed as they are', () => {
    const events = phosor(['parse', '--json', '--year', '2026'], attack).stdout;
    const fromEvents = phosor(['replay', '--json', file('events.ndjson', events)]).lines.map(
      (line) => JSON.parse(line).rule_id,
    );
    const fromLines = phosor(['replay', '--json', '--year', '2026', file('attack.log', `${attack}\n`)]).lines.map(
      (line) => JSON.parse(line).rule_id,
    );
    expect(fromEvents).toEqual(fromLines);
  });

  test('a broken rule is a failure, not silence', () => {
    const { status, stderr } = phosor(['replay', '--rules', file('broken.yml', 'title: [\n'), file('c.log', attack)]);
    expect(status).toBe(1);
    expect(stderr).toContain('broken.yml');
  });
});

describe('rules and doctor', () => {
  test('check names file, line and column, and exits 1', () => {
    const path = file(
      'wrong.yml',
      'title: A\nlogsource:\n  product: linux\ndetection:\n  selection:\n    user|nope: x\n  condition: selection\n',
    );
    const { status, stdout } = phosor(['rules', 'check', path]);
    expect(stdout).toMatch(/wrong\.yml:\d+:\d+: error: .*nope/);
    expect(status).toBe(1);
  });

  test('match counts lines from 1', () => {
    const rule = file(
      'match.yml',
      "title: W\nid: 11111111-1111-4111-8111-111111111111\nlogsource:\n  category: process_creation\n  product: windows\ndetection:\n  s:\n    Image|endswith: '\\whoami.exe'\n  condition: s\n",
    );
    const events = file('match.ndjson', '{"Image":"C:\\\\a.exe"}\n{"Image":"C:\\\\whoami.exe"}\n');
    const { lines } = phosor(['rules', 'match', events, '--rules', rule, '--json', '--no-logsource']);
    expect(lines.map((line) => JSON.parse(line))).toEqual([
      { event: 2, rule_id: '11111111-1111-4111-8111-111111111111', rule_title: 'W' },
    ]);
  });

  test('doctor tells a fix for every problem', () => {
    const { lines, status } = phosor([
      'doctor',
      '--json',
      '--data-dir',
      '/dev/null/phosor',
      '--http-port',
      '0',
      '--ui-port',
      '0',
      '--syslog-port',
      '0',
    ]);
    const checks = lines.map((line) => JSON.parse(line));
    const problems = checks.filter(({ state }) => state === 'problem');
    expect(problems.map(({ name }) => name)).toContain('Data folder');
    for (const { fix } of problems) expect(fix).toMatch(/\w/);
    expect(status).toBe(1);
  });
});
