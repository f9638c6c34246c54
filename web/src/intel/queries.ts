import { queryOptions } from '@tanstack/react-query';
import type { Reputation } from '../../../src/model/reputation.ts';
import { request } from '../api/client.ts';

export interface AddressJson {
  address: string;
  external: boolean;
  allowed: string | null;
  geo: { country?: string; city?: string; lat?: number; lon?: number; asn?: number; as_org?: string } | null;
  hit: { matched: string; feeds: string[]; categories: string[]; labels: string[]; level: string } | null;
  reputation: Reputation | null;
  /** Why no provider can be asked. */
  unavailable: string | null;
}

export interface ListJson {
  id: string;
  name: string;
  url: string | null;
  category: string;
  level: 'malicious' | 'suspicious';
  origin: 'shipped' | 'own' | 'folder';
  description: string;
  enabled: boolean;
  every_hours: number;
  fetched_at: string | null;
  tried_at: string | null;
  next_at: string | null;
  fetching: boolean;
  error: string | null;
  bytes: number | null;
  entries: number | null;
  left_out: { unread: number; too_wide: number; internal: number } | null;
}

export interface ProviderJson {
  source: 'virustotal' | 'abuseipdb' | 'otx';
  name: string;
  key: 'none' | 'configuration' | 'browser';
  used_today: number;
  per_day: number;
  per_minute: number | null;
  cache_hours: number;
  paused_until: string | null;
  last_error: string | null;
  last_answer_at: string | null;
}

export interface AllowedJson {
  network: string;
  reason: string;
  by: string;
  created_at: string;
}

export interface IntelJson {
  summary: {
    networks: number;
    built_at: string | null;
    build_ms: number | null;
    problem: string | null;
    waiting: number;
    skipped: number;
  };
  lists: ListJson[];
  providers: ProviderJson[];
  allowed: AllowedJson[];
  databases: {
    name: string;
    type: string;
    built_at: string | null;
    bytes: number;
    attribution: string | null;
    problem: string | null;
  }[];
}

export const intelQuery = queryOptions({
  queryKey: ['intel'],
  queryFn: ({ signal }) => request<IntelJson>('/api/intel', { signal }),
  // What is being fetched is looked at often.
  refetchInterval: ({ state }) => (state.data?.lists.some(({ fetching }) => fetching) ? 1000 : 15_000),
});

/** @param ask providers may be asked where nothing is known yet: only on a person's click. */
export const addressQuery = (address: string, ask: boolean) =>
  queryOptions({
    queryKey: ['intel', 'address', address, ask],
    queryFn: ({ signal }) =>
      request<AddressJson>(`/api/intel/addresses/${encodeURIComponent(address)}`, { query: { ask }, signal }),
    staleTime: 30_000,
  });
