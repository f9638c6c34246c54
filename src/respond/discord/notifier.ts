import { z } from 'zod';
import { defineNotifier, type NotificationMessage } from '../contract.ts';
import { accepted, jsonOf, urlSecrets } from '../http/answers.ts';
import { postJson } from '../http/json.ts';
import { headline, trimmed } from '../text/message.ts';
import { cut, escapeMarkdown } from '../text/text.ts';

const config = z.strictObject({
  webhookUrl: z
    .url({ protocol: /^https?$/ })
    .max(2000)
    .meta({
      title: 'Address of the webhook',
      description: 'From the settings of the channel: Integrations, Webhooks.',
      secret: true,
    }),
  forum: z.boolean().default(false).meta({
    title: 'The channel is a forum',
    description:
      'Each incident becomes a thread, and updates go into it. In other channels webhooks cannot answer to a message.',
  }),
});

type Config = z.output<typeof config>;

const colours: Readonly<Record<string, number>> = {
  info: 0x5b6b7c,
  low: 0x2f6fb0,
  medium: 0xd39a1a,
  high: 0xc2410c,
  critical: 0xb3123a,
};

/** Escaping makes text longer: it is cut before, so that the longest outcome fits. */
const escaped = (text: string, most: number): string => {
  const out = escapeMarkdown(text);
  return out.length <= most ? out : escapeMarkdown(cut(text, Math.max(1, Math.floor(most / 2))));
};

/**
 * Limits: https://discord.com/developers/docs/resources/message#embed-object-embed-limits (title 256, description 4,096,
 * 25 fields of 256 and 1,024, 6,000 in all). `allowed_mentions` without an entry: nobody is mentioned, whatever is in the text.
 */
export function discordBody(message: NotificationMessage): Record<string, unknown> {
  const { summary, facts, lines, rest } = trimmed(message, {
    facts: 10,
    name: 40,
    value: 90,
    lines: 8,
    line: 100,
    summary: 600,
  });
  const all = [...lines, ...(rest === '' ? [] : [rest])].map((line) => `- ${escaped(line, 210)}`);
  return {
    embeds: [
      {
        title: escaped(headline(message, 250), 256),
        description: cut([escaped(summary, 1200), ...all].filter((part) => part !== '').join('\n') || '-', 3000),
        color: colours[message.severity] ?? colours.info,
        timestamp: new Date(message.time).toISOString(),
        fields: facts.map(({ name, value }) => ({
          name: escaped(name, 80),
          value: escaped(value, 180),
          inline: value.length < 30,
        })),
        footer: { text: 'Phosor' },
        ...(message.url !== null && { url: message.url }),
      },
    ],
    allowed_mentions: { parse: [] },
  };
}

export const discord = defineNotifier<Config>({
  name: 'discord',
  title: 'Discord',
  description: 'Messages to a channel by a webhook.',
  config,
  async send(message, given, tools) {
    const url = new URL(given.webhookUrl);
    // With wait the answer says what became of the message.
    url.searchParams.set('wait', 'true');
    const opensThread = given.forum && tools.previous === null;
    if (given.forum && tools.previous !== null) url.searchParams.set('thread_id', tools.previous);
    const answer = await postJson(tools, url.href, {
      ...discordBody(message),
      ...(opensThread && { thread_name: headline(message, 100) }),
    });
    accepted(answer, 'Discord', tools.now(), urlSecrets(given.webhookUrl));
    const thread = jsonOf(answer)?.channel_id;
    const reference = given.forum && typeof thread === 'string' ? thread : null;
    return { reference: tools.previous ?? reference, detail: `posted (${answer.status})` };
  },
  preview: (message) => ({ payload: JSON.stringify(discordBody(message), null, 2), html: null }),
  target: ({ webhookUrl }) => new URL(webhookUrl).host,
});
