import { z } from 'zod';
import { isoTime } from '../../model/index.ts';
import { apiError } from '../errors.ts';
import { refusal } from '../refusal.ts';
import { errorBody, idParams } from '../schemas.ts';
import { defineUnit } from '../unit.ts';
import { type Honeytoken, honeytokenKinds } from './types.ts';

const shape = z.object({
  id: z.string(),
  kind: z.enum(honeytokenKinds),
  value: z.string().meta({ description: 'The user name, or the path.' }),
  has_password: z.boolean(),
  label: z.string(),
  origin: z.enum(['installation', 'own']),
  created_at: z.string().nullable(),
  created_by: z.string().nullable(),
});

const view = ({ password_sha256, created_at, ...token }: Honeytoken): z.infer<typeof shape> => ({
  ...token,
  has_password: password_sha256 !== null,
  created_at: created_at === null ? null : isoTime(created_at),
});

const body = z
  .strictObject({
    kind: z.enum(honeytokenKinds),
    value: z
      .string()
      .max(200)
      .regex(/^[\w.@/~+-]{4,200}$/, '4 to 200 letters, digits and . @ / ~ + - _')
      .optional()
      .meta({ description: 'The user name, or the path, which begins with /. Absent: one is made up.' }),
    label: z
      .string()
      .trim()
      .regex(/^[^\p{C}]{1,120}$/u, 'up to 120 plain characters')
      .meta({ description: 'Where it is laid. Alerts say it.' }),
  })
  .refine(({ kind, value }) => value === undefined || (kind === 'path') === value.startsWith('/'), {
    message: 'A path begins with /, a user name does not.',
    path: ['value'],
  });

export const honeytokens = defineUnit({
  name: 'honeytokens',
  description: 'Accounts and paths that exist nowhere: whoever uses one is an intruder.',
  register(app, { services, audit }) {
    app.get(
      '/api/honeytokens',
      {
        config: { role: 'viewer' },
        schema: {
          summary: 'Bait that is laid out',
          description:
            'Its use in any log is an alert: as the user of a login, as the path of a request, as a password at a decoy. Search for `honeytoken:*`.',
          response: { 200: z.object({ honeytokens: z.array(shape) }) },
        },
      },
      async () => ({ honeytokens: services.honeytokens.list().map(view) }),
    );
    app.post(
      '/api/honeytokens',
      {
        config: { role: 'admin' },
        schema: {
          summary: 'Lay one',
          description: 'The password of an account is in this answer and nowhere else.',
          body,
          response: { 201: z.object({ honeytoken: shape, password: z.string().nullable() }), 422: errorBody },
        },
      },
      async (request, reply) => {
        const by = request.principal?.name ?? '';
        const { token, password } = refusal('HONEYTOKEN_REFUSED', () => services.honeytokens.add(request.body, by));
        audit(request, 'honeytoken_added', { honeytoken: token.id, kind: token.kind, value: token.value });
        return reply.code(201).send({ honeytoken: view(token), password });
      },
    );
    app.get(
      '/api/honeytokens/:id/password',
      {
        config: { role: 'admin' },
        schema: {
          summary: 'The password of an account that the decoys lay out',
          params: idParams,
          response: { 200: z.object({ password: z.string() }), 404: errorBody },
        },
      },
      async (request) => {
        const password = services.honeytokens.passwordOf(request.params.id);
        if (password === null) throw apiError('NOT_FOUND', 'password of the honeytoken', request.params.id);
        return { password };
      },
    );
    app.delete(
      '/api/honeytokens/:id',
      {
        config: { role: 'admin' },
        schema: {
          summary: 'Remove one that somebody laid',
          params: idParams,
          response: { 204: z.null(), 404: errorBody },
        },
      },
      async (request, reply) => {
        const gone = services.honeytokens.remove(request.params.id);
        if (gone === null) throw apiError('NOT_FOUND', 'honeytoken of your own', request.params.id);
        audit(request, 'honeytoken_removed', { honeytoken: gone.id, kind: gone.kind, value: gone.value });
        return reply.code(204).send(null);
      },
    );
  },
});
