import { createCipheriv, createDecipheriv, createHmac, randomBytes, timingSafeEqual } from 'node:crypto';

/*
 * Fernet, version 0x80 (https://github.com/fernet/spec): AES-128-CBC, then HMAC-SHA256 over everything before it. What
 * Python's `cryptography.fernet` writes is read here, and the other way round. Tokens do not end by age here: they are
 * what lies on a disk, not what is handed to a client.
 */

const version = 0x80;
const headBytes = 1 + 8 + 16;
const macBytes = 32;
const blockBytes = 16;

export interface FernetKey {
  signing: Buffer;
  encryption: Buffer;
}

/** A token that this key did not make, or that was changed. Never says which: there is nothing to learn from it. */
export class FernetError extends Error {}

/** A new key as text: 32 random bytes in base64url, 44 characters. */
export const generateFernetKey = (): string => padded(randomBytes(32));

/** Reads a key as text. Null: it is none. */
export function readFernetKey(text: string): FernetKey | null {
  const bytes = fromBase64Url(text.trim());
  return bytes?.length === 32 ? { signing: bytes.subarray(0, 16), encryption: bytes.subarray(16) } : null;
}

/**
 * Encrypts and signs.
 *
 * @param seconds Unix time that the token says it was made at
 * @param iv for tests alone: it must never be the same twice
 */
export function encryptFernet(key: FernetKey, text: string, seconds: number, iv: Uint8Array = randomBytes(16)): string {
  const cipher = createCipheriv('aes-128-cbc', key.encryption, iv);
  const body = Buffer.concat([cipher.update(text, 'utf8'), cipher.final()]);
  const token = Buffer.allocUnsafe(headBytes + body.length + macBytes);
  token[0] = version;
  token.writeBigUInt64BE(BigInt(Math.max(0, Math.floor(seconds))), 1);
  token.set(iv, 9);
  token.set(body, headBytes);
  token.set(signature(key, token.subarray(0, -macBytes)), headBytes + body.length);
  return padded(token);
}

/** Verifies, then decrypts. @throws FernetError */
export function decryptFernet(key: FernetKey, token: string): string {
  const bytes = fromBase64Url(token);
  const bodyBytes = (bytes?.length ?? 0) - headBytes - macBytes;
  if (bytes === null || bodyBytes < blockBytes || bodyBytes % blockBytes !== 0 || bytes[0] !== version)
    throw new FernetError('This is no Fernet token.');
  const signed = bytes.subarray(0, -macBytes);
  if (!timingSafeEqual(signature(key, signed), bytes.subarray(-macBytes)))
    throw new FernetError('The token was made with another key, or was changed.');
  const cipher = createDecipheriv('aes-128-cbc', key.encryption, bytes.subarray(9, headBytes));
  try {
    return Buffer.concat([cipher.update(bytes.subarray(headBytes, -macBytes)), cipher.final()]).toString('utf8');
  } catch {
    throw new FernetError('The token was made with another key, or was changed.');
  }
}

const signature = (key: FernetKey, bytes: Uint8Array): Buffer =>
  createHmac('sha256', key.signing).update(bytes).digest();

/** Fernet writes the padding; Node leaves it away. */
const padded = (bytes: Buffer): string => bytes.toString('base64').replaceAll('+', '-').replaceAll('/', '_');

/** Null where a character does not belong there: Node would skip it. */
function fromBase64Url(text: string): Buffer | null {
  return /^[\w-]*={0,2}$/.test(text) ? Buffer.from(text, 'base64url') : null;
}
