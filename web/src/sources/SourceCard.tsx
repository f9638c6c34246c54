import { Link } from '@tanstack/react-router';
import { Activity, FileText, Pencil, Radio, ShieldCheck, Webhook } from 'lucide-react';
import type { ReactNode } from 'react';
import type { SourceJson } from '../api/types.ts';
import { Badge } from '../ui/Badge.tsx';
import { Button, IconButton } from '../ui/Button.tsx';
import { cx } from '../ui/cx.ts';
import { bytes, duration, group, percent, short } from '../ui/format.ts';
import { LogText } from '../ui/LogText.tsx';
import { Spark } from '../ui/Spark.tsx';
import { Time } from '../ui/Time.tsx';
import { changeSource } from './source-actions.ts';

const icons = { syslog: Radio, file_tail: FileText, webhook: Webhook };
/** Off by more than this is worth a word. */
const clockWorryMs = 120_000;

function StateBadge({ source }: { source: SourceJson }) {
  if (!source.enabled) return <Badge>off</Badge>;
  if (source.state === 'failed') return <Badge tone="bad">failed</Badge>;
  if (source.state === 'limited') return <Badge tone="warn">limited</Badge>;
  if (source.state === 'waiting') return <Badge>waiting</Badge>;
  return <Badge tone="good">active</Badge>;
}

export function SourceCard({
  source,
  rates,
  admin,
  onEdit,
}: {
  source: SourceJson;
  rates: readonly number[];
  admin: boolean;
  onEdit: () => void;
}) {
  const Icon = icons[source.type] ?? Radio;
  const rate = rates.at(-1) ?? 0;
  const held = source.limited + source.dropped;
  const offset = source.clock_offset_ms;
  return (
    <article
      aria-label={source.name}
      className={cx('flex min-w-0 flex-col gap-3 rounded-lg border bg-surface p-4', !source.enabled && 'opacity-70')}
    >
      <header className="flex items-center gap-2.5">
        <Icon className="size-5 shrink-0 text-accent" aria-hidden="true" />
        <h2 className="min-w-0 grow truncate font-semibold">
          <LogText text={source.name} limit={120} wrap={false} className="!font-sans !text-[1em]" />
        </h2>
        <StateBadge source={source} />
        <Link
          to="/live"
          search={{ only: [`source:${source.name}`] }}
          aria-label={`Lines of ${source.name} in the live tail`}
          title="In the live tail"
          className="flex size-7 items-center justify-center rounded-md text-muted hover:bg-raised hover:text-text"
        >
          <Activity className="size-4" aria-hidden="true" />
        </Link>
        {admin && (
          <IconButton label={`Edit ${source.name}`} className="size-7" onClick={onEdit}>
            <Pencil aria-hidden="true" />
          </IconButton>
        )}
      </header>
      {source.path && (
        <p className="-mt-2 truncate text-xs text-faint">
          <LogText text={source.path} limit={300} wrap={false} />
        </p>
      )}
      <div className="flex items-end gap-3">
        <div className="shrink-0">
          <div className="tabular text-xl leading-6 font-semibold">{short(Math.round(rate * 10) / 10)}</div>
          <div className="text-xs text-faint">events/s</div>
        </div>
        <Spark values={rates} label={`Rate of ${source.name} while this page is open`} className="min-w-0 grow" />
      </div>
      <dl className="grid grid-cols-2 gap-x-4 gap-y-1.5 sm:grid-cols-3">
        <Fact name="Events" title={group(source.events_received)}>
          {short(source.events_received)}
        </Fact>
        <Fact name="Understood">
          {source.parse_share === null ? (
            '–'
          ) : (
            <span className={source.parse_share < 0.5 ? 'text-high' : undefined}>{percent(source.parse_share)}</span>
          )}
        </Fact>
        <Fact name="Format">
          {source.format ?? '–'}
          {source.hint && <span className="text-xs text-faint"> hint {source.hint}</span>}
        </Fact>
        <Fact name="Last event">
          <Time value={source.last_event} form="relative" none="none yet" />
        </Fact>
        <Fact name="Received">{bytes(source.bytes)}</Fact>
        {source.lag_bytes !== null && (
          <Fact name="Unread">
            <span className={source.lag_bytes > 1_048_576 ? 'text-high' : undefined}>{bytes(source.lag_bytes)}</span>
          </Fact>
        )}
        <Fact name="Held back">
          <span className={held > 0 ? 'text-high' : undefined}>{short(held)}</span>
        </Fact>
        {source.redacted > 0 && <Fact name="Redacted">{short(source.redacted)}</Fact>}
        {offset !== null && (
          <Fact name="Clock">
            <span className={Math.abs(offset) > clockWorryMs ? 'text-high' : undefined}>
              {Math.abs(offset) < 2000
                ? 'in step'
                : `${duration(Math.abs(offset) / 1000)} ${offset > 0 ? 'ahead' : 'behind'}`}
            </span>
          </Fact>
        )}
        {source.timezone && <Fact name="Time zone">{source.timezone}</Fact>}
      </dl>
      {source.detail && (
        <p className={cx('text-xs', source.state === 'failed' ? 'text-bad' : 'text-muted')}>
          <LogText text={source.detail} className="!font-sans !text-[1em]" />
        </p>
      )}
      {held > 0 && !source.trusted && (
        <div className="flex flex-wrap items-center gap-2 rounded-md border border-high/40 bg-high/8 p-2 text-xs">
          <span className="min-w-0 grow">It sends more than its limit. If the sender is yours, trust it.</span>
          {admin && (
            <Button
              size="small"
              onClick={() => void changeSource(source, { trusted: true }, `${source.name} is never limited now`)}
            >
              <ShieldCheck className="size-3.5" aria-hidden="true" /> Trust this sender
            </Button>
          )}
        </div>
      )}
      {source.trusted && (
        <p className="flex items-center gap-1.5 text-xs text-muted">
          <ShieldCheck className="size-3.5 text-good" aria-hidden="true" /> Trusted: never limited
        </p>
      )}
      <div className="mt-auto min-w-0 rounded-md border bg-bg px-2.5 py-1.5">
        {source.last_raw ? (
          <div className="line-clamp-2 break-all">
            <LogText text={source.last_raw} limit={400} />
          </div>
        ) : (
          <span className="text-xs text-faint">No line yet</span>
        )}
      </div>
    </article>
  );
}

function Fact({ name, title, children }: { name: string; title?: string; children: ReactNode }) {
  return (
    <div className="min-w-0" title={title}>
      <dt className="text-xs text-faint">{name}</dt>
      <dd className="tabular truncate">{children}</dd>
    </div>
  );
}
