import { expect, test } from 'vitest';
import { z } from 'zod';
import { describeChannel } from '../channel.test-suite.ts';
import { hostileMessage } from '../receiver.test-suite.ts';
import { teams, teamsBody } from './notifier.ts';

/* Never run live. Sources: learn.microsoft.com/microsoftteams/platform/webhooks-and-connectors/how-to/connectors-using
   (the message with its attachment), https://adaptivecards.io/schemas/adaptive-card.json (version 1.4) and
   learn.microsoft.com/connectors/teams (about 28 KB a message). */
const run = z.strictObject({
  type: z.literal('TextRun'),
  text: z.string(),
  weight: z.enum(['lighter', 'default', 'bolder']).optional(),
  size: z.enum(['default', 'small', 'medium', 'large', 'extraLarge']).optional(),
  color: z.enum(['default', 'dark', 'light', 'accent', 'good', 'warning', 'attention']).optional(),
  fontType: z.enum(['default', 'monospace']).optional(),
});
const schema = z.strictObject({
  type: z.literal('message'),
  attachments: z.tuple([
    z.strictObject({
      contentType: z.literal('application/vnd.microsoft.card.adaptive'),
      contentUrl: z.null(),
      content: z.strictObject({
        $schema: z.literal('http://adaptivecards.io/schemas/adaptive-card.json'),
        type: z.literal('AdaptiveCard'),
        version: z.enum(['1.0', '1.1', '1.2', '1.3', '1.4', '1.5']),
        msteams: z.strictObject({ width: z.literal('Full') }),
        body: z
          .array(
            z.strictObject({
              type: z.literal('RichTextBlock'),
              inlines: z.array(run).min(1),
              spacing: z.enum(['default', 'none', 'small', 'medium', 'large', 'extraLarge', 'padding']).optional(),
            }),
          )
          .min(1),
        actions: z
          .array(z.strictObject({ type: z.literal('Action.OpenUrl'), title: z.string(), url: z.url() }))
          .max(6)
          .optional(),
      }),
    }),
  ]),
});

const secret = 'sig=secretsecretsecret';
describeChannel({
  notifier: teams,
  config: ({ url }) => ({ webhookUrl: `${url}/workflows/1/triggers/manual/paths/invoke?${secret}` }),
  schema,
  answer: { status: 202, body: '' },
  secret,
});

test('the largest message is below 28 KB', () => {
  expect(Buffer.byteLength(JSON.stringify(teamsBody(hostileMessage())))).toBeLessThan(24_000);
});
