import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { packageRoot } from '../package.ts';

const folder = mkdtempSync(join(tmpdir(), 'phosor-explain-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function explain(...args: string[]) {
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    [join(packageRoot, 'bin/phosor.js'), 'rules', 'explain', ...args, '--year', '2026', '--timezone', 'UTC'],
    { env: { ...process.env, NO_COLOR: '1' }, encoding: 'utf8', cwd: folder, timeout: 30_000 },
  );
  return { status, stdout, stderr };
}

function file(name: string, ...lines: string[]): string {
  writeFileSync(join(folder, name), `${lines.join('\n')}\n`);
  return name;
}

const rule = file(
  'brute.yml',
  ...['title: Brute force', 'id: brute', 'level: high'],
  'correlation: { type: event_count, rules: [f], group-by: [src_ip], timespan: 1m, condition: { gte: 3 } }',
  ...['---', 'title: Failed login', 'name: f', 'logsource: { product: linux, service: sshd }'],
  'detection: { selection: { event_type: auth.failure, user: [root, admin] }, condition: selection }',
);
const failed = (second: number, user = 'root') =>
  `Nov 20 10:00:0${second} web sshd[22]: Failed password for ${user} from 203.0.113.5 port 4022 ssh2`;

test('says line by line what holds, what is counted, and what would have had to differ', () => {
  const log = file('auth.log', failed(1), failed(2), failed(3, 'rooot'), failed(4));
  const { status, stdout, stderr } = explain(rule, log);
  expect(status).toBe(0);
  const told = stdout.split('\n\n');
  expect(told[0]).toContain('auth.log:1  counts, does not fire');
  expect(told[1]).toContain('counted: auth.log:1, auth.log:2');
  expect(told[1]).toContain('→ 1 more event of “Failed login” by 203.0.113.5 before 10:01:01');
  expect(told[2]).toContain('auth.log:3  does not match');
  expect(told[2]).toContain('→ user was “rooot”, the rule wants “root” or “admin” (one character differs)');
  expect(told[3]).toContain('auth.log:4  fires');
  expect(told[3]).toContain('3 of 3 (at least 3 events in 60 s) for src_ip=203.0.113.5');
  expect(stderr).toBe('4 lines, 3 matched, 1 fired\n');
});

test('of many lines only matches and near misses are told; --all tells every one, --json as objects', () => {
  const log = file(
    'many.log',
    ...Array.from({ length: 40 }, (_, i) => `Nov 20 10:00:01 web cron[1]: job ${i}`),
    failed(1),
    failed(2, 'guest'),
  );
  const few = explain(rule, log);
  expect(few.stdout.match(/^many\.log:\d+/gm)).toEqual(['many.log:41', 'many.log:42']);
  expect(few.stderr).toContain('40 lines that come nowhere near are not shown');
  expect(explain(rule, log, '--all').stdout.match(/^many\.log:\d+/gm)).toHaveLength(42);
  const objects = explain(rule, log, '--json')
    .stdout.trim()
    .split('\n')
    .map((text) => JSON.parse(text));
  expect(objects).toHaveLength(42);
  expect(objects[40]).toMatchObject({ place: 'many.log:41', matched: true, correlation: { observed: 1, needed: 3 } });
});

test('a window that is judged when it is over: what may become of it, and what became of it', () => {
  const few = file(
    'few.yml',
    ...['title: Exactly two', 'id: few', 'level: high'],
    'correlation: { type: event_count, rules: [f], group-by: [src_ip], timespan: 1m, condition: { eq: 2 } }',
    ...['---', 'title: Failed login', 'name: f', 'logsource: { product: linux, service: sshd }'],
    'detection: { selection: { event_type: auth.failure }, condition: selection }',
  );
  const later = failed(3).replace('10:00', '10:30');
  const { stdout, stderr } = explain(few, file('few.log', failed(1), failed(2), later));
  expect(stdout).toContain('few.log:2  counts, judged when its window is over');
  expect(stdout).toContain('→ the window is open until 10:01:01; so far 2 events were counted');
  expect(stdout).toContain('the window from 10:00:01 to 10:01:01 is over: 2 for src_ip=203.0.113.5, fires');
  expect(stderr).toBe('3 lines, 3 matched, 1 fired\n');
});

test('notes in the lines beside a rule are no lines, as in `phosor rules test`; elsewhere they are', () => {
  const lines = ['# expect count=3 src_ip=203.0.113.5', failed(1), '# and again', failed(2), failed(3)];
  const { stdout, stderr } = explain(rule, file('brute.fire.log', ...lines));
  expect(stdout.match(/^brute\.fire\.log:\d+/gm)).toEqual([2, 4, 5].map((number) => `brute.fire.log:${number}`));
  expect(stderr).toBe('3 lines, 3 matched, 1 fired\n');
  expect(explain(rule, file('notes.log', ...lines)).stderr).toBe('5 lines, 3 matched, 1 fired\n');
});

test('a rule of a folder, and a shipped one, by id', () => {
  const log = file('one.log', failed(1));
  expect(explain('--rule', 'brute', '--rules', rule, log).stdout).toContain('one.log:1  counts');
  const shipped = spawnSync(process.execPath, [join(packageRoot, 'bin/phosor.js'), 'rules', 'list', '--json'], {
    encoding: 'utf8',
  });
  const { id } = JSON.parse(shipped.stdout.split('\n')[0] as string) as { id: string };
  expect(explain('--rule', id, log).stdout).toContain('one.log:1');
});

test('no escape sequence of a line, a rule or a file name reaches the terminal', () => {
  const evil = '\u001b]0;owned\u0007\u001b[31m';
  const own = file(
    'evil.yml',
    `title: "A \\u001b[31mrule"`,
    'id: evil',
    'logsource: { product: any }',
    'detection: { s: { user: "x\\u001b[2J" }, condition: s }',
  );
  const { stdout } = explain(
    own,
    file(
      `l${evil.slice(3, 8)}.log`,
      `Nov 20 10:00:01 web sshd[22]: Failed password for ${evil}root from 203.0.113.5 port 4022 ssh2`,
    ),
  );
  expect(stdout).toContain('Failed password for');
  expect(stdout).not.toMatch(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/);
});

test.each([
  ['nothing', [], 2, 'Name a rule and files'],
  ['no lines', [rule], 2, 'Name a rule and files'],
  ['an unknown rule', ['--rule', 'none', 'x.log'], 2, 'There is no rule "none"'],
  ['a missing file', [rule, 'gone.log'], 1, '"gone.log" does not exist'],
  ['a broken rule', [file('broken.yml', 'title: ['), 'x.log'], 1, 'broken.yml:'],
  [
    'several rules',
    [
      file(
        'two.yml',
        ...['a', 'b'].flatMap((id) => [
          '---',
          `title: ${id}`,
          `id: ${id}`,
          'logsource: { product: any }',
          'detection: { s: { user: x }, condition: s }',
        ]),
      ),
      'x.log',
    ],
    2,
    'holds 2 rules',
  ],
])('%s is refused with a sentence', (_, args, status, sentence) => {
  const result = explain(...args);
  expect(result.stderr).toContain(sentence);
  expect(result.status).toBe(status);
});
