import { afterEach, beforeEach, expect, test } from 'vitest';
import { type Harness, openHarness } from '../harness.test-suite.ts';

let harness: Harness;
beforeEach(async () => {
  harness = await openHarness();
});
afterEach(() => harness.app.close());

const url = '/api/honeytokens';

test('bait is laid, listed and removed, and each change is on record without its password', async () => {
  const laid = await harness.as('admin', {
    method: 'POST',
    url,
    payload: { kind: 'account', value: 'svc_mira', label: 'wiki' },
  });
  expect(laid.statusCode).toBe(201);
  expect(laid.json()).toMatchObject({ password: 'shown-once', honeytoken: { value: 'svc_mira', origin: 'own' } });
  const listed = await harness.as('viewer', { method: 'GET', url });
  expect(listed.json().honeytokens.map(({ value }: { value: string }) => value)).toEqual(['svc_mira', 'app_mira42']);
  expect(listed.body).not.toMatch(/shown-once|made-up|aaaaaaaa/);
  const { id } = laid.json().honeytoken;
  expect((await harness.as('admin', { method: 'DELETE', url: `${url}/${id}` })).statusCode).toBe(204);
  expect((await harness.as('admin', { method: 'DELETE', url: `${url}/${id}` })).statusCode).toBe(404);
  expect(harness.audited().reverse()).toEqual(['honeytoken_added', 'honeytoken_removed']);
});

test('the password of the installation is for administrators', async () => {
  const place = `${url}/installation-account-0/password`;
  expect((await harness.as('analyst', { method: 'GET', url: place })).statusCode).toBe(403);
  expect((await harness.as('admin', { method: 'GET', url: place })).json()).toEqual({ password: 'made-up' });
  expect((await harness.as('admin', { method: 'GET', url: `${url}/own-0/password` })).statusCode).toBe(404);
});

test.each([
  ['a path without its slash', { kind: 'path', value: 'staging', label: 'x' }],
  ['a user with one', { kind: 'account', value: '/etc', label: 'x' }],
  ['too short a name', { kind: 'account', value: 'bob', label: 'x' }],
  ['a label that turns the text', { kind: 'account', label: 'a\u202eb' }],
  ['another key', { kind: 'account', label: 'x', password: 'mine' }],
])('%s is refused with a sentence', async (_, payload) => {
  const answer = await harness.as('admin', { method: 'POST', url, payload });
  expect(answer.statusCode).toBe(422);
  expect(answer.json().detail.length).toBeGreaterThan(10);
});
