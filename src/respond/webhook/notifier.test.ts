import { createHmac } from 'node:crypto';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { describeChannel } from '../channel.test-suite.ts';
import { hostileMessage, messageTime, testMessage } from '../receiver.test-suite.ts';
import { webhook } from './notifier.ts';
import { renderTemplate } from './template.ts';

/* Our own form: docs/notifications.md. */
const schema = z.strictObject({
  id: z.string(),
  kind: z.string(),
  incident_id: z.string(),
  title: z.string().regex(/^[^\r\n]*$/),
  severity: z.string(),
  risk: z.number().nullable(),
  summary: z.string(),
  facts: z.record(z.string(), z.string()),
  lines: z.array(z.string()),
  more_lines: z.number(),
  url: z.url().nullable(),
  time: z.iso.datetime(),
});

const secret = 'hooksecretsecretsecret';
const { send, receiver } = describeChannel({
  notifier: webhook,
  config: ({ url }) =>
    webhook.config.parse({
      url: `${url}/in/${secret}`,
      signingSecret: 'sign',
      headerName: 'X-Api-Key',
      headerValue: 'abc',
    }),
  schema,
  answer: { status: 204, body: '' },
  secret,
});

test('a request is signed and can be recognised as a repeat', async () => {
  await send(testMessage());
  const request = receiver().received[0];
  if (request === undefined) throw new Error('nothing came');
  const { headers, body } = request;
  const time = messageTime / 1000;
  const expected = createHmac('sha256', 'sign').update(`${time}.${body}`).digest('hex');
  expect(headers['x-phosor-signature']).toBe(`t=${time},v1=${expected}`);
  expect(headers['x-phosor-delivery']).toBe(testMessage().id);
  expect(headers['x-phosor-event']).toBe('opened');
  expect(headers['x-api-key']).toBe('abc');
});

test.each([
  ['application/json', '{"text": "{{title}}: {{summary}}", "facts": {{json facts}}, "lines": "{{lines}}"}'],
  ['application/json', '{{json lines}}'],
] as const)('hostile text cannot leave its place in %s: %s', (type, template) => {
  const value = JSON.parse(renderTemplate(template, type, hostileMessage())) as object;
  expect(Object.keys(value).length).toBeGreaterThan(0);
});

test('a form and a text are escaped in their own way', () => {
  const message = testMessage({ title: 'a=b&c d\r\ne' });
  expect(renderTemplate('t={{title}}', 'application/x-www-form-urlencoded', message)).toBe('t=a%3Db%26c%20d%20e');
  expect(renderTemplate('{{title}} {{facts}}', 'text/plain', message)).toBe(
    'a=b&c d e Addresses: 203.0.113.66\nHosts: web1',
  );
});

test('a value that looks like a placeholder is not read again', () => {
  expect(renderTemplate('{{title}}', 'text/plain', testMessage({ title: '{{url}}' }))).toBe('{{url}}');
});
