import { hashSync } from 'bcryptjs';
import { decodeJwt, decodeProtectedHeader } from 'jose';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { fakeState, testTime } from '../fakes.test-suite.ts';
import { type Harness, openHarness } from '../harness.test-suite.ts';
import { ensureAdmin } from './first-admin.ts';
import { hashPassword, needsRehash, verifyPassword } from './password.ts';
import { hashSecret } from './tokens.ts';

let harness: Harness;
let passwordHash: string;
beforeEach(async () => {
  passwordHash ??= await hashPassword('correct horse');
  harness = await openHarness();
  harness.fakes.state.users.update('user-analyst', { password_hash: passwordHash });
});
afterEach(() => harness.app.close());

const good = { username: 'analyst', password: 'correct horse' };
const multipart = (fields: Record<string, string>) =>
  `${Object.entries(fields)
    .map(([name, value]) => `--b\r\nContent-Disposition: form-data; name="${name}"\r\n\r\n${value}\r\n`)
    .join('')}--b--\r\n`;

describe('logging in', () => {
  test.each([
    [
      'form',
      {
        payload: new URLSearchParams(good).toString(),
        headers: { 'content-type': 'application/x-www-form-urlencoded' },
      },
    ],
    ['JSON', { payload: good }],
    ['query', { query: good }],
    ['multipart form', { payload: multipart(good), headers: { 'content-type': 'multipart/form-data; boundary=b' } }],
  ])('by %s', async (_, request) => {
    const answer = await harness.anonymous({ method: 'POST', url: '/api/auth/token', ...request });
    expect(answer.statusCode).toBe(200);
    const body = answer.json();
    expect(body).toMatchObject({
      token_type: 'bearer',
      expires_in: 3600,
      user: { username: 'analyst', role: 'analyst' },
    });
    expect(decodeProtectedHeader(body.access_token).alg).toBe('HS256');
    const claims = decodeJwt(body.access_token);
    expect(claims).toMatchObject({ sub: 'user-analyst', role: 'analyst', token_version: 1 });
    expect((claims.exp ?? 0) - (claims.iat ?? 0)).toBe(3600);
    const cookie = answer.cookies.find(({ name }) => name === 'phosor_session');
    expect(cookie).toMatchObject({ httpOnly: true, sameSite: 'Strict', path: '/', maxAge: 3600 });
    expect(harness.audited()).toEqual(['login_success']);
  });

  test.each([
    ['wrong password', { username: 'analyst', password: 'wrong' }, 401],
    ['unknown user', { username: 'nobody', password: 'wrong' }, 401],
    ['no password', { username: 'analyst' }, 422],
    ['nothing', {}, 422],
    ['a number for a name', { username: 5, password: 'x' }, 422],
  ])('%s is refused', async (_, payload, status) => {
    const answer = await harness.anonymous({ method: 'POST', url: '/api/auth/token', payload });
    expect(answer.statusCode).toBe(status);
    expect(answer.cookies).toEqual([]);
    expect(harness.audited()).toEqual(status === 401 ? ['login_failed'] : []);
  });

  test('a disabled user is refused with the same words', async () => {
    harness.fakes.state.users.update('user-analyst', { disabled: true });
    const answer = await harness.anonymous({ method: 'POST', url: '/api/auth/token', payload: good });
    expect(answer.json().code).toBe('LOGIN_FAILED');
  });

  test('guessing is slowed down, doubling, and success after the wait is not', async () => {
    const attempt = (password: string) =>
      harness.anonymous({ method: 'POST', url: '/api/auth/token', payload: { username: 'analyst', password } });
    for (let i = 0; i < 5; i += 1) expect((await attempt('wrong')).statusCode).toBe(401);
    const refused = await attempt('correct horse');
    expect(refused.statusCode).toBe(429);
    expect(Number(refused.headers['retry-after'])).toBeGreaterThanOrEqual(1);
    harness.fakes.clock.now += 2001;
    expect((await attempt('wrong')).statusCode).toBe(401);
    harness.fakes.clock.now += 2001;
    expect((await attempt('correct horse')).statusCode, 'the wait has doubled').toBe(429);
    harness.fakes.clock.now += 2000;
    expect((await attempt('correct horse')).statusCode).toBe(200);
    expect(harness.audited()).toContain('rate_limit_exceeded');
    // Who waits does not wait for hours where the clock is set back.
    for (let i = 0; i < 5; i += 1) await attempt('wrong');
    expect((await attempt('correct horse')).statusCode).toBe(429);
    harness.fakes.clock.now -= 5 * 3_600_000;
    expect((await attempt('correct horse')).statusCode).toBe(200);
    // Others are not locked out by it.
    const other = await harness.anonymous({
      method: 'POST',
      url: '/api/auth/token',
      payload: { ...good, username: 'x' },
    });
    expect(other.statusCode).toBe(401);
  });

  test('works where the disk is full: whoever has to see why gets in, also with a key', async () => {
    const full = (): never => {
      throw Object.assign(new Error('database or disk is full'), { code: 'ERR_SQLITE_ERROR', errcode: 13 });
    };
    const { users, keys } = harness.fakes.state;
    keys.insert({
      id: 'reader',
      name: 'reader',
      scopes: ['read'],
      hash: hashSecret('phk_reader'),
      prefix: 'phk_reader',
      created_at: 0,
      expires_at: null,
      last_used_at: null,
      revoked: false,
    });
    users.update = full;
    keys.update = full;
    const answer = await harness.anonymous({ method: 'POST', url: '/api/auth/token', payload: good });
    expect(answer.statusCode).toBe(200);
    const headers = { 'x-api-key': 'phk_reader' };
    expect((await harness.anonymous({ method: 'GET', url: '/api/auth/me', headers })).statusCode).toBe(200);
    // What cannot be done says so.
    const logout = await harness.as('analyst', { method: 'POST', url: '/api/auth/logout' });
    expect([logout.statusCode, logout.json().code]).toEqual([503, 'STORAGE_FULL']);
  });

  test('a bcrypt hash is accepted and upgraded', async () => {
    harness.fakes.state.users.update('user-analyst', { password_hash: hashSync('correct horse', 4) });
    const answer = await harness.anonymous({ method: 'POST', url: '/api/auth/token', payload: good });
    expect(answer.statusCode).toBe(200);
    const upgraded = harness.fakes.state.users.byId('user-analyst')?.password_hash ?? '';
    expect(upgraded).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$/);
    expect(await verifyPassword('correct horse', upgraded)).toBe(true);
  });
});

describe('credentials', () => {
  const me = { method: 'GET', url: '/api/auth/me' } as const;
  test.each([
    ['garbage', 'Bearer garbage'],
    ['another scheme', 'Basic YTpi'],
    ['nothing behind the word', 'Bearer'],
    [
      'an unsigned token',
      'Bearer eyJhbGciOiJub25lIn0.eyJzdWIiOiJ1c2VyLWFkbWluIiwiZXhwIjo5OTk5OTk5OTk5LCJ0b2tlbl92ZXJzaW9uIjoxfQ.',
    ],
  ])('%s is no credential', async (_, authorization) => {
    expect((await harness.anonymous({ ...me, headers: { authorization } })).statusCode).toBe(401);
  });

  test('a token ends after its time, at logout and with its user', async () => {
    const { fakes } = harness;
    expect((await harness.as('viewer', me)).json()).toMatchObject({ user: { username: 'viewer' }, via: 'token' });
    await harness.as('viewer', { method: 'POST', url: '/api/auth/logout' });
    expect((await harness.as('viewer', me)).statusCode).toBe(401);
    expect(harness.audited()).toContain('logout');
    fakes.state.users.update('user-analyst', { disabled: true });
    expect((await harness.as('analyst', me)).statusCode).toBe(401);
    expect((await harness.as('admin', me)).statusCode).toBe(200);
    fakes.clock.now += 60 * 60_000 + 1000;
    expect((await harness.as('admin', me)).statusCode).toBe(401);
  });

  test('a cookie reads from anywhere, and changes only from the page itself', async () => {
    const change = { method: 'POST', url: '/api/alerts/acknowledge', payload: { ids: ['x'] } } as const;
    const cookie = `phosor_session=${harness.tokens.admin}`;
    const withCookie = (headers: Record<string, string>) =>
      harness.anonymous({ ...change, headers: { cookie, host: 'desk.example:8000', ...headers } });
    expect((await harness.anonymous({ ...me, headers: { cookie } })).json().via).toBe('cookie');
    expect((await withCookie({})).json().code).toBe('CROSS_SITE');
    expect((await withCookie({ origin: 'https://evil.example' })).json().code).toBe('CROSS_SITE');
    expect((await withCookie({ 'sec-fetch-site': 'cross-site' })).json().code).toBe('CROSS_SITE');
    expect((await withCookie({ 'sec-fetch-site': 'same-site' })).json().code).toBe('CROSS_SITE');
    expect((await withCookie({ origin: 'http://desk.example:8000' })).statusCode).toBe(200);
    expect((await withCookie({ 'sec-fetch-site': 'same-origin' })).statusCode).toBe(200);
  });

  test('keys: scopes, expiry, revocation', async () => {
    const create = (scopes: string[], expires_at?: number) =>
      harness.as('admin', { method: 'POST', url: '/api/keys', payload: { name: 'k', scopes, expires_at } });
    const made = (await create(['read'], testTime + 60_000)).json();
    expect(made.key).toMatch(/^phk_[A-Za-z0-9_-]{43}$/);
    expect(JSON.stringify(harness.fakes.state.keys.list())).not.toContain(made.key);
    const use = (url: string, method: 'GET' | 'POST' = 'GET') =>
      harness.anonymous({ method, url, headers: { 'x-api-key': made.key } });
    expect((await use('/api/alerts')).statusCode).toBe(200);
    expect((await use('/api/alerts/x/acknowledge', 'POST')).statusCode).toBe(403);
    expect((await use('/api/webhook/x', 'POST')).statusCode).toBe(403);
    const listed = (await harness.as('admin', { method: 'GET', url: '/api/keys' })).json();
    expect(JSON.stringify(listed)).not.toContain(hashSecret(made.key));
    harness.fakes.clock.now += 60_001;
    expect((await use('/api/alerts')).statusCode).toBe(401);
    const lasting = (await create(['analyst'])).json();
    const headers = { 'x-api-key': lasting.key };
    expect((await harness.anonymous({ ...me, headers })).json()).toMatchObject({
      user: { role: 'analyst' },
      via: 'key',
    });
    await harness.as('admin', { method: 'DELETE', url: `/api/keys/${lasting.id}` });
    expect((await harness.anonymous({ ...me, headers })).statusCode).toBe(401);
    expect(harness.audited()).toEqual(expect.arrayContaining(['api_key_created', 'api_key_revoked']));
  });
});

describe('set-up and passwords', () => {
  test('the printed link sets the password once', async () => {
    const state = fakeState();
    const { setup, token } = await ensureAdmin(state, { password: null, now: testTime });
    expect(setup?.tokenHash).toBe(hashSecret(token ?? ''));
    // An unused link is replaced at the next start, a used one is not.
    const again = await ensureAdmin(state, { password: null, now: testTime });
    expect(again.token).not.toBe(token);

    harness.fakes.auth.setup = again.setup;
    harness.fakes.state.users.update('user-admin', { username: 'admin' });
    const use = (payload: object) => harness.anonymous({ method: 'POST', url: '/api/auth/setup', payload });
    const asked = () => harness.anonymous({ method: 'GET', url: '/api/auth/setup' });
    expect((await asked()).json()).toEqual({ needed: true });
    expect((await use({ token: 'wrong', password: 'long enough now' })).statusCode).toBe(410);
    expect((await use({ token: again.token, password: 'short' })).json().code).toBe('PASSWORD_TOO_WEAK');
    const done = await use({ token: again.token, password: 'long enough now' });
    expect(done.json()).toMatchObject({ token_type: 'bearer', user: { username: 'admin' } });
    expect((await use({ token: again.token, password: 'long enough now' })).statusCode).toBe(410);
    expect((await asked()).json()).toEqual({ needed: false });
    const payload = { username: 'admin', password: 'long enough now' };
    expect((await harness.anonymous({ method: 'POST', url: '/api/auth/token', payload })).statusCode).toBe(200);
  });

  test('with a configured password there is no link', async () => {
    const state = fakeState();
    const nothing = { setup: null, token: null, isPasswordIgnored: false };
    expect(await ensureAdmin(state, { password: 'from outside', now: 0 })).toEqual(nothing);
    expect(await verifyPassword('from outside', state.users.byName('admin')?.password_hash ?? '')).toBe(true);
    expect(await ensureAdmin(state, { password: null, now: 0 })).toEqual(nothing);
    expect(await ensureAdmin(state, { password: 'from outside', now: 0 })).toEqual(nothing);
  });

  test("a configured password never replaces an administrator's own", async () => {
    const state = fakeState();
    await ensureAdmin(state, { password: 'from outside', now: 0 });
    const before = state.users.byName('admin');
    expect(await ensureAdmin(state, { password: 'another', now: 1 })).toEqual({
      setup: null,
      token: null,
      isPasswordIgnored: true,
    });
    expect(state.users.byName('admin')).toEqual(before);
    // Nor does it bring back an admin who was removed or renamed while others remain.
    state.users.update(before?.id ?? '', { username: 'root-of-all' });
    await ensureAdmin(state, { password: 'another', now: 2 });
    expect(state.users.list().map(({ username }) => username)).toEqual(['root-of-all']);
  });

  test('a configured password ends a first run whose link was never used', async () => {
    const state = fakeState();
    await ensureAdmin(state, { password: null, now: 0 });
    const { token_version } = state.users.byName('admin') ?? {};
    expect(await ensureAdmin(state, { password: 'from outside', now: 1 })).toMatchObject({ setup: null, token: null });
    const admin = state.users.byName('admin');
    expect(await verifyPassword('from outside', admin?.password_hash ?? '')).toBe(true);
    expect(admin?.token_version).toBe((token_version ?? 0) + 1);
    expect(await ensureAdmin(state, { password: null, now: 2 })).toMatchObject({ setup: null, token: null });
  });

  test('a session is renewed while it lasts, and ends twelve hours after its login', async () => {
    const minute = 60_000;
    const login = await harness.anonymous({
      method: 'POST',
      url: '/api/auth/token',
      payload: { username: 'analyst', password: 'correct horse' },
    });
    let session: string = login.json().access_token;
    const renew = () =>
      harness.anonymous({
        method: 'POST',
        url: '/api/auth/renew',
        headers: { authorization: `Bearer ${session}` },
      });
    for (let minutes = 50; minutes < 720; minutes += 50) {
      harness.fakes.clock.now += 50 * minute;
      const answer = await renew();
      expect(answer.statusCode).toBe(200);
      expect(answer.cookies.find(({ name }) => name === 'phosor_session')).toMatchObject({ maxAge: 3600 });
      session = answer.json().access_token;
    }
    harness.fakes.clock.now += 50 * minute;
    expect((await renew()).statusCode).toBe(401);
    harness.fakes.clock.now += 60 * minute;
    expect((await harness.anonymous({ method: 'POST', url: '/api/auth/renew' })).statusCode).toBe(401);
  });

  test('changing the own password ends the other sessions', async () => {
    const change = (current: string, next: string) =>
      harness.as('analyst', { method: 'POST', url: '/api/auth/password', payload: { current, new: next } });
    expect((await change('wrong', 'a better password')).statusCode).toBe(401);
    expect((await change('correct horse', 'short')).statusCode).toBe(422);
    const changed = await change('correct horse', 'a better password');
    expect(changed.statusCode).toBe(200);
    expect((await harness.as('analyst', { method: 'GET', url: '/api/auth/me' })).statusCode).toBe(401);
    const headers = { authorization: `Bearer ${changed.json().access_token}` };
    expect((await harness.anonymous({ method: 'GET', url: '/api/auth/me', headers })).statusCode).toBe(200);
  });

  test('a new password of an administrator, given while one is changed, holds; guesses of one moment all count', async () => {
    const change = () =>
      harness.as('analyst', {
        method: 'POST',
        url: '/api/auth/password',
        payload: { current: 'correct horse', new: 'of whoever took the session' },
      });
    const [taken, reset] = await Promise.all([
      change(),
      // Not hashed: the administrator is done while the slow checks of the other run.
      Promise.resolve().then(() =>
        harness.fakes.state.users.update('user-analyst', { password_hash: 'given', token_version: 2 }),
      ),
    ]);
    expect(reset).toBeUndefined();
    expect(taken.statusCode).toBe(401);
    expect(harness.fakes.state.users.byId('user-analyst')).toMatchObject({ password_hash: 'given', token_version: 2 });

    const guess = () =>
      harness.as('admin', {
        method: 'POST',
        url: '/api/auth/password',
        payload: { current: 'guess', new: 'long enough' },
      });
    const guesses = await Promise.all(Array.from({ length: 12 }, guess));
    expect(guesses.filter(({ statusCode }) => statusCode === 429).length).toBeGreaterThan(5);
  });

  test('whoever guesses does not fill the audit trail: refusals are counted in one record, wrong links wait', async () => {
    const guess = () =>
      harness.anonymous({ method: 'POST', url: '/api/auth/token', payload: { username: 'analyst', password: 'x' } });
    for (let i = 0; i < 30; i += 1) {
      harness.fakes.clock.now += 20;
      await guess();
    }
    harness.fakes.clock.now += 1000;
    await guess();
    harness.fakes.clock.now += 60_000;
    for (let i = 0; i < 2; i += 1) await guess();
    const records = harness.fakes.state.audit.list(100, null);
    const refused = records.filter(({ action }) => action === 'rate_limit_exceeded');
    expect(refused.map(({ details }) => details.refused)).toEqual([26, 1]);

    for (const url of ['/api/auth/setup', '/api/auth/reset']) {
      const answers = [];
      for (let i = 0; i < 10; i += 1)
        answers.push(
          await harness.anonymous({ method: 'POST', url, payload: { token: 'a.b', password: 'long enough!' } }),
        );
      expect(answers.map(({ statusCode }) => statusCode)).toEqual([...Array(5).fill(410), ...Array(5).fill(429)]);
    }
  });

  test('a hash is salted, and foreign or weaker ones are told apart', async () => {
    const [a, b] = await Promise.all([hashPassword('x'), hashPassword('x')]);
    expect(a).not.toBe(b);
    expect([needsRehash(a), needsRehash(a.replace('m=19456', 'm=4096')), needsRehash('$2b$10$abc')]).toEqual([
      false,
      true,
      true,
    ]);
    expect(await verifyPassword('x', a)).toBe(true);
    expect(await verifyPassword('y', a)).toBe(false);
    expect(await verifyPassword('x', 'plain')).toBe(false);
  });
});
