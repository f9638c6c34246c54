import { afterEach, beforeEach, expect, test } from 'vitest';
import { type Harness, openHarness } from '../harness.test-suite.ts';

let harness: Harness;
beforeEach(async () => {
  harness = await openHarness();
});
afterEach(() => harness.app.close());

test('settings are listed and changed, and the change is on record', async () => {
  const listed = (await harness.as('viewer', { method: 'GET', url: '/api/settings' })).json();
  expect(listed).toMatchObject([{ key: 'auth.tokenMinutes', value: 60, origin: 'default', runtime: true }]);
  const change = (payload: object) => harness.as('admin', { method: 'PATCH', url: '/api/settings', payload });
  expect((await change({ key: 'auth.tokenMinutes', value: 30 })).json()).toMatchObject({
    value: 30,
    origin: 'runtime',
  });
  const refused = await change({ key: 'auth.secret', value: 'x' });
  expect([refused.statusCode, refused.json().code]).toEqual([422, 'SETTING_REFUSED']);
  const audit = (await harness.as('admin', { method: 'GET', url: '/api/audit?limit=5' })).json();
  expect(audit).toEqual([
    {
      sequence: 1,
      timestamp: '2026-11-20T10:00:00.000+00:00',
      action: 'config_changed',
      user: 'admin',
      success: true,
      source_ip: '127.0.0.1',
      details: { key: 'auth.tokenMinutes', from: 60, to: 30 },
    },
  ]);
  expect((await harness.as('admin', { method: 'GET', url: '/api/audit?before=2026-11-20T09:00:00Z' })).json()).toEqual(
    [],
  );
});
