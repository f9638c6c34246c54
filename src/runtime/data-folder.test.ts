import { chownSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { lockDataFolder, sessionKey } from './data-folder.ts';

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
  expect(readdirSync(folder)).toEqual(['phosor.held']);
  const next = lockDataFolder(folder);
  // What was given back is not given back again: it is somebody else's.
  unlock();
  expect(readdirSync(folder)).toContain('phosor.lock');
  next();
});

test.skipIf(process.getuid?.() !== 0)("root leaves nothing that keeps the folder's owner out", () => {
  chownSync(folder, 65_534, 65_534);
  lockDataFolder(folder)();
  expect(statSync(join(folder, 'phosor.held'))).toMatchObject({ uid: 65_534, gid: 65_534 });
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

test('who comes second is refused, whatever the process number says', () => {
  const unlock = lockDataFolder(folder);
  // As another container sees it: the number is that of nobody, or its own.
  for (const number of [2 ** 22 + 1, process.pid]) {
    held(number);
    expect(() => lockDataFolder(folder)).toThrow('Another Phosor (perhaps in another container) uses the data folder');
  }
  unlock();
  lockDataFolder(folder)();
});

test.each(['', 'ab', 'f'.repeat(63), `${'f'.repeat(32)}\0\ufffd${'f'.repeat(30)}`])(
  'a session key that is not whole (%j) signs nothing: another is made',
  (damaged) => {
    const said: string[] = [];
    const log = (_: string, message: string) => void said.push(message);
    writeFileSync(join(folder, 'session.key'), damaged);
    const key = sessionKey(folder, null, log);
    expect(key.length).toBe(32);
    expect(said).toEqual([expect.stringContaining('session.key was damaged')]);
    expect(sessionKey(folder, null, log)).toEqual(key);
    expect(said.length).toBe(1);
  },
);
