import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import { isoTime } from '../../model/index.ts';
import { type ApiKey, keyScopes } from '../../store/contract.ts';
import { keyPrefix } from '../auth/identify.ts';
import { hashSecret, newSecret } from '../auth/tokens.ts';
import { apiError } from '../errors.ts';
import { errorBody, idParams, pointInTime } from '../schemas.ts';
import { defineUnit } from '../unit.ts';

const keyShape = z.object({
  id: z.string(),
  name: z.string(),
  scopes: z.array(z.enum(keyScopes)),
  prefix: z.string().meta({ description: 'First characters, to recognise it.' }),
  created_at: z.string(),
  expires_at: z.string().nullable(),
  last_used_at: z.string().nullable(),
  revoked: z.boolean(),
});

const iso = (time: number | null) => (time === null ? null : isoTime(time));
const keyView = ({ hash: _, created_at, expires_at, last_used_at, ...key }: ApiKey) => ({
  ...key,
  created_at: isoTime(created_at),
  expires_at: iso(expires_at),
  last_used_at: iso(last_used_at),
});

export const keys = defineUnit({
  name: 'keys',
  description: 'API keys for programs.',
  register(app, { services, audit }) {
    const { state } = services;
    app.get(
      '/api/keys',
      { config: { role: 'admin' }, schema: { summary: 'All keys', response: { 200: z.array(keyShape) } } },
      async () => state.keys.list().map(keyView),
    );
    app.post(
      '/api/keys',
      {
        config: { role: 'admin' },
        schema: {
          summary: 'Create a key',
          description: 'The key itself is in this answer only; what is kept is its hash.',
          body: z.strictObject({
            name: z.string().trim().min(1).max(100),
            scopes: z.array(z.enum(keyScopes)).min(1),
            expires_at: pointInTime.nullish(),
          }),
          response: { 201: keyShape.extend({ key: z.string() }), 422: errorBody },
        },
      },
      async (request, reply) => {
        const { name, scopes, expires_at } = request.body;
        const now = services.now();
        if (typeof expires_at === 'number' && expires_at <= now)
          throw apiError('VALIDATION_FAILED', 'In the body, "expires_at": the time has passed. Choose a later one.');
        const secret = newSecret(keyPrefix);
        const key: ApiKey = {
          id: randomUUID(),
          name,
          scopes: [...new Set(scopes)],
          hash: hashSecret(secret),
          prefix: secret.slice(0, 10),
          created_at: now,
          expires_at: expires_at ?? null,
          last_used_at: null,
          revoked: false,
        };
        state.keys.insert(key);
        audit(request, 'api_key_created', { id: key.id, name, scopes: key.scopes });
        return reply.code(201).send({ ...keyView(key), key: secret });
      },
    );
    app.post(
      '/api/keys/:id/rotate',
      {
        config: { role: 'admin' },
        schema: {
          summary: 'Give a key a new secret',
          description:
            'Name, scopes and end stay. The old secret stops working at once; the new one is in this answer only.',
          params: idParams,
          response: { 200: keyShape.extend({ key: z.string() }), 404: errorBody, 409: errorBody },
        },
      },
      async (request) => {
        const found = state.keys.list().find((each) => each.id === request.params.id);
        if (!found) throw apiError('NOT_FOUND', 'API key', request.params.id);
        if (found.revoked || (found.expires_at !== null && found.expires_at <= services.now()))
          throw apiError('KEY_ENDED', found.name);
        const secret = newSecret(keyPrefix);
        const changed = { ...found, hash: hashSecret(secret), prefix: secret.slice(0, 10), last_used_at: null };
        state.keys.update(found.id, { hash: changed.hash, prefix: changed.prefix, last_used_at: null });
        audit(request, 'api_key_rotated', { id: found.id, name: found.name });
        return { ...keyView(changed), key: secret };
      },
    );
    app.delete(
      '/api/keys/:id',
      {
        config: { role: 'admin' },
        schema: {
          summary: 'Revoke a key',
          params: idParams,
          response: { 200: z.object({ status: z.literal('revoked') }), 404: errorBody },
        },
      },
      async (request) => {
        const key = state.keys.list().find((each) => each.id === request.params.id);
        if (!key) throw apiError('NOT_FOUND', 'API key', request.params.id);
        state.keys.update(key.id, { revoked: true });
        audit(request, 'api_key_revoked', { id: key.id, name: key.name });
        return { status: 'revoked' as const };
      },
    );
  },
});
