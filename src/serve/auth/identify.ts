import type { FastifyRequest } from 'fastify';
import { writeIfPossible } from '../../store/contract.ts';
import type { Services } from '../contract.ts';
import type { Principal, RouteRole } from '../unit.ts';
import { hashSecret, TokenReader } from './tokens.ts';

/** Name of the session cookie: httpOnly, SameSite=Strict. */
export const sessionCookie = 'phosor_session';

/** Who acts over the socket in the data folder, and on the command line. */
export const localUser = 'local';
export const localAdmin: Principal = {
  via: 'local',
  id: localUser,
  name: localUser,
  role: 'admin',
  ingest: true,
  user: null,
  expiresAt: null,
  authTime: null,
};

/** What API keys begin with. A session token never does: it begins with a JSON object in base64. */
export const keyPrefix = 'phk_';

export interface Credential {
  kind: 'key' | 'token' | 'cookie';
  value: string;
}

/** The credential that a request carries: the API key before the bearer token before the cookie. */
export function credentialOf(request: Pick<FastifyRequest, 'headers' | 'cookies'>): Credential | null {
  const key = request.headers['x-api-key'];
  if (typeof key === 'string' && key !== '') return { kind: 'key', value: key };
  const authorization = request.headers.authorization;
  if (authorization !== undefined) {
    const found = /^bearer +(\S+)$/i.exec(authorization);
    const value = found?.[1] ?? '';
    // Prometheus and many shippers can send a bearer token but no header of their own.
    return { kind: value.startsWith(keyPrefix) ? 'key' : 'token', value };
  }
  const cookie = request.cookies[sessionCookie];
  return cookie ? { kind: 'cookie', value: cookie } : null;
}

/** Reads credentials against the users and keys of the state store. */
export function createIdentify(services: Services): (credential: Credential) => Promise<Principal | null> {
  const tokens = new TokenReader(services.auth.secret);
  return async ({ kind, value }) => {
    if (value === '') return null;
    if (kind === 'key') return identifyKey(services, value);
    const claims = await tokens.read(value, services.now());
    if (!claims) return null;
    const user = services.state.users.byId(claims.userId);
    if (!user || user.disabled || user.token_version !== claims.tokenVersion) return null;
    return {
      via: kind,
      id: user.id,
      name: user.username,
      role: user.role,
      ingest: user.role !== 'viewer',
      user,
      expiresAt: claims.expiresAt,
      authTime: claims.authTime,
    };
  };
}

/** The key of the environment: it may hand in events and nothing else. */
const ingestionKey: Principal = {
  via: 'key',
  id: 'ingestion',
  name: 'key:INGESTION_API_KEY',
  role: null,
  ingest: true,
  user: null,
  expiresAt: null,
  authTime: null,
};

function identifyKey(services: Services, value: string): Principal | null {
  const hash = hashSecret(value);
  // Hashes are compared: how long that takes says nothing about the key.
  if (hash === services.ingestion.keyHash) return ingestionKey;
  const key = services.state.keys.byHash(hash);
  const now = services.now();
  if (!key || key.revoked || (key.expires_at !== null && key.expires_at <= now)) return null;
  // To the minute is enough for people, and spares a write per request.
  if (key.last_used_at === null || now - key.last_used_at >= 60_000)
    writeIfPossible(() => services.state.keys.update(key.id, { last_used_at: now }));
  const has = (scope: string) => key.scopes.some((each) => each === scope);
  return {
    via: 'key',
    id: key.id,
    name: `key:${key.name}`,
    role: has('admin') ? 'admin' : has('analyst') ? 'analyst' : has('read') ? 'viewer' : null,
    ingest: has('ingest') || has('admin'),
    metrics: has('metrics'),
    bouncer: has('bouncer'),
    keyHash: hash,
    user: null,
    expiresAt: key.expires_at,
    authTime: null,
  };
}

const rank = { viewer: 1, analyst: 2, admin: 3 } as const;

/** Whether the principal may call a route of this role. */
export function mayCall(principal: Principal, role: RouteRole): boolean {
  if (role === 'public') return true;
  if (role === 'ingest') return principal.ingest;
  if (role === 'bouncer') return principal.bouncer === true || principal.role !== null;
  if (role === 'metrics') return principal.metrics === true || principal.role !== null;
  return principal.role !== null && rank[principal.role] >= rank[role];
}

/**
 * Whether a changing request that shows the cookie comes from a page of ours. Browsers send `Sec-Fetch-Site` or `Origin` with
 * every such request; a request with neither is refused, because programs have bearer tokens and keys.
 */
export function isSameSite(
  request: Pick<FastifyRequest, 'headers' | 'host'>,
  allowedOrigins: readonly string[],
): boolean {
  const { origin } = request.headers;
  if (origin !== undefined) return sameOrigin(origin, request.host) || allowedOrigins.includes(origin);
  const site = request.headers['sec-fetch-site'];
  return site === 'same-origin' || site === 'none';
}

/** Whether an Origin header names the host that the request was sent to. */
function sameOrigin(origin: string, host: string): boolean {
  try {
    return new URL(origin).host === host.toLowerCase();
  } catch {
    return false;
  }
}
