import { infiniteQueryOptions, queryOptions } from '@tanstack/react-query';
import { toast } from 'sonner';
import { type Query, request, requestWithHeaders, sentence } from './client.ts';
import { queryClient } from './queries.ts';
import type { AlertDetail, PhosorAlert, Severity } from './types.ts';

/** What the rules would have raised over some time, kept apart from live alerts. */
export interface ReplayJson {
  id: string;
  name: string;
  /** User, `key:<name>`, or `local`: the command line. */
  by: string;
  created_at: string;
  origin: 'history' | 'files';
  files: string[];
  from: string | null;
  to: string | null;
  rules: number;
  /** Null: all rules in force. */
  rule_ids: string[] | null;
  events: number;
  total: number | null;
  alerts: number;
  by_severity: Partial<Record<Severity, number>>;
  seconds: number;
  state: 'running' | 'done' | 'cut' | 'cancelled' | 'failed';
  note: string | null;
  removed: string[];
  /** False: somebody on the command line reads it once, and it goes by itself. */
  kept: boolean;
  bytes: number;
}

export interface ReplayDetail extends ReplayJson {
  fired: { rule_id: string; rule_name: string; severity: Severity; alerts: number }[];
}

/** `stored`: an alert of the same id was raised live, by the same rule over the same events. */
export type ReplayAlert = PhosorAlert & { stored: boolean };
export type ReplayAlertDetail = AlertDetail & { stored: boolean };

interface ReplayList {
  replays: ReplayJson[];
  limits: { keep: number; max_bytes: number; bytes: number };
}

const pageSize = 100;
const addressOf = (id: string) => `/api/replays/${encodeURIComponent(id)}`;

export const replaysQuery = queryOptions({
  queryKey: ['replays'],
  queryFn: ({ signal }) => request<ReplayList>('/api/replays', { signal }),
  refetchInterval: ({ state }) => (state.data?.replays.some((replay) => replay.state === 'running') ? 700 : 15_000),
});

export const replayQuery = (id: string) =>
  queryOptions({
    queryKey: ['replays', id],
    queryFn: ({ signal }) => request<ReplayDetail>(addressOf(id), { signal }),
    refetchInterval: ({ state }) => (state.data?.state === 'running' ? 700 : false),
  });

/** Alerts of a replay, page by page. What is kept does not change; `over` is part of the key for one that still runs. */
export const replayAlertsQuery = (id: string, filter: Query, over: boolean) =>
  infiniteQueryOptions({
    queryKey: ['replays', id, 'alerts', filter, over],
    queryFn: async ({ pageParam, signal }) => {
      const { data, headers } = await requestWithHeaders<ReplayAlert[]>(`${addressOf(id)}/alerts`, {
        query: { ...filter, limit: pageSize, cursor: pageParam },
        signal,
      });
      return { alerts: data, next: headers.get('x-next-cursor'), total: Number(headers.get('x-total-count') ?? 0) };
    },
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.next,
    staleTime: Number.POSITIVE_INFINITY,
    enabled: over,
  });

export const replayAlertQuery = (id: string, alert: string) =>
  queryOptions({
    queryKey: ['replays', id, 'alert', alert],
    queryFn: ({ signal }) =>
      request<ReplayAlertDetail>(`${addressOf(id)}/alerts/${encodeURIComponent(alert)}`, { signal }),
    staleTime: Number.POSITIVE_INFINITY,
  });

export interface ReplayOrder {
  name?: string;
  from?: string;
  to?: string;
  rules: 'current' | string[];
}

const refresh = () => queryClient.invalidateQueries({ queryKey: ['replays'] });

export async function startReplay(order: ReplayOrder): Promise<ReplayJson> {
  const started = await request<ReplayJson>('/api/replays', { method: 'POST', body: order });
  await refresh();
  return started;
}

export async function cancelReplay({ id }: ReplayJson): Promise<void> {
  try {
    await request(`${addressOf(id)}/cancel`, { method: 'POST' });
  } catch (error) {
    toast.error(sentence(error));
  }
  void refresh();
}

/** @returns whether it is gone */
export async function deleteReplay({ id, name }: ReplayJson): Promise<boolean> {
  try {
    await request(addressOf(id), { method: 'DELETE' });
    toast.success(`The replay “${name}” is deleted`);
    return true;
  } catch (error) {
    toast.error(`Not deleted. ${sentence(error)}`);
    return false;
  } finally {
    void queryClient.invalidateQueries({ queryKey: ['replays'], exact: true });
  }
}
