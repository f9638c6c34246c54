import { z } from 'zod';
import { severities } from '../model/index.ts';

/** Seeds write `HIGH`. */
const lowerCase = (value: unknown): unknown => (typeof value === 'string' ? value.trim().toLowerCase() : value);

const isZone = (name: string): boolean => {
  try {
    new Intl.DateTimeFormat('en', { timeZone: name });
    return true;
  } catch {
    return false;
  }
};

const timeOfDay = z
  .string()
  .regex(/^(?:|(?:[01]\d|2[0-3]):[0-5]\d)$/, 'must be a time such as 22:00, or empty')
  .default('');

export const notifications = z.strictObject({
  severityThreshold: z
    .preprocess(lowerCase, z.enum(severities))
    .default('high')
    .meta({
      title: 'Severity that notifies',
      description: 'An incident of this severity or a higher one is told to people.',
      env: ['NOTIFICATION_SEVERITY_THRESHOLD'],
      runtime: true,
    }),
  riskThreshold: z
    .int()
    .min(0)
    .max(100)
    .default(70)
    .meta({
      title: 'Risk that notifies',
      description: 'An incident whose risk (0 to 100) reaches this is told as well, whatever its severity.',
      env: ['NOTIFICATION_ML_RISK_THRESHOLD'],
      runtime: true,
    }),
  rateLimitMinutes: z
    .int()
    .min(0)
    .max(10_080)
    .default(15)
    .meta({
      title: 'Minutes between messages of one attack',
      description: 'An incident is told at most once in this time. What happened meanwhile is in the next message.',
      env: ['NOTIFICATION_RATE_LIMIT_MINUTES'],
      runtime: true,
    }),
  growthUpdates: z.boolean().default(true).meta({
    title: 'Tell of growth',
    description: 'Send an update when an incident that was told gets more severe, meets a further rule, or doubles.',
    runtime: true,
  }),
  closingNotes: z.boolean().default(true).meta({
    title: 'Tell of closing',
    description: 'Send a note when an incident that was told is closed.',
    runtime: true,
  }),
  publicUrl: z
    .union([z.literal(''), z.url({ protocol: /^https?$/ })])
    .default('')
    .meta({
      title: 'Public address',
      description:
        'Under which address people reach this Phosor, for example https://phosor.example.com. Messages link to it. Empty: no links.',
      env: ['PHOSOR_PUBLIC_URL'],
      runtime: true,
    }),
  quietFrom: timeOfDay.meta({
    title: 'Quiet hours from',
    description: 'Time of day, for example 22:00. In quiet hours incidents are held for a digest. Empty: none.',
    runtime: true,
  }),
  quietTo: timeOfDay.meta({
    title: 'Quiet hours to',
    description: 'Time of day at which they end, for example 07:00.',
    runtime: true,
  }),
  quietZone: z
    .union([z.literal(''), z.string().max(64).refine(isZone, 'must be an IANA time zone such as Europe/Berlin')])
    .default('')
    .meta({
      title: 'Zone of quiet hours and digest',
      description: "IANA time zone, for example Europe/Berlin. Empty: the host's.",
      runtime: true,
    }),
  quietCritical: z.boolean().default(true).meta({
    title: 'Critical breaks through',
    description: 'Critical incidents are told in quiet hours too.',
    runtime: true,
  }),
  digest: z.enum(['off', 'hourly', 'daily']).default('off').meta({
    title: 'Digest',
    description:
      'One message about the incidents below the thresholds. What was held in quiet hours is told when they end, also without it.',
    runtime: true,
  }),
  digestHour: z.int().min(0).max(23).default(8).meta({
    title: 'Hour of the daily digest',
    description: 'Hour of the day, in the zone above.',
    runtime: true,
  }),
  maxPerHour: z.int().min(1).max(10_000).default(60).meta({
    title: 'Messages per channel and hour',
    description: 'What is above it goes into a digest, and is counted.',
    runtime: true,
  }),
  historyDays: z.int().min(1).max(3650).default(30).meta({
    title: 'History of deliveries (days)',
    description: 'How long it is kept who was told what, when, and with which result.',
    runtime: true,
  }),
  allowedHosts: z
    .array(z.string().min(1).max(253))
    .default([])
    .meta({
      title: 'Internal receivers',
      description:
        'Names, addresses and ranges (chat.example.internal, 10.0.0.0/8) that notifications may be sent to although they are internal. Everything else that is not a public address is refused.',
      env: ['PHOSOR_NOTIFICATION_ALLOWED_HOSTS'],
    }),
});

export const email = z.strictObject({
  enabled: z
    .boolean()
    .default(false)
    .meta({
      title: 'Send e-mail',
      description: 'Send notifications by the mail server that is configured here.',
      env: ['EMAIL_ENABLED'],
      runtime: true,
    }),
  fromAddress: z
    .union([z.literal(''), z.email()])
    .default('')
    .meta({ title: 'Sender address', description: 'Address that mails come from.', env: ['EMAIL_FROM_ADDRESS'] }),
  fromName: z
    .string()
    .max(100)
    .default('Phosor')
    .meta({ title: 'Sender name', description: 'Name that mails come from.', env: ['EMAIL_FROM_NAME'] }),
  recipients: z
    .array(z.email())
    .max(50)
    .default([])
    .meta({
      title: 'Recipients',
      description: 'Addresses that notifications are sent to.',
      env: ['EMAIL_RECIPIENTS'],
      runtime: true,
    }),
  subjectPrefix: z
    .string()
    .max(60)
    .default('[Phosor]')
    .meta({ title: 'Subject prefix', description: 'Begins the subject of every mail.', runtime: true }),
  sendgridApiKey: z
    .string()
    .min(1)
    .nullable()
    .default(null)
    .meta({
      title: 'SendGrid API key',
      description: 'With it mails go through SendGrid, else through the SMTP server below.',
      env: ['SENDGRID_API_KEY'],
      secret: true,
    }),
  sendgridUrl: z
    .url({ protocol: /^https?$/ })
    .default('https://api.sendgrid.com/v3/mail/send')
    .meta({
      title: 'SendGrid address',
      description: 'https://api.eu.sendgrid.com/v3/mail/send for accounts of the EU region.',
      env: ['PHOSOR_SENDGRID_URL', 'SENDGRID_URL'],
    }),
  smtpHost: z
    .string()
    .max(253)
    .default('')
    .meta({
      title: 'SMTP server',
      description: 'Name or address. Empty: none.',
      env: ['PHOSOR_SMTP_HOST', 'SMTP_HOST'],
    }),
  smtpPort: z
    .int()
    .min(1)
    .max(65_535)
    .default(587)
    .meta({
      title: 'SMTP port',
      description: '587 with STARTTLS, 465 with TLS, 25 between servers.',
      env: ['PHOSOR_SMTP_PORT', 'SMTP_PORT'],
    }),
  smtpSecurity: z
    .preprocess(lowerCase, z.enum(['starttls', 'tls', 'none']))
    .default('starttls')
    .meta({
      title: 'SMTP security',
      description: 'starttls: encryption is required after the greeting. tls: from the start. none: not encrypted.',
      env: ['PHOSOR_SMTP_SECURITY', 'SMTP_SECURITY'],
    }),
  smtpUser: z
    .string()
    .max(320)
    .default('')
    .meta({ title: 'SMTP user', description: 'Empty: no login.', env: ['PHOSOR_SMTP_USER', 'SMTP_USER'] }),
  smtpPassword: z
    .string()
    .nullable()
    .default(null)
    .meta({
      title: 'SMTP password',
      description: 'Password of that user.',
      env: ['PHOSOR_SMTP_PASSWORD', 'SMTP_PASSWORD'],
      secret: true,
    }),
});
