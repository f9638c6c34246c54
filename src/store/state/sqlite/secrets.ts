import type { DatabaseSync } from 'node:sqlite';
import { generateFernetKey } from '../../secrets/fernet.ts';
import { Keyring, WrongKeyError } from '../../secrets/keyring.ts';
import type { SecretStore } from '../../secrets/types.ts';

/** @param keyring null: secrets can be named and removed, neither read nor written */
export function secretTable(
  db: DatabaseSync,
  keyring: Keyring | null,
  transaction: <T>(work: () => T) => T,
): SecretStore {
  const get = db.prepare('SELECT token FROM secrets WHERE name = ?');
  const all = db.prepare('SELECT name, token FROM secrets ORDER BY name');
  const put = db.prepare('INSERT OR REPLACE INTO secrets (name, token) VALUES (?, ?)');
  const remove = db.prepare('DELETE FROM secrets WHERE name = ?');
  const keys = (): Keyring => {
    if (keyring !== null) return keyring;
    throw new Error('Secrets need the encryption key, and this state was opened without one.');
  };
  // The name is sealed with the value: whoever can write the file cannot put one secret in the place of another.
  const seal = (name: string, value: string): string => keys().seal(JSON.stringify([name, value]));
  const open = (name: string, token: string): string => {
    const [sealedName, value] = JSON.parse(keys().open(token)) as [string, string];
    if (sealedName !== name) throw new WrongKeyError(`The secret "${name}" was stored as "${sealedName}".`);
    return value;
  };
  return {
    put: (name, value) => void put.run(name, seal(name, value)),
    get(name) {
      const row = get.get(name);
      return row === undefined ? null : open(name, String(row.token));
    },
    has: (name) => get.get(name) !== undefined,
    remove: (name) => void remove.run(name),
    names: () => all.all().map((row) => String(row.name)),
    reseal: () =>
      transaction(() => {
        const old = all.all().filter((row) => !keys().isNewest(String(row.token)));
        const values = old.map((row) => [String(row.name), open(String(row.name), String(row.token))] as const);
        for (const [name, value] of values) put.run(name, seal(name, value));
        return values.length;
      }),
  };
}

/** For a store in memory: what it seals ends with it. */
export const passingKeyring = (): Keyring => new Keyring([generateFernetKey()], 'memory');
