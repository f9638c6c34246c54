import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { lockDataFolder } from './data-folder.ts';

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'phosor-test-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const held = (pid: number | string): void => writeFileSync(join(folder, 'phosor.lock'), String(pid));

test('a folder is taken, and given back', () => {
  const unlock = lockDataFolder(folder);
  expect(readFileSync(join(folder, 'phosor.lock'), 'utf8')).toBe(String(process.pid));
  unlock();
  expect(readdirSync(folder)).toEqual([]);
});

test('what was left behind by one that is gone holds nobody up', () => {
  held('no number');
  lockDataFolder(folder)();
  held(2 ** 22 + 1);
  lockDataFolder(folder)();
});

test.skipIf(process.platform !== 'linux')(
  'nor does its number where a thread or the launcher of this process has it now',
  () => {
    const thread = readdirSync('/proc/self/task')
      .map(Number)
      .find((id) => id !== process.pid);
    expect(thread).toBeDefined();
    held(thread ?? 0);
    lockDataFolder(folder)();
    held(process.ppid);
    lockDataFolder(folder)();
  },
);
