import { Link } from '@tanstack/react-router';
import { Badge } from '../ui/Badge.tsx';
import { cx } from '../ui/cx.ts';
import { plural, short } from '../ui/format.ts';
import { LogText } from '../ui/LogText.tsx';
import { Severity, severityFill } from '../ui/Severity.tsx';
import { Time } from '../ui/Time.tsx';
import { EntityLink } from './EntityLink.tsx';
import { Risk } from './Risk.tsx';
import type { Incident } from './types.ts';
import { statusNames } from './words.ts';

export const rowHeight = 58;

export function IncidentRow({
  incident,
  current,
  onFocus,
}: {
  incident: Incident;
  current: boolean;
  onFocus: () => void;
}) {
  const isClosed = incident.status === 'closed';
  return (
    <div
      data-current={current || undefined}
      className={cx(
        'group relative flex h-full items-center gap-3 border-b pr-3 pl-4 transition-colors hover:bg-raised/60',
        'has-[[data-main]:focus-visible]:outline-2 has-[[data-main]:focus-visible]:-outline-offset-2 has-[[data-main]:focus-visible]:outline-accent',
        current && 'bg-raised',
      )}
    >
      <span
        className={cx('absolute inset-y-0 left-0 w-1', severityFill[incident.severity], isClosed && 'opacity-40')}
        aria-hidden="true"
      />
      <Risk value={incident.risk} className="w-9 shrink-0" />
      <Severity level={incident.severity} className="w-[4.6rem] shrink-0 max-sm:hidden" />
      <div className="min-w-0 grow">
        <Link
          data-main
          to="/incidents/$id"
          params={{ id: incident.id }}
          onFocus={onFocus}
          className={cx(
            "block truncate outline-none after:absolute after:inset-0 after:content-['']",
            isClosed ? 'text-muted' : 'font-medium',
          )}
        >
          <LogText text={incident.title} limit={300} wrap={false} className="!font-sans !text-[1em]" />
        </Link>
        <div className="flex min-w-0 items-center gap-1.5 text-xs text-muted">
          <span className="shrink-0 whitespace-nowrap">{plural(incident.alert_count, 'alert')}</span>
          {incident.got_in && (
            <Badge tone="bad" title="A login worked after others had failed">
              Got in
            </Badge>
          )}
          {incident.historical && (
            <Badge title="Made from events that were older than ten minutes when they arrived">Historical</Badge>
          )}
          {incident.owner && <Badge tone="accent">{incident.owner}</Badge>}
          {incident.status !== 'new' && <Badge>{statusNames[incident.status]}</Badge>}
          {incident.tactics.length > 1 && (
            <span className="truncate max-lg:hidden">
              {incident.tactics.map((name) => name.replaceAll('-', ' ')).join(' → ')}
            </span>
          )}
        </div>
      </div>
      <div className="relative z-1 hidden max-w-md shrink-0 items-center gap-1 overflow-hidden lg:flex">
        {incident.entities.slice(0, 3).map((entity) => (
          <EntityLink key={`${entity.kind} ${entity.value}`} entity={entity} className="max-w-44" />
        ))}
      </div>
      <span
        className="tabular w-15 shrink-0 text-right text-xs text-muted"
        title={plural(incident.event_count, 'matched event')}
      >
        <span className="block font-medium">×{short(incident.event_count)}</span>
        <Time value={incident.last} form="relative" className="block whitespace-nowrap text-faint" />
      </span>
    </div>
  );
}
