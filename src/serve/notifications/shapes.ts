import { z } from 'zod';
import { severities } from '../../model/index.ts';
import { messageKinds } from '../../respond/contract.ts';
import { type Delivery, deliveryStates } from '../../store/contract.ts';
import type { ChannelView } from './types.ts';

const words = z.array(z.string().trim().min(1).max(300)).max(100);

const filter = z.strictObject({
  severities: z.array(z.enum(severities)).max(5).default([]),
  entities: words.default([]).meta({ description: 'Addresses, ranges, users or hosts.' }),
  rules: words.default([]).meta({ description: 'Ids of rules.' }),
  tags: words.default([]),
});

const name = z.string().trim().min(1).max(100);
const config = z
  .record(
    z.string().max(100),
    z.union([z.string().max(20_000), z.number(), z.boolean(), z.null(), z.array(z.string().max(2000)).max(100)]),
  )
  .meta({
    description: 'As the type asks for it. Secrets that are left out or null stay as they are; empty text removes one.',
  });

export const channelInput = z.strictObject({
  type: z.string().min(1).max(40),
  name,
  enabled: z.boolean().default(true),
  config,
  filter: filter.default({ severities: [], entities: [], rules: [], tags: [] }),
  updates: z.boolean().default(true).meta({ description: 'Tell of growth.' }),
  closing: z.boolean().default(true).meta({ description: 'Tell when an incident is closed.' }),
  digest: z.boolean().default(true).meta({ description: 'Send digests here.' }),
});

export const channelChange = z.strictObject({
  name: name.optional(),
  enabled: z.boolean().optional(),
  config: config.optional(),
  filter: filter.optional(),
  updates: z.boolean().optional(),
  closing: z.boolean().optional(),
  digest: z.boolean().optional(),
});

const time = z.string().nullable();

export const channelShape = z.object({
  id: z.string(),
  type: z.string(),
  name: z.string(),
  enabled: z.boolean(),
  config: z.record(z.string(), z.unknown()).meta({ description: 'Without secrets.' }),
  secrets_set: z.array(z.string()).meta({ description: 'Secrets that are stored. They are never given out.' }),
  filter: z.object({
    severities: z.array(z.enum(severities)),
    entities: z.array(z.string()),
    rules: z.array(z.string()),
    tags: z.array(z.string()),
  }),
  updates: z.boolean(),
  closing: z.boolean(),
  digest: z.boolean(),
  target: z.string(),
  fixed: z.boolean().meta({ description: 'It comes from the configuration (EMAIL_…) and is changed there.' }),
  created_at: time,
  updated_at: time,
  queue: z.object({
    waiting: z.number(),
    state: z.enum(['ok', 'failing', 'resting']),
    failures: z.number(),
    retry_at: time,
  }),
  last: z.object({ at: z.string(), ok: z.boolean(), detail: z.string(), kind: z.string() }).nullable(),
});

const iso = (at: number): string => new Date(at).toISOString();
const isoOrNull = (at: number | null): string | null => (at === null ? null : iso(at));

export const channelAnswer = (view: ChannelView): z.output<typeof channelShape> => ({
  ...view,
  created_at: isoOrNull(view.created_at),
  updated_at: isoOrNull(view.updated_at),
  queue: { ...view.queue, retry_at: isoOrNull(view.queue.retry_at) },
  last: view.last === null ? null : { ...view.last, at: iso(view.last.at) },
});

export const deliveryShape = z.object({
  id: z.string(),
  channel_id: z.string(),
  channel_name: z.string(),
  channel_type: z.string(),
  key: z.string().meta({ description: 'Id of the incident, or what else it is about.' }),
  kind: z.string(),
  title: z.string(),
  severity: z.enum(severities),
  state: z.enum(deliveryStates),
  created_at: z.string(),
  next_at: time.meta({ description: 'When it is tried next, while it waits.' }),
  finished_at: time,
  attempts: z.number(),
  detail: z.string().meta({ description: 'What the receiver said last.' }),
  took_ms: z.number().nullable(),
});

export const deliveryAnswer = ({ number: _, ...each }: Delivery): z.output<typeof deliveryShape> => ({
  ...each,
  created_at: iso(each.created_at),
  next_at: each.state === 'waiting' ? iso(each.next_at) : null,
  finished_at: isoOrNull(each.finished_at),
});

export const previewInput = z.strictObject({
  type: z.string().min(1).max(40),
  config,
  kind: z.enum(messageKinds).default('opened'),
});

export const statusShape = z.object({
  channels: z.number(),
  digest: z.object({ below: z.number(), quiet: z.number(), flood: z.number() }),
  quiet_until: time,
  day: z.record(z.enum(deliveryStates), z.number()),
  thresholds: z.object({ severity: z.enum(severities), risk: z.number(), minutes: z.number() }),
  last_check: time,
  running: z.boolean(),
});
