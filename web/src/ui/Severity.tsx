import { severities, severityRank } from '../../../src/model/enumerations.ts';
import type { Severity as Level } from '../api/types.ts';
import { cx } from './cx.ts';

export const severityNames: Record<Level, string> = {
  info: 'Info',
  low: 'Low',
  medium: 'Medium',
  high: 'High',
  critical: 'Critical',
};

const severityText: Record<Level, string> = {
  info: 'text-info',
  low: 'text-low',
  medium: 'text-medium',
  high: 'text-high',
  critical: 'text-critical',
};

export const severityFill: Record<Level, string> = {
  info: 'bg-info',
  low: 'bg-low',
  medium: 'bg-medium',
  high: 'bg-high',
  critical: 'bg-critical',
};

/** Highest first, as people read. */
export const severitiesDown: readonly Level[] = [...severities].reverse();

/** Falls back to info for a word that we do not know: the server may be newer than the page. */
export function asSeverity(value: string | null | undefined): Level {
  return severities.find((level) => level === value) ?? (value === 'warning' ? 'medium' : 'info');
}

/** Bars `from` up to `to` as one shape: tables draw hundreds of these. */
const bars = (from: number, to: number): string =>
  Array.from({ length: to - from }, (_, at) => {
    const bar = from + at;
    return `M${(bar * 3.6).toFixed(1)} ${9 - bar * 3}h2.4V12h-2.4z`;
  }).join('');

/** Rising bars and the word: never colour alone. */
export function Severity({ level, compact, className }: { level: Level; compact?: boolean; className?: string }) {
  const rank = severityRank[level];
  return (
    <span
      className={cx('inline-flex items-center gap-1.5 text-xs font-medium', severityText[level], className)}
      title={compact ? severityNames[level] : undefined}
    >
      <svg viewBox="0 0 14 12" className="h-3 w-3.5 shrink-0" aria-hidden="true">
        {rank > 0 && <path d={bars(0, rank)} fill="currentColor" />}
        {rank < 4 && <path d={bars(rank, 4)} fill="currentColor" opacity="0.25" />}
      </svg>
      {compact ? <span className="sr-only">{severityNames[level]}</span> : severityNames[level]}
    </span>
  );
}
