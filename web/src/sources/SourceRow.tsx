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
const columns =
  'xl:grid-cols-[minmax(11rem,1fr)_7.5rem_4rem_4rem_6rem_5.5rem_4.5rem_3.5rem_5rem_4.5rem_4rem] xl:items-center';

/** Names of the columns; on narrow screens each value carries its own. */
export function SourceHeads() {
  const names = ['Events/s', 'Events', 'Parsed', 'Format', 'Last event', 'Lag', 'Lost', 'Reputation', 'Redacted'];
  return (
    <div
      aria-hidden="true"
      className={cx('hidden gap-x-3 border-b px-4 py-2 text-xs font-medium text-faint xl:grid', columns)}
    >
      <span>Source</span>
      {names.map((name) => (
        <span key={name}>{name}</span>
      ))}
    </div>
  );
}

function StateBadge({ source }: { source: SourceJson }) {
  if (!source.enabled) return <Badge>off</Badge>;
  if (source.state === 'failed') return <Badge tone="bad">failed</Badge>;
  if (source.state === 'limited') return <Badge tone="warn">limited</Badge>;
  if (source.state === 'waiting') return <Badge>waiting</Badge>;
  return <Badge tone="good">active</Badge>;
}

/** One source: how much, how well understood, how far behind, what was lost, and its last line. */
export function SourceRow({
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
  const lost = source.limited + source.dropped;
  return (
    <article aria-label={source.name} className="grid gap-x-4 gap-y-2 border-b px-4 py-2.5 last:border-b-0">
      <div className={cx('grid min-w-0 gap-x-3 gap-y-2', columns)}>
        <div className="flex min-w-0 items-center gap-2.5">
          <Icon className="size-5 shrink-0 text-accent" aria-hidden="true" />
          <div className="min-w-0 grow">
            <div className="flex min-w-0 items-center gap-2">
              <h2 className="min-w-0 truncate font-semibold" title={source.name}>
                <LogText text={source.name} limit={120} wrap={false} className="!font-sans !text-[1em]" />
              </h2>
              <StateBadge source={source} />
            </div>
            <Where source={source} />
          </div>
          <Actions source={source} admin={admin} onEdit={onEdit} className="xl:hidden" />
        </div>
        <dl className="grid grid-cols-3 gap-x-3 sm:grid-cols-5 gap-y-1.5 xl:contents">
          <Fact name="Events/s">
            <span className="flex items-center gap-2">
              <span className="w-9 shrink-0 font-semibold">{short(Math.round(rate * 10) / 10)}</span>
              <Spark values={rates} label={`Rate of ${source.name} while this page is open`} className="!h-5 min-w-0" />
            </span>
          </Fact>
          <Fact name="Events" title={`${group(source.events_received)}, ${bytes(source.bytes)}`}>
            {short(source.events_received)}
          </Fact>
          <Fact name="Parsed" title="Share of the lines whose format was recognised">
            {source.parse_share === null ? (
              '–'
            ) : (
              <span className={source.parse_share < 0.5 ? 'text-high' : undefined}>{percent(source.parse_share)}</span>
            )}
          </Fact>
          <Fact name="Format" title={source.hint ? `Hint: ${source.hint}` : undefined}>
            {source.format ?? '–'}
          </Fact>
          <Fact name="Last event">
            <Time value={source.last_event} form="relative" none="none yet" />
          </Fact>
          <Fact name="Lag" title="Written to the file, not read yet">
            {source.lag_bytes === null ? (
              '–'
            ) : (
              <span className={source.lag_bytes > 1_048_576 ? 'text-high' : undefined}>{bytes(source.lag_bytes)}</span>
            )}
          </Fact>
          <Fact name="Lost" title={`${group(source.limited)} over the limit, ${group(source.dropped)} dropped`}>
            <span className={lost > 0 ? 'font-semibold text-high' : undefined}>{short(lost)}</span>
          </Fact>
          <Fact
            name="Reputation"
            title={
              source.standing
                ? `${Math.round(source.standing.reputation)} of 100. May send ${group(source.standing.limit)} events per second; broke its limit ${group(source.standing.violations)} ${source.standing.violations === 1 ? 'time' : 'times'}`
                : 'Only senders over the network have one'
            }
          >
            {source.standing ? (
              <span className={source.standing.reputation < 100 ? 'font-semibold text-high' : undefined}>
                {Math.round(source.standing.reputation)}
              </span>
            ) : (
              '–'
            )}
          </Fact>
          <Fact name="Redacted" title="Personal data and secrets that were masked">
            {short(source.redacted)}
          </Fact>
        </dl>
        <Actions source={source} admin={admin} onEdit={onEdit} className="justify-end max-xl:hidden" />
      </div>
      <Worries source={source} lost={lost} admin={admin} />
      <div className="min-w-0 truncate rounded border bg-bg px-2 py-0.5">
        {source.last_raw ? (
          <LogText text={source.last_raw} limit={400} wrap={false} />
        ) : (
          <span className="text-xs text-faint">No line yet</span>
        )}
      </div>
    </article>
  );
}

function Where({ source }: { source: SourceJson }) {
  const text = source.path ?? (source.state === 'failed' ? null : source.detail);
  if (!text) return null;
  return (
    <p className="truncate text-xs text-faint" title={text}>
      <LogText text={text} limit={300} wrap={false} className={source.path ? '' : '!font-sans !text-[1em]'} />
    </p>
  );
}

function Actions({
  source,
  admin,
  onEdit,
  className,
}: {
  source: SourceJson;
  admin: boolean;
  onEdit: () => void;
  className: string;
}) {
  return (
    <div className={cx('flex shrink-0 items-center', className)}>
      <Link
        to="/live"
        search={{ only: [`source:${source.name}`] }}
        aria-label={`Lines of ${source.name} in the live tail`}
        title="In the live tail"
        className="flex size-8 items-center justify-center rounded-md text-muted hover:bg-raised hover:text-text"
      >
        <Activity className="size-4" aria-hidden="true" />
      </Link>
      {admin && (
        <IconButton label={`Edit ${source.name}`} onClick={onEdit}>
          <Pencil aria-hidden="true" />
        </IconButton>
      )}
    </div>
  );
}

/** What is out of the ordinary about a source, with what can be done about it. */
function Worries({ source, lost, admin }: { source: SourceJson; lost: number; admin: boolean }) {
  const offset = source.clock_offset_ms ?? 0;
  return (
    <>
      {source.detail && (source.path !== null || source.state === 'failed') && (
        <p className={cx('text-xs', source.state === 'failed' ? 'text-bad' : 'text-muted')}>
          <LogText text={source.detail} className="!font-sans !text-[1em]" />
        </p>
      )}
      {Math.abs(offset) > clockWorryMs && (
        <p className="text-xs text-high">
          Its clock is {duration(Math.abs(offset) / 1000)} {offset > 0 ? 'ahead' : 'behind'}
          {source.timezone && `, read as ${source.timezone}`}. A time zone can be set under Edit.
        </p>
      )}
      {lost > 0 && !source.trusted && (
        <div className="flex flex-wrap items-center gap-2 rounded-md border border-high/40 bg-high/8 p-2 text-xs">
          <span className="min-w-0 grow">
            It {source.state === 'limited' ? 'sends' : 'has sent'} more than its limit. If the sender is yours, trust
            it.
          </span>
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
    </>
  );
}

function Fact({ name, title, children }: { name: string; title?: string | undefined; children: ReactNode }) {
  return (
    <div className="min-w-0" title={title}>
      <dt className="text-xs text-faint xl:sr-only">{name}</dt>
      <dd className="tabular truncate">{children}</dd>
    </div>
  );
}
