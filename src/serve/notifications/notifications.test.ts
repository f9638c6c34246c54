import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Harness, openHarness } from '../harness.test-suite.ts';

let harness: Harness;
beforeAll(async () => {
  harness = await openHarness();
});
afterAll(() => harness.app.close());

const secretUrl = 'https://hooks.example.com/services/T0/B0/very-secret-token';
const base = '/api/notifications/channels';
const add = (payload: object) => harness.as('admin', { method: 'POST', url: base, payload });

describe('channels', () => {
  test('secrets are written and never given out, logged or audited', async () => {
    const made = await add({
      type: 'webhook',
      name: 'hook',
      config: {
        url: secretUrl,
        signingSecret: 'sign-me-secretly',
        headerName: 'Authorization',
        headerValue: 'Bearer abcdef123',
      },
    });
    expect(made.statusCode).toBe(201);
    const { id } = made.json();
    const changed = await harness.as('admin', {
      method: 'PATCH',
      url: `${base}/${id}`,
      payload: { name: 'renamed', enabled: false },
    });
    expect(changed.json()).toMatchObject({
      name: 'renamed',
      enabled: false,
      secrets_set: ['url', 'signingSecret', 'headerValue'],
    });
    const texts = [
      made.body,
      changed.body,
      (await harness.as('admin', { method: 'GET', url: base })).body,
      (await harness.as('admin', { method: 'GET', url: '/api/notifications/history' })).body,
      (await harness.as('admin', { method: 'GET', url: '/api/settings' })).body,
      (await harness.as('admin', { method: 'GET', url: '/api/audit' })).body,
      JSON.stringify(harness.fakes.state.notifications.channels.list()),
      harness.fakes.logged.join('\n'),
    ].join('\n');
    for (const secret of ['very-secret-token', 'sign-me-secretly', 'abcdef123']) expect(texts).not.toContain(secret);
    expect(made.json().target).toBe('hooks.example.com');
    // Without saying a secret again the others may change, and empty text removes one.
    const kept = await harness.as('admin', {
      method: 'PATCH',
      url: `${base}/${id}`,
      payload: { config: { contentType: 'text/plain', url: null, signingSecret: '', headerValue: '' } },
    });
    expect(kept.json()).toMatchObject({ secrets_set: ['url'], config: { contentType: 'text/plain' } });
    expect(harness.fakes.state.secrets.names()).toEqual([`notify.${id}.url`]);
    const gone = await harness.as('admin', { method: 'DELETE', url: `${base}/${id}` });
    expect(gone.json()).toEqual({ status: 'removed' });
    expect(harness.fakes.state.secrets.names()).toEqual([]);
    expect(harness.audited().slice(0, 4)).toEqual([
      'channel_removed',
      'channel_modified',
      'channel_modified',
      'channel_added',
    ]);
  });

  test.each([
    [
      { type: 'ntfy', config: { server: 'https://ntfy.example.com', topic: 'stored-topic', token: 'tk_stored' } },
      { server: 'https://elsewhere.example.net' },
    ],
    [
      { type: 'webhook', config: { url: secretUrl, headerName: 'Authorization', headerValue: 'Bearer stored' } },
      { url: 'https://elsewhere.example.net/', headerName: 'Authorization' },
    ],
  ])('stored secrets are not sent to another server: %j', async (input, config) => {
    const { id } = (await add({ name: 'x', ...input })).json();
    const change = (payload: object) => harness.as('admin', { method: 'PATCH', url: `${base}/${id}`, payload });
    const answer = await change({ config });
    expect(answer.statusCode).toBe(422);
    expect(answer.json().detail).toContain('where the stored secrets would be sent');
    const again = { ...config, topic: 'new-topic', token: 'tk_new', headerValue: 'Bearer new' };
    const names = Object.keys({ ...input.config, ...config });
    const fitting = Object.fromEntries(Object.entries(again).filter(([name]) => names.includes(name)));
    expect((await change({ config: fitting })).statusCode).toBe(200);
  });

  test.each([
    [{ type: 'pigeon', name: 'x', config: {} }, 'There is no channel type "pigeon"'],
    [{ type: 'webhook', name: 'x', config: {} }, 'Address:'],
    [{ type: 'webhook', name: 'x', config: { url: 'file:///etc/passwd' } }, 'Address:'],
    [
      { type: 'webhook', name: 'x', config: { url: secretUrl, template: '{{nothing}}' } },
      'Template: The template names {{nothing}}',
    ],
    [
      { type: 'webhook', name: 'x', config: { url: secretUrl, template: '{"a": {{title}}}' } },
      'Template: The template gives no JSON',
    ],
    [{ type: 'webhook', name: 'x', config: { url: secretUrl, headerName: 'A: b\r\nC' } }, 'Further header:'],
    [{ type: 'webhook', name: 'x', config: { url: secretUrl, unknown: true } }, 'Unrecognized key'],
    [
      {
        type: 'smtp',
        name: 'x',
        config: { host: 'smtp.example.com', from: 'a@example.com', to: ['b@example.com\r\nBcc: c@example.com'] },
      },
      'Recipients:',
    ],
  ])('%j is refused with a sentence', async (payload, sentence) => {
    const answer = await add(payload);
    expect(answer.statusCode).toBe(422);
    expect(answer.json()).toMatchObject({ code: 'CHANNEL_REFUSED', detail: expect.stringContaining(sentence) });
    expect(answer.body).not.toContain('very-secret-token');
  });

  test.each([
    'http://127.0.0.1:1/',
    'http://[::1]:1/',
    'http://[::ffff:127.0.0.1]:1/',
    'http://169.254.169.254/latest/meta-data/',
    'http://10.0.0.1/',
    'http://0x7f000001/',
    'http://2130706433/',
    'http://localhost:1/',
  ])('a test to the internal %s is refused and nothing is sent', async (url) => {
    const { id } = (await add({ type: 'webhook', name: 'inside', config: { url } })).json();
    const answer = await harness.as('admin', { method: 'POST', url: `${base}/${id}/test` });
    expect(answer.json()).toMatchObject({ success: false, detail: expect.stringContaining('internal address') });
    await harness.as('admin', { method: 'DELETE', url: `${base}/${id}` });
  });

  test.each(['PATCH', 'DELETE'] as const)('%s of one that is not there', async (method) => {
    const answer = await harness.as('admin', {
      method,
      url: `${base}/none`,
      ...(method === 'PATCH' && { payload: {} }),
    });
    expect(answer.statusCode).toBe(404);
  });
});

test('types carry the form of their configuration, with secrets marked', async () => {
  const types = (await harness.as('admin', { method: 'GET', url: '/api/notifications/types' })).json();
  const webhook = types.find(({ name }: { name: string }) => name === 'webhook');
  expect(webhook.schema.properties.url).toMatchObject({ title: 'Address', secret: true });
  for (const { name, title, schema } of types) {
    expect(title, name).not.toBe('');
    expect(schema.additionalProperties, name).toBe(false);
    for (const [key, property] of Object.entries(schema.properties))
      expect(property, `${name}.${key}`).toHaveProperty('title');
  }
});

test('a preview needs no secret and sends nothing', async () => {
  const answer = await harness.as('admin', {
    method: 'POST',
    url: '/api/notifications/preview',
    payload: { type: 'webhook', config: { template: '{"text": "{{title}}"}' }, kind: 'opened' },
  });
  expect(JSON.parse(answer.json().payload).text).toContain('203.0.113.66');
});

describe('the documented interfaces', () => {
  test('the health check needs no credential and tells recipients only with one', async () => {
    const open = (await harness.anonymous({ method: 'GET', url: '/health/notifications' })).json();
    expect(open).toMatchObject({
      email_service: { enabled: false, recipients_count: 0 },
      notification_service: { severity_threshold: expect.any(String), rate_limit_minutes: expect.any(Number) },
      alert_monitor_worker: { running: true },
      recent_notifications_24h: 0,
      recent_alerts_24h: 0,
    });
    expect(open.email_service).not.toHaveProperty('recipients');
  });

  test('the test mail says so where there is no mail channel', async () => {
    const answer = await harness.as('admin', { method: 'POST', url: '/test/email' });
    expect(answer.json()).toEqual({ error: expect.stringContaining('EMAIL_ENABLED') });
  });
});
