import { queryOptions } from '@tanstack/react-query';
import { ApiError, type Query, request, withQuery } from './client.ts';
import { download } from './download.ts';
import { queryClient } from './queries.ts';
import type { Severity } from './types.ts';

export const reportKinds = ['daily', 'weekly', 'monthly', 'custom'] as const;
export type ReportKind = (typeof reportKinds)[number];
export type ExportFormat = 'pdf' | 'csv' | 'json';

export interface Compared {
  now: number;
  before: number;
  change_percent: number | null;
}

/** Times are texts in the report's own zone, and are shown as they are. */
export interface ReportJson {
  report_type: string;
  title: string;
  generated_at: string;
  timezone: string;
  period: { start: string; end: string; until: string; is_complete: boolean };
  summary: {
    total_logs: number;
    security_score: number | null;
    security_status: string | null;
    score_lines: { severity: string; count: number; points: number; most: number; deduction: number }[];
    threat_summary: { total_threats: number; critical_threats: number; high_threats: number };
    sentences: string[];
  } | null;
  log_statistics: {
    total_logs: number;
    event_type_counts: Record<string, number>;
    top_source_ips: { source_ip: string; count: number }[];
    top_ports: { port: number; count: number }[];
    top_countries?: { country: string; count: number; addresses: number }[];
    top_users: { username: string; count: number }[];
  };
  threat_detections: {
    findings: {
      kind: string;
      attack_type: string | null;
      severity: string;
      addresses: string[];
      title: string;
      first: string;
      last: string;
      rule: { id: string; name: string };
    }[];
  } | null;
  recommendation_details: {
    priority: Severity;
    text: string;
    based_on: {
      finding: string;
      addresses: string[];
      ports: number[];
      users: string[];
      rules: { id: string; name: string }[];
      sources: string[];
      count: number;
    };
  }[];
  comparison: {
    period: { start: string; end: string };
    total_logs: Compared;
    severity_counts: Record<string, Compared>;
    total_threats: Compared | null;
    security_score: Compared | null;
    alerts: Compared;
    new_top_source_ips: string[];
  };
  time_breakdown: {
    label: string;
    start: string;
    end: string;
    total: number;
    severity_counts: Record<string, number>;
  }[];
  alerts: {
    total: number;
    by_severity: Record<Severity, number>;
    open: number;
    top_rules: { rule_id: string; rule_name: string; count: number }[];
    top_alerts: { id: string; time: string; severity: Severity; rule_name: string; message: string; count: number }[];
  };
  /** Reports that were saved before incidents were in them have none. */
  incidents?: {
    opened: number;
    closed: number;
    open_at_end: number;
    mean_seconds_to_close: number | null;
    worst: {
      id: string;
      title: string;
      severity: Severity;
      status: string;
      disposition: string | null;
      owner: string | null;
      alert_count: number;
      opened_at: string;
    }[];
  };
  silent_sources: { source: string; last_seen: string; silent_hours: number; events: number }[];
  notes: string[];
}

export interface SavedHead {
  id: string;
  report_name: string;
  report_type: string | null;
  report_date: string | null;
  created_at: string;
  created_by: string;
  notes: string;
  summary?: unknown;
}
export type SavedReport = SavedHead & { report: Record<string, unknown> };

export interface SchedulePlan {
  name: string;
  frequency: 'daily' | 'weekly' | 'monthly';
  hour: number;
  minute: number;
  weekday: number;
  day: number;
  timezone: string;
  recipients: string[];
  format: ExportFormat;
  enabled: boolean;
}
export interface Schedule extends SchedulePlan {
  id: string;
  next_at: string | null;
  retrying: boolean;
  last: { at: string; ok: boolean; detail: string; report: string | null } | null;
}

/** What a report is asked by. */
export interface ReportAsked {
  kind: ReportKind;
  date?: string | undefined;
  from?: string | undefined;
  to?: string | undefined;
  zone: string;
}

const datesOf = ({ kind, date, from, to }: ReportAsked): Query =>
  kind === 'custom' ? { start_date: from, end_date: to } : kind === 'weekly' ? { start_date: date } : { date };

export const reportQuery = (asked: ReportAsked) =>
  queryOptions({
    queryKey: ['reports', 'made', asked],
    queryFn: async ({ signal }) =>
      (
        await request<{ report: ReportJson }>(`/api/reports/${asked.kind}`, {
          query: { ...datesOf(asked), timezone: asked.zone, include_charts: false },
          signal,
        })
      ).report,
    // It takes seconds: not again because somebody looked away.
    staleTime: 5 * 60_000,
    enabled: asked.kind !== 'custom' || (asked.from !== undefined && asked.to !== undefined),
    retry: (count, error) => !(error instanceof ApiError && error.status < 500) && count < 1,
  });

export const historyPage = 20;
export const historyQuery = (skip: number) =>
  queryOptions({
    queryKey: ['reports', 'history', skip],
    queryFn: ({ signal }) =>
      request<{ reports: SavedHead[]; total: number }>('/api/reports/history', {
        query: { limit: historyPage, skip },
        signal,
      }),
  });

export const savedQuery = (id: string | undefined) =>
  queryOptions({
    queryKey: ['reports', 'saved', id],
    queryFn: ({ signal }) => request<SavedReport>(`/api/reports/history/${encodeURIComponent(id ?? '')}`, { signal }),
    enabled: id !== undefined,
    staleTime: Number.POSITIVE_INFINITY,
  });

export const schedulesQuery = queryOptions({
  queryKey: ['reports', 'schedules'],
  queryFn: ({ signal }) =>
    request<{ schedules: Schedule[]; mail_configured: boolean }>('/api/reports/schedules', { signal }),
  refetchInterval: 30_000,
});

export const refreshHistory = () => queryClient.invalidateQueries({ queryKey: ['reports', 'history'] });
export const refreshSchedules = () => queryClient.invalidateQueries({ queryKey: ['reports', 'schedules'] });

/** Fetches a report as a file and hands it to the browser under the name that the server gave. */
export async function downloadReport(asked: ReportAsked | { saved: string }, format: ExportFormat): Promise<void> {
  const answer =
    'saved' in asked
      ? await fetch(withQuery(`/api/reports/history/${encodeURIComponent(asked.saved)}/export`, { format }))
      : await fetch('/api/reports/export', {
          method: 'POST',
          credentials: 'same-origin',
          headers: { 'content-type': 'application/json' },
          body: JSON.stringify({ report_type: asked.kind, format, timezone: asked.zone, ...datesOf(asked) }),
        });
  if (!answer.ok) {
    const { detail } = (await answer.json().catch(() => ({}))) as { detail?: string };
    throw new ApiError(answer.status, '', detail ?? `The server answered ${answer.status}.`);
  }
  const named = /filename="([\w.-]+)"/.exec(answer.headers.get('content-disposition') ?? '');
  const url = URL.createObjectURL(await answer.blob());
  download(url, named?.[1] ?? `phosor-report.${format}`);
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
}
