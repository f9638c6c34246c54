import type { FastifyInstance, InjectOptions, LightMyRequestResponse } from 'fastify';
import { type Role, roles } from '../store/contract.ts';
import { hashSecret, issueToken } from './auth/tokens.ts';
import { type Fakes, fakeServices } from './fakes.test-suite.ts';
import { createServer } from './server.ts';

/** A server over fakes with one user per role, whose password is `<role> password`'s hash nobody needs: tokens are issued. */
export interface Harness {
  app: FastifyInstance;
  fakes: Fakes;
  tokens: Record<Role, string>;
  /** Key that may only ingest. */
  ingestKey: string;
  as(role: Role, request: InjectOptions): Promise<LightMyRequestResponse>;
  anonymous(request: InjectOptions): Promise<LightMyRequestResponse>;
  audited(): string[];
}

export async function openHarness(options: Parameters<typeof fakeServices>[0] = {}): Promise<Harness> {
  const fakes = fakeServices(options);
  for (const role of roles) {
    fakes.state.users.insert({
      id: `user-${role}`,
      username: role,
      role,
      password_hash: 'none',
      created_at: 0,
      last_login_at: null,
      disabled: false,
      token_version: 1,
    });
  }
  const ingestKey = 'phk_ingest';
  fakes.state.keys.insert({
    id: 'key-ingest',
    name: 'agent',
    scopes: ['ingest'],
    hash: hashSecret(ingestKey),
    prefix: 'phk_ingest',
    created_at: 0,
    expires_at: null,
    last_used_at: null,
    revoked: false,
  });
  const tokens = {} as Record<Role, string>;
  for (const role of roles) {
    const user = fakes.state.users.byId(`user-${role}`);
    if (user) tokens[role] = await issueToken(user, fakes.auth.secret, 60, fakes.now());
  }
  const app = await createServer(fakes);
  await app.ready();
  return {
    app,
    fakes,
    tokens,
    ingestKey,
    as: (role, request) =>
      app.inject({ ...request, headers: { authorization: `Bearer ${tokens[role]}`, ...request.headers } }),
    anonymous: (request) => app.inject(request),
    audited: () => fakes.state.audit.list(100, null).map(({ action }) => action),
  };
}
