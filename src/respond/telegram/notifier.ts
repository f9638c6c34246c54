import { z } from 'zod';
import { DeliveryError, defineNotifier, type NotificationMessage } from '../contract.ts';
import { accepted, jsonOf } from '../http/answers.ts';
import { postJson } from '../http/json.ts';
import { headline, trimmed } from '../text/message.ts';
import { escapeHtml } from '../text/text.ts';

const config = z.strictObject({
  botToken: z
    .string()
    .trim()
    .regex(/^\d{5,20}:[\w-]{5,100}$/, 'is no token of a bot')
    .meta({
      title: 'Bot token',
      description: 'As @BotFather gave it out.',
      secret: true,
    }),
  chatId: z
    .string()
    .trim()
    .regex(/^(?:-?\d{1,20}|@\w{4,64})$/, 'must be the number of a chat, or @name of a channel')
    .meta({
      title: 'Chat',
      description: 'Number of the chat or group, or @name of a channel. The bot has to be in it.',
    }),
  apiUrl: z
    .url({ protocol: /^https?$/ })
    .max(2000)
    .default('https://api.telegram.org')
    .meta({
      destination: true,
      title: 'Address of the API',
      description: 'Only where you run a Bot API server of your own.',
    }),
});

type Config = z.output<typeof config>;

/**
 * HTML (https://core.telegram.org/bots/api#html-style) with everything escaped but our own tags. At most 4,096 characters
 * after entities are read (https://core.telegram.org/bots/api#sendmessage); what these limits allow stays below 3,900.
 */
function telegramText(message: NotificationMessage): string {
  const { summary, facts, lines, rest } = trimmed(message, {
    facts: 8,
    name: 40,
    value: 110,
    lines: 8,
    line: 130,
    summary: 900,
  });
  return [
    `<b>${escapeHtml(headline(message, 250))}</b>`,
    escapeHtml(summary),
    ...facts.map(({ name, value }) => `<b>${escapeHtml(name)}:</b> ${escapeHtml(value)}`),
    ...[...lines, ...(rest === '' ? [] : [rest])].map((line) => `• ${escapeHtml(line)}`),
    ...(message.url === null ? [] : [`<a href="${escapeHtml(message.url)}">Open in Phosor</a>`]),
  ]
    .filter((part) => part !== '')
    .join('\n');
}

export const telegram = defineNotifier<Config>({
  name: 'telegram',
  title: 'Telegram',
  description: 'Messages of a bot. Updates answer to the first message of their incident.',
  config,
  async send(message, given, tools) {
    const answer = await postJson(tools, `${given.apiUrl.replace(/\/+$/, '')}/bot${given.botToken}/sendMessage`, {
      chat_id: given.chatId,
      text: telegramText(message),
      parse_mode: 'HTML',
      link_preview_options: { is_disabled: true },
      ...(message.kind === 'closed' || message.kind === 'digest' ? { disable_notification: true } : {}),
      ...(tools.previous !== null && {
        reply_parameters: { message_id: Number(tools.previous), allow_sending_without_reply: true },
      }),
    });
    const said = jsonOf(answer);
    const wait = (said?.parameters as { retry_after?: unknown } | undefined)?.retry_after;
    if (answer.status === 429 && typeof wait === 'number')
      throw new DeliveryError('Telegram wants fewer messages.', true, Math.min(3600, Math.max(1, wait)));
    accepted(answer, 'Telegram', tools.now(), [given.botToken]);
    const id = (said?.result as { message_id?: unknown } | undefined)?.message_id;
    const reference = typeof id === 'number' ? String(id) : null;
    return { reference: tools.previous ?? reference, detail: tools.previous === null ? 'sent' : 'sent as an answer' };
  },
  preview: (message) => ({ payload: telegramText(message), html: null }),
  target: ({ chatId }) => `chat ${chatId}`,
});
