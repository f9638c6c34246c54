import { Link } from '@tanstack/react-router';
import { Check, ChevronDown, ChevronRight } from 'lucide-react';
import { Badge } from '../ui/Badge.tsx';
import { IconButton } from '../ui/Button.tsx';
import { cx } from '../ui/cx.ts';
import { plural, short } from '../ui/format.ts';
import { LogText } from '../ui/LogText.tsx';
import { Severity, severityFill } from '../ui/Severity.tsx';
import { Time } from '../ui/Time.tsx';
import { GroupValues } from './GroupValues.tsx';
import { alertsOf, type Row } from './rows.ts';

export const rowHeight = 50;

const statusNames = {
  new: null,
  acknowledged: 'Acknowledged',
  in_progress: 'In progress',
  closed: 'Closed',
} as const;

interface QueueRowProps {
  row: Row;
  current: boolean;
  selected: boolean;
  /** Whether whoever looks may acknowledge and decide. */
  mayAct: boolean;
  onSelect: () => void;
  onFocus: () => void;
  onFold: () => void;
  onAcknowledge: () => void;
  onEntity: (value: string) => void;
}

export function QueueRow({
  row,
  current,
  selected,
  mayAct,
  onSelect,
  onFocus,
  onFold,
  onAcknowledge,
  onEntity,
}: QueueRowProps) {
  const alerts = alertsOf(row);
  const [newest] = alerts;
  if (!newest) return null;
  const level = row.kind === 'group' ? row.worst : row.alert.severity_level;
  const seen = alerts.every((alert) => alert.status !== 'new');
  const title = row.kind === 'group' ? row.title : row.alert.rule_name;
  const count = alerts.reduce((sum, alert) => sum + alert.count, 0);
  return (
    <div
      data-key={row.key}
      data-current={current || undefined}
      className={cx(
        'group relative flex h-full items-center gap-2 border-b pr-2 pl-3 transition-colors hover:bg-raised/60 md:gap-3 md:pr-3',
        'has-[[data-main]:focus-visible]:outline-2 has-[[data-main]:focus-visible]:-outline-offset-2 has-[[data-main]:focus-visible]:outline-accent',
        current && 'bg-raised',
        selected && 'bg-accent-soft',
        row.kind === 'alert' && row.nested && 'pl-8 md:pl-10',
      )}
    >
      <span
        className={cx('absolute inset-y-0 left-0 w-1', severityFill[level], seen && 'opacity-40')}
        aria-hidden="true"
      />
      {mayAct && (
        <input
          type="checkbox"
          checked={selected}
          onChange={onSelect}
          aria-label={`Select ${title}`}
          className="relative z-1 size-4 shrink-0 accent-(--accent)"
        />
      )}
      <Severity level={level} className="w-[4.6rem] shrink-0 max-sm:hidden" />
      <Severity level={level} compact className="shrink-0 sm:hidden" />
      <div className="min-w-0 grow">
        {row.kind === 'group' ? (
          <button
            type="button"
            data-main
            aria-expanded={row.open}
            onClick={onFold}
            onFocus={onFocus}
            className="flex w-full min-w-0 items-center gap-1 text-left font-medium outline-none"
          >
            {row.open ? <ChevronDown className="size-4 shrink-0" /> : <ChevronRight className="size-4 shrink-0" />}
            <span className="truncate">
              <LogText text={row.title} limit={200} wrap={false} className="!font-sans !text-[1em]" />
            </span>
            <Badge tone="neutral">{plural(alerts.length, 'alert')}</Badge>
          </button>
        ) : (
          <Link
            data-main
            to="/alerts/$id"
            params={{ id: row.alert.id }}
            onFocus={onFocus}
            className={cx(
              "block truncate outline-none after:absolute after:inset-0 after:content-['']",
              seen ? 'text-muted' : 'font-medium',
            )}
          >
            {row.alert.rule_name}
          </Link>
        )}
        <div className="truncate text-xs text-muted">
          <LogText
            text={row.kind === 'group' ? row.note : row.alert.message}
            limit={300}
            wrap={false}
            className="!font-sans !text-[1em]"
          />
        </div>
      </div>
      {row.kind === 'alert' && (
        <div className="relative z-1 hidden max-w-80 shrink-0 items-center gap-1 overflow-hidden lg:flex">
          {row.alert.historical && (
            <Badge title="Made from events that were older than ten minutes when they arrived">Historical</Badge>
          )}
          {row.alert.signal && (
            <Badge title="Its rule was a signal when it raised this: kept as info, nobody was told">Signal</Badge>
          )}
          {statusNames[row.alert.status] && (
            <Badge tone={row.alert.status === 'in_progress' ? 'accent' : 'neutral'}>
              {statusNames[row.alert.status]}
            </Badge>
          )}
          <GroupValues group={row.alert.group} onEntity={onEntity} />
        </div>
      )}
      <span className="tabular w-15 shrink-0 text-right text-xs text-muted" title={plural(count, 'matching event')}>
        <span className="block font-medium">×{short(count)}</span>
        <Time value={newest.last} form="relative" className="block whitespace-nowrap text-faint" />
      </span>
      {mayAct && (
        <IconButton
          label={seen ? 'Acknowledged' : 'Acknowledge'}
          disabled={seen}
          onClick={onAcknowledge}
          className="relative z-1"
        >
          <Check aria-hidden="true" />
        </IconButton>
      )}
    </div>
  );
}
