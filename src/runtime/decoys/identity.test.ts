import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { keptText, ownIdentity } from './identity.ts';

const folders: string[] = [];
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true });
});
const emptyFolder = (): string => {
  const folder = mkdtempSync(join(tmpdir(), 'phosor-identity-'));
  folders.push(folder);
  return folder;
};

test('an identity is made once, for its owner only', () => {
  const folder = emptyFolder();
  const made = ownIdentity(folder, () => 5);
  expect(made).toMatchObject({ installedAt: 5, seed: expect.stringMatching(/^[0-9a-f]{64}$/) });
  expect(ownIdentity(folder, () => 6)).toEqual(made);
  expect(statSync(join(folder, 'identity.json')).mode & 0o777).toBe(0o600);
});

test.each(['', '{"seed":"5e', '{"seed":"5e","installedAt":1}', '[]', 'null'])(
  '%j is replaced and put aside',
  (text) => {
    const folder = emptyFolder();
    writeFileSync(join(folder, 'identity.json'), text);
    expect(ownIdentity(folder, () => 7).installedAt).toBe(7);
    expect(readFileSync(join(folder, 'identity.json.broken'), 'utf8')).toBe(text);
  },
);

test('a text is kept whole, and one that was cut off is made anew', () => {
  const folder = emptyFolder();
  const ask = (value: string | null): string | null =>
    keptText(folder, { type: 'keep', decoy: 'ssh', request: 1, name: 'rsa', value });
  expect(ask(null)).toBeNull();
  writeFileSync(join(folder, 'kept-ssh-rsa'), '');
  expect(ask(null)).toBeNull();
  expect(ask('a key')).toBe('a key');
  expect(ask('another')).toBe('a key');
  expect(readdirSync(folder)).toEqual(['kept-ssh-rsa']);
});
