import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  decryptFernet,
  encryptFernet,
  FernetError,
  type FernetKey,
  generateFernetKey,
  readFernetKey,
} from './fernet.ts';

/** Encrypts and decrypts with the keys of this installation. */
export interface Sealer {
  /** A Fernet token under the newest key. */
  seal(text: string): string;
  /** @throws WrongKeyError where no key of this installation made the token. */
  open(token: string): string;
}

/** Something was encrypted with a key that is not here, or its token was changed. */
export class WrongKeyError extends Error {}

/** File in the data folder that holds the generated keys, newest first. */
export const keyFileName = 'encryption.key';

/** The keys of an installation: the first seals, all open. */
export class Keyring implements Sealer {
  readonly #keys: readonly FernetKey[];
  readonly #now: () => number;
  /** What people are told to look at when a key is missing. */
  readonly origin: string;

  /** @param texts keys as text, newest first. Throws a sentence where one is no Fernet key; it is never shown. */
  constructor(texts: readonly string[], origin: string, now: () => number = Date.now) {
    if (texts.length === 0) throw new Error(`${origin} holds no key. ${howToMake}`);
    this.#keys = texts.map((text, index) => {
      const key = readFernetKey(text);
      if (key !== null) return key;
      const which = texts.length > 1 ? `Key ${index + 1} in ${origin}` : `The key in ${origin}`;
      throw new Error(`${which} is no Fernet key: that is 32 bytes in base64url, 44 characters. ${howToMake}`);
    });
    this.origin = origin;
    this.#now = now;
  }

  /** Newest first. */
  get keys(): readonly FernetKey[] {
    return this.#keys;
  }

  get size(): number {
    return this.#keys.length;
  }

  seal(text: string): string {
    return encryptFernet(this.#keys[0] as FernetKey, text, this.#now() / 1000);
  }

  open(token: string): string {
    for (const key of this.#keys) {
      try {
        return decryptFernet(key, token);
      } catch (error) {
        if (!(error instanceof FernetError)) throw error;
      }
    }
    throw new WrongKeyError(
      `No key in ${this.origin} opens this: it was encrypted with another one. Put the former key behind the new one (new,old).`,
    );
  }

  /** Whether the newest key made it. */
  isNewest(token: string): boolean {
    try {
      decryptFernet(this.#keys[0] as FernetKey, token);
      return true;
    } catch {
      return false;
    }
  }
}

const howToMake = 'Make one with: phosor key generate.';

/**
 * The keys of a data folder: the configured ones, else those of the key file, which is made (0600) where there is none.
 *
 * @param configured PHOSOR_ENCRYPTION_KEY: one key, or several with commas between, newest first
 */
export function openKeyring(dataDir: string, configured: string | null): Keyring {
  if (configured !== null) return new Keyring(split(configured, ','), 'PHOSOR_ENCRYPTION_KEY');
  const file = join(dataDir, keyFileName);
  if (!existsSync(file)) writeFileSync(file, `${generateFernetKey()}\n`, { mode: 0o600, flush: true, flag: 'wx' });
  return new Keyring(split(readFileSync(file, 'utf8'), '\n'), file);
}

/** Puts a new key in front of those in the key file. What the others made can still be read. */
export function addKey(dataDir: string): Keyring {
  const keys = split(readFileSync(join(dataDir, keyFileName), 'utf8'), '\n');
  return writeKeys(dataDir, [generateFernetKey(), ...keys]);
}

/** Forgets all keys of the key file but the newest. */
export function keepNewestKey(dataDir: string): Keyring {
  return writeKeys(dataDir, split(readFileSync(join(dataDir, keyFileName), 'utf8'), '\n').slice(0, 1));
}

function writeKeys(dataDir: string, keys: readonly string[]): Keyring {
  const file = join(dataDir, keyFileName);
  const beside = `${file}.new`;
  writeFileSync(beside, `${keys.join('\n')}\n`, { mode: 0o600, flush: true });
  renameSync(beside, file);
  return new Keyring(keys, file);
}

const split = (text: string, separator: string): string[] =>
  text
    .split(separator)
    .map((part) => part.trim())
    .filter(Boolean);
