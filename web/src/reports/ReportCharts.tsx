import type { ReactNode } from 'react';
import type { ReportJson } from '../api/reports.ts';
import { Badge } from '../ui/Badge.tsx';
import { group } from '../ui/format.ts';
import { severitiesDown, severityNames } from '../ui/Severity.tsx';

/** Bars of hours or days, severities stacked, the gravest at the bottom. Days of 23 hours are as wide as others. */
export function SeverityBars({ parts }: { parts: ReportJson['time_breakdown'] }) {
  const most = Math.max(0, ...parts.map(({ total }) => total));
  if (most === 0) return <p className="text-muted">No events in this period.</p>;
  const [width, height] = [600, 120];
  const step = width / parts.length;
  const shown = severitiesDown.filter((level) => parts.some((part) => countOf(part, level) > 0));
  const ends = [parts[0], parts[Math.floor(parts.length / 2)], parts.at(-1)];
  return (
    <figure className="flex flex-col gap-1.5">
      <ul className="flex flex-wrap gap-x-4 gap-y-1 text-xs text-muted">
        {shown.map((level) => (
          <li key={level} className="flex items-center gap-1.5">
            <span className="size-2.5 rounded-[2px]" style={{ background: `var(--sev-${level})` }} />
            {severityNames[level]} {group(parts.reduce((sum, part) => sum + countOf(part, level), 0))}
          </li>
        ))}
        <li className="ml-auto text-faint">highest: {group(most)}</li>
      </ul>
      <svg
        viewBox={`0 0 ${width} ${height}`}
        preserveAspectRatio="none"
        className="h-32 w-full border-b"
        role="img"
        aria-label={`Events over time by severity, ${parts.length} bars, at most ${group(most)} in one`}
      >
        {parts.map((part, index) => {
          let y = height;
          return (
            <g key={part.start}>
              <title>{`${part.label}: ${group(part.total)} events`}</title>
              <rect x={index * step} y={0} width={step} height={height} fill="transparent" />
              {shown.map((level) => {
                const size = (countOf(part, level) / most) * height;
                y -= size;
                return (
                  <rect
                    key={level}
                    x={index * step + step * 0.1}
                    y={y}
                    width={step * 0.8}
                    height={size}
                    fill={`var(--sev-${level})`}
                  />
                );
              })}
            </g>
          );
        })}
      </svg>
      <figcaption className="tabular flex justify-between gap-2 text-xs text-faint">
        {parts.length > 2 ? (
          ends.map((part) => part && <span key={part.start}>{part.label}</span>)
        ) : (
          <span>{parts[0]?.label}</span>
        )}
      </figcaption>
    </figure>
  );
}

const countOf = (part: ReportJson['time_breakdown'][number], level: string): number =>
  part.severity_counts[level.toUpperCase()] ?? 0;

export function BarList({
  rows,
  empty,
}: {
  rows: readonly { key: string; name: ReactNode; count: number; mark: string | null }[];
  empty: string;
}) {
  const most = Math.max(1, ...rows.map(({ count }) => count));
  if (rows.length === 0) return <p className="text-muted">{empty}</p>;
  return (
    <ul className="flex flex-col gap-1.5">
      {rows.map(({ key, name, count, mark }) => (
        <li key={key} className="grid grid-cols-[minmax(0,1fr)_auto] items-center gap-x-3">
          <span className="flex min-w-0 items-center gap-2 truncate">
            {name} {mark && <Badge tone="warn">{mark}</Badge>}
          </span>
          <span className="tabular text-muted">{group(count)}</span>
          <span className="col-span-2 h-1 rounded bg-raised">
            <span className="block h-1 rounded bg-accent" style={{ width: `${(count / most) * 100}%` }} />
          </span>
        </li>
      ))}
    </ul>
  );
}
