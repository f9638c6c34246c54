import { keepPreviousData, queryOptions } from '@tanstack/react-query';
import { request } from '../api/client.ts';
import type { ScoreJson } from '../decisions/api.ts';

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
  country: string | null;
  flows: number;
  bytes_out: number;
  bytes_in: number;
  peers: number;
}

export interface Pair {
  src_ip: string;
  src_country: string | null;
  dst_ip: string;
  dst_country: string | null;
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
  /** Not listed. */
  more: { talkers: number; pairs: number };
  /** Stored records that were looked at; null: what is held now was. */
  looked: number | null;
  all: boolean;
}

/** A packet of the log, with what is known of its source by now. */
export interface Packet {
  id: string;
  time: string | null;
  src_ip: string | null;
  src_port: number | null;
  dst_ip: string | null;
  dst_port: number | null;
  protocol: string;
  length: number;
  entropy: number | null;
  country: string | null;
  score: ScoreJson;
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

export type FlowSpan = 'now' | 'hour' | 'day' | 'all';

export const pictureQuery = (question: { address?: string; service?: string; span: FlowSpan }) =>
  queryOptions({
    queryKey: ['network', 'flows', question],
    queryFn: ({ signal }) => request<Picture>('/api/network/flows', { query: { ...question, limit: 500 }, signal }),
    refetchInterval: question.span === 'now' ? often : 10_000,
    placeholderData: keepPreviousData,
  });

export const packetsQuery = (source: string | undefined) =>
  queryOptions({
    queryKey: ['network', 'packets', source],
    queryFn: ({ signal }) =>
      request<{ packets: Packet[]; next: string | null }>('/api/network/packets', {
        query: { ...(source !== undefined && { source }), limit: 200 },
        signal,
      }),
    refetchInterval: 3000,
    placeholderData: keepPreviousData,
  });

export const importsQuery = queryOptions({
  queryKey: ['network', 'imports'],
  queryFn: ({ signal }) => request<Import[]>('/api/network/imports', { signal }),
  refetchInterval: often,
});
