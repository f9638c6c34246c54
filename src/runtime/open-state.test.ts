import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { defaultConfig } from '../config/index.ts';
import { openState } from './open-state.ts';

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'phosor-test-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const config = () => ({ ...defaultConfig(), dataDir: folder });
const file = () => join(folder, 'state.sqlite');

test('a state that is missing or empty beside events is no new beginning', () => {
  openState(config()).state.close();
  mkdirSync(join(folder, 'events'));
  rmSync(file());
  // A first start that ended before there was an event begins again.
  openState(config()).state.close();
  writeFileSync(join(folder, 'events', '000001.duckdb'), 'events');
  openState(config()).state.close();
  truncateSync(file(), 0);
  expect(() => openState(config())).toThrow('is missing or empty, though there are events');
  rmSync(file());
  expect(() => openState(config())).toThrow('phosor restore');
});

test('a damaged state is named, with what to do, and left as it is', () => {
  openState(config()).state.close();
  truncateSync(file(), Math.floor(statSync(file()).size / 8192) * 4096);
  const before = readFileSync(file());
  expect(() => openState(config())).toThrow(/state\.sqlite is damaged \(.*phosor restore FILE --force/);
  expect(readFileSync(file())).toEqual(before);
  writeFileSync(file(), 'x'.repeat(8192));
  expect(() => openState(config())).toThrow('state.sqlite is damaged (file is not a database)');
});
