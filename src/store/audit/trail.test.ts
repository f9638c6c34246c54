import { spawn } from 'node:child_process';
import {
  appendFileSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { pathToFileURL } from 'node:url';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { packageRoot } from '../../package.ts';
import type { AuditRecord, StateStore } from '../contract.ts';
import { auditHeads } from '../state/sqlite/audit.ts';
import { openDatabase } from '../state/sqlite/schema.ts';
import { openSqliteState } from '../state/sqlite/state.ts';
import { openAuditTrail } from './trail.ts';

const start = Date.UTC(2026, 10, 20, 10);
const record = (n: number, change: Partial<AuditRecord> = {}): AuditRecord => ({
  timestamp: start + n * 1000,
  action: n % 2 === 0 ? 'rule_created' : 'login_failed',
  user: n % 3 === 0 ? 'anna' : 'bob',
  success: n % 2 === 0,
  source_ip: '192.0.2.7',
  details: { id: `rule-${n}` },
  ...change,
});

let folder = '';
let file = '';
let state: StateStore;
const audit = (): string => join(folder, 'audit');
const files = (): string[] => readdirSync(audit()).sort();
const first = (): string => join(audit(), files()[0] ?? '');
const linesOf = (path: string): string[] => readFileSync(path, 'utf8').split('\n').slice(0, -1);
const reopen = (): void => {
  state.close();
  state = openSqliteState(file);
};
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'phosor-audit-'));
  file = join(folder, 'state.sqlite');
  state = openSqliteState(file);
});
afterEach(() => {
  state.close();
  rmSync(folder, { recursive: true, force: true });
});
const append = async (count: number, from = 0): Promise<void> => {
  for (let n = from; n < from + count; n += 1) state.audit.append(record(n));
  await state.audit.synced();
};

describe('the file', () => {
  test('a JSON object a line with the documented fields, for the owner alone', async () => {
    await append(3);
    expect(statSync(first()).mode & 0o777).toBe(0o600);
    expect(statSync(audit()).mode & 0o777).toBe(0o700);
    const [one = ''] = linesOf(first());
    expect(JSON.parse(one)).toEqual({
      sequence: 1,
      timestamp: '2026-11-20T10:00:00.000Z',
      action: 'rule_created',
      user: 'anna',
      success: true,
      source_ip: '192.0.2.7',
      details: { id: 'rule-0' },
      previous: '0'.repeat(64),
    });
    expect(await state.audit.verify()).toMatchObject({ ok: true, records: 3, files: 1, problem: null });
  });

  test('what is hostile in a text stays one line', async () => {
    state.audit.append(record(1, { user: 'a\nb\u2028c\u0000\ud800', details: { text: '"}\n{"sequence":9' } }));
    await append(1, 2);
    expect(linesOf(first())).toHaveLength(2);
    expect(await state.audit.verify()).toMatchObject({ ok: true, records: 2 });
    expect(state.audit.list(1, start + 2000)[0]?.details).toEqual({ text: '"}\n{"sequence":9' });
  });

  test('a new one is begun when it is large, and the chain goes on', async () => {
    const db = openDatabase(join(folder, 'small.sqlite'));
    const heads = auditHeads(db, (work) => work());
    const trail = openAuditTrail({ folder: audit(), heads, maxFileBytes: 1000 });
    for (let n = 0; n < 20; n += 1) trail.append(record(n));
    await trail.synced();
    expect(files().length).toBeGreaterThan(3);
    expect(await trail.verify()).toMatchObject({ ok: true, records: 20, files: files().length });
    expect((await trail.page({}, 100, null)).records.map(({ sequence }) => sequence)).toEqual(
      Array.from({ length: 20 }, (_, n) => 20 - n),
    );
    rmSync(join(audit(), files()[1] ?? ''));
    expect(await trail.verify()).toMatchObject({
      ok: false,
      problem: { message: expect.stringContaining('is missing') },
    });
    trail.close();
    db.close();
  });

  test('it goes on after a restart', async () => {
    await append(2);
    reopen();
    await append(2, 2);
    expect(state.audit.takeNotices()).toEqual([]);
    expect(await state.audit.verify()).toMatchObject({ ok: true, records: 4 });
  });

  test('records of a version without files come first', async () => {
    const db = new DatabaseSync(file);
    db.exec("INSERT INTO audit (timestamp, action, success, details) VALUES (1000, 'login_success', 1, '{}')");
    db.close();
    await append(1);
    reopen();
    await append(1, 1);
    expect(linesOf(first()).map((line) => JSON.parse(line).action)).toEqual([
      'login_success',
      'rule_created',
      'login_failed',
    ]);
  });
});

describe('what was done to it is named', () => {
  const changed = async (change: (lines: string[]) => string[]): Promise<string | undefined> => {
    await append(5);
    writeFileSync(
      first(),
      change(linesOf(first()))
        .map((line) => `${line}\n`)
        .join(''),
    );
    const verdict = await state.audit.verify();
    expect(verdict.ok).toBe(verdict.problem === null);
    return verdict.problem?.message;
  };
  test.each<[string, (lines: string[]) => string[], string]>([
    [
      'a changed record',
      (l) => l.with(1, (l[1] ?? '').replace('bob', 'eve')),
      'Record 3 does not fit: record 2 before it was changed',
    ],
    ['the last one changed', (l) => l.with(4, (l[4] ?? '').replace('bob', 'eve')), 'Record 5 was changed'],
    ['one taken out', (l) => l.toSpliced(2, 1), 'Record 3 is missing'],
    ['the first taken out', (l) => l.slice(1), 'Record 1 is missing'],
    ['the end cut off', (l) => l.slice(0, 3), 'records 4 to 5 were written and are missing'],
    ['all cut off', () => [], 'records 1 to 5 were written and are missing'],
    ['two exchanged', (l) => [l[0], l[2], l[1], l[3], l[4]] as string[], 'Record 2 is missing: record 3 follows'],
    ['one twice', (l) => l.toSpliced(2, 0, l[1] ?? ''), 'Record 2 is there twice'],
    ['a line that is none', (l) => l.toSpliced(2, 0, 'hello'), 'The line is no record'],
    ['nothing', (l) => l, ''],
  ])('%s', async (_, change, expected) => {
    const message = await changed(change);
    if (expected === '') expect(message).toBeUndefined();
    else expect(message).toContain(expected);
  });

  test('a trail that was cut while Phosor was down shows the gap for ever, and work goes on', async () => {
    await append(5);
    state.close();
    writeFileSync(
      first(),
      linesOf(first())
        .slice(0, 2)
        .map((line) => `${line}\n`)
        .join(''),
    );
    state = openSqliteState(file);
    await append(1, 5);
    expect(state.audit.takeNotices().join()).toContain('records 3 to 5 were written and are missing');
    expect(await state.audit.verify()).toMatchObject({ ok: false, problem: { sequence: 3 } });
  });

  test('a folder that was emptied', async () => {
    await append(2);
    rmSync(audit(), { recursive: true });
    await append(1, 2);
    expect(existsSync(audit())).toBe(true);
    expect(state.audit.takeNotices().join()).toContain('The audit trail is gone');
    expect(await state.audit.verify()).toMatchObject({ ok: false });
  });
});

describe('a torn end', () => {
  test('is taken out, said in the trail, and the chain holds', async () => {
    await append(3);
    state.close();
    appendFileSync(first(), '{"sequence":4,"timestamp":"2026-11-2');
    state = openSqliteState(file);
    expect(await state.audit.verify()).toMatchObject({
      ok: true,
      records: 3,
      notes: [expect.stringContaining('torn')],
    });
    await append(1, 3);
    expect(state.audit.takeNotices()).toEqual([expect.stringContaining('was torn (36 bytes')]);
    expect(
      state.audit
        .list(2, null)
        .map(({ action }) => action)
        .sort(),
    ).toEqual(['audit_healed', 'login_failed']);
    expect(await state.audit.verify()).toMatchObject({ ok: true, records: 5, notes: [] });
  });

  test('records that a power cut took before their sync are counted in a record', async () => {
    await append(3);
    state.close();
    const whole = readFileSync(first());
    state = openSqliteState(file);
    await append(2, 3);
    state.close();
    // As if the last two had never reached the disk, nor what is known of their sync.
    truncateSync(first(), whole.length);
    const db = new DatabaseSync(file);
    const hash = db.prepare('SELECT hash FROM audit_anchor').get()?.hash;
    expect(hash).toBeTypeOf('string');
    db.exec('UPDATE audit_anchor SET sequence = 2');
    db.close();
    state = openSqliteState(file);
    await append(1, 9);
    expect(state.audit.takeNotices().join()).toContain('took the last 2 audit records');
    expect((await state.audit.verify()).problem).toBeNull();
  });

  test('kill -9 in the middle of appends loses none that was answered', { timeout: 60_000 }, async () => {
    state.close();
    const url = pathToFileURL(join(packageRoot, 'src/store/state/sqlite/state.ts')).href;
    const script = `
      import { openSqliteState } from ${JSON.stringify(url)};
      const state = openSqliteState(${JSON.stringify(file)});
      for (let n = 0; ; n += 1) {
        state.audit.append({ timestamp: n, action: 'x', user: null, success: true, source_ip: null, details: { n } });
        if (n % 10 === 9) { await state.audit.synced(); process.stdout.write(n + '\\n'); }
      }`;
    const child = spawn(process.execPath, ['--input-type=module', '-e', script], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    let told = -1;
    child.stdout.on('data', (data: Buffer) => {
      told = Number(data.toString().trim().split('\n').at(-1));
      if (told > 300) child.kill('SIGKILL');
    });
    await new Promise((done) => child.once('exit', done));
    state = openSqliteState(file);
    await append(1);
    const verdict = await state.audit.verify();
    expect(verdict.problem).toBeNull();
    expect(told).toBeGreaterThan(300);
    expect(verdict.records).toBeGreaterThan(told + 1);
  });
});

test('two writers share one chain, in order', async () => {
  const other = openSqliteState(file);
  for (let n = 0; n < 50; n += 1) (n % 2 === 0 ? state : other).audit.append(record(n));
  await Promise.all([state.audit.synced(), other.audit.synced()]);
  expect(await state.audit.verify()).toMatchObject({ ok: true, records: 50 });
  expect(state.audit.list(50, null).map(({ details }) => details.id)).toEqual(
    Array.from({ length: 50 }, (_, n) => `rule-${49 - n}`),
  );
  other.close();
});

test('a record of work that was rolled back stays, and the chain holds', async () => {
  await append(1);
  expect(() =>
    state.transaction(() => {
      state.audit.append(record(1));
      throw new Error('no');
    }),
  ).toThrow('no');
  await append(1, 2);
  expect(await state.audit.verify()).toMatchObject({ ok: true, records: 3 });
});

test('an anchor that a full disk does not take fails nobody, and is noted with the next', async () => {
  let anchor = { sequence: 0, hash: '' };
  let isFull = true;
  const trail = openAuditTrail({
    folder: join(folder, 'apart'),
    heads: {
      locked: (work) => void work(null),
      anchor: () => null,
      setAnchor(point) {
        if (isFull) throw new Error('database or disk is full');
        anchor = point;
      },
    },
  });
  trail.append(record(1));
  await trail.synced();
  trail.append(record(2));
  await trail.synced();
  expect(trail.takeNotices()).toEqual([expect.stringContaining('database or disk is full. It is noted later')]);
  isFull = false;
  trail.append(record(3));
  await trail.synced();
  expect(anchor.sequence).toBeGreaterThan(0);
  trail.close();
});

test('records wait while nothing can be written, and follow when it can', async () => {
  state.close();
  writeFileSync(join(folder, 'blocked'), '');
  state = openSqliteState(file, { auditFolder: join(folder, 'blocked', 'audit') });
  state.audit.append(record(0));
  expect(state.audit.state()).toMatchObject({ waiting: 1, problem: expect.stringContaining('ENOTDIR') });
  expect(state.audit.takeNotices().join()).toContain('cannot be written');
  rmSync(join(folder, 'blocked'));
  state.audit.append(record(1));
  expect(state.audit.state()).toMatchObject({ waiting: 0, problem: null, records: 2 });
  expect(await state.audit.verify()).toMatchObject({ ok: true, records: 2 });
});

describe('reading', () => {
  test.each([
    ['all', {}, [9, 8, 7, 6]],
    ['of a person', { user: 'anna' }, [9, 6, 3, 0]],
    ['of actions', { actions: ['rule_created'] }, [8, 6, 4, 2]],
    ['refused ones', { success: false }, [9, 7, 5, 3]],
    ['of a time', { from: start + 3000, to: start + 5000 }, [4, 3]],
    ['with a text', { text: 'RULE-7' }, [7]],
    ['with an action in words', { text: 'login failed', user: 'anna' }, [9, 3]],
    ['none', { text: 'nobody' }, []],
  ])('%s', async (_, filter, expected) => {
    await append(10);
    const { records } = await state.audit.page(filter, 4, null);
    expect(records.map(({ sequence }) => sequence - 1)).toEqual(expected);
  });

  test('page after page, and as lines', async () => {
    await append(700);
    const seen: number[] = [];
    for (let before: number | null = null; ; ) {
      const { records, next } = await state.audit.page({ user: 'anna' }, 50, before);
      seen.push(...records.map(({ sequence }) => sequence));
      if (next === null) break;
      before = next;
    }
    expect(seen).toEqual(Array.from({ length: 234 }, (_, n) => 700 - n * 3));
    const lines: string[] = [];
    for await (const line of state.audit.lines({})) lines.push(line);
    expect(lines).toEqual(linesOf(first()));
  });
});
