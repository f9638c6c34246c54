import { queryOptions, useMutation, useQueryClient } from '@tanstack/react-query';
import { toast } from 'sonner';
import { type Query, request, sentence } from '../api/client.ts';
import type { Severity } from '../api/types.ts';

export interface ScoreJson {
  score: number;
  threat_level: 'LOW' | 'MEDIUM' | 'HIGH';
  decision: 'ALLOW' | 'ALERT' | 'BLOCK';
  confidence: number;
  parts: { part: string; points: number; most: number; reasons: { text: string; points: number }[] }[];
}

export interface DecisionJson {
  id: string;
  kind: 'allow' | 'alert' | 'block' | 'redirect';
  target: string;
  reason: string;
  evidence: { alerts: string[]; events: string[]; score: ScoreJson | null };
  policy: string | null;
  who: string;
  created: string;
  expires: string;
  state: 'active' | 'dry-run' | 'expired' | 'undone' | 'refused';
  changed: string;
  note: string | null;
  strike: number;
  enforcers: { enforcer: string; state: 'pending' | 'verified' | 'removed' | 'failed'; detail: string; at: string }[];
}

export interface PolicyJson {
  id: string;
  name: string;
  enabled: boolean;
  order: number;
  kind: 'alert' | 'block' | 'redirect';
  ttl_seconds: number;
  when: {
    severity: Severity | null;
    rules: string[];
    tags: string[];
    event_types: string[];
    score: number | null;
  };
  shipped: boolean;
  changed: boolean;
}

export interface ResponseJson {
  mode: 'dry-run' | 'enforce';
  panic: { by: string; at: string } | null;
  enforcer: {
    name: string | null;
    redirects: boolean;
    problem: string | null;
    entries: number;
    verified_at: string | null;
  };
  protected: { network: string; why: 'own' | 'gateway' | 'resolver' | 'peer' | 'configuration' }[];
  allowed: { network: string; reason: string; by: string; created_at: string }[];
  policies: PolicyJson[];
  counters: Record<string, number>;
  counts: Record<DecisionJson['state'], number>;
}

export interface BouncerJson {
  key_id: string;
  name: string;
  last_pull: string;
  agent: string;
  address: string;
  pulls: number;
  behind: number;
}

export interface ListJson {
  id: string;
  name: string;
  format: 'txt' | 'json' | 'mikrotik' | 'pf';
  by: string;
  created_at: string;
  last_used_at: string | null;
}

const all = 'response';

export const responseQuery = queryOptions({
  queryKey: [all, 'state'],
  queryFn: ({ signal }) => request<ResponseJson>('/api/response', { signal }),
  refetchInterval: 5000,
});

export const decisionsQuery = (query: { state: string; q: string | undefined; cursor: number | undefined }) =>
  queryOptions({
    queryKey: [all, 'decisions', query],
    queryFn: ({ signal }) =>
      request<{ decisions: DecisionJson[]; total: number; next: number | null }>('/api/decisions', {
        query: { ...query, limit: 50 },
        signal,
      }),
    refetchInterval: 5000,
    placeholderData: (before) => before,
  });

/** What stands about addresses now. */
export const standingQuery = (addresses: readonly string[]) =>
  queryOptions({
    queryKey: [all, 'standing', ...addresses],
    queryFn: ({ signal }) =>
      request<{ targets: { target: string; decisions: DecisionJson[] }[] }>('/api/decisions/about', {
        query: { target: addresses.join(',') },
        signal,
      }),
    select: ({ targets }): Record<string, DecisionJson[]> =>
      Object.fromEntries(targets.map(({ target, decisions }) => [target, decisions])),
    refetchInterval: 10_000,
  });

export interface PreviewJson {
  target: string;
  outcome: 'active' | 'dry-run' | 'refused';
  why: string | null;
  standing: DecisionJson | null;
}

/** What would come of a decision. Stored nowhere, so it is asked like a question. */
export const previewQuery = (body: { target: string; kind: string; ttl_seconds: number }) =>
  queryOptions({
    queryKey: [all, 'preview', body],
    queryFn: ({ signal }) => request<PreviewJson>('/api/decisions/preview', { method: 'POST', body, signal }),
    staleTime: 0,
  });

export const bouncersQuery = queryOptions({
  queryKey: [all, 'bouncers'],
  queryFn: ({ signal }) => request<BouncerJson[]>('/api/response/bouncers', { signal }),
  refetchInterval: 10_000,
});

export const listsQuery = queryOptions({
  queryKey: [all, 'lists'],
  queryFn: ({ signal }) => request<ListJson[]>('/api/response/lists', { signal }),
});

interface Change<Answer> {
  method: 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  path: string;
  body?: unknown;
  query?: Query;
  /** What is said when it is done. */
  done?: (answer: Answer) => string | null;
}

/** A change: everything of the page is asked for anew behind it, and a refusal is shown in its sentence. */
export function useResponseChange<Answer = unknown>() {
  const queryClient = useQueryClient();
  return useMutation({
    mutationFn: ({ method, path, body, query }: Change<Answer>) =>
      request<Answer>(path, { method, ...(body !== undefined && { body }), ...(query && { query }) }),
    onSuccess: (answer, { done }) => {
      const said = done?.(answer);
      if (said) toast.success(said);
    },
    onError: (error) => toast.error(sentence(error)),
    onSettled: () => queryClient.invalidateQueries({ queryKey: [all] }),
  });
}
