import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { dataFiles } from './data-files.ts';
import { contentOf, putContentAside, takeContent } from './replace-content.ts';

let root = '';
let data = '';
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'phosor-test-'));
  data = join(root, 'data');
  for (const name of ['events', 'lost+found']) mkdirSync(join(data, name), { recursive: true });
  for (const name of ['events/000001.duckdb', 'state.sqlite']) writeFileSync(join(data, name), `old ${name}`);
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

/** As the kernel answers where the data folder is the root of a file system: nothing leaves it by a rename. */
function ofMountPoint(from: string, to: string): void {
  if (from.startsWith(`${data}/`) !== to.startsWith(`${data}/`))
    throw Object.assign(new Error('EXDEV'), { code: 'EXDEV' });
  renameSync(from, to);
}

test('what was there goes beside the folder, which stays', () => {
  const aside = putContentAside(data, 's');
  expect(aside).toBe(`${data}.before-restore-s`);
  expect(readFileSync(join(aside, 'state.sqlite'), 'utf8')).toBe('old state.sqlite');
  expect(readdirSync(data)).toEqual(['lost+found']);
});

test('of a volume it goes into a folder inside, which no backup takes and the next restore leaves alone', () => {
  const aside = putContentAside(data, 's', ofMountPoint);
  expect(aside).toBe(join(data, 'before-restore-s'));
  expect(readFileSync(join(aside, 'events/000001.duckdb'), 'utf8')).toBe('old events/000001.duckdb');
  expect(existsSync(`${data}.before-restore-s`)).toBe(false);
  expect(contentOf(data)).toEqual([]);
  expect(dataFiles(data, true)).toEqual([]);
});

test('where one of it cannot be moved, all of it stays', () => {
  const held = (from: string, to: string): void => {
    if (from === join(data, 'state.sqlite')) throw Object.assign(new Error('EBUSY'), { code: 'EBUSY' });
    renameSync(from, to);
  };
  expect(() => putContentAside(data, 's', held)).toThrow('EBUSY');
  expect(readdirSync(data).sort()).toEqual(['events', 'lost+found', 'state.sqlite']);
  expect(readdirSync(root)).toEqual(['data']);
});

test('what was unpacked takes its place', () => {
  putContentAside(data, 's');
  const fresh = join(data, '.restore-1');
  mkdirSync(join(fresh, 'events'), { recursive: true });
  for (const name of ['events/000002.duckdb', 'state.sqlite']) writeFileSync(join(fresh, name), `new ${name}`);
  expect(contentOf(data)).toEqual([]);
  takeContent(fresh, data);
  expect(dataFiles(data, true).map(({ name }) => name)).toEqual(['events/000002.duckdb', 'state.sqlite']);
});
