import { z } from 'zod';
import { defineNotifier } from '../contract.ts';
import { accepted } from '../http/answers.ts';
import { mailPreview, notificationMail } from '../mail/mail.ts';
import { sendgridRequest } from '../mail/sendgrid.ts';

const config = z.strictObject({
  apiKey: z
    .string()
    .trim()
    .min(1)
    .max(500)
    .meta({ title: 'API key', description: 'With the permission Mail Send.', secret: true }),
  url: z
    .url({ protocol: /^https?$/ })
    .max(2000)
    .default('https://api.sendgrid.com/v3/mail/send')
    .meta({
      destination: true,
      title: 'Address of the API',
      description: 'https://api.eu.sendgrid.com/v3/mail/send for accounts of the EU region.',
    }),
  from: z.email().meta({ title: 'Sender address', description: 'A sender that SendGrid has verified.' }),
  fromName: z.string().max(100).default('Phosor').meta({ title: 'Sender name' }),
  to: z.array(z.email()).min(1).max(50).meta({ title: 'Recipients' }),
  subjectPrefix: z.string().max(60).default('[Phosor]').meta({ title: 'Subject prefix' }),
});

type Config = z.output<typeof config>;

const mailOf = (message: Parameters<typeof notificationMail>[0], given: Config, previous: string | null) =>
  notificationMail(message, { name: given.fromName, address: given.from }, given.to, given.subjectPrefix, previous);

export const sendgrid = defineNotifier<Config>({
  name: 'sendgrid',
  title: 'E-mail (SendGrid)',
  description: "Mails through SendGrid's API. Updates answer to the first mail of their incident.",
  config,
  async send(message, given, tools) {
    const mail = mailOf(message, given, tools.previous);
    const answer = await tools.http(sendgridRequest(given.url, given.apiKey, mail, tools.previous));
    accepted(answer, 'SendGrid', tools.now(), [given.apiKey]);
    return { reference: tools.previous ?? mail.messageId, detail: `accepted (${answer.status})` };
  },
  preview: (message, given) => mailPreview(mailOf(message, given, null)),
  target: ({ to }) => (to.length === 1 ? String(to[0]) : `${to.length} recipients`),
});
