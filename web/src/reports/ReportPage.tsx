import { Link } from '@tanstack/react-router';
import { useState } from 'react';
import type { Compared, ReportJson } from '../api/reports.ts';
import { Button } from '../ui/Button.tsx';
import { Card } from '../ui/Card.tsx';
import { countryName } from '../ui/countries.ts';
import { cx } from '../ui/cx.ts';
import { group, plural } from '../ui/format.ts';
import { LogText } from '../ui/LogText.tsx';
import { asSeverity, Severity } from '../ui/Severity.tsx';
import { readable } from './address.ts';
import { Incidents } from './Incidents.tsx';
import { BarList, SeverityBars } from './ReportCharts.tsx';
import { Rows } from './Rows.tsx';
import { ScoreCard } from './ScoreCard.tsx';

const kindNames: Record<string, string> = {
  brute_force: 'Brute force',
  ddos: 'Flood',
  port_scan: 'Port scan',
  sql_injection: 'SQL injection',
};
const plain = '!font-sans !text-[1em]';

/** A report as a page, for the screen and for paper. */
export function ReportPage({ report }: { report: ReportJson }) {
  const { summary, comparison, period } = report;
  return (
    <article className="flex min-w-0 flex-col gap-4" data-testid="report" aria-label={report.title}>
      <header>
        <h2 className="text-lg font-semibold">{report.title}</h2>
        <p className="text-muted">
          {readable(period.start)} to {readable(period.until)} ({report.timezone}), compared with{' '}
          {readable(comparison.period.start)} to {readable(comparison.period.end)}. Made {readable(report.generated_at)}
          .
        </p>
      </header>
      {summary && (
        <div className="grid gap-4 lg:grid-cols-2">
          <ScoreCard summary={summary} alerts={report.alerts} />
          <Card title="In short">
            <ul className="flex list-disc flex-col gap-1.5 pl-4">
              {summary.sentences.map((sentence) => (
                <li key={sentence}>
                  <LogText text={sentence} className={plain} />
                </li>
              ))}
            </ul>
            {report.notes.map((note) => (
              <p key={note} className="mt-2 text-xs text-faint">
                <LogText text={note} className={plain} />
              </p>
            ))}
          </Card>
        </div>
      )}
      <Recommendations report={report} />
      <Card title="Events over time">
        <SeverityBars parts={report.time_breakdown} />
      </Card>
      <Threats report={report} />
      {report.incidents && <Incidents cases={report.incidents} />}
      <Alerts report={report} />
      <div className="grid gap-4 md:grid-cols-2">
        <Card title="Busiest addresses">
          <BarList
            empty="No event names a source address."
            rows={report.log_statistics.top_source_ips.slice(0, 10).map(({ source_ip, count }) => ({
              key: source_ip,
              name: <AddressLink address={source_ip} />,
              count,
              mark: comparison.new_top_source_ips.includes(source_ip) ? 'new' : null,
            }))}
          />
        </Card>
        <Card title="Countries">
          <BarList
            empty="No event names a public address."
            rows={(report.log_statistics.top_countries ?? []).slice(0, 10).map(({ country, count }) => ({
              key: country,
              name: countryName(country),
              count,
              mark: null,
            }))}
          />
        </Card>
        <Card title="Kinds of events">
          <BarList
            empty="No events in this period."
            rows={Object.entries(report.log_statistics.event_type_counts)
              .slice(0, 10)
              .map(([type, count]) => ({ key: type, name: type, count, mark: null }))}
          />
        </Card>
      </div>
      <Comparison report={report} />
      <Silent report={report} />
    </article>
  );
}

function AddressLink({ address }: { address: string }) {
  return (
    <Link to="/search" search={{ q: `src_ip:${address}` }} className="text-accent hover:underline">
      <LogText text={address} limit={80} className={plain} />
    </Link>
  );
}

function Recommendations({ report }: { report: ReportJson }) {
  const advice = report.recommendation_details;
  return (
    <Card title="Recommendations" flush>
      {advice.length === 0 ? (
        <p className="p-4 text-muted">
          {isEmpty(report) ? (
            <>
              No event arrived in this period. Connect a source, or look under{' '}
              <Link to="/sources" className="text-accent hover:underline">
                Sources
              </Link>{' '}
              why nothing comes.
            </>
          ) : (
            'Nothing was found in this period that asks for action.'
          )}
        </p>
      ) : (
        <ol>
          {advice.map(({ priority, text, based_on }) => (
            <li key={text} className="flex flex-col gap-1 border-b px-4 py-3 last:border-b-0 sm:flex-row sm:gap-4">
              <Severity level={priority} className="w-20 shrink-0" />
              <div className="min-w-0">
                <LogText text={text} className={plain} />
                <p className="mt-1 flex flex-wrap gap-x-2 gap-y-0.5 text-xs text-faint">
                  <span>
                    Based on: {based_on.finding} ({group(based_on.count)})
                  </span>
                  {based_on.addresses.slice(0, 8).map((address) => (
                    <AddressLink key={address} address={address} />
                  ))}
                  {based_on.users.slice(0, 8).map((user) => (
                    <span key={user}>
                      user <LogText text={user} limit={80} className={plain} />
                    </span>
                  ))}
                  {based_on.ports.length > 0 && (
                    <span>
                      ports {based_on.ports.slice(0, 12).join(', ')}
                      {based_on.ports.length > 12 && ` and ${based_on.ports.length - 12} more`}
                    </span>
                  )}
                  {based_on.rules.map(({ id, name }) => (
                    <Link key={id} to="/rules/$id" params={{ id }} className="text-accent hover:underline">
                      {name}
                    </Link>
                  ))}
                  {based_on.sources.map((source) => (
                    <LogText key={source} text={source} limit={80} className={plain} />
                  ))}
                </p>
              </div>
            </li>
          ))}
        </ol>
      )}
    </Card>
  );
}

function Threats({ report }: { report: ReportJson }) {
  const [most, setMost] = useState(50);
  if (report.threat_detections === null) return null;
  const { findings } = report.threat_detections;
  return (
    <Card title="Threats" flush>
      {findings.length === 0 ? (
        <p className="p-4 text-muted">
          {isEmpty(report)
            ? 'Nothing to look through: no event was stored.'
            : 'No brute force, flood, port scan or SQL injection was detected.'}
        </p>
      ) : (
        <Rows head={['Severity', 'Kind', 'What was found', 'First', 'Last', 'Rule']}>
          {findings.slice(0, most).map((finding) => (
            <tr key={`${finding.kind} ${finding.title} ${finding.first}`}>
              <td>
                <Severity level={asSeverity(finding.severity.toLowerCase())} />
              </td>
              <td className="whitespace-nowrap">
                {finding.attack_type === 'SQL_SUSPICIOUS_ACTIVITY'
                  ? 'Database probing'
                  : (kindNames[finding.kind] ?? finding.kind)}
              </td>
              <td className="min-w-48">
                {finding.addresses.length === 1 && finding.addresses[0] !== undefined ? (
                  <Link
                    to="/search"
                    search={{ q: `src_ip:${finding.addresses[0]}` }}
                    className="text-accent hover:underline"
                  >
                    <LogText text={finding.title} className={plain} />
                  </Link>
                ) : (
                  <LogText text={finding.title} className={plain} />
                )}
              </td>
              <td className="tabular whitespace-nowrap">{readable(finding.first)}</td>
              <td className="tabular whitespace-nowrap">{readable(finding.last)}</td>
              <td>
                <Link to="/rules/$id" params={{ id: finding.rule.id }} className="text-accent hover:underline">
                  {finding.rule.name}
                </Link>
              </td>
            </tr>
          ))}
        </Rows>
      )}
      {findings.length > most && (
        <Button className="mx-auto my-3 flex" onClick={() => setMost(most + 200)}>
          Show more ({group(findings.length - most)} left)
        </Button>
      )}
    </Card>
  );
}

function Alerts({ report: { alerts } }: { report: ReportJson }) {
  return (
    <Card
      title="Alerts"
      flush
      extra={
        <span className="text-xs text-faint">
          {plural(alerts.total, 'alert')}, {group(alerts.open)} open
        </span>
      }
    >
      {alerts.top_alerts.length === 0 ? (
        <p className="p-4 text-muted">No alert was raised in this period.</p>
      ) : (
        <Rows head={['Severity', 'Time', 'What happened', 'Events']}>
          {alerts.top_alerts.map((alert) => (
            <tr key={alert.id}>
              <td>
                <Severity level={alert.severity} />
              </td>
              <td className="tabular whitespace-nowrap">{readable(alert.time)}</td>
              <td className="min-w-48">
                <Link to="/alerts/$id" params={{ id: alert.id }} className="text-accent hover:underline">
                  <LogText text={alert.message || alert.rule_name} limit={300} className={plain} />
                </Link>
              </td>
              <td className="tabular">{group(alert.count)}</td>
            </tr>
          ))}
        </Rows>
      )}
    </Card>
  );
}

/** Nothing was stored in the period, so that nothing can be judged: the formula's 100 would be no praise. */
const isEmpty = ({ log_statistics }: ReportJson): boolean => log_statistics.total_logs === 0;

function changeText({ change_percent }: Compared): string {
  if (change_percent === null) return '–';
  return `${change_percent > 0 ? '+' : ''}${change_percent} %`.replace('-', '−');
}

function Comparison({ report: { comparison } }: { report: ReportJson }) {
  const pairs: (readonly [string, Compared | null])[] = [
    ['Security score', comparison.security_score],
    ['Threats', comparison.total_threats],
    ['Alerts', comparison.alerts],
    ['Events', comparison.total_logs],
    ...Object.entries(comparison.severity_counts).map(
      ([severity, pair]) => [`Events of severity ${severity.toLowerCase()}`, pair] as const,
    ),
  ];
  const isJudged = (pair: Compared, side: 'now' | 'before') =>
    pair !== comparison.security_score || comparison.total_logs[side] > 0;
  return (
    <Card title="Compared with the period before" flush>
      <Rows head={['Figure', 'This period', 'Before', 'Change']}>
        {pairs.map(
          ([name, pair]) =>
            pair && (
              <tr key={name}>
                <td>{name}</td>
                <td className="tabular">{isJudged(pair, 'now') ? group(pair.now) : '–'}</td>
                <td className="tabular">{isJudged(pair, 'before') ? group(pair.before) : '–'}</td>
                <td className={cx('tabular', pair.change_percent === 0 && 'text-faint')}>
                  {isJudged(pair, 'now') && isJudged(pair, 'before') ? changeText(pair) : '–'}
                </td>
              </tr>
            ),
        )}
      </Rows>
    </Card>
  );
}

function Silent({ report: { silent_sources } }: { report: ReportJson }) {
  if (silent_sources.length === 0) return null;
  return (
    <Card title="Sources that fell silent" flush>
      <Rows head={['Source', 'Last event', 'Silent for', 'Events before']}>
        {silent_sources.map(({ source, last_seen, silent_hours, events }) => (
          <tr key={source}>
            <td>
              <LogText text={source} limit={120} className={plain} />
            </td>
            <td className="tabular whitespace-nowrap">{readable(last_seen)}</td>
            <td className="tabular">{group(silent_hours)} h</td>
            <td className="tabular">{group(events)}</td>
          </tr>
        ))}
      </Rows>
    </Card>
  );
}
