import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { getRouteApi, Link } from '@tanstack/react-router';
import { ArrowLeft, BellOff, CircleStop } from 'lucide-react';
import { useRef } from 'react';
import { GroupValues } from '../alerts/GroupValues.tsx';
import { cancelReplay, type ReplayAlert, type ReplayDetail, replayAlertsQuery, replayQuery } from '../api/replays.ts';
import { useKeys } from '../shell/keys.ts';
import { useMayAct } from '../shell/may-act.ts';
import { Badge } from '../ui/Badge.tsx';
import { Button } from '../ui/Button.tsx';
import { Card } from '../ui/Card.tsx';
import { cx } from '../ui/cx.ts';
import { FilterChip } from '../ui/FilterChip.tsx';
import { group, plural, short } from '../ui/format.ts';
import { LogText } from '../ui/LogText.tsx';
import { SearchBox } from '../ui/SearchBox.tsx';
import { Severity, severityFill } from '../ui/Severity.tsx';
import { SeverityFilter } from '../ui/SeverityFilter.tsx';
import { Empty, Failure, Skeleton } from '../ui/States.tsx';
import { Choice } from '../ui/Tabs.tsx';
import { Time } from '../ui/Time.tsx';
import type { ReplaySearch } from './address.ts';
import { DeleteReplay } from './DeleteReplay.tsx';
import { ReplayBanner } from './ReplayBanner.tsx';
import { ReplayNotes, ReplayProgress, ReplaySpan, ReplayState, ReplayWork } from './ReplayFacts.tsx';

const route = getRouteApi('/app/replays/$id');

/** One replay as a workspace of its own: its alerts, apart from the live ones. */
export function ReplayScreen() {
  const { id } = route.useParams();
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const mayAct = useMayAct();
  const query = useQuery(replayQuery(id));
  const replay = query.data;
  const textInput = useRef<HTMLInputElement>(null);
  useKeys({ '/': () => textInput.current?.focus(), escape: () => void navigate({ to: '/replays' }) });
  const change = (values: Partial<Record<keyof ReplaySearch, string | undefined>>) =>
    void navigate({ search: (now) => ({ ...now, ...values }) as ReplaySearch, replace: true });

  if (query.isPending) return <Skeleton lines={12} className="p-6" />;
  if (!replay) {
    return (
      <div className="mx-auto max-w-2xl p-6">
        <Failure error={query.error} retry={() => void query.refetch()} />
        <Button asChild className="mt-4">
          <Link to="/replays">Back to the replays</Link>
        </Button>
      </div>
    );
  }
  const isOver = replay.state !== 'running' && replay.state !== 'failed';
  return (
    <div>
      <ReplayBanner id={replay.id} name={replay.name} />
      <div className="mx-auto flex max-w-[110rem] flex-col gap-4 p-3 sm:p-4">
        <header className="flex flex-col gap-2">
          <div className="flex flex-wrap items-center gap-2">
            <Link to="/replays" className="flex items-center gap-1 text-xs text-muted hover:text-text">
              <ArrowLeft className="size-3.5" aria-hidden="true" /> Replays
            </Link>
            <ReplayState replay={replay} />
          </div>
          <div className="flex flex-wrap items-start gap-3">
            <div className="min-w-0 grow basis-72">
              <h1 className="text-xl font-semibold tracking-tight break-words">
                <LogText text={replay.name} limit={100} className="!font-sans !text-[1em]" />
              </h1>
              <p className="mt-1 flex flex-wrap gap-x-3 text-xs text-faint">
                <ReplaySpan replay={replay} />
                <ReplayWork replay={replay} />
                <span>
                  <Time value={replay.created_at} /> by {replay.by === 'local' ? 'the command line' : replay.by}
                </span>
              </p>
            </div>
            {mayAct && replay.state === 'running' && (
              <Button size="small" onClick={() => void cancelReplay(replay)}>
                <CircleStop className="size-3.5" aria-hidden="true" /> Cancel
              </Button>
            )}
            {mayAct && <DeleteReplay replay={replay} onGone={() => void navigate({ to: '/replays' })} />}
          </div>
          <ReplayNotes replay={replay} />
          {replay.state === 'running' && <ReplayProgress replay={replay} />}
        </header>
        {isOver && replay.alerts === 0 && (
          <Empty icon={<BellOff aria-hidden="true" />} title="No alert.">
            <p>
              {replay.events === 0
                ? 'Nothing is stored of that time.'
                : `The rules would have raised nothing over ${plural(replay.events, 'event')}.`}
            </p>
          </Empty>
        )}
        {isOver && replay.alerts > 0 && (
          <div className="grid items-start gap-4 lg:grid-cols-[minmax(0,1fr)_minmax(0,20rem)]">
            <div className="flex min-w-0 flex-col gap-3">
              <div className="flex flex-wrap items-center gap-2">
                <SearchBox
                  ref={textInput}
                  label="Filter by text"
                  placeholder="Text, address, user …   /"
                  value={search.q ?? ''}
                  onChange={(q) => change({ q: q || undefined })}
                  className="min-w-40 grow basis-48"
                />
                <SeverityFilter value={search.severity} onChange={(severity) => change({ severity })} />
                <Choice
                  label="Order"
                  value={search.order ?? 'newest'}
                  options={[
                    ['newest', 'Newest'],
                    ['oldest', 'Oldest'],
                  ]}
                  onChange={(order) => change({ order: order === 'newest' ? undefined : order })}
                />
                {search.rule && (
                  <FilterChip
                    label="Rule"
                    value={replay.fired.find(({ rule_id }) => rule_id === search.rule)?.rule_name ?? search.rule}
                    onRemove={() => change({ rule: undefined })}
                  />
                )}
                {search.entity && (
                  <FilterChip label="About" value={search.entity} onRemove={() => change({ entity: undefined })} />
                )}
              </div>
              <Alerts replay={replay} search={search} onEntity={(entity) => change({ entity })} />
            </div>
            <Fired replay={replay} chosen={search.rule} onChoose={(rule) => change({ rule })} />
          </div>
        )}
      </div>
    </div>
  );
}

function Alerts(props: { replay: ReplayDetail; search: ReplaySearch; onEntity: (value: string) => void }) {
  const { replay, search, onEntity } = props;
  const { q, severity, rule, entity, order } = search;
  const query = useInfiniteQuery(replayAlertsQuery(replay.id, { q, severity, rule_id: rule, entity, order }, true));
  if (query.isPending) return <Skeleton lines={8} />;
  if (query.isError) return <Failure error={query.error} retry={() => void query.refetch()} />;
  const alerts = query.data.pages.flatMap((page) => page.alerts);
  const total = query.data.pages[0]?.total ?? 0;
  if (alerts.length === 0) return <Empty icon={<BellOff aria-hidden="true" />} title="No alert of this replay fits." />;
  return (
    <>
      <ol className="overflow-hidden rounded-lg border bg-surface" data-testid="replay-alerts">
        {alerts.map((alert) => (
          <AlertRow key={alert.id} alert={alert} replay={replay} onEntity={onEntity} />
        ))}
      </ol>
      <p className="flex flex-wrap items-center gap-3 text-xs text-faint" aria-live="polite">
        {group(alerts.length)} of {plural(total, 'alert')}
        {query.hasNextPage && (
          <Button size="small" busy={query.isFetchingNextPage} onClick={() => void query.fetchNextPage()}>
            Show more
          </Button>
        )}
      </p>
    </>
  );
}

function AlertRow(props: { alert: ReplayAlert; replay: ReplayDetail; onEntity: (value: string) => void }) {
  const { alert, replay, onEntity } = props;
  const level = alert.severity_level;
  const isHistory = replay.origin === 'history';
  return (
    <li className="relative flex items-center gap-3 border-b py-2 pr-3 pl-4 last:border-b-0 hover:bg-raised/60">
      <span className={cx('absolute inset-y-0 left-0 w-1', severityFill[level])} aria-hidden="true" />
      <Severity level={level} className="w-[4.6rem] shrink-0 max-sm:hidden" />
      <Severity level={level} compact className="shrink-0 sm:hidden" />
      <div className="min-w-0 grow">
        <Link
          to="/replays/$id/alerts/$alert"
          params={{ id: replay.id, alert: alert.id }}
          className="block truncate font-medium outline-none after:absolute after:inset-0 after:content-[''] focus-visible:underline"
        >
          {alert.rule_name}
        </Link>
        <div className="truncate text-xs text-muted">
          <LogText text={alert.message} limit={300} wrap={false} className="!font-sans !text-[1em]" />
        </div>
      </div>
      <div className="relative z-1 hidden max-w-64 shrink-0 items-center gap-1 overflow-hidden md:flex">
        {isHistory && !alert.stored && (
          <Badge tone="accent" title="No alert of this rule over these events was raised when it happened">
            Not raised live
          </Badge>
        )}
        <GroupValues group={alert.group} onEntity={onEntity} />
      </div>
      <span className="tabular shrink-0 text-right text-xs text-muted" title={plural(alert.count, 'matching event')}>
        <span className="block font-medium">×{short(alert.count)}</span>
        <Time value={alert.timestamp} className="tabular block whitespace-nowrap text-faint max-sm:hidden" />
        <Time value={alert.timestamp} form="relative" className="block whitespace-nowrap text-faint sm:hidden" />
      </span>
    </li>
  );
}

/** Which rules raised alerts; each narrows the list. */
function Fired(props: {
  replay: ReplayDetail;
  chosen: string | undefined;
  onChoose: (id: string | undefined) => void;
}) {
  const { replay, chosen, onChoose } = props;
  return (
    <Card title={plural(replay.fired.length, 'rule that fired', 'rules that fired')} flush className="max-lg:-order-1">
      <ul aria-label="Rules that fired" className="thin-scroll max-h-48 overflow-y-auto lg:max-h-[70vh]">
        {replay.fired.map((rule) => (
          <li key={rule.rule_id} className="border-b last:border-b-0">
            <button
              type="button"
              aria-pressed={rule.rule_id === chosen}
              onClick={() => onChoose(rule.rule_id === chosen ? undefined : rule.rule_id)}
              className="flex w-full items-center gap-2 px-4 py-1.5 text-left -outline-offset-2 hover:bg-raised aria-pressed:bg-accent-soft"
            >
              <Severity level={rule.severity} compact />
              <span className="min-w-0 grow truncate">{rule.rule_name}</span>
              <span className="tabular text-xs text-muted">{group(rule.alerts)}</span>
            </button>
          </li>
        ))}
      </ul>
    </Card>
  );
}
