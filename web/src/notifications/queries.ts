import { queryOptions } from '@tanstack/react-query';
import { request } from '../api/client.ts';
import type { Severity } from '../api/types.ts';

export interface PropertySchema {
  type?: string | string[];
  title?: string;
  description?: string;
  default?: unknown;
  enum?: unknown[];
  items?: PropertySchema;
  anyOf?: PropertySchema[];
  secret?: boolean;
  multiline?: boolean;
}

export interface ChannelType {
  name: string;
  title: string;
  description: string;
  schema: { properties: Record<string, PropertySchema>; required?: string[] };
}

export interface ChannelFilter {
  severities: Severity[];
  entities: string[];
  rules: string[];
  tags: string[];
}

export interface Channel {
  id: string;
  type: string;
  name: string;
  enabled: boolean;
  config: Record<string, unknown>;
  secrets_set: string[];
  filter: ChannelFilter;
  updates: boolean;
  closing: boolean;
  digest: boolean;
  target: string;
  fixed: boolean;
  queue: { waiting: number; state: 'ok' | 'failing' | 'resting'; failures: number; retry_at: string | null };
  last: { at: string; ok: boolean; detail: string; kind: string } | null;
}

export interface Delivery {
  id: string;
  channel_name: string;
  key: string;
  kind: string;
  title: string;
  severity: Severity;
  state: 'waiting' | 'delivered' | 'failed' | 'replaced' | 'dropped';
  created_at: string;
  next_at: string | null;
  finished_at: string | null;
  attempts: number;
  detail: string;
  took_ms: number | null;
}

interface Status {
  channels: number;
  digest: { below: number; quiet: number; flood: number };
  quiet_until: string | null;
  day: Record<Delivery['state'], number>;
  thresholds: { severity: Severity; risk: number; minutes: number };
}

const root = '/api/notifications';

export const channelPath = (id: string): string => `${root}/channels/${encodeURIComponent(id)}`;

export const typesQuery = queryOptions({
  queryKey: ['notifications', 'types'],
  queryFn: ({ signal }) => request<ChannelType[]>(`${root}/types`, { signal }),
  staleTime: Number.POSITIVE_INFINITY,
});

export const channelsQuery = queryOptions({
  queryKey: ['notifications', 'channels'],
  queryFn: ({ signal }) => request<Channel[]>(`${root}/channels`, { signal }),
  refetchInterval: 5000,
});

export const statusQuery = queryOptions({
  queryKey: ['notifications', 'status'],
  queryFn: ({ signal }) => request<Status>(`${root}/status`, { signal }),
  refetchInterval: 5000,
});

export const historyQuery = (state: string) => ({
  queryKey: ['notifications', 'history', state],
  queryFn: ({ signal, pageParam }: { signal: AbortSignal; pageParam: number | null }) =>
    request<{ deliveries: Delivery[]; next: number | null }>(`${root}/history`, {
      signal,
      query: { limit: 100, state, before: pageParam },
    }),
  initialPageParam: null as number | null,
  getNextPageParam: (last: { next: number | null }) => last.next,
  refetchInterval: 10_000,
});

export const previewMessage = (type: string, config: Record<string, unknown>, kind: string) =>
  request<{ payload: string; html: string | null }>(`${root}/preview`, {
    method: 'POST',
    body: { type, config, kind },
  });
