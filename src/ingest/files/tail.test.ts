import * as fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { FilePosition } from '../../model/index.ts';
import { type Collector, collect } from '../collect.test-suite.ts';
import type { FileSource } from '../contract.ts';
import { createFileTail, type FileTail } from './tail.ts';

let folder: string;
let log: string;
let open: FileTail[] = [];
let failures: string[] = [];

beforeEach(() => {
  folder = fs.realpathSync(fs.mkdtempSync(path.join(os.tmpdir(), 'phosor-tail-')));
  log = path.join(folder, 'auth.log');
  failures = [];
});
afterEach(() => {
  for (const tail of open) tail.close();
  open = [];
  fs.rmSync(folder, { recursive: true });
});

function follow(
  files: (Partial<FileSource> & { path: string })[],
  options: { positions?: Iterable<FilePosition>; into?: Collector; roots?: string[] } = {},
) {
  const into = options.into ?? collect();
  const tail = createFileTail({
    pool: into.pool,
    roots: options.roots ?? [folder],
    positions: [...(options.positions ?? [])],
    failed: (_source, message) => failures.push(message),
  });
  open.push(tail);
  const problems = files.map((file) =>
    tail.add({ name: `file_${path.basename(file.path)}`, hint: null, fromBeginning: false, ...file }),
  );
  return { ...into, tail, problems, state: (index = 0) => tail.stats()[index] };
}

/** Waits until the tail has looked at its files once more after now. */
const aFewPolls = () => new Promise((resolve) => setTimeout(resolve, 600));
const numbered = (from: number, to: number) => Array.from({ length: to - from }, (_, i) => `line ${from + i}`);
const append = (lines: string[], file = log) => fs.appendFileSync(file, lines.map((line) => `${line}\n`).join(''));

test('first sight begins at the end, and appended lines carry their byte offset and the file identity', async () => {
  append(['old']);
  const { until, records, state } = follow([{ path: log, hint: 'sshd' }]);
  await until(() => state()?.state === 'active');
  append(['new', 'newer']);
  await until(() => records.length === 2);
  expect(records.map(({ text, position }) => [text, position])).toEqual([
    ['new', 4],
    ['newer', 8],
  ]);
  expect(records[0]?.source).toMatchObject({ source: 'file_auth.log', source_type: 'file', peer: null, hint: 'sshd' });
  expect(records[0]?.source.identity).toMatch(/^file:\d+:\d+:4-[0-9a-f]{16}$/);
});

test('fromBeginning reads what is there', async () => {
  append(numbered(0, 3));
  const { until, texts } = follow([{ path: log, fromBeginning: true }]);
  await until(() => texts().length === 3);
  expect(texts()).toEqual(numbered(0, 3));
});

test('each chunk says how far it goes in the file, wherever it was full', async () => {
  append(numbered(0, 30_000));
  const { until, texts, chunks, records } = follow([{ path: log, fromBeginning: true }]);
  await until(() => texts().length === 30_000);
  expect(chunks.length).toBeGreaterThan(2);
  let read = 0;
  for (const chunk of chunks) {
    read += chunk.records;
    const last = records[read - 1];
    expect(chunk.positions.at(-1)?.offset).toBe((last?.position ?? 0) + (last?.text.length ?? 0) + 1);
  }
});

test('a missing file is a waiting source and is read from its beginning when it comes', async () => {
  const { until, texts, state, problems } = follow([{ path: log }]);
  await until(() => state()?.detail?.includes('waited for') ?? false);
  expect([problems, state()?.state]).toEqual([[null], 'waiting']);
  append(numbered(0, 2));
  await until(() => texts().length === 2);
  expect(state()?.state).toBe('active');
});

test('an unfinished line waits for its end and counts as lag', async () => {
  const { until, texts, state } = follow([{ path: log, fromBeginning: true }]);
  fs.writeFileSync(log, 'one\ntw');
  await until(() => texts().length === 1 && state()?.lagBytes === 2);
  await aFewPolls();
  expect(texts()).toEqual(['one']);
  fs.appendFileSync(log, 'o\r\n\r\n\nthree\n');
  await until(() => texts().length === 3);
  expect(texts()).toEqual(['one', 'two', 'three']);
  expect(state()).toMatchObject({ lagBytes: 0, received: 3 });
});

test('rename rotation: the old file is read to its end, late writes too, and then the new one', async () => {
  append(['first']);
  const { until, texts, state } = follow([{ path: log }]);
  await until(() => state()?.state === 'active');
  const writer = fs.openSync(log, 'a');
  fs.writeSync(writer, numbered(0, 5000).join('\n').concat('\n'));
  fs.renameSync(log, `${log}.1`);
  append(['new 1']);
  await until(() => texts().length === 5001);
  fs.writeSync(writer, 'late\n');
  fs.closeSync(writer);
  append(['new 2']);
  await until(() => texts().length === 5003);
  expect(texts().slice(0, 5001)).toEqual([...numbered(0, 5000), 'new 1']);
  expect(texts().slice(5001).sort()).toEqual(['late', 'new 2']);
});

test('delete and create', async () => {
  append(['first']);
  const { until, texts, state } = follow([{ path: log, fromBeginning: true }]);
  await until(() => texts().length === 1);
  fs.rmSync(log);
  await until(() => state()?.state === 'waiting');
  append(['second']);
  await until(() => texts().length === 2);
  expect(texts()).toEqual(['first', 'second']);
});

test.each([
  ['emptied and shorter', ['short'], ['short']],
  ['emptied and already longer than before', numbered(0, 50), numbered(0, 50)],
  ['emptied and filled with the very same lines', ['first line', 'second line'], ['first line', 'second line']],
])('copytruncate: %s', async (_name, after, expected) => {
  append(['first line', 'second line']);
  const { until, texts, records, state } = follow([{ path: log, fromBeginning: true }]);
  await until(() => texts().length === 2);
  fs.copyFileSync(log, `${log}.1`);
  fs.truncateSync(log);
  if (after[0] === 'first line') await until(() => state()?.detail?.includes('emptied') ?? false);
  append(after);
  await until(() => texts().length >= 2 + expected.length);
  expect(texts().slice(2)).toEqual(expected);
  expect(records[0]?.source.identity).not.toBe(records[2]?.source.identity);
});

test('a writer that goes on at its old place in an emptied file leaves NULs, which are skipped', async () => {
  const writer = fs.openSync(log, 'w');
  fs.writeSync(writer, `${'x'.repeat(400_000)}\n`);
  const { until, texts } = follow([{ path: log, fromBeginning: true }]);
  await until(() => texts().length === 1);
  fs.truncateSync(log);
  fs.writeSync(writer, 'after\n');
  fs.closeSync(writer);
  await until(() => texts().length === 2);
  expect(texts()[1]).toBe('after');
});

test('a restart resumes exactly, although the file has grown past its fingerprint', async () => {
  append(['a']);
  const first = follow([{ path: log, fromBeginning: true }]);
  await first.until(() => first.texts().length === 1);
  first.tail.close();
  append(numbered(0, 1000));
  const second = follow([{ path: log }], { positions: first.positions.values() });
  await second.until(() => second.texts().length === 1000);
  expect(second.texts()).toEqual(numbered(0, 1000));
  expect(second.records[0]?.source.identity).toBe(first.records[0]?.source.identity);
  second.tail.close();
  const third = follow([{ path: log }], { positions: second.positions.values() });
  append(['last']);
  await third.until(() => third.texts().length > 0);
  expect(third.texts()).toEqual(['last']);
});

test('a file first seen at its end and grown while nobody watched is read from there', async () => {
  append(['old', 'half']);
  fs.appendFileSync(log, 'unfinished');
  const first = follow([{ path: log }]);
  await first.until(() => first.positions.size === 1);
  first.tail.close();
  fs.appendFileSync(log, ' line\n');
  const second = follow([{ path: log }], { positions: first.positions.values() });
  await second.until(() => second.texts().length === 1);
  expect(second.texts()).toEqual(['unfinished line']);
});

test.each([['auth.log.1'], ['auth.log-20261121'], ['auth-20261121.log']])(
  'rotated to %s while nobody watched: the rest of the old file, then all of the new one',
  async (rotated) => {
    append(numbered(0, 3));
    const first = follow([{ path: log, fromBeginning: true }]);
    await first.until(() => first.texts().length === 3);
    first.tail.close();
    append(numbered(3, 5));
    fs.renameSync(log, path.join(folder, rotated));
    append(numbered(5, 8));
    const second = follow([{ path: log }], { positions: first.positions.values() });
    await second.until(() => second.texts().length === 5);
    expect(second.texts()).toEqual(numbered(3, 8));
  },
);

test('rotated several times while nobody watched: every file that came and went is read, older ones are not', async () => {
  const name = (n: number) => (n === 0 ? log : `${log}.${n}`);
  append(['history'], `${log}.1`);
  // A file system's clock ticks every few milliseconds.
  await new Promise((resolve) => setTimeout(resolve, 30));
  append(numbered(0, 3));
  const first = follow([{ path: log, fromBeginning: true }]);
  await first.until(() => first.texts().length === 3);
  first.tail.close();
  append(numbered(3, 5));
  for (let round = 0; round < 3; round += 1) {
    for (let n = 4; n >= 0; n -= 1) if (fs.existsSync(name(n))) fs.renameSync(name(n), name(n + 1));
    append(numbered(5 + round * 2, 7 + round * 2));
    await new Promise((resolve) => setTimeout(resolve, 30));
  }
  fs.writeFileSync(`${log}.bak`, 'copy\n');
  const second = follow([{ path: log }], { positions: first.positions.values() });
  await second.until(() => second.texts().length >= 8);
  await aFewPolls();
  expect(second.texts()).toEqual(numbered(3, 11));
});

test('emptied and rewritten, or created, while nobody watched: read from the beginning', async () => {
  const other = path.join(folder, 'other.log');
  append(numbered(0, 100));
  const first = follow([{ path: log, fromBeginning: true }, { path: other }]);
  await first.until(() => first.texts().length === 100 && first.positions.has(`waiting:${other}`));
  first.tail.close();
  fs.writeFileSync(log, 'fresh\n');
  append(['created'], other);
  const second = follow([{ path: log }, { path: other }], { positions: first.positions.values() });
  await second.until(() => second.texts().length === 2);
  expect(second.texts().sort()).toEqual(['created', 'fresh']);
});

test('lines longer than a turn are whole; lines longer than a record are cut and counted', async () => {
  const long = 'a'.repeat(700_000);
  const tooLong = 'b'.repeat(1_500_000);
  append(['before', long, tooLong, 'after']);
  const { until, texts, records, state, positions } = follow([{ path: log, fromBeginning: true }]);
  await until(() => texts().length === 4);
  expect(texts().map((text) => [text[0], text.length])).toEqual([
    ['b', 6],
    ['a', 700_000],
    ['b', 1024 * 1024],
    ['a', 5],
  ]);
  expect(records[3]?.position).toBe(7 + 700_001 + 1_500_001);
  expect(state()?.detail).toContain('1 lines were longer');
  expect([...positions.values()].at(-1)?.offset).toBe(fs.statSync(log).size);
});

test('a long line that is written slowly comes whole', async () => {
  const { until, texts } = follow([{ path: log, fromBeginning: true }]);
  for (let i = 0; i < 20; i += 1) {
    fs.appendFileSync(log, String(i % 10).repeat(20_000));
    await new Promise((resolve) => setTimeout(resolve, 8));
  }
  fs.appendFileSync(log, '\nnext\n');
  await until(() => texts().length === 2);
  expect(texts().map((text) => text.length)).toEqual([400_000, 4]);
});

test('a pattern: first matches from their end, later ones from the beginning, each a source of its own', async () => {
  fs.mkdirSync(path.join(folder, 'a'));
  fs.mkdirSync(path.join(folder, 'b'));
  append(['old'], path.join(folder, 'a/access.log'));
  fs.writeFileSync(path.join(folder, 'a/access.log.2.gz'), 'packed\n');
  const pattern = path.join(folder, '*/access.log*');
  const { until, records, tail, positions } = follow([{ path: pattern, name: 'file_access' }]);
  await until(() => tail.stats()[0]?.state === 'active' && positions.size === 2);
  append(['from a'], path.join(folder, 'a/access.log'));
  append(['from b'], path.join(folder, 'b/access.log'));
  await until(() => records.length === 2);
  expect(records.map(({ text, source }) => [text, source.source]).sort()).toEqual([
    ['from a', 'file_access.log'],
    ['from b', 'file_b_access.log'],
  ]);
  fs.renameSync(path.join(folder, 'a/access.log'), path.join(folder, 'a/access.log.1'));
  append(['after rotation'], path.join(folder, 'a/access.log'));
  await until(() => tail.stats().length === 4 && records.length === 3);
  await aFewPolls();
  expect(records.slice(2).map(({ text, source }) => [text, source.source])).toEqual([
    ['after rotation', 'file_access.log'],
  ]);
  tail.remove('file_access');
  expect(tail.stats()).toEqual([]);
});

test('a symlink is followed to where it points, also when it is turned; outside the roots it is refused', async () => {
  const outside = fs.realpathSync(fs.mkdtempSync(path.join(os.tmpdir(), 'phosor-out-')));
  try {
    fs.mkdirSync(path.join(folder, 'days'));
    append(['monday'], path.join(folder, 'days/1.log'));
    append(['tuesday'], path.join(folder, 'days/2.log'));
    append(['secret'], path.join(outside, 'secret.log'));
    fs.symlinkSync('days/1.log', log);
    const { until, texts, state } = follow([{ path: log, fromBeginning: true }]);
    await until(() => texts().length === 1);
    const turn = (target: string) => {
      fs.symlinkSync(target, `${log}.new`);
      fs.renameSync(`${log}.new`, log);
    };
    turn('days/2.log');
    await until(() => texts().length === 2);
    turn(path.join(outside, 'secret.log'));
    await until(() => failures.length === 1);
    await aFewPolls();
    expect(texts()).toEqual(['monday', 'tuesday']);
    expect(failures[0]).toContain('files.roots');
    expect(state()?.state).toBe('failed');
  } finally {
    fs.rmSync(outside, { recursive: true });
  }
});

test('what cannot be followed says why', async () => {
  const pipe = path.join(folder, 'folder.log');
  fs.mkdirSync(pipe);
  append(['x']);
  fs.linkSync(log, path.join(folder, 'same.log'));
  const { until, problems, state } = follow([
    { path: log },
    { path: pipe },
    { path: path.join(folder, 'same.log') },
    { path: '/etc/passwd' },
  ]);
  await until(() => failures.length === 1 && (state(2)?.detail?.includes('same file') ?? false));
  expect(failures[0]).toContain('is not a regular file');
  expect(problems[3]).toContain('PHOSOR_FILE_ROOTS');
});

test('without room in the pool files wait, and nothing is lost', async () => {
  const into = collect({ buffers: 2 });
  into.hold();
  append(numbered(0, 100_000));
  const { until, texts, state } = follow([{ path: log, fromBeginning: true }], { into });
  await aFewPolls();
  await aFewPolls();
  expect(texts().length).toBeGreaterThan(0);
  expect(texts().length).toBeLessThan(40_000);
  expect(state()?.lagBytes).toBeGreaterThan(100_000);
  fs.renameSync(log, `${log}.1`);
  append(numbered(100_000, 100_010));
  into.letGo();
  await until(() => texts().length >= 100_010);
  expect(texts()).toEqual(numbered(0, 100_010));
});

test('a paused tail reads nothing and shows its lag', async () => {
  const { until, texts, tail, state } = follow([{ path: log, fromBeginning: true }]);
  await until(() => state()?.state === 'waiting');
  tail.pause(true);
  append(numbered(0, 10));
  await until(() => (state()?.lagBytes ?? 0) > 0);
  expect(texts()).toEqual([]);
  tail.pause(false);
  await until(() => texts().length === 10);
});

test('300 files, each line once and in order, whatever the chunks', async () => {
  const files = Array.from({ length: 300 }, (_, i) => path.join(folder, `app-${i}.log`));
  const { until, records } = follow(files.map((file) => ({ path: file })));
  for (let round = 0; round < 20; round += 1) {
    for (const file of files) append([`${round}`], file);
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
  await until(() => records.length >= 6000);
  const bySource = Map.groupBy(records, ({ source }) => source.source);
  expect(bySource.size).toBe(300);
  for (const lines of bySource.values()) expect(lines.map(({ text }) => Number(text))).toEqual([...Array(20).keys()]);
});

test('removed and added again, or added under the same name with another hint, it goes on where it stopped', async () => {
  append(['one']);
  const { until, records, tail, positions } = follow([{ path: log }]);
  await until(() => positions.size === 1);
  tail.remove('file_auth.log');
  expect(tail.stats()).toEqual([]);
  append(['two']);
  tail.add({ name: 'file_auth.log', path: log, hint: null, fromBeginning: true });
  append(['three']);
  tail.add({ name: 'file_auth.log', path: log, hint: 'sshd', fromBeginning: false });
  await until(() => records.length === 2);
  expect(records.map(({ text, source }) => [text, source.hint])).toEqual([
    ['two', 'sshd'],
    ['three', 'sshd'],
  ]);
  expect(tail.stats()).toHaveLength(1);
});
