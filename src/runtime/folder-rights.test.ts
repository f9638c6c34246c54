import { mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { openFolder } from './folder-rights.ts';

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'phosor-test-'));
  for (const name of ['events', 'spool', 'lost+found']) mkdirSync(join(folder, name));
  for (const name of ['state.sqlite', 'events/000001.duckdb', 'spool/checkpoint-a', 'lost+found/x'])
    writeFileSync(join(folder, name), '');
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** As the kernel answers who may not: a test may run as root, who may everything. */
const without =
  (name: string, code = 'EACCES') =>
  (path: string): void => {
    if (path === join(folder, name)) throw Object.assign(new Error(`${code}: no, access '${path}'`), { code });
  };

test.each(['', 'state.sqlite', 'events', 'events/000001.duckdb', 'spool/checkpoint-a'])(
  'a data folder of which %j belongs to somebody else is refused with the command that mends it',
  (name) => {
    expect(() => openFolder(folder, without(name))).toThrow(
      new RegExp(
        `^${join(folder, name)} cannot be read and written by .*belongs to user \\d+.*chown -R \\d+ ${folder} `,
      ),
    );
  },
);

test('a folder on a read-only file system says so', () => {
  expect(() => openFolder(folder, without('events', 'EROFS'))).toThrow('mounted read-only');
});

test("what is not Phosor's is left alone, and the folder is closed to others", () => {
  openFolder(folder, without('lost+found'));
  openFolder(join(folder, 'new/one'));
  expect(statSync(join(folder, 'new/one')).mode & 0o777).toBe(0o700);
});
