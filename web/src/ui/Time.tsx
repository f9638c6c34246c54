import { ago, clock, localTime, type TimeValue, toDate, zoneName } from './format.ts';
import { useNow } from './useNow.ts';

/** A time in the reader's zone; the zone and UTC on hover. `relative`: "3 min ago", kept current. */
export function Time({
  value,
  form = 'full',
  none = '–',
  className,
}: {
  value: TimeValue;
  /** `day`: without its year. */
  form?: 'full' | 'day' | 'clock' | 'clock-ms' | 'relative';
  none?: string;
  className?: string;
}) {
  const date = toDate(value);
  if (!date) return <span className="text-faint">{none}</span>;
  const title = `${localTime(date, true)} ${zoneName(date)}\n${date.toISOString().replace('T', ' ').replace('Z', ' UTC')}`;
  return (
    <time dateTime={date.toISOString()} title={title} className={className ?? 'tabular whitespace-nowrap'}>
      {form === 'relative' ? (
        <Relative date={date} />
      ) : form === 'full' || form === 'day' ? (
        localTime(date).slice(form === 'day' ? 5 : 0)
      ) : (
        clock(date, form === 'clock-ms')
      )}
    </time>
  );
}

function Relative({ date }: { date: Date }) {
  return ago(date, useNow());
}
