import { cx } from '../ui/cx.ts';

/** 0 to 100 as a number and a bar: never colour alone. */
export function Risk({ value, className }: { value: number; className?: string }) {
  const tone = value >= 70 ? 'bg-critical' : value >= 50 ? 'bg-high' : value >= 30 ? 'bg-medium' : 'bg-low';
  return (
    <span className={cx('inline-flex flex-col gap-0.5', className)} title={`Risk ${value} of 100`}>
      <span className="tabular text-sm leading-none font-semibold">
        <span className="sr-only">Risk </span>
        {value}
      </span>
      <span className="h-1 w-8 overflow-hidden rounded-full bg-line" aria-hidden="true">
        <span className={cx('block h-full', tone)} style={{ width: `${value}%` }} />
      </span>
    </span>
  );
}
