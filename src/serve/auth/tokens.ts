import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import { jwtVerify, SignJWT } from 'jose';
import type { User } from '../../store/contract.ts';

export interface TokenClaims {
  /** User id. */
  userId: string;
  tokenVersion: number;
  /** Epoch ms. */
  expiresAt: number;
  /** When the password was given, epoch ms: renewing a session does not move it. */
  authTime: number;
}

/** A signed session token (JWT, HS256). `now` and `authTime` (when the password was given) are epoch ms. */
export async function issueToken(
  user: User,
  secret: Uint8Array,
  minutes: number,
  now: number,
  authTime = now,
): Promise<string> {
  const seconds = Math.floor(now / 1000);
  const claims = { name: user.username, role: user.role, token_version: user.token_version };
  return new SignJWT({ ...claims, auth_time: Math.floor(authTime / 1000) })
    .setProtectedHeader({ alg: 'HS256', typ: 'JWT' })
    .setSubject(user.id)
    .setIssuedAt(seconds)
    .setExpirationTime(seconds + minutes * 60)
    .sign(secret);
}

/**
 * Reads session tokens. A signature that was verified once is remembered until the token ends (at most 1,000 of them),
 * because a busy sender shows the same token with every request.
 */
export class TokenReader {
  private readonly verified = new Map<string, TokenClaims>();
  private readonly secret: Uint8Array;
  constructor(secret: Uint8Array) {
    this.secret = secret;
  }

  /** @returns null where the token is malformed, not ours or has ended. */
  async read(token: string, now: number): Promise<TokenClaims | null> {
    if (token.length > 4096) return null;
    const known = this.verified.get(token);
    if (known) {
      if (known.expiresAt > now) return known;
      this.verified.delete(token);
      return null;
    }
    try {
      const { payload } = await jwtVerify(token, this.secret, {
        algorithms: ['HS256'],
        currentDate: new Date(now),
        requiredClaims: ['sub', 'exp', 'token_version'],
      });
      const { sub, exp, iat, token_version: version, auth_time: authenticated = iat } = payload;
      if (typeof sub !== 'string' || typeof exp !== 'number' || typeof version !== 'number') return null;
      if (typeof authenticated !== 'number') return null;
      const claims = { userId: sub, tokenVersion: version, expiresAt: exp * 1000, authTime: authenticated * 1000 };
      if (this.verified.size >= 1000) this.verified.delete(this.verified.keys().next().value ?? '');
      this.verified.set(token, claims);
      return claims;
    } catch {
      return null;
    }
  }
}

/** SHA-256 of a key or link token, hex: all that is kept of it. */
export const hashSecret = (secret: string): string => createHash('sha256').update(secret, 'utf8').digest('hex');

/** Compares two hex hashes without telling by the time taken where they differ. */
export function sameHash(a: string, b: string): boolean {
  const left = Buffer.from(a, 'utf8');
  const right = Buffer.from(b, 'utf8');
  return left.length === right.length && timingSafeEqual(left, right);
}

/** 256 random bits in base64url, behind a prefix that secret scanners can recognise. */
export const newSecret = (prefix: string): string => `${prefix}${randomBytes(32).toString('base64url')}`;
