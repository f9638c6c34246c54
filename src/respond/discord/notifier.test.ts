import { expect, test } from 'vitest';
import { z } from 'zod';
import { describeChannel } from '../channel.test-suite.ts';
import { localTools, openReceiver, testMessage } from '../receiver.test-suite.ts';
import { discord, discordBody } from './notifier.ts';

/* Never run live. Sources: https://discord.com/developers/docs/resources/webhook#execute-webhook and
   https://discord.com/developers/docs/resources/message#embed-object-embed-limits */
const schema = z
  .strictObject({
    embeds: z
      .array(
        z.strictObject({
          title: z.string().min(1).max(256),
          description: z.string().min(1).max(4096),
          color: z.int().min(0).max(0xffffff),
          timestamp: z.iso.datetime(),
          url: z.url().optional(),
          fields: z
            .array(
              z.strictObject({
                name: z.string().min(1).max(256),
                value: z.string().min(1).max(1024),
                inline: z.boolean(),
              }),
            )
            .max(25),
          footer: z.strictObject({ text: z.string().max(2048) }),
        }),
      )
      .min(1)
      .max(10),
    allowed_mentions: z.strictObject({ parse: z.array(z.string()).length(0) }),
    thread_name: z.string().min(1).max(100).optional(),
  })
  .refine(
    ({ embeds }) =>
      embeds
        .flatMap(({ title, description, footer, fields }) => [
          title,
          description,
          footer.text,
          ...fields.flatMap(({ name, value }) => [name, value]),
        ])
        .join('').length <= 6000,
  );

const secret = '123/secretsecretsecret';
const { send, receiver } = describeChannel({
  notifier: discord,
  config: ({ url }) => ({ webhookUrl: `${url}/api/webhooks/${secret}`, forum: false }),
  schema,
  answer: { status: 200, body: '{"id":"1001","channel_id":"2002"}' },
  secret,
});

test('markdown, mentions and links of log lines are text', () => {
  const body = JSON.stringify(
    discordBody(testMessage({ summary: '[click](https://evil.example.com) @everyone **b** `c`' })),
  );
  expect(body).toContain(
    '\\\\[click\\\\]\\\\(hxxps://evil.example.com\\\\) \\\\@everyone \\\\*\\\\*b\\\\*\\\\* \\\\`c\\\\`',
  );
});

test('it waits for the answer, so that an error is seen', async () => {
  await send(testMessage());
  expect(receiver().received[0]?.path).toBe(`/api/webhooks/${secret}?wait=true`);
});

test('in a forum each incident is a thread', async () => {
  const server = await openReceiver();
  server.answer = { status: 200, body: '{"id":"1001","channel_id":"2002"}' };
  const config = { webhookUrl: `${server.url}/api/webhooks/1/x`, forum: true };
  const { reference } = await discord.send(testMessage(), config, localTools());
  expect(reference).toBe('2002');
  await discord.send(testMessage({ kind: 'update' }), config, localTools({ previous: reference }));
  const [first, second] = server.received;
  expect(schema.parse(JSON.parse(first?.body ?? '')).thread_name).toContain('Brute force');
  expect(second?.path).toBe('/api/webhooks/1/x?wait=true&thread_id=2002');
  expect(JSON.parse(second?.body ?? '')).not.toHaveProperty('thread_name');
  await server.close();
});
