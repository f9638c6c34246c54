import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import { isoTime } from '../../model/index.ts';
import { roles, type User } from '../../store/contract.ts';
import { localUser } from '../auth/identify.ts';
import { hashPassword, minPasswordLength } from '../auth/password.ts';
import { endReset, pendingReset } from '../auth/reset.ts';
import { apiError } from '../errors.ts';
import { errorBody, idParams } from '../schemas.ts';
import { defineUnit } from '../unit.ts';
import { registerResetLinks } from './reset-link.ts';

const userShape = z.object({
  id: z.string(),
  username: z.string(),
  role: z.enum(roles),
  disabled: z.boolean(),
  created_at: z.string(),
  last_login_at: z.string().nullable(),
  reset_until: z.string().nullable().meta({ description: 'Until when a one-time link for a new password works.' }),
});

const userView = ({ id, username, role, disabled, created_at, last_login_at }: User, resetUntil: number | null) => ({
  id,
  username,
  role,
  disabled,
  created_at: isoTime(created_at),
  last_login_at: last_login_at === null ? null : isoTime(last_login_at),
  reset_until: resetUntil === null ? null : isoTime(resetUntil),
});

const username = z
  .string()
  .regex(/^[\p{L}\p{N}._@-]{1,64}$/u, 'a user name is 1 to 64 letters, digits, dots, dashes, underscores and @')
  .refine(
    (name) => name.toLowerCase() !== localUser,
    `"${localUser}" is the command line in the audit record: choose another name`,
  );
const password = z.string().max(1000);

export const users = defineUnit({
  name: 'users',
  description: 'People and what they may do.',
  register(app, context) {
    const { services, audit } = context;
    const { state } = services;
    const shown = (user: User) => userView(user, pendingReset(state, user.id, services.now())?.expires_at ?? null);
    registerResetLinks(app, context);
    const find = (id: string): User => {
      const user = state.users.byId(id);
      if (!user) throw apiError('NOT_FOUND', 'user', id);
      return user;
    };
    const requireStrong = (text: string) => {
      if ([...text].length < minPasswordLength) throw apiError('PASSWORD_TOO_WEAK', minPasswordLength);
    };
    /** There is always one administrator who can log in. */
    const requireOtherAdmin = (user: User) => {
      if (user.role !== 'admin' || user.disabled) return;
      const others = state.users.list().some((each) => each.id !== user.id && each.role === 'admin' && !each.disabled);
      if (!others) throw apiError('LAST_ADMIN');
    };

    app.get(
      '/api/users',
      { config: { role: 'admin' }, schema: { summary: 'All users', response: { 200: z.array(userShape) } } },
      async () => state.users.list().map(shown),
    );
    app.post(
      '/api/users',
      {
        config: { role: 'admin' },
        schema: {
          summary: 'Create a user',
          body: z.strictObject({ username, password, role: z.enum(roles) }),
          response: { 201: userShape, 409: errorBody },
        },
      },
      async (request, reply) => {
        const { body } = request;
        requireStrong(body.password);
        const password_hash = await hashPassword(body.password);
        if (state.users.byName(body.username)) throw apiError('USER_EXISTS', body.username);
        const user: User = {
          id: randomUUID(),
          username: body.username,
          role: body.role,
          password_hash,
          created_at: services.now(),
          last_login_at: null,
          disabled: false,
          token_version: 1,
        };
        state.users.insert(user);
        audit(request, 'user_created', { username: user.username, role: user.role });
        return reply.code(201).send(shown(user));
      },
    );
    app.patch(
      '/api/users/:id',
      {
        config: { role: 'admin' },
        schema: {
          summary: 'Change a user',
          description: 'A new role, password or a disabled account ends all sessions of the user.',
          params: idParams,
          body: z.strictObject({
            role: z.enum(roles).optional(),
            disabled: z.boolean().optional(),
            password: password.optional(),
          }),
          response: { 200: userShape, 404: errorBody, 409: errorBody },
        },
      },
      async (request) => {
        const { role, disabled, password: newPassword } = request.body;
        find(request.params.id);
        if (newPassword !== undefined) requireStrong(newPassword);
        const password_hash = newPassword === undefined ? undefined : await hashPassword(newPassword);
        // Looked at behind the slow hash: two administrators may take each other's role at once.
        const user = find(request.params.id);
        if ((role !== undefined && role !== 'admin') || disabled === true) requireOtherAdmin(user);
        state.users.update(user.id, {
          ...(role !== undefined && { role }),
          ...(disabled !== undefined && { disabled }),
          ...(password_hash !== undefined && { password_hash }),
          token_version: user.token_version + 1,
        });
        if (password_hash !== undefined || disabled === true) endReset(state, user.id);
        audit(request, 'user_modified', {
          username: user.username,
          ...(role !== undefined && { role }),
          ...(disabled !== undefined && { disabled }),
          password_changed: newPassword !== undefined,
        });
        return shown(find(user.id));
      },
    );
    app.delete(
      '/api/users/:id',
      {
        config: { role: 'admin' },
        schema: {
          summary: 'Remove a user',
          params: idParams,
          response: { 200: z.object({ status: z.literal('deleted') }), 404: errorBody, 409: errorBody },
        },
      },
      async (request) => {
        const user = find(request.params.id);
        requireOtherAdmin(user);
        state.users.remove(user.id);
        endReset(state, user.id);
        audit(request, 'user_deleted', { username: user.username });
        return { status: 'deleted' as const };
      },
    );
  },
});
