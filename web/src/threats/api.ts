import { queryOptions } from '@tanstack/react-query';
import { request } from '../api/client.ts';
import type { Severity } from '../api/types.ts';
import type { Kind } from './address.ts';

export interface Attempt {
  timestamp: string;
  log_id: string;
  username?: string | null;
  destination_port?: number | null;
}

export interface AttackWindow {
  window_start: string;
  window_end: string;
  attempt_count?: number;
  request_count?: number;
  request_rate_per_min?: number;
  unique_ports?: number;
  unique_ip_count?: number;
  attempts?: Attempt[];
}

/** A detection of any kind: what a kind does not have is absent. */
export interface Detection {
  attack_type?: string;
  source_ip?: string;
  source_addresses?: string[];
  source_ips?: string[];
  source_ip_count?: number;
  total_attempts?: number;
  total_requests?: number;
  unique_usernames_attempted?: number;
  usernames_attempted?: string[];
  unique_ports_attempted?: number;
  ports_attempted?: number[];
  peak_request_rate?: number;
  avg_request_rate?: number;
  target_ip?: string | null;
  target_port?: number | null;
  target_protocol?: string | null;
  target_ports?: number[];
  target_protocols?: string[];
  peak_unique_ips?: number;
  top_attacking_ips?: { ip: string; count: number }[];
  injection_attempts?: number;
  auth_failures?: number;
  access_attempts?: number;
  first_attempt?: string;
  last_attempt?: string;
  first_request?: string;
  last_request?: string;
  attack_windows: AttackWindow[];
  attack_windows_total: number;
  severity: string;
  severity_reasons: string[];
  rule: { id: string; name: string };
}

export interface Threats {
  detections: Detection[];
  total_detections: number;
  severity_counts: Record<string, number>;
  time_range: { start: string; end: string };
  events_matched: number;
  events_scanned: number;
  seconds: number;
  notes: string[];
}

interface Timeline {
  source_ip: string;
  total_attempts: number;
  timeline: { timestamp: string; username: string | null; log_id: string }[];
  notes: string[];
}

type Question = Record<string, string | number>;

/** Whether the second question is the first one a moment later: only the time moved on. */
export function isLater(before: Question, now: Question): boolean {
  const same = (question: Question): string => {
    const { start_date, end_date, ...asked } = question;
    const length = Date.parse(String(end_date)) - Date.parse(String(start_date));
    return JSON.stringify([length, Object.entries(asked).sort()]);
  };
  return same(before) === same(now) && String(before.end_date) <= String(now.end_date);
}

/**
 * The run ends on the server when the page asks something else. While the same is asked of a moment later, what was found stays:
 * an open detection does not close each minute.
 */
export const threatsQuery = (kind: Kind, question: Question) =>
  queryOptions({
    queryKey: ['threats', kind, question] as const,
    queryFn: ({ signal }) => request<Threats>(`/api/threats/${kind}`, { query: question, signal }),
    placeholderData: (found: Threats | undefined, before) =>
      before?.queryKey[1] === kind && isLater(before.queryKey[2], question) ? found : undefined,
    staleTime: 60_000,
  });

export const timelineQuery = (address: string, start_date: string, end_date: string) =>
  queryOptions({
    queryKey: ['threat-timeline', address, start_date, end_date],
    queryFn: ({ signal }) =>
      request<Timeline>(`/api/threats/brute-force/${encodeURIComponent(address)}/timeline`, {
        query: { start_date, end_date },
        signal,
      }),
    staleTime: 60_000,
  });

export const levelOf = (severity: string): Severity => severity.toLowerCase() as Severity;
export const firstOf = (one: Detection): string => one.first_attempt ?? one.first_request ?? '';
export const lastOf = (one: Detection): string => one.last_attempt ?? one.last_request ?? '';
export const countOf = (one: Detection): number => one.total_attempts ?? one.total_requests ?? 0;
export const windowCount = (one: AttackWindow): number => one.attempt_count ?? one.request_count ?? 0;

/** What it is about: an address, a network, or a port that many flood. */
export const subjectOf = (one: Detection): string =>
  one.source_ip ??
  (one.attack_type === 'DISTRIBUTED_FLOOD'
    ? `${one.target_ip ?? 'any host'} port ${one.target_port ?? '?'}`
    : (one.source_ips?.[0] ?? ''));

/** The one address behind it; null: a network, or many. */
export function addressOf(one: Detection): string | null {
  const address = one.source_ip ?? (one.attack_type === 'DISTRIBUTED_FLOOD' ? undefined : one.source_ips?.[0]);
  return address === undefined || address.includes('/') ? null : address;
}

/** Stays the same while parameters change. */
export const keyOf = (one: Detection): string => `${one.attack_type ?? ''} ${subjectOf(one)}`.trim();
