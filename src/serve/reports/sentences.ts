import type { SecurityScore } from './score.ts';
import type { Counted } from './statistics.ts';
import { counted as amount, listed } from './threats.ts';
import type { AlertStatistics, Compared, Comparison, SilentSource, ThreatSummary } from './types.ts';

/** The findings in plain sentences, for those who read nothing else. */
export function sentencesOf({
  counted,
  comparison,
  summary,
  score,
  alerts,
  silent_sources,
  hasThreats,
}: {
  counted: Counted;
  comparison: Comparison;
  summary: ThreatSummary;
  score: SecurityScore | null;
  alerts: AlertStatistics;
  silent_sources: readonly SilentSource[];
  hasThreats: boolean;
}): string[] {
  const { total_logs } = counted.statistics;
  const stored = total_logs === 0 ? 'No event was' : amount(total_logs, 'event was', 'events were');
  const told = [`${stored} stored${changeOf(comparison.total_logs)}.`];
  if (hasThreats) told.push(`${threatSentence(summary)}${changeOf(comparison.total_threats)}.`);
  const urgent = alerts.by_severity.critical + alerts.by_severity.high;
  if (score !== null) told.push(total_logs === 0 ? nothingToJudge : scoreSentence(score, comparison, urgent));
  told.push(
    alerts.total === 0
      ? 'No alert was raised.'
      : `${amount(alerts.total, 'alert was', 'alerts were')} raised, ${urgent} of them high or critical; ${alerts.open} still open.`,
  );
  if (comparison.new_top_source_ips.length > 0)
    told.push(
      `Among the busiest addresses, ${listed(comparison.new_top_source_ips)} ${comparison.new_top_source_ips.length === 1 ? 'was' : 'were'} not seen in the period before.`,
    );
  if (silent_sources.length > 0)
    told.push(
      `${amount(silent_sources.length, 'source has', 'sources have')} fallen silent: ${listed(silent_sources.map(({ source }) => source))}.`,
    );
  return told;
}

function threatSentence(summary: ThreatSummary): string {
  if (summary.total_threats === 0) return 'No threat was detected';
  const kinds = [
    [summary.total_brute_force_attacks, 'brute force'],
    [summary.total_ddos_attacks, 'flood'],
    [summary.total_port_scan_attacks, 'port scan'],
    [summary.total_sql_injection_attacks, 'SQL injection'],
  ] as const;
  const named = kinds.filter(([count]) => count > 0).map(([count, name]) => `${count} ${name}`);
  return `${amount(summary.total_threats, 'threat was', 'threats were')} detected (${named.join(', ')})`;
}

/** What to do where nothing was received. */
export const noEventsAdvice =
  'No event arrived in this period. Connect a source, or look under Sources why nothing comes.';

/** Stands wherever people would read the score of a period without events: 100 by the formula, and no praise. */
export const nothingToJudge = 'There was nothing to judge: without events there is no security score.';

/** @param urgent alerts of high or critical severity: the documented formula does not know them, and readers should. */
function scoreSentence(
  { score, status }: SecurityScore,
  { security_score, total_logs }: Comparison,
  urgent: number,
): string {
  const text = `The security score is ${score} of 100 (${status})`;
  const beside = urgent === 0 ? '' : ' It counts detected threats; the urgent alerts are not in it.';
  // A period without events has no score to compare with.
  if (security_score === null || total_logs.before === 0 || security_score.before === security_score.now)
    return `${text}.${beside}`;
  return `${text}, ${security_score.before < security_score.now ? 'up' : 'down'} from ${security_score.before}.${beside}`;
}

function changeOf(value: Compared | null): string {
  if (value?.change_percent === null || value === null) return '';
  if (value.change_percent === 0) return ', as many as in the period before';
  const way = value.change_percent > 0 ? 'more' : 'fewer';
  return `, ${Math.abs(value.change_percent)} % ${way} than in the period before (${value.before.toLocaleString('en-US')})`;
}
