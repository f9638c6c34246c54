import { expect, test } from 'vitest';
import { z } from 'zod';
import { describeChannel } from '../channel.test-suite.ts';
import { testMessage } from '../receiver.test-suite.ts';
import { telegram } from './notifier.ts';

/* Never run live. Sources: https://core.telegram.org/bots/api#sendmessage (4,096 characters after entities are read),
   #html-style (tags and the characters to escape), #replyparameters, #responseparameters (retry_after). */
const schema = z.strictObject({
  chat_id: z.string(),
  text: z
    .string()
    // Only our own tags are left, and all of them are closed.
    .refine((text) => text.replace(/<b>[^<>]*<\/b>|<a href="[^"<>]*">[^<>]*<\/a>/g, '').match(/[<>]/) === null)
    .refine((text) => {
      const shown = text.replace(/<[^>]+>/g, '').replace(/&#\d+;/g, '&');
      return shown.length >= 1 && shown.length <= 4096;
    }),
  parse_mode: z.literal('HTML'),
  link_preview_options: z.strictObject({ is_disabled: z.literal(true) }),
  disable_notification: z.literal(true).optional(),
  reply_parameters: z.strictObject({ message_id: z.int(), allow_sending_without_reply: z.literal(true) }).optional(),
});

const secret = '123456789:secretsecretsecretsecret';
const { send, receiver } = describeChannel({
  notifier: telegram,
  config: ({ url }) => ({ botToken: secret, chatId: '-100123', apiUrl: url }),
  schema,
  answer: { status: 200, body: '{"ok":true,"result":{"message_id":42}}' },
  secret,
});

test('an update answers to the first message', async () => {
  const { reference } = await send(testMessage());
  expect(reference).toBe('42');
  await send(testMessage({ kind: 'update' }), { previous: reference });
  expect(JSON.parse(receiver().received[1]?.body ?? '').reply_parameters).toEqual({
    message_id: 42,
    allow_sending_without_reply: true,
  });
  expect(receiver().received[0]?.path).toBe(`/bot${secret}/sendMessage`);
});

test('it waits as long as Telegram asks', async () => {
  receiver().answer = { status: 429, body: '{"ok":false,"error_code":429,"parameters":{"retry_after":33}}' };
  await expect(send(testMessage())).rejects.toMatchObject({ retryAfterSeconds: 33 });
});
