import { argon2, randomBytes, timingSafeEqual } from 'node:crypto';
import { compare } from 'bcryptjs';

/** RFC 9106 argon2id; the parameters are OWASP's first choice for servers (19 MiB, 2 passes, 1 lane). */
const cost = { memory: 19_456, passes: 2, parallelism: 1 };
const tagBytes = 32;

/** Characters, for passwords that people choose from now on. */
export const minPasswordLength = 10;

/** At most this many hashes at a time: each holds 19 MiB and a thread of the pool that file syncs need as well. */
const maxConcurrent = 2;
let running = 0;
const waiting: (() => void)[] = [];

async function inTurn<T>(work: () => Promise<T>): Promise<T> {
  if (running >= maxConcurrent) await new Promise<void>((resolve) => waiting.push(resolve));
  running += 1;
  try {
    return await work();
  } finally {
    running -= 1;
    waiting.shift()?.();
  }
}

function derive(
  password: string,
  salt: Buffer,
  length: number,
  parameters: { memory: number; passes: number; parallelism: number },
): Promise<Buffer> {
  return inTurn(
    () =>
      new Promise((resolve, reject) => {
        argon2(
          'argon2id',
          { message: Buffer.from(password.normalize('NFKC'), 'utf8'), nonce: salt, tagLength: length, ...parameters },
          (error, tag) => (error ? reject(error) : resolve(tag)),
        );
      }),
  );
}

const unpadded = (bytes: Buffer) => bytes.toString('base64').replace(/=+$/, '');

/** Hashes a password as a PHC string: `$argon2id$v=19$m=19456,t=2,p=1$<salt>$<tag>`. About 30 ms off the main thread. */
export async function hashPassword(password: string): Promise<string> {
  const salt = randomBytes(16);
  const tag = await derive(password, salt, tagBytes, cost);
  return `$argon2id$v=19$m=${cost.memory},t=${cost.passes},p=${cost.parallelism}$${unpadded(salt)}$${unpadded(tag)}`;
}

const phc = /^\$argon2id\$v=19\$m=(\d{1,7}),t=(\d{1,3}),p=(\d{1,2})\$([A-Za-z0-9+/]{11,86})\$([A-Za-z0-9+/]{22,86})$/;

/** Checks a password against an argon2id PHC string or a bcrypt hash. False for a hash of any other kind. */
export async function verifyPassword(password: string, hash: string): Promise<boolean> {
  if (/^\$2[aby]\$/.test(hash)) return compare(password, hash);
  const found = phc.exec(hash);
  if (!found) return false;
  const expected = Buffer.from(found[5] ?? '', 'base64');
  const parameters = { memory: Number(found[1]), passes: Number(found[2]), parallelism: Number(found[3]) };
  const tag = await derive(password, Buffer.from(found[4] ?? '', 'base64'), expected.length, parameters);
  return timingSafeEqual(tag, expected);
}

/** Whether the hash should be replaced at the next login: bcrypt, or argon2id with lower cost than today's. */
export function needsRehash(hash: string): boolean {
  const found = phc.exec(hash);
  return !found || Number(found[1]) < cost.memory || Number(found[2]) < cost.passes;
}
