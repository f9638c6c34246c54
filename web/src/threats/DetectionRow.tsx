import { cx } from '../ui/cx.ts';
import { group, plural } from '../ui/format.ts';
import { LogText } from '../ui/LogText.tsx';
import { Severity } from '../ui/Severity.tsx';
import { Time } from '../ui/Time.tsx';
import { countOf, type Detection, lastOf, levelOf, subjectOf } from './api.ts';
import { Bars } from './Bars.tsx';

export const rowHeight = 64;

const attackNames: Readonly<Record<string, string>> = {
  SINGLE_IP_FLOOD: 'Flood of one address',
  DISTRIBUTED_FLOOD: 'Flood of many addresses',
  SQL_INJECTION: 'SQL injection',
  SQL_SUSPICIOUS_ACTIVITY: 'Suspicious database activity',
};
export const attackName = ({ attack_type }: Detection): string | null =>
  attack_type === undefined ? null : (attackNames[attack_type] ?? attack_type);

/** The numbers of a detection in a line. */
export function factsOf(one: Detection): string[] {
  const facts: string[] = [];
  const add = (value: number | undefined, text: (value: number) => string) => {
    if (value !== undefined && value > 0) facts.push(text(value));
  };
  add(one.total_attempts, (value) => plural(value, 'attempt'));
  add(one.total_requests, (value) => plural(value, 'request'));
  add(one.unique_usernames_attempted, (value) => plural(value, 'user'));
  add(one.unique_ports_attempted, (value) => plural(value, 'port'));
  if (one.attack_type === 'DISTRIBUTED_FLOOD')
    add(one.source_ip_count, (value) => plural(value, 'address', 'addresses'));
  add(one.peak_request_rate, (value) => `peak ${group(value)} a minute`);
  add(one.injection_attempts, (value) => plural(value, 'injection'));
  add(one.auth_failures, (value) => plural(value, 'refused login'));
  facts.push(plural(one.attack_windows_total, 'window'));
  return facts;
}

export function DetectionRow({
  detection,
  from,
  to,
  current,
  onOpen,
}: {
  detection: Detection;
  from: number;
  to: number;
  current: boolean;
  onOpen: () => void;
}) {
  const name = attackName(detection);
  return (
    <button
      type="button"
      onClick={onOpen}
      aria-current={current || undefined}
      className={cx(
        'flex h-full w-full items-center gap-3 border-b border-line/70 px-4 text-left -outline-offset-2 hover:bg-raised/60',
        current && 'bg-accent-soft',
      )}
    >
      <Severity level={levelOf(detection.severity)} className="w-20 shrink-0 max-sm:w-4 max-sm:overflow-hidden" />
      <span className="flex min-w-0 grow flex-col">
        <span className="flex min-w-0 items-baseline gap-2">
          <span className="log truncate font-medium">
            <LogText text={subjectOf(detection)} limit={80} />
          </span>
          {name && <span className="truncate text-xs text-muted">{name}</span>}
        </span>
        <span className="tabular truncate text-xs text-muted">{factsOf(detection).join(' · ')}</span>
      </span>
      <Bars
        windows={detection.attack_windows}
        from={from}
        to={to}
        parts={48}
        label={`${plural(countOf(detection), 'event')} over the time range`}
        className="h-8 w-40 shrink-0 max-lg:hidden"
      />
      <Time value={lastOf(detection)} form="relative" className="tabular w-24 shrink-0 text-right text-xs text-muted" />
    </button>
  );
}
