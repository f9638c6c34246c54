import { cx } from './cx.ts';
import { Severity, severitiesDown } from './Severity.tsx';

/** Severities to show, as a list with commas; none: all. */
export function SeverityFilter({
  value,
  onChange,
  className,
}: {
  value: string | undefined;
  onChange: (value: string | undefined) => void;
  className?: string;
}) {
  const chosen = value?.split(',') ?? [];
  const toggle = (level: string) => {
    const next = chosen.includes(level) ? chosen.filter((name) => name !== level) : [...chosen, level];
    onChange(next.length > 0 ? next.join(',') : undefined);
  };
  return (
    <fieldset aria-label="Severity" className={cx('thin-scroll flex max-w-full gap-1 overflow-x-auto', className)}>
      {severitiesDown.map((level) => (
        <button
          key={level}
          type="button"
          aria-pressed={chosen.includes(level)}
          onClick={() => toggle(level)}
          className={cx(
            'flex h-8 shrink-0 items-center rounded-md border px-2',
            chosen.includes(level) ? 'border-current bg-raised' : 'bg-bg hover:border-strong',
          )}
        >
          <Severity level={level} />
        </button>
      ))}
    </fieldset>
  );
}
