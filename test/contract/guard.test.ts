import { createSocket } from 'node:dgram';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { decryptFernet, type FernetKey, generateFernetKey, readFernetKey } from '../../src/store/secrets/fernet.ts';
import { type Program, removeFolder, startProgram, waitFor } from '../program.ts';
import { getJson, type Json, post, send } from './client.ts';

/* PHOSOR's security features: limits, audit, encryption. */

let program: Program;
const encryptionKey = generateFernetKey();
beforeAll(async () => {
  program = await startProgram({
    env: { PHOSOR_ENCRYPTION_KEY: encryptionKey, PHOSOR_ENCRYPTION_EVENT_FIELDS: 'user,fields.account' },
  });
}, 90_000);
afterAll(async () => {
  await program?.stop();
  if (program) removeFolder(program.dataDir);
});

const rule = {
  name: 'Contract: guard',
  type: 'pattern',
  severity: 'warning',
  config: { field: 'raw', regex: 'guard-contract' },
};

test('P-072 a sender over its limit is shut out for 2, 4, 8, 16 s and loses ten points each time', {
  timeout: 120_000,
}, async () => {
  const socket = createSocket('udp4');
  const sender = async (): Promise<Json> =>
    ((await getJson(program, '/api/sources')) as Json[]).find(({ name }) => name === 'syslog_127.0.0.1');
  const began = performance.now();
  let sent = 0;
  // 2,000 a second, from one source, for as long as it takes.
  const timer = setInterval(() => {
    const due = Math.floor(((performance.now() - began) / 1000) * 2000);
    for (; sent < due; sent += 1)
      socket.send(`<38>Feb 03 12:00:00 host test: ${sent}`, program.syslogPort, '127.0.0.1');
  }, 5);
  try {
    await waitFor('the first block', async () => program.output().includes('Blocked for 2s'));
    const after = await waitFor('its figures', async () => {
      const source = await sender();
      return source?.standing?.violations >= 1 ? source : null;
    });
    // What came in before the first block is all that came in within the first second.
    expect(after.events_received).toBeLessThanOrEqual(500);
    expect(after.standing).toMatchObject({ reputation: 90, violations: 1, limit: 450 });
    expect(after.state).toBe('limited');
    expect(Date.parse(after.standing.blocked_until)).toBeGreaterThan(Date.now() - 2000);
    await waitFor('the fourth block', async () => program.output().includes('Blocked for 16s'), 60_000);
  } finally {
    clearInterval(timer);
    socket.close();
  }
  expect(
    [...program.output().matchAll(/\[SYSLOG\] 127\.0\.0\.1: Blocked for (\d+)s \(rate limit violations\)/g)].map(
      ([, s]) => s,
    ),
  ).toEqual(['2', '4', '8', '16']);
  expect(program.output()).toContain('[RATE_LIMIT] 127.0.0.1 exceeded limit: 500/500 (violations: 1, reputation: 90)');
  const last = await sender();
  expect(last.limited).toBeGreaterThan(1000);
  expect(last.standing.reputation).toBeGreaterThanOrEqual(60);
  const alert = await waitFor('the alert', async () => {
    const alerts = (await getJson(program, '/api/alerts?limit=100')) as Json[];
    return alerts.find(({ rule_name }) => rule_name === 'A source is over its limit');
  });
  expect(alert.message).toContain('syslog_127.0.0.1');
  // One click, and nothing is held back any more.
  expect((await send(program, 'PATCH', '/api/sources/syslog_127.0.0.1', { trusted: true })).status).toBe(200);
  const trusted = await waitFor('the sender to be trusted', async () => {
    const source = await sender();
    return source.state !== 'limited' ? source : null;
  });
  expect(trusted).toMatchObject({ trusted: true, standing: null });
});

test('P-022, P-029, P-087 what people do is in an audit file: JSON lines, 0600, whole', {
  timeout: 60_000,
}, async () => {
  const made = await post(program, '/api/rules', rule);
  await post(program, `/api/rules/${made.id}/toggle`);
  await post(program, `/api/rules/${made.id}/toggle`);
  await post(program, '/api/webhook/guard', { message: 'guard-contract' });
  const alert = await waitFor('the alert', async () => {
    const alerts = (await getJson(program, '/api/alerts?limit=100')) as Json[];
    return alerts.find(({ rule_id }) => rule_id === made.id);
  });
  expect(await post(program, `/api/alerts/${alert.id}/acknowledge`)).toMatchObject({ status: 'acknowledged' });
  expect(
    ((await getJson(program, '/api/alerts?limit=100')) as Json[]).find(({ id }) => id === alert.id).acknowledged,
  ).toBe(true);
  const removed = await send(program, 'DELETE', `/api/rules/${made.id}`);
  expect([removed.status, await removed.json()]).toEqual([200, { status: 'deleted' }]);

  const folder = join(program.dataDir, 'audit');
  const [name = ''] = readdirSync(folder);
  expect(statSync(join(folder, name)).mode & 0o777).toBe(0o600);
  const read = () => readFileSync(join(folder, name), 'utf8');
  const before = read();
  const records = before
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Json);
  for (const record of records) {
    for (const key of ['timestamp', 'action', 'user', 'success', 'source_ip', 'details'])
      expect(record).toHaveProperty(key);
  }
  const actions = records.map(({ action }) => action);
  for (const action of [
    'login_success',
    'rule_created',
    'rule_disabled',
    'rule_enabled',
    'alert_acknowledged',
    'rule_deleted',
  ])
    expect(actions).toContain(action);
  expect(records.find(({ action }) => action === 'rule_created')).toMatchObject({
    user: 'admin',
    success: true,
    source_ip: '127.0.0.1',
  });
  await post(program, '/api/rules', rule);
  expect(read().startsWith(before)).toBe(true);
  expect(await getJson(program, '/api/audit/verify')).toMatchObject({ ok: true, problem: null });
});

test('P-088 secrets are Fernet tokens of the given key on disk, and readable with it', async () => {
  await post(program, '/api/notifications/channels', {
    name: 'contract',
    type: 'webhook',
    config: { url: 'https://hooks.example.com/very-secret-path' },
    enabled: false,
  });
  const db = new DatabaseSync(join(program.dataDir, 'state.sqlite'), { readOnly: true, timeout: 5000 });
  const tokens = db
    .prepare('SELECT token FROM secrets')
    .all()
    .map(({ token }) => String(token));
  db.close();
  expect(tokens.length).toBeGreaterThan(0);
  const opened = tokens.map((token) => {
    expect(token).toMatch(/^gAAAAA/);
    return decryptFernet(readFernetKey(encryptionKey) as FernetKey, token);
  });
  expect(opened.join()).toContain('very-secret-path');
  for (const file of ['state.sqlite', 'state.sqlite-wal'])
    expect(readFileSync(join(program.dataDir, file)).includes('very-secret-path')).toBe(false);
});

test('P-088 chosen fields of events are sealed: rules see them, nothing else does, an analyst may open them', {
  timeout: 60_000,
}, async () => {
  const person = 'Zebulon.Quartermain';
  const [byUser, bySight] = await Promise.all([
    post(program, '/api/rules', {
      name: 'Contract: sealed, counted',
      type: 'threshold',
      severity: 'warning',
      config: { field: 'fields.kind', value: 'payment', count: 3, window_seconds: 600, group_by: ['user'] },
    }),
    post(program, '/api/rules', {
      name: 'Contract: sealed, seen',
      type: 'pattern',
      severity: 'warning',
      config: { field: 'user', regex: '^Zebulon' },
    }),
  ]);
  const ids: string[] = [];
  for (let i = 0; i < 3; i += 1) {
    const body = {
      message: `sealed-contract ${i}: ${person} paid from DE-4711-77`,
      user: person,
      account: 'DE-4711-77',
      kind: 'payment',
      host: 'pay1',
    };
    ids.push((await post(program, '/api/webhook/sealed', body)).event_id);
  }
  const alerts: Json[] = await waitFor('both alerts', async () => {
    const all = (await getJson(program, '/api/alerts?limit=100')) as Json[];
    const found = all.filter(({ rule_id }) => rule_id === byUser.id || rule_id === bySight.id);
    return found.length === 2 && found.every(({ count }) => count === 3) && found;
  });
  const shown = await Promise.all(alerts.map(({ id }) => getJson(program, `/api/alerts/${id}`)));
  expect(JSON.stringify(shown)).not.toContain(person);
  const [event] = await Promise.all([getJson(program, `/api/events/${ids[0]}`)]);
  expect(JSON.stringify({ ...event, fields: { ...event.fields, phosor_sealed: null } })).not.toMatch(/Zebulon|4711/);
  expect(event.user).toMatch(/^sealed-[0-9a-f]{16}$/);
  expect(shown.map(({ group }) => group.user).filter(Boolean)).toEqual([event.user]);

  const opened = await post(program, `/api/events/${ids[0]}/reveal`);
  expect(opened.values).toEqual({ [event.user]: person, [event.fields.account]: 'DE-4711-77' });
  expect(opened.event.raw).toContain(`${person} paid from DE-4711-77`);
  const { markers } = await post(program, '/api/events/sealed-markers', { value: person });
  expect(markers).toEqual([event.user]);
  const found = await getJson(program, `/api/events?user=${markers[0]}`);
  expect(found.events.map(({ id }: Json) => id).toSorted()).toEqual(ids.toSorted());
  const audited: Json[] = await getJson(program, '/api/audit?limit=20');
  expect(audited.find(({ action }) => action === 'sealed_values_shown')).toMatchObject({ details: { event: ids[0] } });

  // Nowhere on the disk, whatever was written so far.
  await program.stop();
  const files = readdirSync(program.dataDir, { recursive: true, withFileTypes: true }).filter((file) => file.isFile());
  expect(files.length).toBeGreaterThan(3);
  const holding = files.filter((file) => readFileSync(join(file.parentPath, file.name)).includes(person));
  expect(holding.map(({ name }) => name)).toEqual([]);
});
