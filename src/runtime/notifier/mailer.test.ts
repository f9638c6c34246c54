import { afterEach, beforeEach, expect, test } from 'vitest';
import { defaultConfig, type PhosorConfig } from '../../config/index.ts';
import type { Mailer } from '../../respond/contract.ts';
import { type MailReceiver, openMailReceiver, openReceiver } from '../../respond/receiver.test-suite.ts';
import { openSqliteState } from '../../store/state/sqlite/state.ts';
import { type Notifications, startNotifications } from './start.ts';

let server: MailReceiver;
let config: PhosorConfig;
let running: Notifications;
let mailer: Mailer;
const state = openSqliteState(':memory:');

beforeEach(async () => {
  server = await openMailReceiver();
  config = { ...defaultConfig() };
  running = startNotifications({ config: () => config, state, now: () => Date.now(), log: () => undefined });
  mailer = running.services.mailer;
});
afterEach(async () => {
  running.stop();
  await server.close();
});

const configured = (change: Partial<PhosorConfig['email']> = {}): void => {
  const { email } = config;
  config.email = {
    ...email,
    enabled: true,
    fromAddress: 'phosor@example.com',
    smtpHost: '127.0.0.1',
    smtpPort: server.port,
    smtpSecurity: 'none',
    ...change,
  };
};

test('nothing is configured: it says so and refuses', async () => {
  expect(mailer.isConfigured()).toBe(false);
  await expect(mailer.send({ to: ['a@example.com'], subject: 's', text: 't' })).rejects.toThrow('No way to send mail');
});

test('a report with what is enclosed', async () => {
  configured();
  expect(mailer.isConfigured()).toBe(true);
  const attachments = [
    { filename: '../weekly"report.pdf', contentType: 'application/pdf', content: new Uint8Array([37, 80, 68, 70]) },
  ];
  await mailer.send({
    to: ['a@example.com'],
    subject: 'Weekly\r\nBcc: evil@example.com',
    text: 'hello',
    html: '<p>hello</p>',
    attachments,
  });
  const { raw = '', to } = server.mails[0] ?? {};
  const head = (raw.split('\r\n\r\n')[0] ?? '').toLowerCase();
  expect(to).toEqual(['a@example.com']);
  expect(head).toContain('subject: [phosor] weekly bcc: evil@example.com');
  expect(head).not.toMatch(/^bcc:/m);
  expect(raw).toContain('JVBERg==');
  expect(raw).not.toContain('../weekly');
});

test.each(['a@example.com\r\nBcc: b@example.com', 'a@example.com, b@example.com', 'A <a@example.com>', ''])(
  '%j is no recipient',
  async (to) => {
    configured();
    await expect(mailer.send({ to: [to], subject: 's', text: 't' })).rejects.toThrow('is no e-mail address');
    expect(server.mails).toEqual([]);
  },
);

test('with a key it goes through SendGrid', async () => {
  const api = await openReceiver();
  api.answer = { status: 202, body: '' };
  configured({ sendgridApiKey: 'SG.secret', sendgridUrl: `${api.url}/v3/mail/send` });
  await mailer.send({ to: ['a@example.com'], subject: 's', text: 't' });
  expect(JSON.parse(api.received[0]?.body ?? '')).toMatchObject({
    subject: '[Phosor] s',
    from: { email: 'phosor@example.com' },
  });
  expect(server.mails).toEqual([]);
  await api.close();
});

test('without a server of the configuration the first mail channel serves, and its host is checked', async () => {
  config.notifications = { ...config.notifications, allowedHosts: ['127.0.0.1'] };
  running.services.notifications.create({
    type: 'smtp',
    name: 'mail',
    enabled: true,
    config: { host: '127.0.0.1', port: server.port, security: 'none', from: 'desk@example.com', to: ['x@example.com'] },
    filter: { severities: [], entities: [], rules: [], tags: [] },
    updates: true,
    closing: true,
    digest: true,
  });
  await mailer.send({ to: ['a@example.com'], subject: 's', text: 't' });
  expect(server.mails).toMatchObject([{ from: 'desk@example.com', to: ['a@example.com'] }]);
  config.notifications = { ...config.notifications, allowedHosts: [] };
  await expect(mailer.send({ to: ['a@example.com'], subject: 's', text: 't' })).rejects.toThrow('internal address');
});
