import { cx } from './cx.ts';

/** A line without axes. `values` oldest first, evenly spaced. */
export function Spark({
  values,
  label,
  className,
  fill = true,
}: {
  values: readonly number[];
  label: string;
  className?: string;
  fill?: boolean;
}) {
  const width = 120;
  const height = 28;
  const top = Math.max(1e-9, ...values);
  const step = width / Math.max(1, values.length - 1);
  const points = values.map(
    (value, index) => `${(index * step).toFixed(1)},${(height - 2 - (value / top) * (height - 4)).toFixed(1)}`,
  );
  return (
    <svg
      viewBox={`0 0 ${width} ${height}`}
      preserveAspectRatio="none"
      role="img"
      aria-label={label}
      className={cx('h-7 w-full text-accent', className)}
    >
      {values.length > 1 && (
        <>
          {fill && (
            <polygon points={`0,${height} ${points.join(' ')} ${width},${height}`} fill="currentColor" opacity="0.12" />
          )}
          <polyline
            points={points.join(' ')}
            fill="none"
            stroke="currentColor"
            strokeWidth="1.4"
            vectorEffect="non-scaling-stroke"
            strokeLinejoin="round"
          />
        </>
      )}
    </svg>
  );
}
