import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { openSqliteState } from '../state/sqlite/state.ts';
import { decryptFernet, encryptFernet, type FernetKey, generateFernetKey, readFernetKey } from './fernet.ts';
import { addKey, type Keyring, keepNewestKey, keyFileName, openKeyring, WrongKeyError } from './keyring.ts';

/* Vectors: generate.json, verify.json and invalid.json of https://github.com/fernet/spec (version 0x80). */
const secret = 'cw_0x689RpI-jtRR7oE8h_eQsKImvJapLeSbXpwF4e4=';
const token = 'gAAAAAAdwJ6wAAECAwQFBgcICQoLDA0ODy021cpGVWKZ_eEwCGM4BLLF_5CV9dOPmrhuVUPgJobwOz7JcbmrR64jVmpU4IwqDA==';
const madeAt = Date.parse('1985-10-26T01:20:00-07:00') / 1000;
const key = readFernetKey(secret) as FernetKey;

describe("the specification's vectors", () => {
  test('generate.json: the same bytes', () => {
    const iv = Uint8Array.from({ length: 16 }, (_, n) => n);
    expect(encryptFernet(key, 'hello', madeAt, iv)).toBe(token);
  });

  test('verify.json: what it says', () => expect(decryptFernet(key, token)).toBe('hello'));

  // Those that are only too old or too new for a receiver are left out: what lies on a disk does not end.
  test.each([
    [
      'incorrect mac',
      'gAAAAAAdwJ6xAAECAwQFBgcICQoLDA0OD3HkMATM5lFqGaerZ-fWPAl1-szkFVzXTuGb4hR8AKtwcaX1YdykQUFBQUFBQUFBQQ==',
    ],
    ['too short', 'gAAAAAAdwJ6xAAECAwQFBgcICQoLDA0OD3HkMATM5lFqGaerZ-fWPA=='],
    [
      'invalid base64',
      '%%%%%%%%%%%%%AECAwQFBgcICQoLDA0OD3HkMATM5lFqGaerZ-fWPAl1-szkFVzXTuGb4hR8AKtwcaX1YdykRtfsH-p1YsUD2Q==',
    ],
    [
      'payload size',
      'gAAAAAAdwJ6xAAECAwQFBgcICQoLDA0OD3HkMATM5lFqGaerZ-fWPOm73QeoCk9uGib28Xe5vz6oxq5nmxbx_v7mrfyudzUm',
    ],
    ['padding', 'gAAAAAAdwJ6xAAECAwQFBgcICQoLDA0ODz4LEpdELGQAad7aNEHbf-JkLPIpuiYRLQ3RtXatOYREu2FWke6CnJNYIbkuKNqOhw=='],
    [
      'incorrect IV',
      'gAAAAAAdwJ6xBQECAwQFBgcICQoLDA0OD3HkMATM5lFqGaerZ-fWPAkLhFLHpGtDBRLRTZeUfWgHSv49TF2AUEZ1TIvcZjK1zQ==',
    ],
    ['trailing characters', `${token}trailingdata`],
    ['invalid characters', token.replace('gAAA', '*gAA!A')],
    ['not url-safe', token.replace('AAEC', 'AAE+').replace('_', '/')],
  ])('invalid.json: %s is refused', (_, bad) => expect(() => decryptFernet(key, bad)).toThrow());
});

test('any text comes back; a changed character, never', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 200 }), fc.nat(), (text, at) => {
      const made = encryptFernet(key, text, madeAt);
      expect(made.startsWith('gAAAAA')).toBe(true);
      expect(decryptFernet(key, made)).toBe(text);
      // The last characters may hold bits that mean nothing.
      const place = at % (made.length - 4);
      const changed = made.slice(0, place) + (made[place] === 'A' ? 'B' : 'A') + made.slice(place + 1);
      expect(() => decryptFernet(key, changed)).toThrow();
    }),
    { numRuns: 200 },
  );
});

describe('the keys of a data folder', () => {
  let folder = '';
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'phosor-keys-'));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));
  const stateWith = (keyring: Keyring | null) => openSqliteState(join(folder, 'state.sqlite'), { keyring });

  test('one is made once, for the owner alone', () => {
    const sealed = openKeyring(folder, null).seal('x');
    expect(statSync(join(folder, keyFileName)).mode & 0o777).toBe(0o600);
    expect(openKeyring(folder, null).open(sealed)).toBe('x');
  });

  test.each([
    ['nonsense', 'The key in PHOSOR_ENCRYPTION_KEY is no Fernet key'],
    [`${generateFernetKey()},short`, 'Key 2 in PHOSOR_ENCRYPTION_KEY is no Fernet key'],
    [',', 'PHOSOR_ENCRYPTION_KEY holds no key'],
  ])('a key that is none is named, not shown', (configured, sentence) => {
    expect(() => openKeyring(folder, configured)).toThrow(sentence);
    expect(() => openKeyring(folder, configured)).not.toThrow('nonsense');
  });

  test('a secret is kept over a restart, and its text is not in the file', () => {
    const keyring = openKeyring(folder, null);
    const state = stateWith(keyring);
    state.secrets.put('notify.slack.url', 'https://hooks.example.com/T0/very-secret');
    expect(state.secrets.get('notify.slack.url')).toBe('https://hooks.example.com/T0/very-secret');
    state.close();
    expect(readFileSync(join(folder, 'state.sqlite')).includes('very-secret')).toBe(false);
    const again = stateWith(openKeyring(folder, null));
    expect(again.secrets.names()).toEqual(['notify.slack.url']);
    expect(again.secrets.get('notify.slack.url')).toBe('https://hooks.example.com/T0/very-secret');
    expect(again.secrets.has('other')).toBe(false);
    expect(again.secrets.get('other')).toBeNull();
    again.secrets.remove('notify.slack.url');
    expect(again.secrets.has('notify.slack.url')).toBe(false);
    again.close();
  });

  test('another key says so and changes nothing; without one nothing is read', () => {
    const [first, second] = [generateFernetKey(), generateFernetKey()];
    const state = stateWith(openKeyring(folder, first));
    state.secrets.put('a', 'one');
    state.close();
    const wrong = stateWith(openKeyring(folder, second));
    expect(() => wrong.secrets.get('a')).toThrow(WrongKeyError);
    expect(() => wrong.secrets.reseal()).toThrow(WrongKeyError);
    wrong.close();
    const without = stateWith(null);
    expect(() => without.secrets.get('a')).toThrow('opened without one');
    expect(() => without.secrets.put('b', 'two')).toThrow('opened without one');
    without.close();
    const both = stateWith(openKeyring(folder, `${second},${first}`));
    expect(both.secrets.get('a')).toBe('one');
    expect(both.secrets.reseal()).toBe(1);
    expect(both.secrets.reseal()).toBe(0);
    both.close();
    const after = stateWith(openKeyring(folder, second));
    expect(after.secrets.get('a')).toBe('one');
    after.close();
  });

  test('a rotated key file reads what was before, until the old keys are forgotten', () => {
    const old = openKeyring(folder, null).seal('x');
    const rotated = addKey(folder);
    expect(rotated.size).toBe(2);
    expect(rotated.open(old)).toBe('x');
    expect(rotated.isNewest(old)).toBe(false);
    expect(rotated.isNewest(rotated.seal('y'))).toBe(true);
    expect(statSync(join(folder, keyFileName)).mode & 0o777).toBe(0o600);
    expect(() => keepNewestKey(folder).open(old)).toThrow(WrongKeyError);
  });

  test('a secret cannot be put in the place of another', async () => {
    const keyring = openKeyring(folder, null);
    const state = stateWith(keyring);
    state.secrets.put('harmless', 'x');
    state.secrets.put('admin', 'y');
    state.close();
    const { DatabaseSync } = await import('node:sqlite');
    const db = new DatabaseSync(join(folder, 'state.sqlite'));
    db.exec("UPDATE secrets SET token = (SELECT token FROM secrets WHERE name = 'admin') WHERE name = 'harmless'");
    db.close();
    const again = stateWith(keyring);
    expect(() => again.secrets.get('harmless')).toThrow('was stored as "admin"');
    again.close();
  });
});
