import { z } from 'zod';
import { severities } from '../../model/index.ts';
import { flag, limit } from '../schemas.ts';
import { type PeriodRequest, reportTypes } from './period.ts';
import { reportSeverities, threatKinds } from './types.ts';

/* What the report's routes take and answer. */

const date = z.string().max(40).optional();

/** Bodies say true or false, queries spell it. */
const part = (standard: boolean) =>
  z.union([z.boolean(), flag]).default(standard).meta({ description: 'true or false.' });

const partFlags = {
  include_charts: part(true).meta({ description: 'Data for charts.' }),
  include_summary: part(true).meta({ description: 'Totals, security score and sentences.' }),
  include_threats: part(true).meta({ description: 'Detections. Without them there is no score.' }),
  include_logs: part(false).meta({ description: 'The newest logs of the period.' }),
};
const timezone = z
  .string()
  .max(64)
  .optional()
  .meta({ description: 'IANA zone in which days begin and times are told. Absent: the host’s.' });

export const dailyQuery = z.object({
  date: date.meta({ description: 'YYYY-MM-DD. Absent: today.' }),
  timezone,
  ...partFlags,
});
export const weeklyQuery = z.object({
  start_date: date.meta({ description: 'First of seven days, YYYY-MM-DD. Absent: the last seven days until now.' }),
  timezone,
  ...partFlags,
});
export const monthlyQuery = z.object({
  date: date.meta({ description: 'Any day of the month, YYYY-MM-DD. Absent: this month.' }),
  timezone,
  ...partFlags,
});
export const customQuery = z.object({
  start_date: z.string().max(40).meta({ description: 'First day (YYYY-MM-DD), or a time.' }),
  end_date: z.string().max(40).meta({ description: 'Last day, which belongs to it, or a time.' }),
  timezone,
  ...partFlags,
});

const typeName = z
  .string()
  .max(20)
  .transform((name) => name.toUpperCase())
  .pipe(z.enum(reportTypes));

export const exportFormats = ['json', 'csv', 'pdf'] as const;
export type ExportFormat = (typeof exportFormats)[number];
export const formatName = z
  .string()
  .max(10)
  .transform((name) => name.toLowerCase())
  .pipe(z.enum(exportFormats));

export const exportBody = z.object({
  report_type: typeName.meta({ description: reportTypes.join(', ') }),
  format: formatName.default('json').meta({ description: exportFormats.join(', ') }),
  date,
  start_date: date,
  end_date: date,
  timezone,
  ...partFlags,
});

export const saveBody = z.object({
  report_name: z.string().trim().min(1).max(200).optional(),
  report: z.record(z.string(), z.unknown()),
  notes: z.string().max(10_000).default(''),
});

export const historyQuery = z.object({
  limit: limit(50, 100),
  skip: z.coerce.number().int().min(0).max(1_000_000).default(0),
  report_type: typeName.optional(),
});

/** The flags of a query or a body. */
export const partsOf = (given: {
  include_charts: boolean;
  include_summary: boolean;
  include_threats: boolean;
  include_logs: boolean;
}) => ({
  charts: given.include_charts,
  summary: given.include_summary,
  threats: given.include_threats,
  logs: given.include_logs,
});

export const periodRequest = (
  type: PeriodRequest['type'],
  given: { date?: string | undefined; start_date?: string | undefined; end_date?: string | undefined },
  zone: string,
): PeriodRequest => ({ type, date: given.date, start_date: given.start_date, end_date: given.end_date, zone });

const reportSeverity = z.enum(reportSeverities);
const counts = z.record(z.string(), z.number());
const compared = z.object({ now: z.number(), before: z.number(), change_percent: z.number().nullable() });
const texts = z.array(z.string());

/** A whole report. Saved ones are held against it before they are printed. */
export const reportShape = z.object({
  report_type: z.enum(reportTypes),
  report_date: z.string(),
  title: z.string(),
  generated_at: z.string(),
  timezone: z.string(),
  period: z.object({
    start: z.string(),
    end: z.string(),
    until: z.string(),
    is_complete: z.boolean(),
    timezone: z.string(),
  }),
  summary: z
    .object({
      total_logs: z.number(),
      security_score: z.number().nullable(),
      security_status: z.enum(['SECURE', 'MODERATE', 'WARNING', 'CRITICAL']).nullable(),
      score_lines: z.array(
        z.object({
          severity: z.enum(['critical', 'high', 'medium', 'low']),
          count: z.number(),
          points: z.number(),
          most: z.number(),
          deduction: z.number(),
        }),
      ),
      threat_summary: z.object({
        total_brute_force_attacks: z.number(),
        total_ddos_attacks: z.number(),
        total_port_scan_attacks: z.number(),
        total_sql_injection_attacks: z.number(),
        total_threats: z.number(),
        critical_threats: z.number(),
        high_threats: z.number(),
        medium_threats: z.number(),
        low_threats: z.number(),
      }),
      sentences: texts,
    })
    .nullable(),
  log_statistics: z.object({
    total_logs: z.number(),
    severity_counts: counts,
    event_type_counts: counts,
    protocol_counts: counts,
    logs_by_hour: z.array(z.object({ hour: z.number(), count: z.number() })),
    top_source_ips: z.array(z.object({ source_ip: z.string(), count: z.number(), last_seen: z.string() })),
    top_ports: z.array(z.object({ port: z.number(), count: z.number() })),
    top_users: z.array(z.object({ username: z.string(), count: z.number() })),
    top_countries: z.array(z.object({ country: z.string(), count: z.number(), addresses: z.number() })),
    top_hosts: z.array(z.object({ host: z.string(), count: z.number() })),
    top_sources: z.array(z.object({ source: z.string(), count: z.number(), last_seen: z.string() })),
  }),
  threat_detections: z
    .object({
      brute_force_attacks: z.array(z.unknown()),
      ddos_attacks: z.array(z.unknown()),
      port_scan_attacks: z.array(z.unknown()),
      sql_injection_attacks: z.array(z.unknown()),
      findings: z.array(
        z.object({
          kind: z.enum(threatKinds),
          attack_type: z.string().nullable(),
          severity: reportSeverity,
          addresses: texts,
          address_count: z.number(),
          attempts: z.number(),
          ports: z.array(z.number()),
          port_count: z.number(),
          users: texts,
          rule: z.object({ id: z.string(), name: z.string() }),
          first: z.string(),
          last: z.string(),
          title: z.string(),
        }),
      ),
    })
    .nullable(),
  top_threat_sources: z.array(
    z.object({
      ip: z.string(),
      brute_force_attacks: z.number(),
      ddos_attacks: z.number(),
      port_scan_attacks: z.number(),
      sql_injection_attacks: z.number(),
      total_attempts: z.number(),
      severity: reportSeverity,
    }),
  ),
  recommendations: texts,
  recommendation_details: z.array(
    z.object({
      priority: z.enum(severities),
      text: z.string(),
      based_on: z.object({
        finding: z.string(),
        addresses: texts,
        ports: z.array(z.number()),
        users: texts,
        rules: z.array(z.object({ id: z.string(), name: z.string() })),
        sources: texts,
        count: z.number(),
      }),
    }),
  ),
  comparison: z.object({
    period: z.object({ start: z.string(), end: z.string() }),
    total_logs: compared,
    severity_counts: z.record(z.string(), compared),
    total_threats: compared.nullable(),
    security_score: compared.nullable(),
    alerts: compared,
    new_top_source_ips: texts,
  }),
  time_breakdown: z.array(
    z.object({ start: z.string(), end: z.string(), label: z.string(), total: z.number(), severity_counts: counts }),
  ),
  alerts: z.object({
    total: z.number(),
    by_severity: z.record(z.enum(severities), z.number()),
    open: z.number(),
    top_rules: z.array(z.object({ rule_id: z.string(), rule_name: z.string(), count: z.number() })),
    top_alerts: z.array(
      z.object({
        id: z.string(),
        time: z.string(),
        severity: z.enum(severities),
        rule_id: z.string(),
        rule_name: z.string(),
        message: z.string(),
        count: z.number(),
        status: z.string(),
      }),
    ),
  }),
  incidents: z.object({
    opened: z.number(),
    closed: z.number(),
    open_at_end: z.number(),
    mean_seconds_to_close: z.number().nullable(),
    worst: z.array(
      z.object({
        id: z.string(),
        title: z.string(),
        severity: z.enum(severities),
        risk: z.number(),
        status: z.string(),
        disposition: z.string().nullable(),
        owner: z.string().nullable(),
        alert_count: z.number(),
        opened_at: z.string(),
        closed_at: z.string().nullable(),
      }),
    ),
  }),
  silent_sources: z.array(
    z.object({ source: z.string(), last_seen: z.string(), events: z.number(), silent_hours: z.number() }),
  ),
  charts: z
    .object({
      events_over_time: z.object({
        unit: z.enum(['hour', 'day']),
        severities: texts,
        points: z.array(z.object({ label: z.string(), counts: z.array(z.number()) })),
      }),
      top_sources: z.array(z.object({ label: z.string(), value: z.number() })),
      threats_by_kind: z.array(z.object({ label: z.string(), value: z.number() })),
    })
    .exactOptional(),
  detailed_logs: z.object({ logs: z.array(z.record(z.string(), z.unknown())), left_out: z.number() }).exactOptional(),
  notes: texts,
});

export const reportAnswer = z.object({ report: reportShape });

const savedHead = z.object({
  id: z.string(),
  report_name: z.string(),
  report_type: z.string().nullable(),
  report_date: z.string().nullable(),
  period: z.unknown(),
  summary: z.unknown(),
  created_at: z.string(),
  created_by: z.string(),
  notes: z.string(),
});
export const historyAnswer = z.object({ reports: z.array(savedHead), total: z.number() });
export const savedAnswer = savedHead.extend({ _id: z.string(), report: z.record(z.string(), z.unknown()) });
