import type { FastifyReply } from 'fastify';
import { z } from 'zod';
import { isoTime } from '../../model/index.ts';
import { type Role, roles, type User, writeIfPossible } from '../../store/contract.ts';
import { apiError, rateLimited } from '../errors.ts';
import { errorBody } from '../schemas.ts';
import { type App, defineUnit, type ServeContext } from '../unit.ts';
import { setupSetting } from './first-admin.ts';
import { acceptForms } from './forms.ts';
import { sessionCookie } from './identify.ts';
import { hashPassword, minPasswordLength, needsRehash, verifyPassword } from './password.ts';
import { endReset, pendingReset, resetUser } from './reset.ts';
import { LoginThrottle } from './throttle.ts';
import { hashSecret, issueToken, sameHash } from './tokens.ts';

/** Verified against when the user does not exist, so that the time taken does not tell. */
const nobodysHash = hashPassword('nobody has this password');

/** However often it is renewed, a session ends this long after its login. */
const longestSessionMs = 12 * 3_600_000;
const publicUser = z.object({ id: z.string(), username: z.string(), role: z.enum(roles) });
const session = z.object({
  access_token: z.string(),
  token_type: z.literal('bearer'),
  expires_in: z.number().meta({ description: 'Seconds.' }),
  user: publicUser,
});

const credentials = z.object({ username: z.string().max(200), password: z.string().max(1000) });

export const auth = defineUnit({
  name: 'auth',
  description: 'Log in, log out, set the first password, change a password.',
  register(app, context) {
    const { services, audit } = context;
    const throttle = new LoginThrottle();
    acceptForms(app);

    app.post(
      '/api/auth/token',
      {
        config: { role: 'public' },
        schema: {
          summary: 'Log in',
          description:
            'User name and password as a form, as JSON or (not advised: addresses are logged on the way) in the query. ' +
            'Answers a bearer token and sets it as the session cookie. Repeated failures are answered with 429.',
          querystring: credentials.partial(),
          body: credentials.partial().nullish(),
          response: { 200: session, 401: errorBody, 429: errorBody },
        },
      },
      async (request, reply) => {
        const username = request.body?.username ?? request.query.username;
        const password = request.body?.password ?? request.query.password;
        if (!username || !password)
          throw apiError('VALIDATION_FAILED', 'Send both "username" and "password", as a form or as JSON.');
        const now = services.now();
        const wait = throttle.waitSeconds(request.ip, username, now);
        if (wait > 0) {
          const refused = throttle.refused(request.ip, now);
          if (refused !== null)
            audit(request, 'rate_limit_exceeded', { what: 'login', username, refused }, { success: false, user: null });
          throw rateLimited('failed logins', wait);
        }
        // Counted before the slow check, so that a burst of parallel guesses is not free.
        throttle.failed(request.ip, username, now);
        const user = services.state.users.byName(username);
        const matches = await verifyPassword(password, user?.password_hash ?? (await nobodysHash));
        if (!user || !matches || user.disabled) {
          audit(request, 'login_failed', { username }, { success: false, user: null });
          throw apiError('LOGIN_FAILED');
        }
        throttle.succeeded(request.ip, username);
        const change: Partial<User> = { last_login_at: now };
        if (needsRehash(user.password_hash)) {
          const password_hash = await hashPassword(password);
          // One that was given meanwhile stays.
          if (services.state.users.byId(user.id)?.password_hash === user.password_hash)
            change.password_hash = password_hash;
        }
        // Whoever has to see why the disk is full gets in.
        writeIfPossible(() => services.state.users.update(user.id, change));
        audit(request, 'login_success', {}, { user: user.username });
        return startSession(reply, context, user);
      },
    );

    app.post(
      '/api/auth/logout',
      {
        config: { role: 'viewer' },
        schema: {
          summary: 'Log out',
          description: 'Ends all sessions of the user: every token that was given out stops working.',
          response: { 200: z.object({ status: z.literal('logged_out') }) },
        },
      },
      async (request, reply) => {
        const user = request.principal?.user;
        if (user) services.state.users.update(user.id, { token_version: user.token_version + 1 });
        audit(request, 'logout', {});
        reply.clearCookie(sessionCookie, { path: '/' });
        return { status: 'logged_out' as const };
      },
    );

    app.post(
      '/api/auth/renew',
      {
        config: { role: 'viewer' },
        schema: {
          summary: 'Go on with a session',
          description:
            'Gives a session that has not ended yet its full length again, for pages that stay open. ' +
            'Twelve hours after the password was given it has to be given again.',
          response: { 200: session, 401: errorBody },
        },
      },
      async (request, reply) => {
        const { user, authTime } = request.principal ?? {};
        if (!user || authTime == null || services.now() - authTime >= longestSessionMs)
          throw apiError('CREDENTIAL_INVALID');
        return startSession(reply, context, user, authTime);
      },
    );

    app.get(
      '/api/auth/me',
      {
        config: { role: 'viewer' },
        schema: {
          summary: 'Who am I',
          response: {
            200: z.object({
              user: z.object({ id: z.string(), username: z.string(), role: z.enum(roles).nullable() }),
              via: z.enum(['token', 'cookie', 'key', 'local']),
            }),
          },
        },
      },
      async (request) => {
        const me = request.principal;
        if (!me) throw apiError('CREDENTIAL_MISSING');
        return { user: { id: me.id, username: me.name, role: me.role }, via: me.via };
      },
    );

    registerSetup(app, context);
    registerPassword(app, context);
    registerReset(app, context);
  },
});

function registerSetup(app: App, context: ServeContext): void {
  const { services, audit } = context;
  const throttle = new LoginThrottle();
  const open = () => {
    const { setup } = services.auth;
    return setup !== null && setup.expiresAt > services.now() ? setup : null;
  };
  app.get(
    '/api/auth/setup',
    {
      config: { role: 'public' },
      schema: {
        summary: 'Whether the first password is still to be set',
        response: { 200: z.object({ needed: z.boolean() }) },
      },
    },
    async () => ({ needed: open() !== null }),
  );
  app.post(
    '/api/auth/setup',
    {
      config: { role: 'public' },
      schema: {
        summary: "Set the administrator's password with the printed link",
        body: z.object({ token: z.string().max(200), password: z.string().max(1000) }),
        response: { 200: session, 410: errorBody, 429: errorBody },
      },
    },
    async (request, reply) => {
      const wait = throttle.waitSeconds(request.ip, '', services.now());
      if (wait > 0) throw rateLimited('wrong links', wait);
      const setup = open();
      const admin = services.state.users.byName('admin');
      if (!setup || !admin || !sameHash(hashSecret(request.body.token), setup.tokenHash)) {
        throttle.failed(request.ip, '', services.now());
        audit(request, 'login_failed', { what: 'setup' }, { success: false, user: null });
        throw apiError('SETUP_ENDED');
      }
      requireStrong(request.body.password);
      // Ended before the slow hash: two requests at once must not both use the link.
      services.auth.setup = null;
      services.state.settings.remove(setupSetting);
      const password_hash = await hashPassword(request.body.password);
      services.state.users.update(admin.id, {
        password_hash,
        token_version: admin.token_version + 1,
        last_login_at: services.now(),
      });
      audit(request, 'setup_completed', {}, { user: admin.username });
      return startSession(reply, context, { ...admin, token_version: admin.token_version + 1 });
    },
  );
}

function registerPassword(app: App, context: ServeContext): void {
  const { services, audit } = context;
  const throttle = new LoginThrottle();
  app.post(
    '/api/auth/password',
    {
      config: { role: 'viewer' },
      schema: {
        summary: 'Change my password',
        description: 'Ends all other sessions of the user and answers a new token.',
        body: z.object({ current: z.string().max(1000), new: z.string().max(1000) }),
        response: { 200: session, 401: errorBody },
      },
    },
    async (request, reply) => {
      const user = request.principal?.user;
      if (!user) throw apiError('ROLE_TOO_SMALL', 'user');
      const wait = throttle.waitSeconds(request.ip, user.username, services.now());
      if (wait > 0) throw rateLimited('failed passwords', wait);
      // Counted before the slow check, as at the login.
      throttle.failed(request.ip, user.username, services.now());
      if (!(await verifyPassword(request.body.current, user.password_hash))) {
        audit(request, 'password_changed', {}, { success: false });
        throw apiError('LOGIN_FAILED');
      }
      throttle.succeeded(request.ip, user.username);
      requireStrong(request.body.new);
      const password_hash = await hashPassword(request.body.new);
      // Meanwhile an administrator may have given another one, or shut the account: that holds.
      const now = services.state.users.byId(user.id);
      if (!now || now.disabled || now.token_version !== user.token_version) throw apiError('CREDENTIAL_INVALID');
      const token_version = user.token_version + 1;
      services.state.users.update(user.id, { password_hash, token_version });
      endReset(services.state, user.id);
      audit(request, 'password_changed', {});
      return startSession(reply, context, { ...user, token_version });
    },
  );
}

/** What an administrator's one-time link is for: whoever holds it chooses the password of one user, once. */
function registerReset(app: App, context: ServeContext): void {
  const { services, audit } = context;
  const { state } = services;
  const throttle = new LoginThrottle();
  const token = z.string().max(200);
  app.post(
    '/api/auth/reset/look',
    {
      config: { role: 'public' },
      schema: {
        summary: 'Whose password a one-time link is for',
        description: 'Changes nothing.',
        body: z.object({ token }),
        response: { 200: z.object({ username: z.string(), expires_at: z.string() }), 410: errorBody },
      },
    },
    async (request) => {
      const user = resetUser(state, request.body.token, services.now());
      const link = user && pendingReset(state, user.id, services.now());
      if (!user || !link) throw apiError('RESET_ENDED');
      return { username: user.username, expires_at: isoTime(link.expires_at) };
    },
  );
  app.post(
    '/api/auth/reset',
    {
      config: { role: 'public' },
      schema: {
        summary: 'Choose a new password with a one-time link',
        description: 'The link ends with it, and so do all sessions of the user. Answers a new one.',
        body: z.object({ token, password: z.string().max(1000) }),
        response: { 200: session, 410: errorBody, 422: errorBody, 429: errorBody },
      },
    },
    async (request, reply) => {
      const wait = throttle.waitSeconds(request.ip, '', services.now());
      if (wait > 0) throw rateLimited('wrong links', wait);
      const user = resetUser(state, request.body.token, services.now());
      if (!user) {
        throttle.failed(request.ip, '', services.now());
        audit(request, 'login_failed', { what: 'password reset' }, { success: false, user: null });
        throw apiError('RESET_ENDED');
      }
      requireStrong(request.body.password);
      // Ended before the slow hash: two requests at once must not both use the link.
      endReset(state, user.id);
      const password_hash = await hashPassword(request.body.password);
      const now = state.users.byId(user.id);
      if (!now || now.disabled) throw apiError('RESET_ENDED');
      const token_version = now.token_version + 1;
      state.users.update(user.id, { password_hash, token_version, last_login_at: services.now() });
      if (user.username === 'admin' && services.auth.setup !== null) {
        services.auth.setup = null;
        state.settings.remove(setupSetting);
      }
      audit(request, 'password_reset', { username: user.username }, { user: user.username });
      return startSession(reply, context, { ...now, token_version });
    },
  );
}

function requireStrong(password: string): void {
  if ([...password].length < minPasswordLength) throw apiError('PASSWORD_TOO_WEAK', minPasswordLength);
}

async function startSession(reply: FastifyReply, { services }: ServeContext, user: User, authTime = services.now()) {
  const minutes = services.auth.tokenMinutes;
  const token = await issueToken(user, services.auth.secret, minutes, services.now(), authTime);
  reply.setCookie(sessionCookie, token, {
    path: '/',
    httpOnly: true,
    sameSite: 'strict',
    secure: reply.request.protocol === 'https',
    maxAge: minutes * 60,
  });
  const { id, username, role }: { id: string; username: string; role: Role } = user;
  return { access_token: token, token_type: 'bearer' as const, expires_in: minutes * 60, user: { id, username, role } };
}
