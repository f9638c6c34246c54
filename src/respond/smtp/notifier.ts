import { z } from 'zod';
import { defineNotifier } from '../contract.ts';
import { mailPreview, notificationMail } from '../mail/mail.ts';
import { sendBySmtp } from '../mail/smtp.ts';

const config = z.strictObject({
  host: z
    .string()
    .trim()
    .min(1)
    .max(253)
    .meta({ destination: true, title: 'Mail server', description: 'Name or address, for example smtp.example.com.' }),
  port: z
    .int()
    .min(1)
    .max(65_535)
    .default(587)
    .meta({ title: 'Port', description: '587 with STARTTLS, 465 with TLS.' }),
  security: z.enum(['starttls', 'tls', 'none']).default('starttls').meta({
    title: 'Security',
    description: 'starttls: encryption is required after the greeting. tls: from the start. none: not encrypted.',
  }),
  user: z.string().max(320).default('').meta({ title: 'User', description: 'Empty: no login.' }),
  password: z.string().max(1000).nullable().default(null).meta({ title: 'Password', secret: true }),
  from: z.email().meta({ title: 'Sender address' }),
  fromName: z.string().max(100).default('Phosor').meta({ title: 'Sender name' }),
  to: z.array(z.email()).min(1).max(50).meta({ title: 'Recipients' }),
  subjectPrefix: z.string().max(60).default('[Phosor]').meta({ title: 'Subject prefix' }),
  ca: z.string().max(20_000).default('').meta({
    title: 'Authority of the certificate (PEM)',
    description: 'Only where the mail server has a certificate of an authority of your own.',
    multiline: true,
  }),
});

type Config = z.output<typeof config>;

const mailOf = (message: Parameters<typeof notificationMail>[0], given: Config, previous: string | null) =>
  notificationMail(message, { name: given.fromName, address: given.from }, given.to, given.subjectPrefix, previous);

export const smtp = defineNotifier<Config>({
  name: 'smtp',
  title: 'E-mail (SMTP)',
  description: 'Mails through a mail server. Updates answer to the first mail of their incident.',
  config,
  async send(message, given, tools) {
    const mail = mailOf(message, given, tools.previous);
    const address = await tools.resolve(given.host);
    const said = await sendBySmtp({ ...given, address }, mail, tools.signal);
    return { reference: tools.previous ?? mail.messageId, detail: said };
  },
  preview: (message, given) => mailPreview(mailOf(message, given, null)),
  target: ({ to, host }) => `${to.length === 1 ? to[0] : `${to.length} recipients`} by ${host}`,
});
