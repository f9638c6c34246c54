import { mkdtempSync } from 'node:fs';
import { mkdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { BaitTable } from '../enrich/contract.ts';
import { startHoneytokens } from './honeytokens.ts';

let dataDir: string;
const settings = new Map<string, unknown>();
let told: BaitTable | null;

beforeEach(async () => {
  dataDir = mkdtempSync(join(tmpdir(), 'phosor-bait-'));
  await mkdir(join(dataDir, 'decoys'));
  settings.clear();
});
afterEach(() => rm(dataDir, { recursive: true }));

const start = () =>
  startHoneytokens({
    state: {
      settings: {
        all: () => Object.fromEntries(settings),
        get: (key) => settings.get(key),
        put: (key, value) => void settings.set(key, value),
        remove: (key) => void settings.delete(key),
      },
    },
    pipeline: {
      setBait(table) {
        told = table;
      },
    },
    dataDir,
    now: () => 1000,
  });

test('what the decoys lay out is known at once, and is the same after a restart', () => {
  const first = start().list();
  expect(first.map(({ kind }) => kind)).toEqual(['account', 'account', 'account', 'account', 'path', 'path']);
  expect(told?.accounts).toHaveLength(4);
  expect(start().list()).toEqual(first);
});

test('what people lay is kept, with the hash of its password alone', () => {
  const tokens = start();
  const { token, password } = tokens.add({ kind: 'account', label: 'the wiki' }, 'admin');
  expect(password).toMatch(/^[\w-]{16}$/);
  expect(JSON.stringify(settings.get('honeytokens'))).not.toContain(password);
  expect(told?.accounts).toContainEqual({ user: token.value, label: 'the wiki' });
  expect(told?.passwords).toContainEqual({ sha256: token.password_sha256, label: 'the wiki' });
  expect(() => tokens.add({ kind: 'account', value: token.value, label: 'again' }, 'admin')).toThrow(
    'is laid out already',
  );
  tokens.add({ kind: 'path', value: '/old-intranet/', label: 'the page' }, 'admin');
  expect(start().list()).toHaveLength(8);
  expect(tokens.remove(token.id)?.value).toBe(token.value);
  expect(told?.accounts).toHaveLength(4);
  expect(tokens.remove('installation-account-0')).toBeNull();
});
