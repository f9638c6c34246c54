import type { EventStore, StateStore } from '../../store/contract.ts';
import type { Services } from '../contract.ts';
import { countAlerts } from './alerts.ts';
import { breachedBy } from './breaches.ts';
import { type Detected, type DetectSpan, nothingDetected } from './detect.ts';
import { countIncidents } from './incidents.ts';
import { bucketsOf, type Period, zonedDay, zonedIso, zonedMinute } from './period.ts';
import { recommendationsOf } from './recommendations.ts';
import { securityScore } from './score.ts';
import { sentencesOf } from './sentences.ts';
import { silentSources } from './silence.ts';
import { type Counted, type CountedBefore, countBefore, countPeriod, unseenIn } from './statistics.ts';
import { type DetectionLists, findingsOf, summaryOf, topSources } from './threats.ts';
import {
  type Compared,
  type Comparison,
  type DetailedLogs,
  type Report,
  type ReportCharts,
  reportSeverities,
  type ThreatKind,
  type ThreatSummary,
  threatKinds,
} from './types.ts';

/** What a report is made from. */
export interface ReportSources {
  events: EventStore;
  alerts: StateStore['alerts'];
  incidents: StateStore['incidents'];
  /** Says where addresses are. */
  intel: Services['intel'];
  /** Detections over history by the documented parameters, computed by the same rules as live. */
  detect: (spans: readonly DetectSpan[], signal: AbortSignal) => Promise<Detected[]>;
  /** The newest logs of a span as the API gives them, and how many there are beyond. */
  logs: (span: { from: number; to: number }, most: number) => Promise<DetailedLogs>;
  now: () => number;
}

export interface ReportParts {
  charts: boolean;
  summary: boolean;
  threats: boolean;
  logs: boolean;
}

/** Of `include_logs`. The rest is counted. */
const mostLogs = 500;
const most = { sources: 10 };

/**
 * Makes a report: a fixed number of questions to the store, and one run of the detectors for both periods.
 *
 * @param signal nobody waits for the report any more
 */
export async function buildReport(
  from: ReportSources,
  period: Period,
  parts: ReportParts,
  signal: AbortSignal,
): Promise<Report> {
  const { start, until, before, zone } = period;
  const here = { start, end: until };
  const { unit, buckets } = bucketsOf(period);
  signal.throwIfAborted();
  const counted = await countPeriod(from, period, buckets);
  signal.throwIfAborted();
  const earlier = await countBefore(from.events, before);
  // Where nothing is stored, nothing need be looked for: a run over history takes long.
  const whole = { ...here, events: counted.statistics.total_logs, isWhole: true };
  const compared = { ...before, events: earlier.total, isWhole: false };
  const asked = [whole, compared].filter(({ events }) => parts.threats && events > 0);
  signal.throwIfAborted();
  const detected = await from.detect(asked, signal);
  const [lists, listsBefore] = [whole, compared].map((span): Detected | null =>
    parts.threats ? (detected[asked.indexOf(span)] ?? nothingDetected) : null,
  ) as [Detected | null, Detected | null];
  const findings = lists === null ? [] : findingsOf(lists);
  const summary = summaryOf(lists);
  const score = lists === null ? null : scoreOf(summary);
  const alerts = countAlerts(from.alerts, here, zone);
  const silent_sources = silentSources(counted.sources, earlier.sources, period);
  const breached = await breachedBy(from.events, findings, here);
  const recommendation_details = recommendationsOf({ findings, alerts, silent: silent_sources, breached });
  const comparison = await compare(from, period, counted, earlier, summary, listsBefore, alerts.total);
  const sentences = sentencesOf({
    counted,
    comparison,
    summary,
    score,
    alerts,
    silent_sources,
    hasThreats: lists !== null,
  });
  return {
    report_type: period.type,
    report_date: zonedDay(start, zone),
    title: titleOf(period),
    generated_at: zonedIso(from.now(), zone),
    timezone: zone,
    period: {
      start: zonedIso(start, zone),
      end: zonedIso(period.end, zone),
      until: zonedIso(until, zone),
      is_complete: until === period.end,
      timezone: zone,
    },
    summary: parts.summary
      ? {
          total_logs: counted.statistics.total_logs,
          security_score: score?.score ?? null,
          security_status: score?.status ?? null,
          score_lines: score?.lines ?? [],
          threat_summary: summary,
          sentences,
        }
      : null,
    log_statistics: counted.statistics,
    threat_detections:
      lists === null
        ? null
        : {
            brute_force_attacks: lists.brute_force.detections,
            ddos_attacks: lists.ddos.detections,
            port_scan_attacks: lists.port_scan.detections,
            sql_injection_attacks: lists.sql_injection.detections,
            findings,
          },
    top_threat_sources: topSources(findings),
    recommendations: recommendation_details.map(({ text }) => text),
    recommendation_details,
    comparison,
    time_breakdown: counted.breakdown,
    alerts,
    incidents: countIncidents(from.incidents, here, zone),
    silent_sources,
    ...(parts.charts && { charts: chartsOf(counted, unit, lists) }),
    ...(parts.logs && { detailed_logs: await from.logs({ from: start, to: until }, mostLogs) }),
    notes: await notesOf(from, period, counted, parts.threats, lists, findings.length),
  };
}

const scoreOf = (summary: ReturnType<typeof summaryOf>) =>
  securityScore({
    critical: summary.critical_threats,
    high: summary.high_threats,
    medium: summary.medium_threats,
    low: summary.low_threats,
  });

const typeTitles = { DAILY: 'Daily', WEEKLY: 'Weekly', MONTHLY: 'Monthly', CUSTOM: 'Custom' } as const;

function titleOf({ type, start, end, zone }: Period): string {
  const [first, last] = [zonedDay(start, zone), zonedDay(end - 1, zone)];
  return `${typeTitles[type]} security report, ${first === last ? first : `${first} to ${last}`}`;
}

async function compare(
  from: ReportSources,
  { before, zone }: Period,
  { statistics }: Counted,
  earlier: CountedBefore,
  summary: ThreatSummary,
  listsBefore: DetectionLists | null,
  alerts: number,
): Promise<Comparison> {
  const summaryBefore = listsBefore === null ? null : summaryOf(listsBefore);
  return {
    period: { start: zonedIso(before.start, zone), end: zonedIso(before.end, zone) },
    total_logs: compared(statistics.total_logs, earlier.total),
    severity_counts: Object.fromEntries(
      Object.entries(statistics.severity_counts).map(([severity, count]) => [
        severity,
        compared(count, earlier.severities[severity] ?? 0),
      ]),
    ),
    total_threats: summaryBefore && compared(summary.total_threats, summaryBefore.total_threats),
    security_score: summaryBefore && compared(scoreOf(summary).score, scoreOf(summaryBefore).score),
    alerts: compared(alerts, from.alerts.count({ from: before.start, to: before.end, signals: 'exclude' })),
    new_top_source_ips: await unseenIn(
      from.events,
      before,
      statistics.top_source_ips.map(({ source_ip }) => source_ip),
    ),
  };
}

const compared = (now: number, before: number): Compared => ({
  now,
  before,
  change_percent: before === 0 ? null : Math.round(((now - before) / before) * 1000) / 10,
});

const kindNames: Record<ThreatKind, string> = {
  brute_force: 'Brute force',
  ddos: 'Flood',
  port_scan: 'Port scan',
  sql_injection: 'SQL injection',
};

function chartsOf(
  { statistics, breakdown }: Counted,
  unit: 'hour' | 'day',
  lists: DetectionLists | null,
): ReportCharts {
  const severities = [...reportSeverities, ...Object.keys(statistics.severity_counts)].filter(
    (name, index, all) => all.indexOf(name) === index,
  );
  return {
    events_over_time: {
      unit,
      severities,
      points: breakdown.map(({ label, severity_counts }) => ({
        label,
        counts: severities.map((severity) => severity_counts[severity] ?? 0),
      })),
    },
    top_sources: statistics.top_source_ips
      .slice(0, most.sources)
      .map(({ source_ip, count }) => ({ label: source_ip, value: count })),
    threats_by_kind: threatKinds.map((kind) => ({
      label: kindNames[kind],
      value: lists?.[kind].total_detections ?? 0,
    })),
  };
}

/** How far the figures carry. */
async function notesOf(
  from: ReportSources,
  period: Period,
  counted: Counted,
  wantsThreats: boolean,
  lists: DetectionLists | null,
  listed: number,
): Promise<string[]> {
  const notes: string[] = [];
  const { oldest } = await from.events.info();
  const { start, end, until, before, zone } = period;
  if (until < end)
    notes.push(
      `The period is not over: it is covered up to ${zonedMinute(until, zone)}, and compared with the same length of the period before.`,
    );
  if (counted.statistics.total_logs === 0)
    notes.push('Nothing was received in this period, so that the score tells nothing about how safe it was.');
  if (oldest === null) notes.push('The store holds no events.');
  else if (oldest > start && counted.statistics.total_logs > 0)
    notes.push(`The oldest stored event is of ${zonedMinute(oldest, zone)}: nothing earlier is counted.`);
  else if (oldest > before.start)
    notes.push(
      `The comparison is with less than a whole period: the oldest stored event is of ${zonedMinute(oldest, zone)}.`,
    );
  if (!wantsThreats) notes.push('Threats were left out as asked, so that there is no security score.');
  const total = summaryOf(lists).total_threats;
  if (total > listed) notes.push(`All ${total} threats are counted; the ${listed} gravest are listed.`);
  for (const kind of threatKinds)
    for (const note of lists?.[kind].notes ?? []) notes.push(`${kindNames[kind]}: ${note}`);
  return notes;
}
