import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';
import { useVirtualizer } from '@tanstack/react-virtual';
import { ShieldCheck } from 'lucide-react';
import { useEffect, useMemo, useRef, useState } from 'react';
import { useLiveIncidents } from '../api/live.ts';
import { meQuery } from '../api/queries.ts';
import { useKeys } from '../shell/keys.ts';
import { useMayAct } from '../shell/may-act.ts';
import { Button } from '../ui/Button.tsx';
import { FilterChip } from '../ui/FilterChip.tsx';
import { plural } from '../ui/format.ts';
import { SearchBox } from '../ui/SearchBox.tsx';
import { SeverityFilter } from '../ui/SeverityFilter.tsx';
import { Empty, Failure, Skeleton } from '../ui/States.tsx';
import { Choice } from '../ui/Tabs.tsx';
import { changeIncident, incidentsQuery } from './api.ts';
import { CloseDialog } from './CloseDialog.tsx';
import { incidentFilter } from './filter.ts';
import { IncidentRow, rowHeight } from './IncidentRow.tsx';
import { incidentMemory } from './memory.ts';
import type { Incident } from './types.ts';

const route = getRouteApi('/app/incidents');

const views = [
  ['open', 'Open'],
  ['new', 'New'],
  ['in_progress', 'In progress'],
  ['closed', 'Closed'],
  ['all', 'All'],
] as const;
const orders = [
  ['risk', 'Most urgent'],
  ['newest', 'Newest'],
] as const;

/** The work queue: what happened, most urgent first. */
export function IncidentsScreen() {
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const mayAct = useMayAct();
  const { data: me } = useQuery(meQuery);
  const filter = useMemo(() => incidentFilter(search, Date.now()), [search]);
  const query = useInfiniteQuery(incidentsQuery(filter));
  const { hasNextPage, isFetchingNextPage, fetchNextPage } = query;
  const incidents = useMemo(() => query.data?.pages.flatMap((page) => page.incidents) ?? [], [query.data]);
  const total = query.data?.pages[0]?.total ?? null;
  const [cursor, setCursor] = useState<string | null>(incidentMemory.cursor);
  const [closing, setClosing] = useState<Incident | null>(null);
  const followFocus = useRef(false);
  const list = useRef<HTMLDivElement>(null);
  const textInput = useRef<HTMLInputElement>(null);
  useLiveIncidents(() => void query.refetch());

  const virtual = useVirtualizer({
    count: incidents.length,
    getScrollElement: () => list.current,
    estimateSize: () => rowHeight,
    getItemKey: (index) => incidents[index]?.id ?? index,
    overscan: 12,
  });
  const items = virtual.getVirtualItems();
  const lastShown = items.at(-1)?.index ?? -1;
  useEffect(() => {
    if (lastShown >= incidents.length - 40 && hasNextPage && !isFetchingNextPage) void fetchNextPage();
  }, [lastShown, incidents.length, hasNextPage, isFetchingNextPage, fetchNextPage]);
  useEffect(() => {
    incidentMemory.search = search;
    incidentMemory.ids = incidents.map(({ id }) => id);
  }, [search, incidents]);

  // The keyboard's cursor is the focus, so that it is told to whoever cannot see it.
  useEffect(() => {
    if (!followFocus.current || cursor === null) return;
    const link = list.current?.querySelector<HTMLElement>('[data-current] [data-main]');
    if (!link) return;
    followFocus.current = false;
    link.focus({ preventScroll: true });
  });

  const at = incidents.findIndex(({ id }) => id === cursor);
  const current = incidents[at];
  const put = (id: string) => {
    setCursor(id);
    incidentMemory.cursor = id;
  };
  const move = (step: number) => {
    const to = Math.min(Math.max(at + step, 0), incidents.length - 1);
    const next = incidents[at === -1 ? 0 : to];
    if (!next) return;
    put(next.id);
    followFocus.current = true;
    virtual.scrollToIndex(at === -1 ? 0 : to);
  };
  const change = (values: object) => void navigate({ search: (now) => ({ ...now, ...values }), replace: true });
  const take = () => {
    if (!current || !me) return;
    const isMine = current.owner === me.username;
    void changeIncident(
      current,
      isMine ? { owner: null } : { owner: me.username, ...(current.status === 'new' && { status: 'in_progress' }) },
      isMine ? 'Given back' : 'It is yours',
    );
  };
  useKeys({
    j: () => move(1),
    k: () => move(-1),
    arrowdown: () => move(1),
    arrowup: () => move(-1),
    enter: () => current && void navigate({ to: '/incidents/$id', params: { id: current.id } }),
    '/': () => textInput.current?.focus(),
    ...(mayAct && {
      o: take,
      e: () => current && void changeIncident(current, { status: 'in_progress' }, 'Marked as in progress'),
      c: () => current && setClosing(current),
    }),
    escape: () => setCursor(null),
  });

  const filtered = Object.keys(search).some((name) => name !== 'order');
  return (
    <div className="flex h-full min-h-0 flex-col">
      <div className="flex flex-wrap items-center gap-x-3 gap-y-1 px-4 pt-3 pb-2">
        <h1 className="text-xl font-semibold tracking-tight">Incidents</h1>
        <p className="tabular text-muted" aria-live="polite">
          {total !== null && plural(total, 'incident')}
        </p>
        <div className="ml-auto">
          <Choice
            label="Order"
            value={search.order ?? 'risk'}
            options={orders}
            onChange={(order) => change({ order: order === 'risk' ? undefined : order })}
          />
        </div>
      </div>
      <div className="flex flex-wrap items-center gap-2 border-b bg-surface px-3 py-2">
        <div className="thin-scroll max-w-full overflow-x-auto">
          <Choice
            label="Status"
            value={search.view ?? 'open'}
            options={views}
            onChange={(view) => change({ view: view === 'open' ? undefined : view })}
          />
        </div>
        <SearchBox
          ref={textInput}
          label="Filter by text"
          placeholder="Title, address, user, rule …   /"
          value={search.q ?? ''}
          onChange={(q) => change({ q: q || undefined })}
          className="min-w-40 grow basis-48"
        />
        <Choice
          label="Owner"
          value={search.owner === 'me' || search.owner === 'none' ? search.owner : 'any'}
          options={[
            ['any', 'Anybody’s'],
            ['me', 'Mine'],
            ['none', 'Nobody’s'],
          ]}
          onChange={(owner) => change({ owner: owner === 'any' ? undefined : owner })}
        />
        <SeverityFilter
          value={search.severity}
          onChange={(severity) => change({ severity })}
          className="max-md:hidden"
        />
        {search.entity && (
          <div className="basis-full">
            <FilterChip label="About" value={search.entity} onRemove={() => change({ entity: undefined })} />
          </div>
        )}
      </div>
      <div className="relative min-h-0 grow">
        {query.isError && <Failure error={query.error} retry={() => void query.refetch()} className="m-4" />}
        {query.isPending && <Skeleton lines={10} className="p-4" />}
        {query.isSuccess && incidents.length === 0 && (
          <Empty
            icon={<ShieldCheck aria-hidden="true" />}
            title={filtered ? 'No incident fits these filters.' : 'No open incident.'}
          >
            <p>Alerts that share an address, a user or a host become one incident here, by themselves.</p>
            <div className="mt-2">
              {filtered ? (
                <Button onClick={() => void navigate({ search: {} })}>Remove the filters</Button>
              ) : (
                <Button onClick={() => change({ view: 'all' })}>Show all</Button>
              )}
            </div>
          </Empty>
        )}
        <div
          ref={list}
          className={`thin-scroll absolute inset-0 overflow-y-auto ${incidents.length === 0 ? 'pointer-events-none' : ''}`}
          data-testid="incidents"
        >
          <ul style={{ height: virtual.getTotalSize() }} className="relative" aria-label="Incidents">
            {items.map((item) => {
              const incident = incidents[item.index];
              return (
                incident && (
                  <li
                    key={item.key}
                    aria-setsize={incidents.length}
                    aria-posinset={item.index + 1}
                    className="absolute inset-x-0"
                    style={{ height: rowHeight, transform: `translateY(${item.start}px)` }}
                  >
                    <IncidentRow
                      incident={incident}
                      current={incident.id === cursor}
                      onFocus={() => put(incident.id)}
                    />
                  </li>
                )
              );
            })}
          </ul>
        </div>
      </div>
      {closing && <CloseDialog incident={closing} onClose={() => setClosing(null)} />}
    </div>
  );
}
