import { z } from 'zod';
import { DeliveryError, defineNotifier, type NotificationMessage } from '../contract.ts';
import { accepted, jsonOf, urlSecrets } from '../http/answers.ts';
import { postJson } from '../http/json.ts';
import { headline, trimmed } from '../text/message.ts';
import { escapeSlack } from '../text/text.ts';

const config = z
  .strictObject({
    webhookUrl: z
      .url({ protocol: /^https?$/ })
      .max(2000)
      .nullable()
      .default(null)
      .meta({
        title: 'Address of an incoming webhook',
        description: 'The simple way. Updates are messages of their own.',
        secret: true,
      }),
    botToken: z.string().trim().max(500).nullable().default(null).meta({
      title: 'Bot token',
      description:
        'Instead of a webhook: the token (xoxb-…) of an app with chat:write. Updates go into the thread of their incident.',
      secret: true,
    }),
    channel: z.string().trim().max(100).default('').meta({
      title: 'Channel',
      description: 'With a bot token: id or name of the channel, for example C0123456789 or #security.',
    }),
    apiUrl: z
      .url({ protocol: /^https?$/ })
      .max(2000)
      .default('https://slack.com/api')
      .meta({
        destination: true,
        title: 'Address of the API',
        description: 'Only with a bot token, and only where it is another one (GovSlack).',
      }),
  })
  .superRefine((given, context) => {
    if (given.webhookUrl === null && given.botToken === null)
      context.addIssue({
        code: 'custom',
        path: ['webhookUrl'],
        message: 'give a webhook address, or a bot token and a channel',
      });
    if (given.botToken !== null && given.channel === '')
      context.addIssue({ code: 'custom', path: ['channel'], message: 'a bot token needs a channel' });
  });

type Config = z.output<typeof config>;
type Block = Record<string, unknown>;

const text = (value: string): Block => ({ type: 'plain_text', text: value === '' ? '-' : value, emoji: false });

/**
 * All text is `plain_text`: no mrkdwn, no mentions, no links, no emoji codes. Limits: https://docs.slack.dev/reference/block-kit/blocks
 * (header 150, section 3,000, 10 fields of 2,000, 50 blocks). Slack also limits all blocks together (about 13,000 characters,
 * github.com/slackapi/bolt-js issue 2509); these stay below 8,000.
 */
function slackBody(message: NotificationMessage): { text: string; mrkdwn: boolean; blocks: Block[] } {
  const { summary, facts, lines, rest } = trimmed(message, {
    facts: 10,
    name: 60,
    value: 240,
    lines: 10,
    line: 220,
    summary: 1500,
  });
  const blocks: Block[] = [{ type: 'header', text: text(headline(message, 150)) }];
  if (summary !== '') blocks.push({ type: 'section', text: text(summary) });
  if (facts.length > 0)
    blocks.push({ type: 'section', fields: facts.map(({ name, value }) => text(`${name}: ${value}`)) });
  const all = [...lines, ...(rest === '' ? [] : [rest])];
  if (all.length > 0) blocks.push({ type: 'section', text: text(all.join('\n')) });
  if (message.url !== null)
    blocks.push({
      type: 'actions',
      elements: [{ type: 'button', text: text('Open in Phosor'), url: message.url, action_id: 'open' }],
    });
  // The text is what notifications and old clients show. It would be read as mrkdwn.
  return { text: escapeSlack(headline(message, 300)), mrkdwn: false, blocks };
}

/** Errors of chat.postMessage that say that this very message is wrong. */
const wrongMessage = new Set([
  'invalid_blocks',
  'invalid_blocks_format',
  'msg_too_long',
  'msg_blocks_too_long',
  'no_text',
]);

export const slack = defineNotifier<Config>({
  name: 'slack',
  title: 'Slack',
  description: 'Messages to a channel, by an incoming webhook or by the bot of an app.',
  config,
  async send(message, given, tools) {
    const body = slackBody(message);
    if (given.botToken === null) {
      const answer = await postJson(tools, String(given.webhookUrl), body);
      accepted(answer, 'Slack', tools.now(), urlSecrets(String(given.webhookUrl)));
      return { reference: null, detail: `accepted (${answer.status})` };
    }
    const answer = await postJson(
      tools,
      `${given.apiUrl.replace(/\/+$/, '')}/chat.postMessage`,
      {
        ...body,
        channel: given.channel,
        unfurl_links: false,
        unfurl_media: false,
        ...(tools.previous !== null && { thread_ts: tools.previous }),
      },
      { authorization: `Bearer ${given.botToken}` },
    );
    accepted(answer, 'Slack', tools.now(), [given.botToken]);
    const said = jsonOf(answer);
    if (said?.ok !== true) {
      const error = String(said?.error ?? 'no JSON');
      throw new DeliveryError(`Slack did not take the message: ${error.slice(0, 80)}.`, !wrongMessage.has(error));
    }
    const ts = typeof said.ts === 'string' ? said.ts : null;
    return { reference: tools.previous ?? ts, detail: tools.previous === null ? 'posted' : 'posted into the thread' };
  },
  preview: (message) => ({ payload: JSON.stringify(slackBody(message), null, 2), html: null }),
  target: ({ botToken, channel, webhookUrl }) =>
    botToken === null ? new URL(String(webhookUrl)).host : `${channel} by a bot`,
});
