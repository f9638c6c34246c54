import { infiniteQueryOptions, keepPreviousData, QueryClient, queryOptions } from '@tanstack/react-query';
import { ApiError, type Query, request, requestWithHeaders } from './client.ts';
import type {
  AlertDetail,
  AuditJson,
  AuditVerdict,
  Bucket,
  Coverage,
  Health,
  KeyJson,
  Listening,
  Overview,
  PhosorAlert,
  RuleException,
  RuleJson,
  RuleListed,
  SessionUser,
  SettingView,
  SourceJson,
  TopEntry,
  UserJson,
} from './types.ts';

/** One cache for the page. A refusal is an answer: only an unreachable or failing server is asked again. */
export const queryClient = new QueryClient({
  defaultOptions: {
    queries: {
      staleTime: 5_000,
      refetchOnWindowFocus: true,
      retry: (failures, error) =>
        failures < 2 && !(error instanceof ApiError && error.status > 0 && error.status < 500),
      retryDelay: (attempt) => 400 * 2 ** attempt,
    },
  },
});

export const meQuery = queryOptions({
  queryKey: ['me'],
  queryFn: async ({ signal }): Promise<SessionUser | null> => {
    try {
      return (await request<{ user: SessionUser }>('/api/auth/me', { signal })).user;
    } catch (error) {
      if (error instanceof ApiError && error.status === 401) return null;
      throw error;
    }
  },
  staleTime: 60_000,
});

export const setupNeededQuery = queryOptions({
  queryKey: ['setup'],
  queryFn: ({ signal }) => request<{ needed: boolean }>('/api/auth/setup', { signal }),
});

export const overviewQuery = (hours: number) =>
  queryOptions({
    queryKey: ['overview', hours],
    queryFn: ({ signal }) => request<Overview>('/api/overview', { query: { hours }, signal }),
    refetchInterval: 5_000,
    placeholderData: keepPreviousData,
  });

/** Alerts per time bucket and severity, without signals. @param bucketSeconds width of a bucket */
export const alertHistogramQuery = (from: string, to: string, bucketSeconds: number) =>
  queryOptions({
    queryKey: ['alert-histogram', from, to, bucketSeconds],
    queryFn: ({ signal }) =>
      request<Bucket[]>('/api/alerts/histogram', {
        query: { from, to, bucket_seconds: bucketSeconds, signals: 'exclude' },
        signal,
      }),
    placeholderData: keepPreviousData,
  });

export const topQuery = (field: string, filter: Query, limit = 8) =>
  queryOptions({
    queryKey: ['top', field, filter, limit],
    queryFn: ({ signal }) => request<TopEntry[]>('/api/events/top', { query: { ...filter, field, limit }, signal }),
    placeholderData: keepPreviousData,
  });

export const topCountriesQuery = (filter: Query, limit = 8) =>
  queryOptions({
    queryKey: ['top-countries', filter, limit],
    queryFn: async ({ signal }) => {
      const { from, to } = filter;
      const query = { start_date: from, end_date: to, limit };
      const found = await request<{ country: string; count: number }[]>('/api/logs/stats/top-countries', {
        query,
        signal,
      });
      return found.map(({ country, count }): TopEntry => ({ value: country, count }));
    },
    placeholderData: keepPreviousData,
  });

export interface AlertPage {
  alerts: PhosorAlert[];
  next: string | null;
  total: number | null;
  /** Signals that would be listed as well; 0 where they are. */
  hidden: number;
}

const alertPageSize = 200;

/** The queue, newest first, by cursor: pages stay what they were while new alerts arrive. */
export const alertsQuery = (filter: Query) =>
  infiniteQueryOptions({
    queryKey: ['alerts', filter],
    queryFn: async ({ pageParam, signal }): Promise<AlertPage> => {
      const { data, headers } = await requestWithHeaders<PhosorAlert[]>('/api/alerts', {
        query: { ...filter, limit: alertPageSize, cursor: pageParam, matched_events: 'none' },
        signal,
      });
      const total = headers.get('x-total-count');
      return {
        alerts: data,
        next: headers.get('x-next-cursor') || null,
        total: total === null ? null : Number(total),
        hidden: Number(headers.get('x-hidden-signals') ?? 0),
      };
    },
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.next,
    staleTime: Number.POSITIVE_INFINITY,
    gcTime: 60_000,
    refetchOnWindowFocus: false,
  });

/** The newest critical and high alerts that nobody has taken yet, and how many there are. */
export const urgentAlertsQuery = queryOptions({
  queryKey: ['urgent-alerts'],
  queryFn: async ({ signal }) => {
    const { data, headers } = await requestWithHeaders<PhosorAlert[]>('/api/alerts', {
      query: { severity: 'critical,high', status: 'new', limit: 5, matched_events: 'none', signals: 'exclude' },
      signal,
    });
    return { alerts: data, total: Number(headers.get('x-total-count') ?? data.length) };
  },
  refetchInterval: 10_000,
});

export const alertQuery = (id: string) =>
  queryOptions({
    queryKey: ['alert', id],
    queryFn: ({ signal }) => request<AlertDetail>(`/api/alerts/${encodeURIComponent(id)}`, { signal }),
  });

export const eventHistogramQuery = (filter: Query, by: string, bucketSeconds: number) =>
  queryOptions({
    queryKey: ['event-histogram', filter, by, bucketSeconds],
    queryFn: ({ signal }) =>
      request<Bucket[]>('/api/events/histogram', { query: { ...filter, by, bucket_seconds: bucketSeconds }, signal }),
  });

/** All rules, without what they say: that is fetched on a rule's own page. */
export const rulesQuery = queryOptions({
  queryKey: ['rules'],
  queryFn: ({ signal }) => request<RuleListed[]>('/api/rules', { query: { config: false }, signal }),
  // Thousands of rules are some megabytes even so.
  refetchInterval: ({ state }) => ((state.data?.length ?? 0) > 1000 ? 60_000 : 10_000),
});

export const ruleQuery = (id: string) =>
  queryOptions({
    queryKey: ['rule', id],
    queryFn: ({ signal }) => request<RuleJson>(`/api/rules/${encodeURIComponent(id)}`, { signal }),
  });

export const exceptionsQuery = (ruleId: string) =>
  queryOptions({
    queryKey: ['exceptions', ruleId],
    queryFn: ({ signal }) =>
      request<RuleException[]>(`/api/rules/${encodeURIComponent(ruleId)}/exceptions`, { signal }),
  });

export const coverageQuery = queryOptions({
  queryKey: ['coverage'],
  queryFn: ({ signal }) => request<Coverage>('/api/rules/coverage', { signal }),
  refetchInterval: 30_000,
});

export const sourcesQuery = queryOptions({
  queryKey: ['sources'],
  queryFn: ({ signal }) => request<SourceJson[]>('/api/sources', { signal }),
  refetchInterval: 2_000,
});

export const offersQuery = queryOptions({
  queryKey: ['offers'],
  queryFn: ({ signal }) => request<{ path: string; bytes: number }[]>('/api/sources/offers', { signal }),
});

export const listeningQuery = queryOptions({
  queryKey: ['listening'],
  queryFn: ({ signal }) => request<Listening>('/api/sources/listening', { signal }),
  refetchInterval: 10_000,
});

export const settingsQuery = queryOptions({
  queryKey: ['settings'],
  queryFn: ({ signal }) => request<SettingView[]>('/api/settings', { signal }),
});

export const usersQuery = queryOptions({
  queryKey: ['users'],
  queryFn: ({ signal }) => request<UserJson[]>('/api/users', { signal }),
});

export const keysQuery = queryOptions({
  queryKey: ['keys'],
  queryFn: ({ signal }) => request<KeyJson[]>('/api/keys', { signal }),
});

export interface AuditSearch {
  user?: string;
  action?: string;
  success?: 'true' | 'false';
  text?: string;
  from?: string;
}

const auditPage = 200;

export const auditQuery = (search: AuditSearch) =>
  infiniteQueryOptions({
    queryKey: ['audit', search],
    initialPageParam: '',
    queryFn: async ({ pageParam, signal }) => {
      const query = { limit: auditPage, cursor: pageParam, ...search };
      const { data, headers } = await requestWithHeaders<AuditJson[]>('/api/audit', { query, signal });
      return { records: data, next: headers.get('x-next-cursor') };
    },
    getNextPageParam: ({ next }: { next: string | null }) => next,
  });

export const auditActionsQuery = queryOptions({
  queryKey: ['audit-actions'],
  queryFn: ({ signal }) => request<string[]>('/api/audit/actions', { signal }),
  staleTime: Number.POSITIVE_INFINITY,
});

export const auditVerdictQuery = queryOptions({
  queryKey: ['audit-verdict'],
  queryFn: ({ signal }) => request<AuditVerdict>('/api/audit/verify', { signal }),
});

export const healthQuery = queryOptions({
  queryKey: ['health'],
  queryFn: ({ signal }) => request<Health>('/health', { signal }),
  refetchInterval: 15_000,
});
