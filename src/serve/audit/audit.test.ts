import { expect, test } from 'vitest';
import { openHarness } from '../harness.test-suite.ts';

test('records are found by person, action, result, time and text, page by page', async () => {
  const harness = await openHarness();
  for (let n = 0; n < 30; n += 1) {
    harness.fakes.state.audit.append({
      timestamp: harness.fakes.now() + n,
      action: n % 2 === 0 ? 'login_failed' : 'rule_created',
      user: n % 3 === 0 ? 'anna' : 'bob',
      success: n % 2 === 1,
      source_ip: '192.0.2.1',
      details: { n, text: n === 7 ? '=cmd|" /C calc"!A0' : '' },
    });
  }
  const get = async (query: string) => {
    const answer = await harness.as('admin', { method: 'GET', url: `/api/audit?${query}` });
    expect(answer.statusCode).toBe(200);
    const numbers = (answer.json() as { details: { n: number } }[]).map(({ details }) => details.n);
    return { numbers, next: answer.headers['x-next-cursor'] };
  };
  expect((await get('limit=3')).numbers).toEqual([29, 28, 27]);
  expect((await get('user=anna&action=login_failed&limit=2')).numbers).toEqual([24, 18]);
  expect((await get('success=true&text=calc')).numbers).toEqual([7]);
  const first = await get('action=rule_created,login_failed&limit=20');
  const second = await get(`action=rule_created,login_failed&limit=20&cursor=${first.next}`);
  expect([...first.numbers, ...second.numbers]).toEqual(Array.from({ length: 30 }, (_, n) => 29 - n));
  expect(second.next).toBeUndefined();

  const verdict = (await harness.as('admin', { method: 'GET', url: '/api/audit/verify' })).json();
  expect(verdict).toMatchObject({ ok: true, records: 30, last: { sequence: 30 }, problem: null, waiting: 0 });
  const file = await harness.as('admin', { method: 'GET', url: '/api/audit/export?user=anna' });
  expect(file.headers['content-disposition']).toBe('attachment; filename="phosor-audit-2026-11-20.ndjson"');
  expect(file.body.trimEnd().split('\n')).toHaveLength(10);
  for (const path of ['/api/audit', '/api/audit/verify', '/api/audit/export', '/api/audit/actions'])
    expect((await harness.as('analyst', { method: 'GET', url: path })).statusCode).toBe(403);
});

test('an answer waits until its record is synced', async () => {
  const harness = await openHarness();
  let release = (): void => {};
  let waited = 0;
  harness.fakes.state.audit.synced = () => {
    waited += 1;
    return new Promise((done) => {
      release = () => done();
    });
  };
  let answered = false;
  const answer = harness
    .as('admin', { method: 'POST', url: '/api/keys', payload: { name: 'x', scopes: ['read'] } })
    .then((given) => {
      answered = true;
      return given;
    });
  await expect.poll(() => waited).toBe(1);
  expect(harness.audited()).toContain('api_key_created');
  expect(answered).toBe(false);
  release();
  expect((await answer).statusCode).toBe(201);
});
