import { afterEach, beforeEach, expect, test } from 'vitest';
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
