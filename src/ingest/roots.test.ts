import { execFileSync } from 'node:child_process';
import * as fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { fixedPart, isGlob, offeredLogs, resolveInsideRoots } from './roots.ts';

let base: string;
let logs: string;
beforeAll(() => {
  base = fs.mkdtempSync(path.join(os.tmpdir(), 'phosor-roots-'));
  logs = path.join(base, 'logs');
  fs.mkdirSync(path.join(logs, 'web'), { recursive: true });
  fs.mkdirSync(path.join(base, 'secret'));
  fs.mkdirSync(path.join(base, 'logs-of-others'));
  fs.writeFileSync(path.join(logs, 'auth.log'), '');
  fs.writeFileSync(path.join(base, 'secret/key'), '');
  fs.symlinkSync('../secret', path.join(logs, 'escape'));
  fs.symlinkSync('../secret/key', path.join(logs, 'key.log'));
  fs.symlinkSync('web', path.join(logs, 'inside'));
  fs.symlinkSync(logs, path.join(base, 'link-to-logs'));
  fs.symlinkSync('loop', path.join(logs, 'loop'));
});
afterAll(() => fs.rmSync(base, { recursive: true }));

describe('inside the roots', () => {
  test.each([
    ['logs/auth.log', true],
    ['logs/missing.log', true],
    ['logs/missing/deeper/x.log', true],
    ['logs/web/../auth.log', true],
    ['logs/inside/access.log', true],
    ['link-to-logs/auth.log', true],
    ['logs/*.log', true],
    ['logs/*/access.log', true],
    ['logs/**/*.log', true],
    ['logs', true],
    ['secret/key', false],
    ['logs/../secret/key', false],
    ['logs/escape/key', false],
    ['logs/escape/missing', false],
    ['logs/key.log', false],
    ['logs/escape/*.log', false],
    ['logs/*/../../secret/key', false],
    ['logs/{web,../secret}/key', false],
    ['logs-of-others/x.log', false],
    ['*/auth.log', false],
    ['logs/loop/x', false],
    ['', false],
  ])('%s: %s', (file, expected) => {
    const result = resolveInsideRoots(file === '' ? '' : `${base}/${file}`, [logs]);
    expect(result.ok).toBe(expected);
    if (result.ok) expect(result.path).toBe(path.resolve(base, file));
  });

  test('a root that is a symlink counts as what it points to', () => {
    expect(resolveInsideRoots(`${logs}/auth.log`, [`${base}/link-to-logs`]).ok).toBe(true);
  });

  test('a refusal names the setting and what it holds now', () => {
    const refusal = resolveInsideRoots('/etc/passwd', [logs]);
    expect(refusal).toMatchObject({ ok: false, reason: expect.stringContaining('files.roots (PHOSOR_FILE_ROOTS') });
    expect(refusal).toMatchObject({ reason: expect.stringContaining(logs) });
    expect(resolveInsideRoots('/etc/passwd', [])).toMatchObject({ reason: expect.stringContaining('which is empty') });
    expect(resolveInsideRoots(`${logs}/a\0b`, [logs]).ok).toBe(false);
  });
});

test.each([
  ['/var/log/*.log', '/var/log'],
  ['/var/log/site?/a.log', '/var/log'],
  ['/*/x', '/'],
])('the fixed part of %s is %s', (pattern, expected) => {
  expect(isGlob(pattern)).toBe(true);
  expect(fixedPart(pattern)).toBe(expected);
});

test('the usual logs are offered if they can be read', () => {
  fs.writeFileSync(path.join(logs, 'syslog'), 'twelve bytes');
  fs.mkdirSync(path.join(logs, 'kern.log'));
  execFileSync('mkfifo', [path.join(logs, 'messages')]);
  expect(offeredLogs(logs)).toEqual([
    { path: path.join(logs, 'auth.log'), bytes: 0 },
    { path: path.join(logs, 'syslog'), bytes: 12 },
  ]);
  expect(offeredLogs(path.join(base, 'none'))).toEqual([]);
});
