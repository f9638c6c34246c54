import { CircleSlash, TriangleAlert } from 'lucide-react';
import type { ReportJson } from '../api/reports.ts';
import { Card } from '../ui/Card.tsx';
import { cx } from '../ui/cx.ts';
import { group } from '../ui/format.ts';

type Summary = NonNullable<ReportJson['summary']>;

const tones: Record<string, string> = {
  SECURE: 'text-good',
  MODERATE: 'text-medium',
  WARNING: 'text-high',
  CRITICAL: 'text-critical',
};

/** The score, and line by line how it came about; alerts are not in the documented formula, which is said beside it. */
export function ScoreCard({ summary, alerts }: Pick<ReportJson, 'alerts'> & { summary: Summary }) {
  const urgent = alerts.by_severity.critical + alerts.by_severity.high;
  const { security_score: score, security_status: status, score_lines } = summary;
  return (
    <Card title="Security score">
      {score === null || status === null ? (
        <p className="text-muted">Threats were left out, so there is nothing to compute it from.</p>
      ) : summary.total_logs === 0 ? (
        <div className="flex items-center gap-4" data-testid="score">
          <CircleSlash className="size-10 shrink-0 text-faint" aria-hidden="true" />
          <p>
            <span className="font-semibold">Nothing to judge.</span>{' '}
            <span className="text-muted">
              No event was stored in this period. Without events there is no security score.
            </span>
          </p>
        </div>
      ) : (
        <div className="flex flex-wrap items-center gap-5">
          <div className={cx('flex flex-col items-center', tones[status])} data-testid="score">
            <svg viewBox="0 0 120 70" className="w-36" role="img" aria-label={`${score} of 100, ${status}`}>
              <path
                d="M 12 62 A 48 48 0 0 1 108 62"
                fill="none"
                stroke="var(--line)"
                strokeWidth="11"
                pathLength={100}
              />
              <path
                d="M 12 62 A 48 48 0 0 1 108 62"
                fill="none"
                stroke="currentColor"
                strokeWidth="11"
                pathLength={100}
                strokeDasharray={`${score} 100`}
              />
              <text x="60" y="58" textAnchor="middle" fontSize="27" fontWeight="700" fill="currentColor">
                {score}
              </text>
            </svg>
            <span className="font-semibold">{status}</span>
          </div>
          <table className="min-w-0 grow basis-60 text-left">
            <caption className="sr-only">How the score was computed</caption>
            <tbody className="[&_td]:py-0.5 [&_tr]:border-b [&_tr]:border-line/70">
              <tr>
                <td>Every period starts with</td>
                <td className="tabular text-right">100</td>
              </tr>
              {score_lines.map((line) => (
                <tr key={line.severity}>
                  <td>
                    {group(line.count)} {line.severity}
                    <span className="text-faint">
                      , {line.points} each, at most {line.most}
                    </span>
                  </td>
                  <td className="tabular text-right">{line.deduction === 0 ? '0' : `−${line.deduction}`}</td>
                </tr>
              ))}
              <tr className="!border-b-0 font-semibold">
                <td>Score</td>
                <td className="tabular text-right">{score}</td>
              </tr>
            </tbody>
          </table>
          {urgent > 0 && (
            <p className="flex basis-full items-start gap-1.5 text-muted" data-testid="score-alerts">
              <TriangleAlert className="mt-0.5 size-4 shrink-0 text-high" aria-hidden="true" />
              <span>
                Detected threats count, alerts do not: {group(urgent)} high or critical {urgent === 1 ? 'one' : 'ones'}{' '}
                {urgent === 1 ? 'was' : 'were'} raised in this period.
              </span>
            </p>
          )}
        </div>
      )}
    </Card>
  );
}
