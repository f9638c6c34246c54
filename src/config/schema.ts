import { z } from 'zod';
import { audit } from './audit.ts';
import { capture } from './capture.ts';
import { decoys } from './decoys.ts';
import { encryption } from './encryption.ts';
import { incidents } from './incidents.ts';
import { geo, intel } from './intel.ts';
import { log } from './log.ts';
import { logs } from './logs.ts';
import { email, notifications } from './notifications.ts';
import { proxy } from './proxy.ts';
import { response } from './response.ts';
import { tls } from './tls.ts';

/**
 * What an option's `.meta()` may say besides zod's own `title` and `description`.
 *
 * - `env`: environment variables, first one wins. Without it the name is derived: `files.watch` is `PHOSOR_FILES_WATCH`.
 * - `secret`: masked wherever the configuration is shown.
 * - `runtime`: may change while Phosor runs.
 * - `separator`: how a list is written in one environment variable or flag (default: comma).
 * - `bytes`: sizes may be written `450MB` or `1GiB`.
 */
const port = (title: string, value: number, description: string, env: string[]) =>
  z.int().min(0).max(65_535).default(value).meta({ title, description, env });

const rate = (title: string, value: number, description: string, env: string[], runtime = false) =>
  z.int().min(0).max(10_000_000).default(value).meta({ title, description, env, runtime });

const http = z.strictObject({
  host: z.string().min(1).default('127.0.0.1').meta({
    title: 'HTTP address',
    description:
      'Address that the API, the WebSocket and the UI listen on. Another value than a loopback address opens Phosor to the network: put TLS in front of it.',
  }),
  port: port('HTTP port', 8000, 'Port of API, WebSocket and UI. 0 takes any free port.', ['PHOSOR_HTTP_PORT', 'PORT']),
  uiPort: port('UI port', 3000, 'Second port that serves the same. Skipped with a warning when busy; 0 turns it off.', [
    'PHOSOR_UI_PORT',
    'UI_PORT',
  ]),
  corsOrigins: z
    .array(z.string().min(1))
    .default([])
    .meta({
      title: 'CORS origins',
      description: 'Web origins of other sites that may call the API, for example https://desk.example. Empty: none.',
      env: ['PHOSOR_CORS_ORIGINS'],
    }),
  apiRatePerSecond: rate(
    'API requests per second',
    200,
    'Requests per second and client before the API answers 429. 0: no limit. Webhooks have their own limit.',
    ['PHOSOR_API_RATE'],
  ),
});

const syslog = z.strictObject({
  host: z.string().min(1).default('0.0.0.0').meta({
    title: 'Syslog address',
    description: 'Address that the syslog listeners (UDP and TCP) bind to.',
  }),
  port: port('Syslog port', 5140, 'UDP and TCP port for syslog. 0 turns both listeners off.', ['PHOSOR_SYSLOG_PORT']),
  tlsPort: port(
    'Syslog port with TLS',
    6514,
    'TCP port for syslog over TLS (RFC 5425). It is opened where Phosor has a certificate (PHOSOR_TLS_CERT or PHOSOR_TLS_SELF_SIGNED). 0: never.',
    ['PHOSOR_SYSLOG_TLS_PORT'],
  ),
  tlsClientCaFile: z
    .string()
    .default('')
    .meta({
      title: 'Authority of senders',
      description:
        'PEM file with the certificates of authorities. With it only senders that show a certificate of one of them are let in over TLS.',
      env: ['PHOSOR_SYSLOG_TLS_CA'],
    }),
  ratePerSecond: rate(
    'Syslog events per second',
    500,
    'Events per second and sender before it is limited: UDP is dropped and counted, TCP is paused. 0: no limit.',
    ['PHOSOR_SYSLOG_RATE'],
  ),
  trustedRelays: z
    .array(z.string().min(1))
    .default([])
    .meta({
      title: 'Trusted relays',
      description: 'Addresses and ranges (192.0.2.7, 10.0.0.0/8) whose syslog is never limited.',
      env: ['PHOSOR_TRUSTED_RELAYS'],
    }),
  receiveBufferBytes: z.int().min(65_536).max(1_073_741_824).default(4_194_304).meta({
    title: 'UDP receive buffer (bytes)',
    description: 'Asked of the kernel for the UDP socket. The kernel gives at most net.core.rmem_max.',
    bytes: true,
  }),
  maxConnections: z
    .int()
    .min(1)
    .max(100_000)
    .default(1000)
    .meta({ title: 'TCP connections', description: 'Syslog TCP connections at a time; one more is refused.' }),
});

const webhook = z.strictObject({
  ratePerSecond: rate(
    'Webhook events per second',
    100,
    'Events per second and source before the webhook answers 429. 0: no limit.',
    ['PHOSOR_WEBHOOK_RATE'],
    true,
  ),
});

const watchedFile = z.strictObject({
  path: z.string().min(1),
  hint: z.string().min(1).nullable().default(null),
  fromBeginning: z.boolean().default(false),
});

const files = z.strictObject({
  roots: z
    .array(z.string().min(1))
    .default(['/var/log'])
    .meta({
      title: 'Folders that may be followed',
      description: 'Only files inside these folders can be added as a source. Symbolic links are resolved first.',
      env: ['PHOSOR_FILE_ROOTS'],
      separator: ':',
    }),
  watch: z
    .array(
      z
        .union([z.string().min(1), watchedFile])
        .transform((entry) => watchedFile.parse(typeof entry === 'string' ? { path: entry } : entry)),
    )
    .default([])
    .meta({
      title: 'Watched files',
      description:
        'Files and globs to follow from the start, inside the folders above: a path, or { path, hint, fromBeginning }. A file that does not exist yet is waited for.',
    }),
  watchSystemLogs: z.boolean().default(true).meta({
    title: 'Watch the system logs',
    description: 'Follow the readable ones of /var/log/{auth.log,ufw.log,kern.log,syslog,messages}.',
  }),
});

const redact = z.strictObject({
  email: z
    .boolean()
    .default(false)
    .meta({
      title: 'Mask e-mail addresses',
      description: 'Replace e-mail addresses by [EMAIL-REDACTED].',
      env: ['REDACT_EMAIL'],
      runtime: true,
    }),
  phone: z
    .boolean()
    .default(false)
    .meta({
      title: 'Mask phone numbers',
      description: 'Replace phone numbers by [PHONE-REDACTED].',
      env: ['REDACT_PHONE'],
      runtime: true,
    }),
  internalIps: z
    .boolean()
    .default(false)
    .meta({
      title: 'Mask internal addresses',
      description:
        'Replace private addresses in the text by [INTERNAL-IP]. src_ip and dst_ip stay, so that rules work.',
      env: ['REDACT_INTERNAL_IPS'],
      runtime: true,
    }),
  custom: z
    .array(
      z.strictObject({
        name: z.string().min(1),
        regex: z.string().min(1),
        marker: z.string().min(1).default('[REDACTED]'),
      }),
    )
    .default([])
    .meta({
      title: 'Own patterns to mask',
      description: 'Each { name, regex, marker }: what the expression matches is replaced by the marker. RE2 syntax.',
    }),
});

const auth = z.strictObject({
  tokenMinutes: z
    .int()
    .min(1)
    .max(43_200)
    .default(60)
    .meta({ title: 'Session (minutes)', description: 'How long a login lasts.', runtime: true }),
  secretKey: z
    .string()
    .min(8)
    .nullable()
    .default(null)
    .meta({
      title: 'Signing key',
      description:
        'Key that signs sessions (HS256). Without it one is generated on first run and kept in the data folder.',
      env: ['SECRET_KEY', 'PHOSOR_SECRET_KEY'],
      secret: true,
    }),
  adminPassword: z
    .string()
    .min(6)
    .nullable()
    .default(null)
    .meta({
      title: 'First password of admin',
      description:
        'Used on the first run only. Without it a password is generated and a one-time set-up link is printed.',
      env: ['PHOSOR_ADMIN_PASSWORD'],
      secret: true,
    }),
});

const store = z.strictObject({
  retention: z
    .boolean()
    .default(true)
    .meta({
      title: 'Retention',
      description:
        'Drop the oldest events when the limits of size or age are reached. Off: nothing is dropped until the disk is full.',
      env: ['PHOSOR_STORE_RETENTION', 'LOG_RETENTION_ENABLED'],
      runtime: true,
    }),
  retentionIntervalSeconds: z
    .int()
    .min(5)
    .max(86_400)
    .default(300)
    .meta({
      title: 'Retention interval (seconds)',
      description: 'How often the ages of events and alerts are looked at. The size is kept to with every load.',
      env: ['PHOSOR_STORE_RETENTION_INTERVAL', 'LOG_RETENTION_INTERVAL_SECONDS'],
      runtime: true,
    }),
  maxBytes: z
    .int()
    .min(10_000_000)
    .default(450_000_000)
    .meta({
      title: 'Size of the event store (bytes)',
      description: 'When the stored events take more, the oldest are dropped. Alerts and their events are kept.',
      env: ['PHOSOR_STORE_MAX_BYTES', 'LOG_RETENTION_MAX_MB'],
      bytes: true,
      runtime: true,
    }),
  maxAgeDays: z.int().min(1).max(36_500).nullable().default(null).meta({
    title: 'Age of stored events (days)',
    description: 'Older events are dropped. Empty: only the size counts.',
    runtime: true,
  }),
  alertMaxAgeDays: z.int().min(1).max(36_500).nullable().default(400).meta({
    title: 'Age of alerts (days)',
    description: 'Alerts, with the events they keep, are removed this long after their last event. Empty: never.',
    runtime: true,
  }),
  spoolMaxBytes: z.int().min(1_000_000).default(1_073_741_824).meta({
    title: 'Size of the spool (bytes)',
    description:
      'Events that wait for the store. When it is full, senders are told to wait (503) and detection goes on.',
    bytes: true,
  }),
  memoryLimitMb: z.int().min(32).max(65_536).default(96).meta({
    title: 'Memory of the store (MB)',
    description:
      'Limit of DuckDB. Work that needs more gets twice as much and 128 MB while it lasts. Where Phosor may take less than 800 MB in all, an eighth of that at most, and a quarter for such work.',
  }),
});

const detect = z.strictObject({
  mappings: z
    .string()
    .default('')
    .meta({
      title: 'Field mappings',
      description:
        'Folder with mapping files of your own: which events a log source of rules means, and what its fields are called. Default: mappings in the data folder.',
      env: ['PHOSOR_MAPPINGS'],
    }),
  shippedRules: z
    .boolean()
    .default(true)
    .meta({ title: 'Shipped rules', description: 'Run the rules that come with Phosor.' }),
  maxGroupsPerRule: z.int().min(100).max(10_000_000).default(100_000).meta({
    title: 'Groups per rule',
    description: 'Addresses, users … a rule keeps count of at a time. The stalest are forgotten first, and counted.',
  }),
  latenessSeconds: z.int().min(0).max(86_400).default(60).meta({
    title: 'Lateness (seconds)',
    description: 'How far behind its source an event may be and still be correlated. Later ones are counted.',
  }),
});

const replays = z.strictObject({
  keep: z.int().min(1).max(1000).default(20).meta({
    title: 'Replays that are kept',
    description: 'Results of replays, in the folder replays of the data folder. When there are more, the oldest go.',
    runtime: true,
  }),
  maxBytes: z.int().min(1_000_000).default(500_000_000).meta({
    title: 'Size of all replays (bytes)',
    description: 'When the results of replays take more, the oldest go. One replay takes at most half of it.',
    bytes: true,
    runtime: true,
  }),
});

/** The whole configuration: one strict object per unit. Every leaf is an option with a title, a description and a default. */
export const schema = z.strictObject({
  dataDir: z
    .string()
    .min(1)
    .default('')
    .meta({
      title: 'Data folder',
      description:
        "Where Phosor keeps events, state and keys. Default: ./data in a checkout, else phosor in the user's data folder.",
      env: ['PHOSOR_DATA_DIR'],
    }),
  http,
  syslog,
  webhook,
  files,
  redact,
  auth,
  store,
  detect,
  incidents,
  replays,
  encryption,
  audit,
  tls,
  proxy,
  log,
  geo,
  intel,
  logs,
  response,
  notifications,
  email,
  decoys,
  capture,
});

/** The configuration in force. Times, sizes and rates have their unit in the name. Paths are absolute. */
export type PhosorConfig = z.output<typeof schema>;
