import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import {
  type MailReceiver,
  openMailReceiver,
  openReceiver,
  type Receiver,
} from '../../src/respond/receiver.test-suite.ts';
import { type Program, removeFolder, startProgram, waitFor } from '../program.ts';
import { datagram, getJson, type Json, post } from './client.ts';

/* What the analyzer's documentation promises about telling people. */

let program: Program;
let server: MailReceiver;
let sendgrid: Receiver;

/** A certificate of localhost that is its own authority. */
const samples = join(import.meta.dirname, '../../src/respond/smtp/samples');
const certificate = join(samples, 'localhost.cert.pem');

const mailEnvironment = (more: Record<string, string> = {}) => ({
  EMAIL_ENABLED: 'true',
  EMAIL_FROM_ADDRESS: 'phosor@example.com',
  EMAIL_FROM_NAME: 'Security desk',
  EMAIL_RECIPIENTS: 'soc@example.com,lead@example.com',
  SMTP_HOST: 'localhost',
  SMTP_PORT: String(server.port),
  SMTP_SECURITY: 'starttls',
  SMTP_USER: 'desk',
  SMTP_PASSWORD: 'mail password',
  NODE_EXTRA_CA_CERTS: certificate,
  PHOSOR_PUBLIC_URL: 'https://desk.example.com/',
  NOTIFICATION_SEVERITY_THRESHOLD: 'HIGH',
  NOTIFICATION_ML_RISK_THRESHOLD: '70',
  NOTIFICATION_RATE_LIMIT_MINUTES: '15',
  ...more,
});

beforeAll(async () => {
  server = await openMailReceiver({
    cert: readFileSync(certificate, 'utf8'),
    key: readFileSync(join(samples, 'localhost.key.pem'), 'utf8'),
    authOptional: false,
    onAuth: ({ username, password }, _, done) =>
      password === 'mail password'
        ? done(null, { user: username ?? '' })
        : done(Object.assign(new Error('wrong'), { responseCode: 535 })),
  });
  sendgrid = await openReceiver();
  sendgrid.answer = { status: 202, body: '' };
  program = await startProgram({ env: mailEnvironment() });
}, 120_000);

afterAll(async () => {
  await program?.stop();
  if (program) removeFolder(program.dataDir);
  await server?.close();
  await sendgrid?.close();
});

/** So many failed logins of one address, each with another user name. */
async function attack(to: Program, address: string, names: number, host = 'web1'): Promise<void> {
  const now = new Date();
  const month = now.toLocaleString('en-US', { month: 'short', timeZone: 'UTC' });
  const stamp = `${month} ${String(now.getUTCDate()).padStart(2, ' ')} ${now.toISOString().slice(11, 19)}`;
  for (let i = 0; i < names; i += 1)
    await datagram(
      to,
      `<38>${stamp} ${host} sshd[${1000 + i}]: Failed password for invalid user ${host}user${i} from ${address} port ${40_000 + i} ssh2`,
    );
}

const delivered = async (of: Program): Promise<Json[]> =>
  (await getJson(of, '/api/notifications/history?limit=100')).deliveries;

test('F-005 the health check of notifications', async () => {
  const answer = await fetch(`${program.address}/health/notifications`);
  expect(answer.status).toBe(200);
  const health = (await answer.json()) as Json;
  expect(health).toMatchObject({
    email_service: { enabled: true, recipients_count: 2 },
    notification_service: { enabled: true, severity_threshold: 'HIGH', ml_risk_threshold: 70, rate_limit_minutes: 15 },
    alert_monitor_worker: { running: true, last_check: expect.any(String) },
    recent_notifications_24h: expect.any(Number),
    recent_alerts_24h: expect.any(Number),
  });
  expect(health.email_service.recipients).toBeUndefined();
  expect((await getJson(program, '/health/notifications')).email_service.recipients).toEqual([
    'soc@example.com',
    'lead@example.com',
  ]);
});

test('F-006 the test mail', async () => {
  const refused = await fetch(`${program.address}/test/email`, { method: 'POST' });
  expect(refused.status).toBe(401);
  expect(await post(program, '/test/email')).toEqual({
    success: true,
    message: expect.stringContaining('2 recipients'),
    recipients: ['soc@example.com', 'lead@example.com'],
  });
  await server.until(1);
  expect(server.mails[0]).toMatchObject({ from: 'phosor@example.com', to: ['soc@example.com', 'lead@example.com'] });
  expect(server.mails[0]?.raw).toContain('Test:');
  expect(server.mails[0]).toMatchObject({ secure: true, user: 'desk' });
});

test('who forgot a password gets a link by mail, chooses another with it, and the link works once', async () => {
  const call = (path: string, body: object) =>
    fetch(program.address + path, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
  const { id } = await post(program, '/api/users', { username: 'carol', password: 'forgotten-1', role: 'viewer' });
  const before = server.mails.length;
  const answer = await post(program, `/api/users/${id}/reset-link`, { email: 'carol@example.com' });
  expect(answer).toMatchObject({ path: null, sent_to: 'carol@example.com' });
  await server.until(before + 1);
  const mail = server.mails[before];
  expect(mail).toMatchObject({ from: 'phosor@example.com', to: ['carol@example.com'], secure: true });
  // Quoted-printable: lines are folded with "=", which itself is written "=3D".
  const text = (mail?.raw ?? '').replaceAll('=\r\n', '').replaceAll('=3D', '=');
  const token = /^https:\/\/desk\.example\.com\/reset#token=(\S+)$/m.exec(text)?.[1] ?? '';
  expect((await call('/api/auth/reset/look', { token })).status).toBe(200);
  expect((await call('/api/auth/reset', { token, password: 'remembered-2' })).status).toBe(200);
  expect((await call('/api/auth/reset', { token, password: 'remembered-3' })).status).toBe(410);
  expect((await call('/api/auth/token', { username: 'carol', password: 'forgotten-1' })).status).toBe(401);
  expect((await call('/api/auth/token', { username: 'carol', password: 'remembered-2' })).status).toBe(200);
  const trail = JSON.stringify(await getJson(program, '/api/audit?limit=50'));
  expect(trail).toContain('carol@example.com');
  expect(trail).not.toContain(token);
  expect(program.output()).not.toContain(token);
});

test('a scheduled report arrives as a mail with the report attached', async () => {
  const before = server.mails.length;
  const schedule = await post(program, '/api/reports/schedules', {
    name: 'Monday\u2028morning',
    frequency: 'weekly',
    hour: 7,
    timezone: 'UTC',
    recipients: ['board@example.com'],
    format: 'pdf',
  });
  expect(await post(program, `/api/reports/schedules/${schedule.id}/send`)).toMatchObject({ ok: true });
  await server.until(before + 1);
  const mail = server.mails[before];
  expect(mail).toMatchObject({ from: 'phosor@example.com', to: ['board@example.com'] });
  const raw = mail?.raw ?? '';
  expect(raw).toMatch(/^Subject: .*report/im);
  expect(raw).toContain('Content-Type: application/pdf');
  const attached = raw.slice(raw.indexOf('Content-Type: application/pdf'));
  const content = attached.slice(attached.search(/\r?\n\r?\n/)).split(/\r?\n--/, 1)[0] ?? '';
  const pdf = Buffer.from(content, 'base64');
  expect(pdf.subarray(0, 5).toString()).toBe('%PDF-');
  expect(pdf.subarray(-8).toString()).toContain('%%EOF');
  const [kept]: Json[] = (await getJson(program, '/api/reports/schedules')).schedules;
  expect(kept.last).toMatchObject({ ok: true });
}, 120_000);

test('F-120 and F-561 one mail for a new HIGH threat, none within the limit for its repeats', async () => {
  const before = server.mails.length;
  await attack(program, '203.0.113.120', 25);
  await waitFor('the mail', async () => (server.mails.length > before ? true : undefined), 60_000);
  const mail = server.mails[before];
  expect(mail?.raw).toContain('203.0.113.120');
  expect(mail?.raw).toMatch(/Subject: \[Phosor\] (?:HIGH|CRITICAL)/);
  for (let round = 0; round < 3; round += 1) await attack(program, '203.0.113.120', 10);
  // A second attack shows that the queue has gone on since: its mail is the only further one.
  await attack(program, '198.51.100.77', 25, 'db7');
  await waitFor('the second mail', async () => (server.mails.length > before + 1 ? true : undefined), 60_000);
  const kinds = (await delivered(program)).filter(({ kind }) => kind !== 'test');
  expect(kinds.map(({ kind, state }: Json) => `${kind} ${state}`)).toEqual(['opened delivered', 'opened delivered']);
  expect(server.mails).toHaveLength(before + 2);
  expect((await getJson(program, '/health/notifications')).recent_notifications_24h).toBeGreaterThanOrEqual(2);
}, 180_000);

test('disabled e-mail is told as the documentation says', async () => {
  const other = await startProgram({ env: { EMAIL_ENABLED: 'false' } });
  try {
    expect(await post(other, '/test/email')).toEqual({ error: expect.any(String) });
    expect((await getJson(other, '/health/notifications')).email_service.enabled).toBe(false);
  } finally {
    await other.stop();
    removeFolder(other.dataDir);
  }
}, 120_000);

test('a message survives a kill while its receiver is dead, through SendGrid', async () => {
  sendgrid.answer = { status: 503, body: 'down' };
  const env = mailEnvironment({ SENDGRID_API_KEY: 'SG.test-key', SENDGRID_URL: `${sendgrid.url}/v3/mail/send` });
  const first = await startProgram({ env });
  await attack(first, '203.0.113.200', 25);
  await waitFor('the first attempt', async () => (sendgrid.received.length > 0 ? true : undefined), 60_000);
  await waitFor('what failed', async () => (await delivered(first)).find(({ attempts }) => attempts > 0), 30_000);
  await first.kill();
  const attempts = sendgrid.received.length;
  sendgrid.answer = { status: 202, body: '' };
  const second = await startProgram({ env, dataDir: first.dataDir });
  try {
    await waitFor(
      'the delivery',
      async () => (await delivered(second)).find(({ state }) => state === 'delivered'),
      90_000,
    );
    expect(sendgrid.received.length).toBeGreaterThan(attempts);
    const ids = new Set(sendgrid.received.map(({ body }) => JSON.parse(body).headers['Message-ID']));
    expect(ids.size).toBe(1);
    expect(sendgrid.received[0]?.headers.authorization).toBe('Bearer SG.test-key');
    expect(second.output()).not.toContain('SG.test-key');
  } finally {
    await second.stop();
    removeFolder(first.dataDir);
  }
}, 240_000);
