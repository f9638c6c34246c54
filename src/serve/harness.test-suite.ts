import type { FastifyInstance, InjectOptions, LightMyRequestResponse } from 'fastify';
import { z } from 'zod';
import { type Role, roles } from '../store/contract.ts';
import { hashSecret, issueToken } from './auth/tokens.ts';
import { type Fakes, fakeServices } from './fakes.test-suite.ts';
import { createServer, declaredRoutes } from './server.ts';

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
  /** A fresh token, for tests that let hours pass. */
  renew(): Promise<void>;
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
  const renew = async () => {
    for (const role of roles) {
      const user = fakes.state.users.byId(`user-${role}`);
      if (user) tokens[role] = await issueToken(user, fakes.auth.secret, 60, fakes.now());
    }
  };
  await renew();
  const app = await createServer(fakes);
  await app.ready();
  return {
    app,
    fakes,
    tokens,
    ingestKey,
    as: (role, request) =>
      checked(app, { ...request, headers: { authorization: `Bearer ${tokens[role]}`, ...request.headers } }),
    anonymous: (request) => checked(app, request),
    renew,
    audited: () => fakes.state.audit.list(100, null).map(({ action }) => action),
  };
}

/** Sends a request and holds its answer against the schema that the documentation gives for it. */
async function checked(app: FastifyInstance, request: InjectOptions): Promise<LightMyRequestResponse> {
  const answer = await app.inject(request);
  const path = String(request.url).split('?', 1)[0] ?? '';
  const routes = declaredRoutes(app).filter(({ method, url }) => method === request.method && fits(url, path));
  // A fixed path comes before one with parameters, as in the router.
  const route = routes.sort((a, b) => a.url.split(':').length - b.url.split(':').length)[0];
  const schema = route?.answers[String(answer.statusCode)];
  const isJson = String(answer.headers['content-type']).startsWith('application/json');
  if (schema instanceof z.ZodType && isJson && request.method !== 'HEAD') {
    const result = schema.safeParse(answer.json());
    if (!result.success)
      throw new Error(`${request.method} ${path} answers otherwise than documented: ${z.prettifyError(result.error)}`);
  }
  return answer;
}

function fits(template: string, path: string): boolean {
  const parts = template.split('/');
  const given = path.split('/');
  return parts.length === given.length && parts.every((part, i) => part.startsWith(':') || part === given[i]);
}
