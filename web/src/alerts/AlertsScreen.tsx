import { useInfiniteQuery, useQueryClient } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';
import { useVirtualizer } from '@tanstack/react-virtual';
import { ArrowUp, BellOff } from 'lucide-react';
import { useEffect, useEffectEvent, useMemo, useRef, useState } from 'react';
import { acknowledge, triage } from '../api/alert-actions.ts';
import { requestWithHeaders } from '../api/client.ts';
import { useLiveAlerts } from '../api/live.ts';
import { alertsQuery } from '../api/queries.ts';
import { live } from '../api/socket.ts';
import type { PhosorAlert } from '../api/types.ts';
import { useKeys } from '../shell/keys.ts';
import { useMayAct } from '../shell/may-act.ts';
import { Button } from '../ui/Button.tsx';
import { cx } from '../ui/cx.ts';
import { group, plural } from '../ui/format.ts';
import { Empty, Failure, Skeleton } from '../ui/States.tsx';
import { ExportMenu } from './ExportMenu.tsx';
import { FilterBar } from './FilterBar.tsx';
import { alertFilter, belongs } from './filter.ts';
import { queueMemory } from './memory.ts';
import { QueueRow, rowHeight } from './QueueRow.tsx';
import { alertsOf, makeRows, type Row } from './rows.ts';
import { SelectionBar } from './SelectionBar.tsx';
import { SignalSwitch } from './SignalSwitch.tsx';

const route = getRouteApi('/app/alerts');

/** Groups are made in the browser, over as many alerts as this at first. */
const groupedOver = 1000;
/** A list longer than so many pages is not asked for anew on the way back. */
const refetchedPages = 5;

export function AlertsScreen() {
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const queryClient = useQueryClient();
  const mayAct = useMayAct();
  // The clock is read once per set of filters.
  const filter = useMemo(() => alertFilter(search, Date.now()), [search]);
  const options = alertsQuery(filter);
  const query = useInfiniteQuery(options);
  const { hasNextPage, isFetchingNextPage, fetchNextPage } = query;

  const alerts = useMemo(() => query.data?.pages.flatMap((page) => page.alerts) ?? [], [query.data]);
  const [unfolded, setUnfolded] = useState<ReadonlySet<string>>(new Set());
  const rows = useMemo(() => makeRows(alerts, search.group, unfolded), [alerts, search.group, unfolded]);
  const total = query.data?.pages[0]?.total ?? null;
  const hiddenSignals = query.data?.pages[0]?.hidden ?? 0;

  const [selected, setSelected] = useState<ReadonlySet<string>>(new Set());
  const [cursor, setCursor] = useState<string | null>(queueMemory.cursor);
  const [waiting, setWaiting] = useState(0);
  const [isBehind, setIsBehind] = useState(false);
  const list = useRef<HTMLDivElement>(null);
  const textInput = useRef<HTMLInputElement>(null);
  const followFocus = useRef(false);

  const virtual = useVirtualizer({
    count: rows.length,
    getScrollElement: () => list.current,
    estimateSize: () => rowHeight,
    getItemKey: (index) => rows[index]?.key ?? index,
    overscan: 12,
  });
  const items = virtual.getVirtualItems();
  const lastShown = items.at(-1)?.index ?? -1;

  useEffect(() => {
    const more = search.group ? alerts.length < groupedOver : lastShown >= rows.length - 40;
    if (more && hasNextPage && !isFetchingNextPage) void fetchNextPage();
  }, [search.group, alerts.length, lastShown, rows.length, hasNextPage, isFetchingNextPage, fetchNextPage]);

  const showNew = () => {
    setWaiting(0);
    queryClient.setQueryData(options.queryKey, (data) =>
      data ? { pages: data.pages.slice(0, 1), pageParams: data.pageParams.slice(0, 1) } : data,
    );
    void query.refetch();
    virtual.scrollToOffset(0);
  };
  const countHidden = () =>
    queryClient.setQueryData(options.queryKey, (data) => {
      const [first, ...more] = data?.pages ?? [];
      return data && first ? { ...data, pages: [{ ...first, hidden: first.hidden + 1 }, ...more] } : data;
    });
  useLiveAlerts((alert, update) => {
    if (update || alerts.some((known) => known.id === alert.id)) return;
    if (alert.signal && !search.signals && belongs(alert, { ...search, signals: 'show' })) countHidden();
    if (!belongs(alert, search)) return;
    // Nothing can jump in an empty list.
    if (alerts.length > 0) setWaiting((count) => count + 1);
    else setIsBehind(true);
  });
  // An answer that is on its way may be older than the alert: the list is asked for after it.
  const catchUp = useEffectEvent(() => void query.refetch());
  useEffect(() => {
    if (!isBehind || query.isFetching) return;
    setIsBehind(false);
    catchUp();
  }, [isBehind, query.isFetching]);
  // What was raised while the connection was away waits like the rest.
  const missed = useEffectEvent(async () => {
    const { data } = await requestWithHeaders<PhosorAlert[]>('/api/alerts', {
      query: { ...filter, limit: 200, matched_events: 'none' },
    });
    const unknown = data.filter((alert) => !alerts.some((known) => known.id === alert.id));
    if (alerts.length === 0) setIsBehind(true);
    else setWaiting(unknown.length);
  });
  useEffect(() => {
    let isBack = false;
    return live.listen({
      state: (state) => {
        if (state === 'live' && isBack) void missed().catch(() => {});
        isBack = state === 'offline' || (isBack && state !== 'live');
      },
    });
  }, []);
  // Other filters are another list.
  const [lookedAt, setLookedAt] = useState(search);
  if (lookedAt !== search) {
    setLookedAt(search);
    setWaiting(0);
    setSelected(new Set());
  }

  // A list that was looked at before is asked again on return; acknowledged alerts leave it then, not under the cursor.
  const returned = useEffectEvent(() => {
    if (query.data && query.data.pages.length <= refetchedPages) void query.refetch();
    const at = rows.findIndex((row) => row.key === queueMemory.cursor);
    if (at > 0) virtual.scrollToIndex(at, { align: 'center' });
  });
  useEffect(() => returned(), []);
  useEffect(() => {
    queueMemory.search = search;
    queueMemory.ids = rows.flatMap((row) => (row.kind === 'alert' ? [row.alert.id] : []));
  }, [rows, search]);

  useEffect(() => {
    if (!cursor || !followFocus.current) return;
    followFocus.current = false;
    list.current
      ?.querySelector<HTMLElement>(`[data-key="${CSS.escape(cursor)}"] [data-main]`)
      ?.focus({ preventScroll: true });
  });

  const index = rows.findIndex((row) => row.key === cursor);
  const current = rows[index];
  const move = (step: number) => {
    const next = rows[Math.min(rows.length - 1, Math.max(0, index + step))];
    if (!next) return;
    followFocus.current = true;
    setCursor(next.key);
    queueMemory.cursor = next.key;
    virtual.scrollToIndex(rows.indexOf(next));
  };
  const toggleSelected = (row: Row) => {
    const ids = alertsOf(row).map((alert) => alert.id);
    setSelected((before) => {
      const next = new Set(before);
      const all = ids.every((id) => next.has(id));
      for (const id of ids) all ? next.delete(id) : next.add(id);
      return next;
    });
  };
  const fold = (row: Row) =>
    setUnfolded((before) => {
      const next = new Set(before);
      if (!next.delete(row.key)) next.add(row.key);
      return next;
    });
  const targets = () =>
    selected.size > 0 ? alerts.filter((alert) => selected.has(alert.id)) : current ? alertsOf(current) : [];
  const finish = (work: Promise<void>) => {
    setSelected(new Set());
    void work;
  };
  const ackTargets = () =>
    finish(
      acknowledge(
        targets()
          .filter((alert) => alert.status === 'new')
          .map((alert) => alert.id),
      ),
    );
  const falsePositive = () =>
    finish(triage(targets(), { status: 'closed', disposition: 'false_positive' }, 'Closed as false positive'));
  const inProgress = () => finish(triage(targets(), { status: 'in_progress' }, 'Marked as in progress'));
  const ackAll = () => finish(acknowledge(alerts.filter((alert) => alert.status === 'new').map((alert) => alert.id)));

  useKeys({
    j: () => move(1),
    k: () => move(-1),
    arrowdown: () => move(1),
    arrowup: () => move(-1),
    ...(mayAct && {
      x: () => current && toggleSelected(current),
      a: ackTargets,
      'shift+a': ackAll,
      f: falsePositive,
      e: inProgress,
    }),
    enter: () => {
      if (current?.kind === 'group') fold(current);
      else if (current) void navigate({ to: '/alerts/$id', params: { id: current.alert.id } });
    },
    n: showNew,
    '/': () => textInput.current?.focus(),
    escape: () => setSelected(new Set()),
  });

  const change = (values: object) =>
    void navigate({ search: (previous) => ({ ...previous, ...values }), replace: true });

  return (
    <div className="flex h-full min-h-0 flex-col">
      <div className="flex flex-wrap items-center gap-x-3 gap-y-1 px-4 pt-3 pb-2">
        <h1 className="text-xl font-semibold tracking-tight">Alerts</h1>
        <p className="tabular text-muted" aria-live="polite">
          {total !== null && plural(total, 'alert')}
          {search.group &&
            total !== null &&
            total > alerts.length &&
            `, grouped over the newest ${group(alerts.length)}`}
        </p>
        <div className="ml-auto flex items-center gap-2">
          <SignalSwitch
            shown={search.signals === 'show'}
            hidden={hiddenSignals}
            onChange={(show) => change({ signals: show ? 'show' : undefined })}
          />
          {search.group && hasNextPage && alerts.length >= groupedOver && (
            <Button size="small" busy={isFetchingNextPage} onClick={() => void fetchNextPage()}>
              Group more
            </Button>
          )}
          <ExportMenu filter={filter} />
        </div>
      </div>
      <FilterBar search={search} onChange={change} inputRef={textInput} />
      <div className="relative min-h-0 grow">
        {waiting > 0 && (
          <button
            type="button"
            onClick={showNew}
            className="absolute top-2 left-1/2 z-10 flex -translate-x-1/2 animate-[rise-in_140ms_ease-out] items-center gap-1.5 rounded-full bg-accent px-3 py-1 text-xs font-semibold text-on-accent shadow-pop"
          >
            <ArrowUp className="size-3.5" aria-hidden="true" /> {group(waiting)} new
          </button>
        )}
        {query.isError && <Failure error={query.error} retry={() => void query.refetch()} className="m-4" />}
        {query.isPending && <Skeleton lines={10} className="p-4" />}
        {query.isSuccess && rows.length === 0 && (
          <NoAlerts filtered={Object.keys(search).some((name) => name !== 'signals')} hiddenSignals={hiddenSignals} />
        )}
        <div
          ref={list}
          // Where it is empty, it lies over what is said instead.
          className={cx('thin-scroll absolute inset-0 overflow-y-auto', rows.length === 0 && 'pointer-events-none')}
          data-testid="queue"
        >
          <ul style={{ height: virtual.getTotalSize() }} className="relative" aria-label="Alerts">
            {items.map((item) => {
              const row = rows[item.index];
              if (!row) return null;
              const members = alertsOf(row);
              return (
                <li
                  key={item.key}
                  aria-setsize={rows.length}
                  aria-posinset={item.index + 1}
                  className="absolute inset-x-0"
                  style={{ height: rowHeight, transform: `translateY(${item.start}px)` }}
                >
                  <QueueRow
                    row={row}
                    current={row.key === cursor}
                    mayAct={mayAct}
                    selected={members.every((alert) => selected.has(alert.id))}
                    onSelect={() => toggleSelected(row)}
                    onFocus={() => {
                      setCursor(row.key);
                      queueMemory.cursor = row.key;
                    }}
                    onFold={() => fold(row)}
                    onAcknowledge={() =>
                      void acknowledge(members.filter((alert) => alert.status === 'new').map((alert) => alert.id))
                    }
                    onEntity={(entity) => change({ entity })}
                  />
                </li>
              );
            })}
          </ul>
        </div>
        {selected.size > 0 && (
          <SelectionBar
            count={selected.size}
            onAcknowledge={ackTargets}
            onProgress={inProgress}
            onFalsePositive={falsePositive}
            onClear={() => setSelected(new Set())}
          />
        )}
      </div>
    </div>
  );
}

function NoAlerts({ filtered, hiddenSignals }: { filtered: boolean; hiddenSignals: number }) {
  const navigate = route.useNavigate();
  return (
    <Empty icon={<BellOff aria-hidden="true" />} title={filtered ? 'No alert fits these filters.' : 'No new alerts.'}>
      {hiddenSignals > 0 && (
        <p>
          {plural(hiddenSignals, 'signal')} {hiddenSignals === 1 ? 'is' : 'are'} hidden.
        </p>
      )}
      {!filtered && <p>New ones appear here by themselves. What was acknowledged or closed stands under “All”.</p>}
      <div className="mt-2 flex flex-wrap justify-center gap-2">
        {hiddenSignals > 0 && (
          <Button onClick={() => void navigate({ search: (now) => ({ ...now, signals: 'show' }) })}>
            Show signals
          </Button>
        )}
        {filtered ? (
          <Button onClick={() => void navigate({ search: {} })}>Remove the filters</Button>
        ) : (
          <Button onClick={() => void navigate({ search: (now) => ({ ...now, view: 'all' }) })}>Show all</Button>
        )}
      </div>
    </Empty>
  );
}
