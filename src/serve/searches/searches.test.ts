import { afterEach, beforeEach, expect, test } from 'vitest';
import type { Role } from '../../store/contract.ts';
import { type Harness, openHarness } from '../harness.test-suite.ts';

let harness: Harness;
beforeEach(async () => {
  harness = await openHarness();
});
afterEach(() => harness.app.close());

const call = (role: Role, method: 'GET' | 'POST' | 'PATCH' | 'DELETE', path = '', payload?: object) =>
  harness.as(role, { method, url: `/api/searches${path}`, ...(payload && { payload }) });
const search = { name: 'Root logins', query: 'user:root', columns: ['time', 'user'], range: { last: '24h' } };
const names = async (role: Role) => (await call(role, 'GET')).json().map((each: { name: string }) => each.name);

test('a search is saved, changed and deleted by its owner; nobody else sees it', async () => {
  const made = await call('viewer', 'POST', '', search);
  expect([made.statusCode, made.json()]).toMatchObject([
    201,
    { ...search, view: 'table', shared: false, owner: 'viewer', mine: true },
  ]);
  const path = `/${made.json().id}`;
  expect(await names('viewer')).toEqual(['Root logins']);
  expect(await names('admin')).toEqual([]);
  for (const [method, payload] of [['GET'], ['PATCH', { name: 'x' }], ['DELETE']] as const)
    expect((await call('admin', method, path, payload)).statusCode, method).toBe(404);
  expect((await call('viewer', 'PATCH', path, { name: 'Root', range: null })).json()).toMatchObject({
    name: 'Root',
    query: 'user:root',
    range: null,
  });
  expect((await call('viewer', 'DELETE', path)).json()).toEqual({ status: 'deleted' });
  expect((await call('viewer', 'GET', path)).statusCode).toBe(404);
  expect(harness.audited()).toEqual(['search_deleted', 'search_modified', 'search_saved']);
});

test('analysts share; everybody sees it, its owner and administrators change it', async () => {
  const { id } = (await call('analyst', 'POST', '', { ...search, shared: true })).json();
  expect((await call('viewer', 'GET', `/${id}`)).json()).toMatchObject({ owner: 'analyst', mine: false });
  expect((await call('viewer', 'PATCH', `/${id}`, { name: 'x' })).json().code).toBe('SEARCH_NOT_YOURS');
  expect((await call('viewer', 'DELETE', `/${id}`)).json().code).toBe('SEARCH_NOT_YOURS');
  expect((await call('admin', 'PATCH', `/${id}`, { shared: false })).statusCode).toBe(200);
  expect((await call('viewer', 'GET', `/${id}`)).statusCode).toBe(404);
});

test('viewers do not share', async () => {
  expect((await call('viewer', 'POST', '', { ...search, shared: true })).statusCode).toBe(403);
  const { id } = (await call('viewer', 'POST', '', search)).json();
  expect((await call('viewer', 'PATCH', `/${id}`, { shared: true })).json().code).toBe('ROLE_TOO_SMALL');
  expect(await names('admin')).toEqual([]);
});

test.each<[string, object, number, string]>([
  ['a query that cannot be read', { ...search, query: 'user: root' }, 422, 'at character 1: Write a value'],
  ['no name', { ...search, name: ' ' }, 422, 'give the search a name'],
  [
    'a range that ends before it begins',
    { ...search, range: { from: '2026-11-02T00:00:00Z', to: '2026-11-01T00:00:00Z' } },
    422,
    'must come after',
  ],
  ['an unknown range', { ...search, range: { last: '3y' } }, 422, 'range'],
  ['a column that is no field', { ...search, columns: ['<b>'] }, 422, 'is no name of a field'],
  ['an unknown key', { ...search, owner: 'admin' }, 422, 'owner'],
])('%s is refused', async (_, payload, status, detail) => {
  const answer = await call('admin', 'POST', '', payload);
  expect([answer.statusCode, answer.json().detail]).toEqual([status, expect.stringContaining(detail)]);
});

test('a name is taken once per person, whatever its case', async () => {
  await call('viewer', 'POST', '', search);
  expect((await call('viewer', 'POST', '', { ...search, name: 'ROOT logins' })).json().code).toBe('SEARCH_EXISTS');
  expect((await call('analyst', 'POST', '', search)).statusCode).toBe(201);
});

test('there is a most, and it is told', async () => {
  const { savedSearches } = harness.fakes.state;
  const { id: _, ...one } = { ...search, id: '' };
  for (let i = 0; i < 200; i += 1) {
    savedSearches.put({
      ...one,
      id: `s${i}`,
      name: `search ${i}`,
      owner_id: 'user-viewer',
      owner: 'viewer',
      view: 'table',
      shared: false,
      created_at: 0,
      updated_at: 0,
    });
  }
  const answer = await call('viewer', 'POST', '', search);
  expect([answer.statusCode, answer.json().code, answer.json().detail]).toEqual([
    409,
    'SEARCH_LIMIT',
    expect.stringContaining('200'),
  ]);
});

test('who leaves takes along what nobody else saw', async () => {
  const { id: own } = (await call('analyst', 'POST', '', search)).json();
  const { id: shared } = (await call('analyst', 'POST', '', { ...search, name: 'For all', shared: true })).json();
  harness.fakes.state.users.remove('user-analyst');
  const { savedSearches } = harness.fakes.state;
  expect([savedSearches.byId(own), savedSearches.byId(shared)?.name]).toEqual([null, 'For all']);
});
