import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type Harness, openHarness } from '../harness.test-suite.ts';

let harness: Harness;
beforeEach(async () => {
  harness = await openHarness();
});
afterEach(() => harness.app.close());

const call = (method: 'GET' | 'POST' | 'PATCH' | 'DELETE', url: string, payload?: object) =>
  harness.as('admin', { method, url, ...(payload && { payload }) });
const newcomer = { username: 'new.person', password: 'ten letters', role: 'viewer' };

test('a user is created, logs in, is changed and removed; hashes never leave', async () => {
  const made = await call('POST', '/api/users', newcomer);
  expect([made.statusCode, made.json()]).toMatchObject([
    201,
    { username: 'new.person', role: 'viewer', disabled: false },
  ]);
  const { id } = made.json();
  const login = async () => {
    const payload = { username: newcomer.username, password: newcomer.password };
    return harness.anonymous({ method: 'POST', url: '/api/auth/token', payload });
  };
  const token = (await login()).json().access_token;
  const me = () =>
    harness.anonymous({ method: 'GET', url: '/api/auth/me', headers: { authorization: `Bearer ${token}` } });
  expect((await me()).statusCode).toBe(200);
  expect((await call('PATCH', `/api/users/${id}`, { role: 'analyst' })).json()).toMatchObject({ role: 'analyst' });
  expect((await me()).statusCode, 'a new role ends the session').toBe(401);
  expect((await call('GET', '/api/users')).body).not.toContain('argon2');
  await call('PATCH', `/api/users/${id}`, { disabled: true });
  expect((await login()).statusCode).toBe(401);
  expect((await call('DELETE', `/api/users/${id}`)).json()).toEqual({ status: 'deleted' });
  expect((await call('DELETE', `/api/users/${id}`)).statusCode).toBe(404);
  expect(harness.audited()).toEqual(expect.arrayContaining(['user_created', 'user_modified', 'user_deleted']));
});

test.each([
  ['a short password', { ...newcomer, password: 'short' }, 422],
  ['a taken name', { ...newcomer, username: 'viewer' }, 409],
  ['a name with a space', { ...newcomer, username: 'two words' }, 422],
  ['the name of the command line', { ...newcomer, username: 'Local' }, 422],
  ['an unknown role', { ...newcomer, role: 'root' }, 422],
  ['an unknown key', { ...newcomer, admin: true }, 422],
])('%s is refused', async (_, payload, status) => {
  expect((await call('POST', '/api/users', payload)).statusCode).toBe(status);
});

test('the last administrator stays', async () => {
  const url = '/api/users/user-admin';
  for (const change of [{ role: 'viewer' }, { disabled: true }])
    expect((await call('PATCH', url, change)).json().code).toBe('LAST_ADMIN');
  expect((await call('DELETE', url)).json().code).toBe('LAST_ADMIN');
  await call('POST', '/api/users', { ...newcomer, role: 'admin' });
  expect((await call('DELETE', url)).statusCode).toBe(200);
});

describe('a one-time link for a new password', () => {
  const url = '/api/users/user-viewer/reset-link';
  const anonymous = (path: string, payload: object) => harness.anonymous({ method: 'POST', url: path, payload });
  const made = async (payload: object = {}) => {
    const answer = await call('POST', url, payload);
    expect(answer.statusCode).toBe(201);
    return String(answer.json().path).replace('/reset#token=', '');
  };
  const chosen = 'a longer password';

  test('works once, ends the sessions of the user, and is kept as a hash', async () => {
    const token = await made({ hours: 2 });
    expect(JSON.stringify(harness.fakes.state.settings.get('auth.reset.user-viewer'))).not.toContain(
      token.split('.')[1],
    );
    expect((await call('GET', '/api/users')).json()).toContainEqual(
      expect.objectContaining({ id: 'user-viewer', reset_until: expect.any(String) }),
    );
    expect((await anonymous('/api/auth/reset/look', { token })).json()).toMatchObject({ username: 'viewer' });
    expect((await anonymous('/api/auth/reset', { token, password: 'short' })).statusCode).toBe(422);
    const answer = await anonymous('/api/auth/reset', { token, password: chosen });
    expect(answer.json()).toMatchObject({ user: { username: 'viewer', role: 'viewer' } });
    expect((await harness.as('viewer', { method: 'GET', url: '/api/auth/me' })).statusCode).toBe(401);
    const login = await anonymous('/api/auth/token', { username: 'viewer', password: chosen });
    expect(login.statusCode).toBe(200);
    expect((await anonymous('/api/auth/reset', { token, password: chosen })).json().code).toBe('RESET_ENDED');
    expect((await anonymous('/api/auth/reset/look', { token })).statusCode).toBe(410);
    expect(harness.audited().reverse()).toEqual([
      'password_reset_link_made',
      'password_reset',
      'login_success',
      'login_failed',
    ]);
  });

  test('ends with its time, a newer one, a new password, and where it is taken back', async () => {
    const looks = async (token: string) => (await anonymous('/api/auth/reset/look', { token })).statusCode;
    const [first, second] = [await made(), await made()];
    expect([await looks(first), await looks(second)]).toEqual([410, 200]);
    harness.fakes.clock.now += 25 * 3_600_000;
    await harness.renew();
    expect(await looks(second)).toBe(410);
    const third = await made();
    expect((await call('DELETE', url)).json()).toEqual({ status: 'revoked' });
    expect([await looks(third), (await call('DELETE', url)).statusCode]).toEqual([410, 404]);
    const fourth = await made();
    await call('PATCH', '/api/users/user-viewer', { password: chosen });
    expect(await looks(fourth)).toBe(410);
    for (const wrong of ['', 'x', '.', 'user-viewer.', 'nobody.abc', `user-viewer.${'x'.repeat(43)}`])
      expect(await looks(wrong)).toBe(410);
  });

  test('is for administrators to make, and not for accounts that may not log in', async () => {
    expect((await harness.as('analyst', { method: 'POST', url, payload: {} })).statusCode).toBe(403);
    const token = await made();
    await call('PATCH', '/api/users/user-viewer', { disabled: true });
    expect((await call('POST', url, {})).json().code).toBe('USER_DISABLED');
    expect((await anonymous('/api/auth/reset', { token, password: chosen })).statusCode).toBe(410);
    expect((await call('POST', '/api/users/nobody/reset-link', {})).statusCode).toBe(404);
  });

  test('goes by mail only where that is set up, and is told to nobody else then', async () => {
    expect((await call('GET', '/api/users/reset-mail')).json()).toMatchObject({ possible: false });
    expect((await call('POST', url, { email: 'ann@example.com' })).statusCode).toBe(422);
    expect((await call('GET', '/api/users')).body).not.toContain('"reset_until":"');
  });
});
