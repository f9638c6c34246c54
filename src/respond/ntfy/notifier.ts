import { z } from 'zod';
import { defineNotifier, type NotificationMessage } from '../contract.ts';
import { accepted } from '../http/answers.ts';
import { postJson } from '../http/json.ts';
import { headline, trimmed } from '../text/message.ts';
import { cutBytes } from '../text/text.ts';

const config = z.strictObject({
  server: z
    .url({ protocol: /^https?$/ })
    .max(2000)
    .default('https://ntfy.sh')
    .meta({ destination: true, title: 'Server' }),
  topic: z
    .string()
    .trim()
    .regex(/^[-_A-Za-z0-9]{1,64}$/, 'may hold letters, digits, - and _')
    .meta({
      title: 'Topic',
      description: 'On a public server whoever knows it reads it: take one that nobody can guess.',
      secret: true,
    }),
  token: z
    .string()
    .trim()
    .max(500)
    .nullable()
    .default(null)
    .meta({ title: 'Access token', description: 'Where the server asks for one.', secret: true }),
});

type Config = z.output<typeof config>;

const priorities = { info: 2, low: 2, medium: 3, high: 4, critical: 5 } as const;

/**
 * Published as JSON, so that no text is in a header (https://docs.ntfy.sh/publish/#publish-as-json). A longer message than 4,096
 * bytes would become an attachment (https://docs.ntfy.sh/publish/#limitations). Markdown is off.
 */
function ntfyBody(message: NotificationMessage, topic: string): Record<string, unknown> {
  const { summary, facts, lines, rest } = trimmed(message, {
    facts: 10,
    name: 60,
    value: 200,
    lines: 10,
    line: 200,
    summary: 1000,
  });
  const text = [
    summary,
    ...facts.map(({ name, value }) => `${name}: ${value}`),
    ...[...lines, ...(rest === '' ? [] : [rest])].map((line) => `- ${line}`),
  ].join('\n');
  return {
    topic,
    title: cutBytes(headline(message, 250), 250),
    message: cutBytes(text === '' ? '-' : text, 4000),
    priority: message.kind === 'closed' || message.kind === 'digest' ? 2 : priorities[message.severity],
    tags: [message.kind === 'closed' ? 'white_check_mark' : 'warning'],
    ...(message.url !== null && { click: message.url }),
  };
}

export const ntfy = defineNotifier<Config>({
  name: 'ntfy',
  title: 'ntfy',
  description: 'Push messages to phones and desks by ntfy.sh or a server of your own. It has no threads.',
  config,
  async send(message, given, tools) {
    const answer = await postJson(
      tools,
      given.server,
      ntfyBody(message, given.topic),
      given.token === null ? {} : { authorization: `Bearer ${given.token}` },
    );
    accepted(answer, 'ntfy', tools.now(), [given.token, given.topic]);
    return { reference: null, detail: `published (${answer.status})` };
  },
  preview: (message) => {
    const { topic: _, ...shown } = ntfyBody(message, '');
    return { payload: JSON.stringify(shown, null, 2), html: null };
  },
  target: ({ server }) => new URL(server).host,
});
