import { createHmac } from 'node:crypto';
import { z } from 'zod';
import { defineNotifier, type NotificationMessage } from '../contract.ts';
import { accepted, urlSecrets } from '../http/answers.ts';
import { bodyTypes, renderTemplate, templateProblem, valuesOf } from './template.ts';

const config = z
  .strictObject({
    url: z
      .url({ protocol: /^https?$/ })
      .max(2000)
      .meta({ destination: true, title: 'Address', description: 'Where the message is posted to.', secret: true }),
    contentType: z.enum(bodyTypes).default('application/json').meta({ title: 'Type of the body' }),
    template: z.string().max(20_000).default('').meta({
      title: 'Template',
      description:
        'Empty: JSON with all values. Else text with {{title}}, {{severity}}, {{summary}}, {{url}} …; each value is escaped for the body. {{json facts}} gives a value as JSON.',
      multiline: true,
    }),
    signingSecret: z.string().max(500).nullable().default(null).meta({
      title: 'Signing secret',
      description: 'With it every request has the header X-Phosor-Signature: an HMAC-SHA256 of time and body.',
      secret: true,
    }),
    headerName: z
      .string()
      .max(100)
      .regex(/^(?:|[!#$%&'*+.^_`|~0-9A-Za-z-]+)$/, 'is no name of a header')
      .refine((name) => !/^(?:host|content-length|transfer-encoding|connection)$/i.test(name), 'cannot be set')
      .default('')
      .meta({ title: 'Further header', description: 'For example Authorization. Empty: none.' }),
    headerValue: z
      .string()
      .max(2000)
      .regex(/^[\t\x20-\x7e\x80-\xff]*$/, 'may hold no line break or other control character')
      .nullable()
      .default(null)
      .meta({ title: 'Value of that header', secret: true }),
  })
  .superRefine(({ template, contentType }, context) => {
    const problem = templateProblem(template, contentType);
    if (problem !== null) context.addIssue({ code: 'custom', path: ['template'], message: problem });
  });

type Config = z.output<typeof config>;

const bodyOf = (message: NotificationMessage, { template, contentType }: Config): string =>
  template === '' ? defaultBody(message, contentType) : renderTemplate(template, contentType, message);

function defaultBody(message: NotificationMessage, contentType: Config['contentType']): string {
  const values = valuesOf(message);
  if (contentType === 'application/json') return JSON.stringify(values);
  const texts = Object.entries(values).map(([name, value]): [string, string] => [
    name,
    typeof value === 'object' && value !== null ? JSON.stringify(value) : String(value ?? ''),
  ]);
  if (contentType === 'text/plain') return texts.map(([name, value]) => `${name}: ${value}`).join('\n');
  return new URLSearchParams(texts).toString();
}

/** `t=<seconds>,v1=<hex of HMAC-SHA256 over "<seconds>.<body>">`: the time is signed too, so that an old request cannot be played again. */
const signature = (secret: string, seconds: number, body: string): string =>
  `t=${seconds},v1=${createHmac('sha256', secret).update(`${seconds}.${body}`).digest('hex')}`;

export const webhook = defineNotifier<Config>({
  name: 'webhook',
  title: 'Webhook',
  description: 'Posts JSON, a form or text of your own to an address.',
  config,
  async send(message, given, tools) {
    const body = bodyOf(message, given);
    const answer = await tools.http({
      method: 'POST',
      url: given.url,
      headers: {
        'content-type':
          given.contentType === 'application/json' ? given.contentType : `${given.contentType}; charset=utf-8`,
        'x-phosor-delivery': message.id,
        'x-phosor-event': message.kind,
        ...(given.signingSecret !== null && {
          'x-phosor-signature': signature(given.signingSecret, Math.floor(tools.now() / 1000), body),
        }),
        ...(given.headerName !== '' && { [given.headerName.toLowerCase()]: given.headerValue ?? '' }),
      },
      body,
    });
    accepted(answer, 'The receiver', tools.now(), [given.signingSecret, given.headerValue, ...urlSecrets(given.url)]);
    return { reference: null, detail: `accepted (${answer.status})` };
  },
  preview: (message, given) => ({ payload: bodyOf(message, given), html: null }),
  target: ({ url }) => new URL(url).host,
});
