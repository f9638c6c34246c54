import { keepPreviousData, queryOptions } from '@tanstack/react-query';
import { request } from '../api/client.ts';
import type { Severity } from '../api/types.ts';
import type { EntityKind, IncidentStatus } from '../incidents/types.ts';

export interface EntityNote {
  text: string;
  tags: string[];
  author: string;
  updated_at: string;
}

/** What the API tells of an address, a user or a host. Times are ISO 8601. */
export interface EntityView {
  kind: EntityKind;
  value: string;
  from: string;
  to: string;
  first_seen: string | null;
  last_seen: string | null;
  events: number;
  events_as_target: number | null;
  bucket_seconds: number;
  histogram: { time: string; severity: string; count: number }[];
  top: Record<string, { value: string; count: number }[]>;
  newest: { id: string; time: string | null; received_at: string; raw: string; severity: Severity }[];
  alerts: {
    total: number;
    newest: {
      id: string;
      rule_name: string;
      severity: Severity;
      message: string;
      status: string;
      last: string;
      count: number;
    }[];
  };
  incidents: {
    total: number;
    newest: {
      id: string;
      title: string;
      severity: Severity;
      risk: number;
      status: IncidentStatus;
      owner: string | null;
      last: string;
    }[];
  };
  hints: string[];
  note: EntityNote | null;
}

export const entityPath = (kind: string, value: string): string =>
  `/api/entities/${encodeURIComponent(kind)}/${encodeURIComponent(value)}`;

export const entityQuery = (kind: string, value: string, range: { from: string; to: string }) =>
  queryOptions({
    queryKey: ['entity', kind, value, range.from, range.to],
    queryFn: ({ signal }) => request<EntityView>(entityPath(kind, value), { query: { ...range }, signal }),
    placeholderData: keepPreviousData,
  });
