import type { Severity } from '../../model/index.ts';
import type { ReportType } from './period.ts';
import type { ScoreLine, SecurityStatus } from './score.ts';

/* A report, as it is answered, saved, exported and shown. Keys of the Firewall Log Analyzer first, our own behind them. */

export type ReportSeverity = 'CRITICAL' | 'HIGH' | 'MEDIUM' | 'LOW';
export const reportSeverities: readonly ReportSeverity[] = ['CRITICAL', 'HIGH', 'MEDIUM', 'LOW'];

export interface Report {
  report_type: ReportType;
  /** The first day, in the report's zone. */
  report_date: string;
  title: string;
  generated_at: string;
  /** IANA name: all times of the report are told in it. */
  timezone: string;
  period: ReportPeriod;
  /** Null: left out as asked. */
  summary: ReportSummary | null;
  log_statistics: LogStatistics;
  /** Null: left out as asked. */
  threat_detections: ThreatDetections | null;
  top_threat_sources: ThreatSource[];
  recommendations: string[];
  /** The same with what each is based on. */
  recommendation_details: Recommendation[];
  comparison: Comparison;
  time_breakdown: TimePart[];
  alerts: AlertStatistics;
  incidents: IncidentStatistics;
  silent_sources: SilentSource[];
  /** Absent: left out as asked. */
  charts?: ReportCharts;
  /** Absent unless asked for. */
  detailed_logs?: DetailedLogs;
  /** What a reader should know about how far the figures carry. */
  notes: string[];
}

export interface ReportPeriod {
  start: string;
  /** The first moment that does not belong to it. */
  end: string;
  /** What the figures cover ends here: earlier than `end` where the period is not over. */
  until: string;
  is_complete: boolean;
  timezone: string;
}

export interface ThreatSummary {
  total_brute_force_attacks: number;
  total_ddos_attacks: number;
  total_port_scan_attacks: number;
  total_sql_injection_attacks: number;
  total_threats: number;
  critical_threats: number;
  high_threats: number;
  medium_threats: number;
  low_threats: number;
}

export interface ReportSummary {
  total_logs: number;
  /** 0…100. Null: threats were left out, so there is nothing to compute it from. */
  security_score: number | null;
  security_status: SecurityStatus | null;
  /** How the score was computed, line by line. */
  score_lines: ScoreLine[];
  threat_summary: ThreatSummary;
  /** The findings in a few sentences. */
  sentences: string[];
}

export interface LogStatistics {
  total_logs: number;
  severity_counts: Record<string, number>;
  event_type_counts: Record<string, number>;
  protocol_counts: Record<string, number>;
  /** By hour of the day in the report's zone, 0…23. */
  logs_by_hour: { hour: number; count: number }[];
  top_source_ips: { source_ip: string; count: number; last_seen: string }[];
  top_ports: { port: number; count: number }[];
  top_users: { username: string; count: number }[];
  top_countries: { country: string; count: number; addresses: number }[];
  top_hosts: { host: string; count: number }[];
  top_sources: { source: string; count: number; last_seen: string }[];
}

/** One detection, whatever its kind: what the report's own parts need of it. */
export interface Threat {
  kind: ThreatKind;
  /** What the detector calls it: SINGLE_IP_FLOOD, SQL_SUSPICIOUS_ACTIVITY …; null: its kind has one name. */
  attack_type: string | null;
  severity: ReportSeverity;
  /** The first ones; `address_count` says how many there were. */
  addresses: string[];
  address_count: number;
  /** Attempts or requests. */
  attempts: number;
  /** The first ones; `port_count` says how many there were. */
  ports: number[];
  port_count: number;
  users: string[];
  /** The rule that found it. */
  rule: { id: string; name: string };
  /** ISO. */
  first: string;
  last: string;
  title: string;
}

export const threatKinds = ['brute_force', 'ddos', 'port_scan', 'sql_injection'] as const;
export type ThreatKind = (typeof threatKinds)[number];

export interface ThreatDetections {
  brute_force_attacks: unknown[];
  ddos_attacks: unknown[];
  port_scan_attacks: unknown[];
  sql_injection_attacks: unknown[];
  /** All of them in one form, gravest first. */
  findings: Threat[];
}

export interface ThreatSource {
  ip: string;
  brute_force_attacks: number;
  ddos_attacks: number;
  port_scan_attacks: number;
  sql_injection_attacks: number;
  total_attempts: number;
  severity: ReportSeverity;
}

export interface Recommendation {
  priority: Severity;
  text: string;
  /** What it follows from. */
  based_on: {
    finding: string;
    addresses: string[];
    ports: number[];
    users: string[];
    rules: { id: string; name: string }[];
    sources: string[];
    count: number;
  };
}

/** A figure of this period beside that of the one before. */
export interface Compared {
  now: number;
  before: number;
  /** In percent; null: there was nothing before to compare with. */
  change_percent: number | null;
}

export interface Comparison {
  period: { start: string; end: string };
  total_logs: Compared;
  severity_counts: Record<string, Compared>;
  /** Null: threats were left out. */
  total_threats: Compared | null;
  security_score: Compared | null;
  alerts: Compared;
  /** Addresses among the top of this period that were not seen at all in the one before. */
  new_top_source_ips: string[];
}

export interface TimePart {
  start: string;
  end: string;
  label: string;
  total: number;
  severity_counts: Record<string, number>;
}

export interface AlertStatistics {
  total: number;
  by_severity: Record<Severity, number>;
  open: number;
  top_rules: { rule_id: string; rule_name: string; count: number }[];
  top_alerts: {
    id: string;
    time: string;
    severity: Severity;
    rule_id: string;
    rule_name: string;
    message: string;
    count: number;
    status: string;
  }[];
}

export interface IncidentStatistics {
  opened: number;
  closed: number;
  open_at_end: number;
  /** Of those that were closed in the period; null: none was. */
  mean_seconds_to_close: number | null;
  worst: {
    id: string;
    title: string;
    severity: Severity;
    risk: number;
    status: string;
    disposition: string | null;
    owner: string | null;
    alert_count: number;
    opened_at: string;
    closed_at: string | null;
  }[];
}

export interface SilentSource {
  source: string;
  last_seen: string;
  /** Events in this period and the one before. */
  events: number;
  /** How long it has said nothing at the period's end. */
  silent_hours: number;
}

export interface ReportCharts {
  events_over_time: { unit: 'hour' | 'day'; severities: string[]; points: { label: string; counts: number[] }[] };
  top_sources: { label: string; value: number }[];
  threats_by_kind: { label: string; value: number }[];
}

export interface DetailedLogs {
  logs: Record<string, unknown>[];
  /** How many of the period's logs are not told. */
  left_out: number;
}
