import { csvRow } from '../csv.ts';
import type { Report } from './types.ts';

type Cell = string | number | null;

/** The report as one long table: a section, what it is about, a measure and its value. Formula-safe. */
export function reportCsv(report: Report): string {
  return (
    csvRow(['section', 'item', 'measure', 'value']) +
    rowsOf(report)
      .map((row) => csvRow(row))
      .join('')
  );
}

function rowsOf(report: Report): Cell[][] {
  const { summary, log_statistics: logs, comparison } = report;
  const rows: Cell[][] = [];
  const put = (section: string, item: Cell, measures: Record<string, Cell>): void => {
    for (const [measure, value] of Object.entries(measures)) rows.push([section, item, measure, value]);
  };
  put('report', '', {
    title: report.title,
    report_type: report.report_type,
    report_date: report.report_date,
    generated_at: report.generated_at,
    timezone: report.timezone,
    start: report.period.start,
    end: report.period.end,
    until: report.period.until,
  });
  for (const [index, note] of report.notes.entries()) put('note', index + 1, { text: note });
  if (summary !== null) {
    put('summary', '', {
      total_logs: summary.total_logs,
      security_score: summary.security_score,
      security_status: summary.security_status,
      ...summary.threat_summary,
    });
    for (const { severity, ...line } of summary.score_lines) put('score', severity, line);
    for (const [index, sentence] of summary.sentences.entries()) put('finding', index + 1, { text: sentence });
  }
  for (const [severity, count] of Object.entries(logs.severity_counts)) put('severity', severity, { count });
  for (const [type, count] of Object.entries(logs.event_type_counts)) put('event_type', type, { count });
  for (const [protocol, count] of Object.entries(logs.protocol_counts)) put('protocol', protocol, { count });
  for (const { hour, count } of logs.logs_by_hour) put('hour', hour, { count });
  for (const { source_ip, ...rest } of logs.top_source_ips) put('source_ip', source_ip, rest);
  for (const { port, count } of logs.top_ports) put('port', port, { count });
  for (const { username, count } of logs.top_users) put('user', username, { count });
  for (const { country, ...rest } of logs.top_countries) put('country', country, rest);
  for (const { host, count } of logs.top_hosts) put('host', host, { count });
  for (const { source, ...rest } of logs.top_sources) put('source', source, rest);
  for (const [index, threat] of (report.threat_detections?.findings ?? []).entries()) {
    const { addresses, ports, users, rule, ...rest } = threat;
    put('threat', index + 1, {
      ...rest,
      addresses: addresses.join(' '),
      ports: ports.join(' '),
      users: users.join(' '),
      rule: rule.name,
    });
  }
  for (const { ip, ...rest } of report.top_threat_sources) put('threat_source', ip, rest);
  for (const [index, { priority, text, based_on }] of report.recommendation_details.entries())
    put('recommendation', index + 1, {
      priority,
      text,
      finding: based_on.finding,
      addresses: based_on.addresses.join(' '),
      ports: based_on.ports.join(' '),
      users: based_on.users.join(' '),
      rules: based_on.rules.map(({ name }) => name).join('; '),
      sources: based_on.sources.join(' '),
    });
  const pairs = {
    total_logs: comparison.total_logs,
    alerts: comparison.alerts,
    total_threats: comparison.total_threats,
    security_score: comparison.security_score,
  };
  put('comparison', '', { start: comparison.period.start, end: comparison.period.end });
  for (const [name, pair] of Object.entries(pairs)) if (pair !== null) put('comparison', name, { ...pair });
  for (const [severity, pair] of Object.entries(comparison.severity_counts)) put('comparison', severity, { ...pair });
  for (const ip of comparison.new_top_source_ips) put('new_source_ip', ip, { seen_before: 0 });
  put('alerts', '', { total: report.alerts.total, open: report.alerts.open, ...report.alerts.by_severity });
  for (const { rule_id, ...rest } of report.alerts.top_rules) put('alerts_of_rule', rule_id, rest);
  for (const { id, ...rest } of report.alerts.top_alerts) put('alert', id, rest);
  const { worst, ...incidents } = report.incidents;
  put('incidents', '', incidents);
  for (const { id, ...rest } of worst) put('incident', id, rest);
  for (const { source, ...rest } of report.silent_sources) put('silent_source', source, rest);
  for (const { label, start, end, total, severity_counts } of report.time_breakdown)
    put('time', label, { start, end, total, ...severity_counts });
  for (const log of report.detailed_logs?.logs ?? []) {
    const id = String('id' in log ? log.id : '');
    for (const [measure, value] of Object.entries(log))
      if (measure !== 'id') put('log', id, { [measure]: cell(value) });
  }
  if (report.detailed_logs !== undefined) put('logs', '', { left_out: report.detailed_logs.left_out });
  return rows;
}

const cell = (value: unknown): Cell =>
  value === null || typeof value === 'number' || typeof value === 'string' ? value : JSON.stringify(value);
