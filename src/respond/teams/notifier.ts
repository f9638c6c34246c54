import { z } from 'zod';
import { defineNotifier, type NotificationMessage } from '../contract.ts';
import { accepted, urlSecrets } from '../http/answers.ts';
import { postJson } from '../http/json.ts';
import { headline, trimmed } from '../text/message.ts';

const config = z.strictObject({
  webhookUrl: z
    .url({ protocol: /^https?$/ })
    .max(4000)
    .meta({
      title: 'Address of the workflow',
      description:
        'From Workflows in Teams: "Send webhook alerts to a channel". The older Office 365 connectors are not supported.',
      secret: true,
    }),
});

type Config = z.output<typeof config>;
type Element = Record<string, unknown>;

/** TextRun knows no markdown (https://adaptivecards.io/explorer/TextRun.html): text from logs cannot format or link. */
const run = (text: string, more: Element = {}): Element => ({ type: 'TextRun', text, ...more });
const paragraph = (inlines: Element[], more: Element = {}): Element => ({ type: 'RichTextBlock', inlines, ...more });

const colours: Readonly<Record<string, string>> = {
  info: 'default',
  low: 'accent',
  medium: 'warning',
  high: 'attention',
  critical: 'attention',
};

/**
 * An Adaptive Card as Teams workflows take it (learn.microsoft.com: "Create incoming webhooks with Workflows"). A message may
 * have about 28 KB (learn.microsoft.com/connectors/teams, known limitations); these stay below 20.
 */
export function teamsBody(message: NotificationMessage): Record<string, unknown> {
  const { summary, facts, lines, rest } = trimmed(message, {
    facts: 12,
    name: 60,
    value: 250,
    lines: 15,
    line: 250,
    summary: 2000,
  });
  const all = [...lines, ...(rest === '' ? [] : [rest])];
  return {
    type: 'message',
    attachments: [
      {
        contentType: 'application/vnd.microsoft.card.adaptive',
        contentUrl: null,
        content: {
          $schema: 'http://adaptivecards.io/schemas/adaptive-card.json',
          type: 'AdaptiveCard',
          version: '1.4',
          msteams: { width: 'Full' },
          body: [
            paragraph([
              run(headline(message, 250), { weight: 'bolder', size: 'large', color: colours[message.severity] }),
            ]),
            ...(summary === '' ? [] : [paragraph([run(summary)])]),
            ...facts.map(({ name, value }) =>
              paragraph([run(`${name}: `, { weight: 'bolder' }), run(value)], { spacing: 'small' }),
            ),
            ...all.map((line) =>
              paragraph([run(line, { fontType: 'monospace', size: 'small' })], { spacing: 'small' }),
            ),
          ],
          ...(message.url !== null && {
            actions: [{ type: 'Action.OpenUrl', title: 'Open in Phosor', url: message.url }],
          }),
        },
      },
    ],
  };
}

export const teams = defineNotifier<Config>({
  name: 'teams',
  title: 'Microsoft Teams',
  description: 'Adaptive cards to a channel by a workflow. Workflows have no threads: updates are cards of their own.',
  config,
  async send(message, given, tools) {
    const answer = await postJson(tools, given.webhookUrl, teamsBody(message));
    accepted(answer, 'Teams', tools.now(), urlSecrets(given.webhookUrl));
    return { reference: null, detail: `accepted (${answer.status})` };
  },
  preview: (message) => ({ payload: JSON.stringify(teamsBody(message), null, 2), html: null }),
  target: ({ webhookUrl }) => new URL(webhookUrl).host,
});
