import { z } from 'zod';
import { isoTime } from '../../model/index.ts';
import { DeliveryError } from '../../respond/contract.ts';
import type { User } from '../../store/contract.ts';
import { endReset, makeResetToken } from '../auth/reset.ts';
import { apiError } from '../errors.ts';
import { errorBody, idParams } from '../schemas.ts';
import type { App, ServeContext } from '../unit.ts';

const hourMs = 3_600_000;

/** One-time links with which users choose a new password, made by administrators. */
export function registerResetLinks(app: App, { services, audit }: ServeContext): void {
  const { state } = services;
  const find = (id: string): User => {
    const user = state.users.byId(id);
    if (!user) throw apiError('NOT_FOUND', 'user', id);
    return user;
  };
  const publicUrl = (): string => {
    const value = services.settings.list().find(({ key }) => key === 'notifications.publicUrl')?.value;
    return typeof value === 'string' ? value.replace(/\/+$/, '') : '';
  };

  app.get(
    '/api/users/reset-mail',
    {
      config: { role: 'admin' },
      schema: {
        summary: 'Whether links can be sent by e-mail',
        response: {
          200: z.object({
            possible: z.boolean(),
            missing: z.string().nullable().meta({ description: 'What has to be set first, in a sentence.' }),
          }),
        },
      },
    },
    async () => {
      const missing = !services.mailer.isConfigured()
        ? 'No way to send mail is configured. Set one up under Notifications.'
        : publicUrl() === ''
          ? 'Mails need to know the address of this Phosor: set notifications.publicUrl (PHOSOR_PUBLIC_URL).'
          : null;
      return { possible: missing === null, missing };
    },
  );
  app.post(
    '/api/users/:id/reset-link',
    {
      config: { role: 'admin' },
      schema: {
        summary: 'Make a one-time link to choose a new password',
        description:
          'It is told once; only its hash is kept. An older link of the user ends. The password holds until the link is used. ' +
          'With `email` the link goes by mail and is not told here.',
        params: idParams,
        body: z.strictObject({
          hours: z.int().min(1).max(168).default(24),
          email: z.email().max(254).optional(),
        }),
        response: {
          201: z.object({
            path: z
              .string()
              .nullable()
              .meta({ description: 'To be put behind the address of this Phosor. Null: it was sent.' }),
            expires_at: z.string(),
            sent_to: z.string().nullable(),
          }),
          404: errorBody,
          409: errorBody,
          422: errorBody,
        },
      },
    },
    async (request, reply) => {
      const user = find(request.params.id);
      if (user.disabled) throw apiError('USER_DISABLED', user.username);
      const { hours, email } = request.body;
      const base = publicUrl();
      if (email !== undefined && (!services.mailer.isConfigured() || base === ''))
        throw apiError(
          'VALIDATION_FAILED',
          'Mail cannot be sent yet: configure a mail server and notifications.publicUrl (PHOSOR_PUBLIC_URL) first',
        );
      const expiresAt = services.now() + hours * hourMs;
      const by = request.principal?.name ?? 'somebody';
      const path = `/reset#token=${makeResetToken(state, user, by, expiresAt)}`;
      if (email !== undefined) {
        try {
          await services.mailer.send({
            to: [email],
            subject: 'Choose a new password',
            text: [
              `${by} made a link with which you choose a new password for your Phosor account ${user.username}.`,
              '',
              `${base}${path}`,
              '',
              `It works once, until ${isoTime(expiresAt)}. If you did not expect it, tell an administrator and leave it alone.`,
            ].join('\n'),
          });
        } catch (error) {
          endReset(state, user.id);
          const why = error instanceof DeliveryError ? error.message : 'The mail could not be sent.';
          throw apiError('VALIDATION_FAILED', `${why.replace(/\.$/, '')}. No link was made`);
        }
      }
      audit(request, 'password_reset_link_made', {
        username: user.username,
        until: isoTime(expiresAt),
        ...(email !== undefined && { email }),
      });
      return reply.code(201).send({
        path: email === undefined ? path : null,
        expires_at: isoTime(expiresAt),
        sent_to: email ?? null,
      });
    },
  );
  app.delete(
    '/api/users/:id/reset-link',
    {
      config: { role: 'admin' },
      schema: {
        summary: 'Take a one-time link back',
        params: idParams,
        response: { 200: z.object({ status: z.literal('revoked') }), 404: errorBody },
      },
    },
    async (request) => {
      const user = find(request.params.id);
      if (!endReset(state, user.id)) throw apiError('NOT_FOUND', 'link of', user.username);
      audit(request, 'password_reset_link_revoked', { username: user.username });
      return { status: 'revoked' as const };
    },
  );
}
