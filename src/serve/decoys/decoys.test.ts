import { afterEach, beforeEach, expect, test } from 'vitest';
import type { DecoyCredential, DecoySession } from '../../store/contract.ts';
import { type Harness, openHarness } from '../harness.test-suite.ts';

let harness: Harness;
beforeEach(async () => {
  harness = await openHarness();
});
afterEach(() => harness.app.close());

type Role = 'viewer' | 'analyst' | 'admin';
const get = (url: string, role: Role = 'viewer') => harness.as(role, { method: 'GET', url });
const put = (payload: object, role: Role = 'admin', name = 'ssh') =>
  harness.as(role, { method: 'PUT', url: `/api/decoys/${name}`, payload });

const id = (n: number): string => n.toString(16).padStart(16, '0');
const session = (n: number, more: Partial<DecoySession> = {}): DecoySession => ({
  id: id(n),
  decoy: 'ssh',
  src_ip: '203.0.113.9',
  src_port: 40_000 + n,
  dst_port: 2222,
  started_at: 1_700_000_000_000 + n,
  ended_at: 1_700_000_005_000 + n,
  reason: 'closed',
  user: null,
  logins: 0,
  commands: 0,
  uploads: 0,
  downloads: 0,
  forwards: 0,
  requests: 0,
  recordings: [],
  facts: {},
  received_bytes: 0,
  sent_bytes: 0,
  ...more,
});
const credential = (password: string, more: Partial<DecoyCredential> = {}): DecoyCredential => ({
  time: 1_700_000_000_000,
  decoy: 'ssh',
  session: id(1),
  src_ip: '203.0.113.9',
  user: 'root',
  password,
  method: 'password',
  accepted: false,
  ...more,
});

test('administrators switch decoys and change their options; both are on record', async () => {
  expect((await put({ enabled: true }, 'analyst')).statusCode).toBe(403);
  expect((await put({ enabled: true })).json()).toMatchObject({ name: 'ssh', state: 'on' });
  expect((await get('/api/honeypots/status')).json()).toEqual([
    { name: 'SSH', port: 2222, status: 'active', last_seen: null, packet_count: 0 },
  ]);
  expect((await put({ options: { tries: 5 } })).json()).toMatchObject({ options: { tries: 5 } });
  const refused = await put({ options: { tries: 0, other: 1 } });
  expect(refused.statusCode).toBe(422);
  expect(refused.json().detail).toContain('options.tries');
  expect((await put({ enabled: false })).json()).toMatchObject({ state: 'off' });
  expect((await put({ enabled: true }, 'admin', 'nosuch')).statusCode).toBe(404);
  expect(harness.audited().reverse()).toEqual(['decoy_switched_on', 'decoy_changed', 'decoy_switched_off']);
});

test('a port is chosen where the configuration names none; viewers see the persona and no accounts', async () => {
  expect((await put({ port: 2022, options: { tries: 5 } })).json()).toMatchObject({ port: 2022 });
  expect((await put({ port: null })).json()).toMatchObject({ port: 2222 });
  expect((await put({ port: 0 })).statusCode).toBe(422);
  harness.fakes.decoys.portOrigin = 'configuration';
  expect((await put({ port: 2022 })).json().detail).toContain('PHOSOR_DECOY_SSH_PORT');
  expect((await get('/api/decoys')).json()).toMatchObject({
    persona: { hostname: 'web1-fenholm' },
    host: '127.0.0.1',
    decoys: [{ options: null }],
  });
  expect((await get('/api/decoys', 'analyst')).json().decoys[0].options).toEqual({ tries: 5 });
  expect(harness.audited()).toEqual(['decoy_changed', 'decoy_changed', 'decoy_changed']);
});

test('visits are paged newest first, and found by what they came to', async () => {
  const { decoys } = harness.fakes.state;
  for (let n = 1; n <= 5; n += 1) decoys.putSession(session(n, n === 2 ? { user: 'root', recordings: [1] } : {}));
  decoys.putSession(session(9, { decoy: 'ftp', src_ip: '198.51.100.7' }));
  const ids = async (query: string): Promise<string[]> =>
    (await get(`/api/decoys/sessions?${query}`)).json().sessions.map((each: { id: string }) => each.id);
  const first = (await get('/api/decoys/sessions?limit=4')).json();
  expect(first.sessions.map((each: { id: string }) => each.id)).toEqual([9, 5, 4, 3].map(id));
  expect(await ids(`limit=4&cursor=${first.next}`)).toEqual([2, 1].map(id));
  expect(await ids('logged_in=true')).toEqual([id(2)]);
  expect(await ids('recorded=true')).toEqual([id(2)]);
  expect(await ids('decoy=ftp')).toEqual([id(9)]);
  expect(await ids('src_ip=198.51.100.7')).toEqual([id(9)]);
  expect((await get('/api/decoys/sessions?cursor=x')).statusCode).toBe(422);
  expect((await get(`/api/decoys/sessions/${id(77)}`)).statusCode).toBe(404);
});

test('viewers see passwords masked, and recordings without what was typed unseen', async () => {
  const { decoys } = harness.fakes.state;
  decoys.putSession(session(1));
  decoys.addCredentials([credential('hunter22'), credential('hunter22'), credential('abc', { accepted: true })]);
  harness.fakes.decoys.recordings.set(
    `${id(1)}-1`,
    Buffer.from('{"version":2}\n[1,"o","Password: "]\n[2,"i","hunter22"]\n[3,"m","sudo"]\n'),
  );
  const passwords = async (role: Role): Promise<unknown> =>
    (await get('/api/decoys/credentials', role)).json().credentials.map((each: { password: string }) => each.password);
  expect(await passwords('viewer')).toEqual(['h******2', '***']);
  expect(await passwords('analyst')).toEqual(['hunter22', 'abc']);
  for (const url of [`/api/decoys/sessions/${id(1)}`, `/api/decoys/sessions/${id(1)}/recordings/1`]) {
    expect((await get(url)).body).not.toContain('hunter22');
    expect((await get(url, 'analyst')).body).toContain('hunter22');
  }
  expect((await get(`/api/decoys/sessions/${id(1)}/recordings/1`)).body).toContain('"m","sudo"');
});

test('a file is given to administrators as bytes to save, and that is on record', async () => {
  const sha256 = 'ab'.repeat(32);
  harness.fakes.decoys.files.set(sha256, Buffer.from('<script>alert(1)</script>'));
  expect((await get(`/api/decoys/files/${sha256}`, 'analyst')).statusCode).toBe(403);
  const answer = await get(`/api/decoys/files/${sha256}`, 'admin');
  expect(answer.headers['content-type']).toBe('application/octet-stream');
  expect(answer.headers['content-disposition']).toBe(`attachment; filename="${sha256}.bin"`);
  expect(answer.headers['x-content-type-options']).toBe('nosniff');
  expect(harness.audited()).toEqual(['decoy_file_fetched']);
  expect((await get(`/api/decoys/files/${'cd'.repeat(32)}`, 'admin')).statusCode).toBe(404);
  expect((await get('/api/decoys/files/..%2f..%2fstate.sqlite', 'admin')).statusCode).toBe(422);
});
