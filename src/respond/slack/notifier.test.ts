import { expect, test } from 'vitest';
import { z } from 'zod';
import { describeChannel } from '../channel.test-suite.ts';
import { localTools, openReceiver, testMessage } from '../receiver.test-suite.ts';
import { slack } from './notifier.ts';

/* Never run live. Sources: https://docs.slack.dev/reference/block-kit/blocks (header-block, section-block, actions-block),
   https://docs.slack.dev/reference/block-kit/block-elements/button-element, https://docs.slack.dev/reference/methods/chat.postMessage */
const plain = (most: number) =>
  z.strictObject({ type: z.literal('plain_text'), text: z.string().min(1).max(most), emoji: z.literal(false) });
const block = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('header'), text: plain(150) }),
  z
    .strictObject({
      type: z.literal('section'),
      text: plain(3000).optional(),
      fields: z.array(plain(2000)).min(1).max(10).optional(),
    })
    .refine(({ text, fields }) => text !== undefined || fields !== undefined),
  z.strictObject({
    type: z.literal('actions'),
    elements: z
      .array(
        z.strictObject({
          type: z.literal('button'),
          text: plain(75),
          url: z.url().max(3000),
          action_id: z.string().min(1).max(255),
        }),
      )
      .min(1)
      .max(25),
  }),
]);
const schema = z
  .strictObject({
    text: z.string().min(1).max(4000),
    mrkdwn: z.boolean(),
    blocks: z.array(block).min(1).max(50),
    channel: z.string().optional(),
    unfurl_links: z.literal(false).optional(),
    unfurl_media: z.literal(false).optional(),
    thread_ts: z
      .string()
      .regex(/^\d+\.\d+$/)
      .optional(),
  })
  // All blocks together: github.com/slackapi/bolt-js issue 2509 saw refusals above about 13,000 characters.
  .refine(({ blocks }) => JSON.stringify(blocks).length < 12_000);

const secret = 'T0/B0/secretsecretsecret';
const { send, receiver } = describeChannel({
  notifier: slack,
  config: ({ url }) => ({
    webhookUrl: `${url}/services/${secret}`,
    botToken: null,
    channel: '',
    apiUrl: 'https://slack.com/api',
  }),
  schema,
  answer: { status: 200, body: 'ok' },
  secret,
});

test('nothing in the fallback text mentions or links', async () => {
  await send(testMessage({ title: '<!channel> <@U1> <https://x.example.com|y> &amp;' }));
  expect(JSON.parse(receiver().received[0]?.body ?? '').text).toBe(
    'HIGH: &lt;!channel&gt; &lt;@U1&gt; &lt;hxxps://x.example.com|y&gt; &amp;amp;',
  );
});

test('a bot posts updates into the thread of the first message', async () => {
  const server = await openReceiver();
  const config = { webhookUrl: null, botToken: 'xoxb-secret', channel: '#security', apiUrl: `${server.url}/api` };
  server.answer = { status: 200, body: '{"ok":true,"ts":"1763632800.000100"}' };
  const first = await slack.send(testMessage(), config, localTools());
  expect(first.reference).toBe('1763632800.000100');
  const second = await slack.send(testMessage({ kind: 'update' }), config, localTools({ previous: first.reference }));
  expect(second.reference).toBe('1763632800.000100');
  const [one, two] = server.received.map(({ body }) => schema.parse(JSON.parse(body)));
  expect(one).toMatchObject({ channel: '#security' });
  expect(one).not.toHaveProperty('thread_ts');
  expect(two).toMatchObject({ thread_ts: '1763632800.000100' });
  expect(server.received[0]).toMatchObject({
    path: '/api/chat.postMessage',
    headers: { authorization: 'Bearer xoxb-secret' },
  });
  server.answer = { status: 200, body: '{"ok":false,"error":"channel_not_found"}' };
  await expect(slack.send(testMessage(), config, localTools())).rejects.toMatchObject({
    message: 'Slack did not take the message: channel_not_found.',
    isWorthRepeating: true,
  });
  server.answer = { status: 200, body: '{"ok":false,"error":"invalid_blocks"}' };
  await expect(slack.send(testMessage(), config, localTools())).rejects.toMatchObject({ isWorthRepeating: false });
  await server.close();
});

test.each([
  [{}, 'give a webhook address'],
  [{ botToken: 'xoxb-1' }, 'needs a channel'],
])('a configuration of %j is refused', (given, sentence) => {
  expect(JSON.stringify(slack.config.safeParse(given).error?.issues)).toContain(sentence);
});
