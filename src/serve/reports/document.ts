import type { Block, PdfDocument, TableRow } from '../pdf/document.ts';
import { breakdown, comparison, logs, statistics } from './document-events.ts';
import { incidents } from './document-incidents.ts';
import { noEventsAdvice } from './sentences.ts';
import { listed, probing } from './threats.ts';
import type { Compared, Report, ReportSummary } from './types.ts';
import { number, readable, severityOf } from './words.ts';

/** The report as pages: first what counts, then what it rests on. */
export function reportDocument(report: Report): PdfDocument {
  return {
    title: report.title,
    runningHead: report.title,
    footer: `Phosor · made ${readable(report.generated_at)} · times in ${report.timezone}`,
    createdAt: Date.parse(report.generated_at) || 0,
    landscape: false,
    blocks: [
      ...front(report),
      ...recommendations(report),
      ...threats(report),
      ...incidents(report),
      ...alerts(report),
      ...statistics(report),
      ...comparison(report),
      ...breakdown(report),
      ...logs(report),
    ],
  };
}

const mostThreats = 100;

const kindNames = {
  brute_force: 'Brute force',
  ddos: 'Flood',
  port_scan: 'Port scan',
  sql_injection: 'SQL injection',
} as const;

function front(report: Report): Block[] {
  const { period, summary, comparison, alerts: raised } = report;
  const blocks: Block[] = [
    {
      kind: 'cover',
      title: report.title,
      subtitle:
        'Events, threats and alerts of the period, how they compare with the one before, and what to do about them.',
      facts: [
        ['Period', `${readable(period.start)} to ${readable(period.until)} (${report.timezone})`],
        ['Compared with', `${readable(comparison.period.start)} to ${readable(comparison.period.end)}`],
        ['Made', `${readable(report.generated_at)} by Phosor`],
      ],
    },
  ];
  if (summary !== null) blocks.push(...overview(report, summary, raised.total));
  for (const note of report.notes) blocks.push({ kind: 'paragraph', text: note, muted: true });
  const { charts } = report;
  if (charts !== undefined) {
    const { unit, severities: names, points } = charts.events_over_time;
    blocks.push({
      kind: 'stacked',
      title: `Events per ${unit} by severity`,
      series: names.flatMap((name) => severityOf(name) ?? []),
      points,
      empty: 'No events in this period.',
    });
  }
  return blocks;
}

function overview(report: Report, summary: ReportSummary, raised: number): Block[] {
  const { comparison } = report;
  const { threat_summary: found } = summary;
  const urgent = report.alerts.by_severity.critical + report.alerts.by_severity.high;
  const tiles: { label: string; value: string; note: string }[] = [
    { label: 'Events', value: number(summary.total_logs), note: changeOf(comparison.total_logs) },
    { label: 'Alerts', value: number(raised), note: `${number(urgent)} high or critical` },
    { label: 'Silent sources', value: number(report.silent_sources.length), note: 'sent before, then stopped' },
  ];
  if (report.threat_detections !== null) {
    const grave = found.critical_threats + found.high_threats;
    tiles.splice(1, 0, {
      label: 'Threats',
      value: number(found.total_threats),
      note: `${number(grave)} high or critical`,
    });
  }
  const blocks: Block[] = [{ kind: 'heading', level: 1, text: 'Summary' }];
  if (summary.security_score !== null && summary.security_status !== null && summary.total_logs > 0) {
    blocks.push({
      kind: 'score',
      score: summary.security_score,
      status: summary.security_status,
      lines: [
        ['Every period starts with', '100'],
        ...summary.score_lines.map(({ severity, count, points, most, deduction }): [string, string] => [
          `${number(count)} ${severity} ${count === 1 ? 'threat' : 'threats'}, ${points} each, at most ${most}`,
          deduction === 0 ? '0' : `−${deduction}`,
        ]),
        ['Security score, never below 0', `${summary.security_score}`],
      ],
    });
  }
  blocks.push({ kind: 'tiles', tiles });
  blocks.push({ kind: 'list', items: summary.sentences.map((text) => ({ text })) });
  return blocks;
}

function changeOf({ before, change_percent }: Compared): string {
  if (change_percent === null) return 'nothing before to compare';
  const sign = change_percent > 0 ? '+' : change_percent < 0 ? '−' : '±';
  return `${sign}${Math.abs(change_percent)} % (${number(before)} before)`;
}

function recommendations(report: Report): Block[] {
  const { recommendation_details, threat_detections } = report;
  const head: Block = { kind: 'heading', level: 1, text: 'Recommendations' };
  if (recommendation_details.length === 0) {
    const text =
      threat_detections === null
        ? 'Threats were left out, and nothing else asks for action.'
        : report.log_statistics.total_logs === 0
          ? noEventsAdvice
          : 'Nothing was found in this period that asks for action.';
    return [head, { kind: 'paragraph', text }];
  }
  return [
    head,
    {
      kind: 'list',
      items: recommendation_details.map(({ priority, text, based_on }) => ({
        severity: priority,
        text,
        note: `Based on: ${basisOf(based_on)}`,
      })),
    },
  ];
}

function basisOf(basis: Report['recommendation_details'][number]['based_on']): string {
  const parts = [`${basis.finding} (${number(basis.count)})`];
  const add = (name: string, values: readonly (string | number)[]) => {
    if (values.length > 0) parts.push(`${name} ${listed(values, 12)}`);
  };
  add('addresses', basis.addresses);
  add('ports', basis.ports);
  add('users', basis.users);
  add(
    'rules',
    basis.rules.map(({ name }) => name),
  );
  add('sources', basis.sources);
  return parts.join('; ');
}

function threats({ threat_detections, top_threat_sources, charts }: Report): Block[] {
  if (threat_detections === null) return [];
  const blocks: Block[] = [{ kind: 'heading', level: 1, text: 'Threats' }];
  if (charts !== undefined && threat_detections.findings.length > 0) {
    blocks.push({ kind: 'bars', title: 'Threats by kind', bars: charts.threats_by_kind, empty: 'None.' });
  }
  blocks.push({
    kind: 'table',
    columns: [
      { title: 'Severity', width: 1 },
      { title: 'Kind', width: 1.4 },
      { title: 'What was found', width: 5 },
      { title: 'First', width: 1.9 },
      { title: 'Last', width: 1.9 },
    ],
    rows: threat_detections.findings
      .slice(0, mostThreats)
      .map(({ kind, attack_type, severity, title, first, last }) => {
        const word = severityOf(severity);
        const cells = [
          word ?? severity,
          attack_type === probing ? 'Database probing' : kindNames[kind],
          title,
          readable(first),
          readable(last),
        ];
        return { cells, ...(word !== undefined && { severity: word, severityCell: 0 }) };
      }),
    empty: 'No brute force, flood, port scan or SQL injection was detected.',
  });
  const rest = threat_detections.findings.length - mostThreats;
  if (rest > 0) {
    const text = `The ${mostThreats} gravest; ${number(rest)} more are in the report's JSON and CSV.`;
    blocks.push({ kind: 'paragraph', text, muted: true });
  }
  if (top_threat_sources.length === 0) return blocks;
  blocks.push(
    { kind: 'heading', level: 2, text: 'Where threats came from' },
    {
      kind: 'table',
      columns: [
        { title: 'Severity', width: 1 },
        { title: 'Address', width: 3 },
        { title: 'Brute force', width: 1.2, align: 'right' },
        { title: 'Floods', width: 1, align: 'right' },
        { title: 'Port scans', width: 1.2, align: 'right' },
        { title: 'Injections', width: 1.2, align: 'right' },
        { title: 'Attempts', width: 1.4, align: 'right' },
      ],
      rows: top_threat_sources.map((source): TableRow => {
        const severity = severityOf(source.severity);
        const { brute_force_attacks, ddos_attacks, port_scan_attacks, sql_injection_attacks, total_attempts } = source;
        const counts = [brute_force_attacks, ddos_attacks, port_scan_attacks, sql_injection_attacks, total_attempts];
        return {
          cells: [severity ?? source.severity, source.ip, ...counts.map(number)],
          ...(severity !== undefined && { severity, severityCell: 0 }),
        };
      }),
      empty: '',
    },
  );
  return blocks;
}

function alerts({ alerts: raised, silent_sources }: Report): Block[] {
  const blocks: Block[] = [
    { kind: 'heading', level: 1, text: 'Alerts' },
    {
      kind: 'table',
      columns: [
        { title: 'Severity', width: 1 },
        { title: 'Time', width: 1.9 },
        { title: 'What happened', width: 6 },
        { title: 'Events', width: 1, align: 'right' },
        { title: 'Status', width: 1.4 },
      ],
      rows: raised.top_alerts.map(({ severity, time, message, rule_name, count, status }) => ({
        cells: [severity, readable(time), message || rule_name, number(count), status.replaceAll('_', ' ')],
        severity,
        severityCell: 0,
      })),
      empty: 'No alert was raised in this period.',
    },
  ];
  if (raised.total > raised.top_alerts.length)
    blocks.push({
      kind: 'paragraph',
      text: `The ${raised.top_alerts.length} gravest of ${number(raised.total)} alerts.`,
      muted: true,
    });
  if (raised.top_rules.length > 0)
    blocks.push({
      kind: 'bars',
      title: 'Alerts by rule',
      bars: raised.top_rules.map(({ rule_name, count }) => ({ label: rule_name, value: count })),
      empty: '',
    });
  if (silent_sources.length > 0)
    blocks.push(
      { kind: 'heading', level: 2, text: 'Sources that fell silent' },
      {
        kind: 'table',
        columns: [
          { title: 'Source', width: 4 },
          { title: 'Last event', width: 2 },
          { title: 'Silent for', width: 1.4, align: 'right' },
          { title: 'Events before', width: 1.6, align: 'right' },
        ],
        rows: silent_sources.map(({ source, last_seen, silent_hours, events }) => ({
          cells: [source, readable(last_seen), `${number(silent_hours)} h`, number(events)],
        })),
        empty: '',
      },
    );
  return blocks;
}
