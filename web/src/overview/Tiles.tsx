import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import type { Overview } from '../api/types.ts';
import { cx } from '../ui/cx.ts';
import { bytes, percent, plural, short } from '../ui/format.ts';
import { Spark } from '../ui/Spark.tsx';

/** The numbers one looks at first. */
export function Tiles({ data }: { data: Overview }) {
  const { rates, totals, redaction, limiter, health } = data;
  const understood = totals.events > 0 ? 1 - totals.raw / totals.events : null;
  const held = limiter.limited + limiter.dropped + (health.kernel_drops ?? 0);
  return (
    <div className="grid grid-cols-2 gap-3 md:grid-cols-3 xl:grid-cols-6">
      <Tile name="Events per second" value={short(Math.round(rates.events_per_second * 10) / 10)} to="/live">
        <Spark values={rates.history.slice(-180)} label="Events per second in the last half hour" />
      </Tile>
      <Tile
        name="Open alerts"
        value={short(totals.open_alerts)}
        note={`${short(totals.alerts)} in all${totals.signals > 0 ? ` · ${short(totals.signals)} ${totals.signals === 1 ? 'signal' : 'signals'}` : ''}`}
        to="/alerts"
        tone={totals.open_alerts > 0 ? 'text-accent' : undefined}
      />
      <Tile
        name="Parsed"
        value={understood === null ? '–' : percent(understood)}
        note={`${short(totals.raw)} unrecognised`}
        to="/sources"
      />
      <Tile
        name="Stored"
        value={short(totals.stored)}
        note={`${bytes(health.store.bytes)}, ${short(totals.events)} since start`}
      />
      <Tile
        name="Redacted"
        value={short(redaction.total)}
        note={plural(Object.keys(redaction.by_kind).length, 'kind')}
      />
      <Tile
        name="Limited or lost"
        value={short(held)}
        note={health.backlog > 0 ? `${plural(health.backlog, 'chunk')} waiting` : 'nothing waiting'}
        to="/sources"
        tone={held > 0 ? 'text-high' : undefined}
      />
    </div>
  );
}

function Tile({
  name,
  value,
  note,
  to,
  tone,
  children,
}: {
  name: string;
  value: string;
  note?: string;
  to?: '/live' | '/alerts' | '/sources';
  tone?: string | undefined;
  children?: ReactNode;
}) {
  const content = (
    <>
      <span className="text-xs text-muted">{name}</span>
      <span className={cx('tabular text-2xl leading-8 font-semibold tracking-tight', tone)}>{value}</span>
      {note && <span className="truncate text-xs text-faint">{note}</span>}
      {children}
    </>
  );
  const look = 'flex min-h-24 min-w-0 flex-col rounded-lg border bg-surface px-4 py-3';
  return to ? (
    <Link to={to} className={cx(look, 'transition-colors hover:border-strong')}>
      {content}
    </Link>
  ) : (
    <div className={look}>{content}</div>
  );
}
