import { keepPreviousData, queryOptions } from '@tanstack/react-query';
import { request } from '../api/client.ts';

interface Counts {
  packets: number;
  bytes: number;
  arp: number;
  other: number;
  damaged: number;
  flows: number;
  flows_held: number;
  flows_evicted: number;
  flows_summed: number;
  left_out: Record<string, number>;
  protocols: Record<string, { packets: number; bytes: number }>;
}

export interface Capture {
  state: 'off' | 'starting' | 'running' | 'waiting' | 'unavailable';
  detail: string | null;
  hint: string | null;
  program: string | null;
  interface: string;
  filter: string;
  since: string | null;
  received: number | null;
  lost: number | null;
  not_taken: number;
  counts: Counts | null;
  history: { packets: number; bytes: number }[];
  interfaces: { name: string; addresses: string[] }[];
}

export interface Flow {
  src_ip: string;
  src_port: number | null;
  dst_ip: string;
  dst_port: number | null;
  protocol: string;
  service: string | null;
  name: string | null;
  state: string;
  packets_out: number;
  packets_in: number;
  bytes_out: number;
  bytes_in: number;
  began: string;
  last: string;
}

export interface Talker {
  address: string;
  flows: number;
  bytes_out: number;
  bytes_in: number;
  peers: number;
}

export interface Pair {
  src_ip: string;
  dst_ip: string;
  flows: number;
  bytes: number;
  services: string[];
}

export interface Picture {
  at: string | null;
  held: number;
  matching: number;
  flows: Flow[];
  talkers: Talker[];
  pairs: Pair[];
  services: { name: string; flows: number; bytes: number }[];
}

export interface Import {
  id: string;
  name: string;
  state: 'running' | 'done' | 'failed';
  detail: string | null;
  bytes: number;
  bytes_total: number;
  records: number;
  counts: Counts | null;
  started_at: string;
  ended_at: string | null;
}

const often = 2000;

export const captureQuery = queryOptions({
  queryKey: ['network', 'capture'],
  queryFn: ({ signal }) => request<Capture>('/api/network', { signal }),
  refetchInterval: often,
});

export const pictureQuery = (question: { address?: string; service?: string }) =>
  queryOptions({
    queryKey: ['network', 'flows', question],
    queryFn: ({ signal }) => request<Picture>('/api/network/flows', { query: { ...question, limit: 500 }, signal }),
    refetchInterval: often,
    placeholderData: keepPreviousData,
  });

export const importsQuery = queryOptions({
  queryKey: ['network', 'imports'],
  queryFn: ({ signal }) => request<Import[]>('/api/network/imports', { signal }),
  refetchInterval: often,
});
