import { z } from 'zod';
import { isoTime } from '../../model/index.ts';
import type { IntelListView, ProviderView } from './types.ts';

export const levels = ['suspicious', 'malicious'] as const;

const time = (at: number | null): string | null => (at === null ? null : isoTime(at));

export const listShape = z.object({
  id: z.string(),
  name: z.string(),
  url: z.string().nullable(),
  category: z.string(),
  level: z.enum(levels).meta({ description: 'malicious: a hit is a critical alert. suspicious: a medium one.' }),
  origin: z.enum(['shipped', 'own', 'folder']),
  description: z.string(),
  enabled: z.boolean(),
  every_hours: z.number(),
  fetched_at: z.string().nullable(),
  tried_at: z.string().nullable(),
  next_at: z.string().nullable(),
  fetching: z.boolean(),
  error: z.string().nullable(),
  bytes: z.number().nullable(),
  entries: z.number().nullable(),
  left_out: z.object({ unread: z.number(), too_wide: z.number(), internal: z.number() }).nullable(),
});

export const listView = ({
  everyHours,
  fetched_at,
  tried_at,
  next_at,
  ...list
}: IntelListView): z.output<typeof listShape> => ({
  ...list,
  every_hours: everyHours,
  fetched_at: time(fetched_at),
  tried_at: time(tried_at),
  next_at: time(next_at),
});

export const providerShape = z.object({
  source: z.enum(['virustotal', 'abuseipdb', 'otx']),
  name: z.string(),
  key: z.enum(['none', 'configuration', 'browser']),
  used_today: z.number(),
  per_day: z.number(),
  per_minute: z.number().nullable(),
  cache_hours: z.number(),
  paused_until: z.string().nullable(),
  last_error: z.string().nullable(),
  last_answer_at: z.string().nullable(),
});

export const providerView = ({
  paused_until,
  last_answer_at,
  ...provider
}: ProviderView): z.output<typeof providerShape> => ({
  ...provider,
  paused_until: time(paused_until),
  last_answer_at: time(last_answer_at),
});

export const allowedShape = z.object({
  network: z.string(),
  reason: z.string(),
  by: z.string(),
  created_at: z.string(),
});

export const databaseShape = z.object({
  name: z.string(),
  type: z.string(),
  built_at: z.string().nullable(),
  bytes: z.number(),
  attribution: z.string().nullable(),
  problem: z.string().nullable().meta({ description: 'Why it is not used; null: it is.' }),
});

export const summaryShape = z.object({
  networks: z.number(),
  built_at: z.string().nullable(),
  build_ms: z.number().nullable(),
  problem: z.string().nullable(),
  waiting: z.number(),
  skipped: z.number(),
});

export const factsShape = z.object({
  address: z.string(),
  external: z.boolean(),
  allowed: z.string().nullable(),
  geo: z
    .object({
      country: z.string().optional(),
      city: z.string().optional(),
      lat: z.number().optional(),
      lon: z.number().optional(),
      asn: z.number().optional(),
      as_org: z.string().optional(),
    })
    .nullable(),
  hit: z
    .object({
      matched: z.string(),
      feeds: z.array(z.string()),
      categories: z.array(z.string()),
      labels: z.array(z.string()),
      level: z.enum(levels),
    })
    .nullable(),
});
