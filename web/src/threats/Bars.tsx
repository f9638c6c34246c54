import { cx } from '../ui/cx.ts';
import { keyed } from '../ui/keyed.ts';
import type { AttackWindow } from './api.ts';
import { barsOf } from './bars.ts';

/** When an attack's events came, within a time. */
export function Bars({
  windows,
  from,
  to,
  parts,
  label,
  className,
}: {
  windows: readonly AttackWindow[];
  from: number;
  to: number;
  parts: number;
  label: string;
  className?: string;
}) {
  const bars = barsOf(windows, from, to, parts);
  const most = Math.max(1, ...bars);
  return (
    <svg
      viewBox={`0 0 ${parts * 4} 28`}
      preserveAspectRatio="none"
      role="img"
      aria-label={label}
      className={cx('text-accent', className)}
    >
      <line x1="0" x2={parts * 4} y1="27.5" y2="27.5" stroke="currentColor" opacity="0.3" />
      {keyed(bars, () => 'bar').map(({ key, item }, part) => (
        <rect
          key={key}
          x={part * 4 + 0.4}
          width="3.2"
          y={27 - (item / most) * 26}
          height={item === 0 ? 0 : Math.max(1.5, (item / most) * 26)}
          fill="currentColor"
        />
      ))}
    </svg>
  );
}
