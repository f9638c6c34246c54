import { type Severity, severities, severityRank } from '../../model/index.ts';
import type { AlertFilter, AlertRow, StateStore } from '../../store/contract.ts';
import { type Span, zonedIso } from './period.ts';
import type { AlertStatistics } from './types.ts';

const topLength = 10;

/** Alerts of a span: counts, the rules that raised most, and the gravest. Signals (kept without telling anybody) are left out. */
export function countAlerts(alerts: StateStore['alerts'], { start, end }: Span, zone: string): AlertStatistics {
  const filter: AlertFilter = { from: start, to: end, signals: 'exclude' };
  const by_severity = Object.fromEntries(
    severities.map((severity) => [severity, alerts.count({ ...filter, severities: [severity] })]),
  ) as Record<Severity, number>;
  const top: AlertRow[] = [];
  for (const severity of [...severities].reverse()) {
    if (top.length >= topLength) break;
    if (by_severity[severity] === 0) continue;
    top.push(
      ...alerts.list({ ...filter, severities: [severity] }, topLength - top.length, null, 'newest', 'none').alerts,
    );
  }
  return {
    total: Object.values(by_severity).reduce((sum, count) => sum + count, 0),
    by_severity,
    open: alerts.count({ ...filter, statuses: ['new', 'in_progress'] }),
    top_rules: alerts.topRules(filter, topLength).map(({ rule_id, count }) => ({
      rule_id,
      rule_name: alerts.list({ ...filter, rule_id }, 1, null, 'newest', 'none').alerts[0]?.rule_name ?? rule_id,
      count,
    })),
    top_alerts: top
      .sort((a, b) => severityRank[b.severity] - severityRank[a.severity] || b.count - a.count)
      .map(({ id, time, severity, rule_id, rule_name, message, count, status }) => ({
        id,
        time: zonedIso(time, zone),
        severity,
        rule_id,
        rule_name,
        message,
        count,
        status,
      })),
  };
}
