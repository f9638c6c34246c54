import { expect, test } from 'vitest';
import { z } from 'zod';
import { describeChannel } from '../channel.test-suite.ts';
import { testMessage } from '../receiver.test-suite.ts';
import { sendgrid } from './notifier.ts';

/* Never run live. Source: https://www.twilio.com/docs/sendgrid/api-reference/mail-send/mail-send
   (github.com/sendgrid/sendgrid-oai, spec/paths/mail_send): 1,000 personalizations, subject of at least 1 character, headers of
   10,000 bytes that are not among the reserved ones, text/plain before text/html. */
const reserved = [
  'x-sg-id',
  'x-sg-eid',
  'received',
  'dkim-signature',
  'content-type',
  'content-transfer-encoding',
  'to',
  'from',
  'subject',
  'reply-to',
  'cc',
  'bcc',
];
const schema = z.strictObject({
  personalizations: z
    .array(z.strictObject({ to: z.array(z.strictObject({ email: z.email() })).min(1) }))
    .min(1)
    .max(1000),
  from: z.strictObject({ email: z.email(), name: z.string().optional() }),
  subject: z
    .string()
    .min(1)
    .max(998)
    .regex(/^[^\r\n]+$/),
  content: z.tuple([
    z.strictObject({ type: z.literal('text/plain'), value: z.string().min(1) }),
    z.strictObject({ type: z.literal('text/html'), value: z.string().min(1) }),
  ]),
  headers: z
    .record(z.string(), z.string().regex(/^[^\r\n]*$/))
    .refine((headers) => Object.keys(headers).every((name) => !reserved.includes(name.toLowerCase()))),
  tracking_settings: z.strictObject({
    click_tracking: z.strictObject({ enable: z.literal(false), enable_text: z.literal(false) }),
    open_tracking: z.strictObject({ enable: z.literal(false) }),
  }),
});

const secret = 'SG.secretsecretsecret';
const { send, receiver } = describeChannel({
  notifier: sendgrid,
  config: ({ url }) => ({
    apiKey: secret,
    url: `${url}/v3/mail/send`,
    from: 'phosor@example.com',
    fromName: 'Phosor',
    to: ['a@example.com', 'b@example.com'],
    subjectPrefix: '[Phosor]',
  }),
  schema,
  answer: { status: 202, body: '' },
  secret,
});

test('updates answer to the first mail, and each recipient sees only the own address', async () => {
  const { reference } = await send(testMessage());
  await send(testMessage({ kind: 'update', id: 'other' }), { previous: reference });
  const [first, second] = receiver().received.map(({ body }) => JSON.parse(body));
  expect(first.headers['Message-ID']).toBe(reference);
  expect(second.headers).toMatchObject({ 'In-Reply-To': reference, References: reference });
  expect(first.personalizations).toEqual([{ to: [{ email: 'a@example.com' }] }, { to: [{ email: 'b@example.com' }] }]);
  expect(receiver().received[0]?.headers.authorization).toBe(`Bearer ${secret}`);
});
