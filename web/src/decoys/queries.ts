import { queryOptions } from '@tanstack/react-query';
import { ApiError, request } from '../api/client.ts';
import type { EventJson } from '../api/types.ts';
import type { PropertySchema } from '../notifications/queries.ts';

export interface DecoyJson {
  name: string;
  title: string;
  description: string;
  protocol: string;
  state: 'off' | 'starting' | 'on' | 'failed';
  problem: string | null;
  port: number;
  port_origin: 'default' | 'configuration' | 'page';
  default_port: number;
  open: number;
  sessions: number;
  last_seen: string | null;
  options_schema: { properties?: Record<string, PropertySchema> };
  /** Null for viewers. */
  options: Record<string, unknown> | null;
}

export interface PersonaJson {
  hostname: string;
  domain: string;
  role: string;
  system: string;
  kernel: string;
  cpu: string;
  cores: number;
  memory_bytes: number;
  disk_bytes: number;
  address: string | null;
  mac: string | null;
  installed_at: string;
  booted_at: string;
  users: { name: string; full_name: string; sudo: boolean }[];
  processes: number;
  ssh_version: string;
}

export interface DecoysJson {
  decoys: DecoyJson[];
  process: {
    running: boolean;
    isolation: { uid: number | null; permission: boolean; namespace: boolean; guarded: boolean } | null;
    restarts: number;
    last_problem: string | null;
    open: number;
    refused: number;
    dropped: number;
  };
  persona: PersonaJson;
  host: string;
  files_bytes: number;
  files_max_bytes: number;
}

export interface VisitJson {
  id: string;
  decoy: string;
  src_ip: string;
  src_port: number;
  dst_port: number;
  started_at: string;
  ended_at: string | null;
  reason: string | null;
  user: string | null;
  logins: number;
  commands: number;
  uploads: number;
  downloads: number;
  forwards: number;
  requests: number;
  recordings: number[];
  facts: Record<string, string | number | boolean>;
  received_bytes: number;
  sent_bytes: number;
}

export interface TriedJson {
  user: string;
  password: string;
  times: number;
  addresses: number;
  accepted: number;
  first_at: string;
  last_at: string;
  decoys: string[];
}

export interface FileJson {
  sha256: string;
  bytes: number;
  name: string;
  via: string;
  decoy: string;
  session: string;
  src_ip: string;
  times: number;
  first_at: string;
  last_at: string;
  truncated: boolean;
  kept: boolean;
}

export interface VisitDetailJson {
  session: VisitJson;
  credentials: { time: string; user: string; password: string; method: string; accepted: boolean }[];
  files: FileJson[];
}

const lookEveryMs = 5000;

export const decoysQuery = queryOptions({
  queryKey: ['decoys'],
  queryFn: ({ signal }) => request<DecoysJson>('/api/decoys', { signal }),
  refetchInterval: lookEveryMs,
});

export interface VisitFilter {
  decoy?: string | undefined;
  address?: string | undefined;
  only?: 'logged_in' | 'recorded' | undefined;
}

export const visitsQuery = ({ decoy, address, only }: VisitFilter) =>
  queryOptions({
    queryKey: ['decoys', 'visits', decoy, address, only],
    queryFn: ({ signal }) =>
      request<{ sessions: VisitJson[]; next: string | null }>('/api/decoys/sessions', {
        query: { decoy, src_ip: address, ...(only && { [only]: true }), limit: 500 },
        signal,
      }),
    refetchInterval: lookEveryMs,
  });

export const visitQuery = (id: string) =>
  queryOptions({
    queryKey: ['decoys', 'visit', id],
    queryFn: ({ signal }) => request<VisitDetailJson>(`/api/decoys/sessions/${encodeURIComponent(id)}`, { signal }),
    refetchInterval: ({ state }) => (state.data?.session.ended_at === null ? 2000 : false),
  });

/** What happened in a visit, newest first. */
export const visitEventsQuery = (id: string) =>
  queryOptions({
    queryKey: ['decoys', 'visit', id, 'events'],
    queryFn: ({ signal }) => request<{ events: EventJson[] }>('/api/events', { query: { q: id, limit: 500 }, signal }),
    refetchInterval: 5000,
  });

export const triedQuery = (decoy: string | undefined) =>
  queryOptions({
    queryKey: ['decoys', 'tried', decoy],
    queryFn: ({ signal }) =>
      request<{ credentials: TriedJson[] }>('/api/decoys/credentials', { query: { decoy, limit: 500 }, signal }),
    refetchInterval: lookEveryMs,
  });

export const filesQuery = queryOptions({
  queryKey: ['decoys', 'files'],
  queryFn: ({ signal }) => request<{ files: FileJson[] }>('/api/decoys/files', { query: { limit: 500 }, signal }),
  refetchInterval: lookEveryMs,
});

/** A terminal recording, as text. */
export const recordingQuery = (id: string, number: number) =>
  queryOptions({
    queryKey: ['decoys', 'recording', id, number],
    queryFn: async ({ signal }) => {
      const answer = await fetch(recordingPath(id, number), { credentials: 'same-origin', signal });
      if (!answer.ok) throw new ApiError(answer.status, 'NOT_FOUND', 'The recording is not kept any more.');
      return answer.text();
    },
    staleTime: 5000,
  });

export const recordingPath = (id: string, number: number): string =>
  `/api/decoys/sessions/${encodeURIComponent(id)}/recordings/${number}`;
