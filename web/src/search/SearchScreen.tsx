import { useQuery } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';
import { FilePlus2, ListFilter, PanelLeft, SearchX } from 'lucide-react';
import { useEffect, useMemo, useRef, useState } from 'react';
import { parseQuery, queryMarks, withValue } from '../../../src/model/query/index.ts';
import { request } from '../api/client.ts';
import type { EventJson } from '../api/types.ts';
import { useKeys } from '../shell/keys.ts';
import { useMayAct } from '../shell/may-act.ts';
import { readPreference, writePreference } from '../shell/storage.ts';
import { Button, IconButton } from '../ui/Button.tsx';
import { cx } from '../ui/cx.ts';
import { Drawer } from '../ui/Dialog.tsx';
import { group } from '../ui/format.ts';
import { Empty, Failure } from '../ui/States.tsx';
import { Choice } from '../ui/Tabs.tsx';
import {
  columnsOf,
  columnsText,
  narrowColumns,
  type SearchAddress,
  savedAddress,
  searchBody,
  searchViews,
  spanOf,
} from './address.ts';
import { ColumnChooser } from './ColumnChooser.tsx';
import { ContextDrawer } from './ContextDrawer.tsx';
import { EventPanel } from './EventPanel.tsx';
import { ExportMenu } from './ExportMenu.tsx';
import { Facets, facetFields, type OnValue } from './Facets.tsx';
import { Histogram } from './Histogram.tsx';
import { MakeRule } from './MakeRule.tsx';
import { Progress } from './Progress.tsx';
import { QueryBar, type QueryBarHandle } from './QueryBar.tsx';
import { heights, Results, type ResultsHandle } from './Results.tsx';
import { keepQuery } from './recent.ts';
import type { SearchRun } from './run.ts';
import { SavedSearches } from './SavedSearches.tsx';
import { type Hits, useHits } from './useHits.ts';
import { useSearchRun } from './useSearchRun.ts';
import { useWide } from './useWide.ts';
import { type Picked, ValueMenu } from './ValueMenu.tsx';

const route = getRouteApi('/app/search');

/** Every stored event by one query: how many when, of what kind, and the lines themselves. */
export function SearchScreen() {
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const mayAct = useMayAct();
  const bar = useRef<QueryBarHandle>(null);
  const results = useRef<ResultsHandle>(null);
  const [picked, setPicked] = useState<Picked | null>(null);
  const [dialog, setDialog] = useState<'save' | 'rule' | 'facets' | null>(null);
  const [side, setSide] = useState(() => readPreference('search.facets', 'shown') === 'shown');
  /** Raised to search anew for the same. */
  const [round, setRound] = useState(0);
  const isBroad = useWide(1024);
  const hasPanel = useWide(1280);
  const isNarrow = !useWide(640);

  const query = search.q ?? '';
  const view = search.view ?? 'table';
  const parsed = useMemo(() => parseQuery(query), [query]);
  const marks = useMemo(() => (parsed.ok ? queryMarks(parsed.query) : []), [parsed]);
  const columns = useMemo(
    () => (isNarrow && search.cols === undefined ? narrowColumns : columnsOf(search.cols)),
    [search.cols, isNarrow],
  );
  const { q, from, to, range, order } = search;
  // A range that moves is pinned to the moment of the search: pages of one search belong together.
  const asked = useMemo(() => {
    void round;
    const what: SearchAddress = {
      ...(q && { q }),
      ...(from && to && { from, to }),
      ...(range && { range }),
      ...(order && { order }),
    };
    const now = Date.now();
    return { body: searchBody(what, now), span: spanOf(what, now) };
  }, [q, from, to, range, order, round]);
  const body = parsed.ok ? asked.body : null;
  const { run, cancel } = useSearchRun(body, facetFields);
  const hits = useHits(run, body, heights[view]);

  const change = (values: Partial<Record<keyof SearchAddress, string | undefined>>, replace = false) =>
    void navigate({ search: (now) => dropped({ ...now, ...values }), replace });
  const ask = (next: string) => {
    keepQuery(next);
    if (next === query) setRound((now) => now + 1);
    else change({ q: next || undefined });
  };
  const onValue: OnValue = (field, value, how) => ask(withValue(query, field, value, how));
  const onRange = (start: number, end: number) =>
    change({ from: new Date(start).toISOString(), to: new Date(end).toISOString(), range: undefined });
  const open = (id: string | undefined) => change({ event: id }, true);
  const walk = (step: number) => {
    const id = results.current?.move(step);
    if (id && search.event !== undefined && hasPanel) open(id);
  };
  const event = useOpenEvent(search.event, hits);

  useKeys({
    '/': () => bar.current?.focus(),
    j: () => walk(1),
    k: () => walk(-1),
    arrowdown: () => walk(1),
    arrowup: () => walk(-1),
    enter: () => open(results.current?.current() ?? search.event),
    w: () => search.event && change({ around: search.event }, true),
    v: () => change({ view: searchViews[(searchViews.indexOf(view) + 1) % searchViews.length] }, true),
    s: () => setDialog('save'),
    m: () => mayAct && setDialog('rule'),
    x: cancel,
    escape: () => search.event && open(undefined),
  });

  const facets = (
    <Facets
      facets={run.facets}
      inexact={run.inexact}
      query={query}
      running={run.state === 'running'}
      onValue={onValue}
    />
  );
  return (
    <div className="flex h-full min-h-0 flex-col">
      <div className="border-b bg-surface px-4 pt-3 pb-2">
        <h1 className="sr-only">Search</h1>
        <QueryBar ref={bar} value={query} onRun={ask} />
        <div className="mt-1.5 flex flex-wrap items-center gap-x-3 gap-y-1.5">
          <IconButton
            label={isBroad && side ? 'Hide the fields' : 'Show the fields'}
            pressed={isBroad && side}
            className="size-7"
            onClick={() => {
              if (!isBroad) return setDialog('facets');
              writePreference('search.facets', side ? 'hidden' : 'shown');
              setSide(!side);
            }}
          >
            {isBroad ? <PanelLeft aria-hidden="true" /> : <ListFilter aria-hidden="true" />}
          </IconButton>
          <Progress run={run} onCancel={cancel} onAgain={() => setRound((now) => now + 1)} />
          <div className="ml-auto flex flex-wrap items-center gap-1.5">
            <Choice
              label="View"
              value={view}
              options={[
                ['table', 'Table'],
                ['raw', 'Raw'],
                ['json', 'JSON'],
              ]}
              onChange={(next) => change({ view: next }, true)}
            />
            {view === 'table' && (
              <ColumnChooser columns={columns} onColumns={(next) => change({ cols: columnsText(next) }, true)} />
            )}
            <SavedSearches
              search={search}
              open={dialog === 'save'}
              onOpenChange={(shown) => setDialog(shown ? 'save' : null)}
              onShow={(saved) => void navigate({ search: savedAddress(saved) })}
              onSaved={(saved) => change({ saved }, true)}
            />
            <ExportMenu search={search} />
            {mayAct && (
              <Button size="small" onClick={() => setDialog('rule')}>
                <FilePlus2 className="size-3.5" aria-hidden="true" />
                <span className="max-sm:sr-only">Make a rule</span>
              </Button>
            )}
          </div>
        </div>
      </div>
      <Histogram
        span={asked.span}
        bucketSeconds={run.histogram?.bucket_seconds ?? 60}
        buckets={run.histogram?.buckets ?? noBuckets}
        running={run.state === 'running'}
        onRange={onRange}
      />
      <div className="flex min-h-0 grow">
        {isBroad && side && (
          <aside aria-label="Fields" className="thin-scroll w-60 shrink-0 overflow-y-auto border-r bg-surface/50">
            {facets}
          </aside>
        )}
        <div className="relative min-h-48 min-w-0 grow">
          {(run.failure ?? hits.failure) && (
            <Failure
              error={new Error(run.failure ?? hits.failure ?? '')}
              retry={() => (run.failure ? setRound((now) => now + 1) : hits.again())}
              className="absolute inset-x-3 top-3 z-20 bg-surface"
            />
          )}
          <Results
            ref={results}
            hits={hits}
            view={view}
            columns={columns}
            narrow={isNarrow}
            marks={marks}
            open={search.event}
            order={search.order ?? 'newest'}
            onOpen={open}
            onPick={setPicked}
            onOrder={() => change({ order: search.order ? undefined : 'oldest' })}
            foot={<Foot run={run} hits={hits} />}
          />
          {run.events.length === 0 && run.state === 'done' && (
            <Nothing search={search} onAll={() => change({ range: 'all', from: undefined, to: undefined })} />
          )}
        </div>
        {event && (
          <EventPanel
            wide={hasPanel}
            event={event}
            query={query}
            marks={marks}
            columns={columns}
            onValue={onValue}
            onColumn={(column) =>
              change(
                {
                  cols: columnsText(
                    columns.includes(column) ? columns.filter((each) => each !== column) : [...columns, column],
                  ),
                },
                true,
              )
            }
            onAround={(id) => change({ around: id }, true)}
            onClose={() => open(undefined)}
          />
        )}
      </div>
      {search.around && (
        <ContextDrawer
          id={search.around}
          marks={marks}
          onClose={() => change({ around: undefined }, true)}
          onOpen={(id) => change({ around: undefined, event: id }, true)}
        />
      )}
      {dialog === 'facets' && (
        <Drawer open onClose={() => setDialog(null)} title="Fields">
          <div className="-m-3">{facets}</div>
        </Drawer>
      )}
      {dialog === 'rule' && <MakeRule search={search} onClose={() => setDialog(null)} />}
      {picked && <ValueMenu picked={picked} onClose={() => setPicked(null)} onValue={onValue} onOnly={ask} />}
    </div>
  );
}

const noBuckets: never[] = [];

function dropped(values: object): SearchAddress {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined));
}

/** The event of the panel: among the hits, or, where the address names one that is not, from the store. */
function useOpenEvent(id: string | undefined, hits: Hits): EventJson | null {
  const listed = useMemo(() => (id === undefined ? undefined : hits.byId(id)?.event), [hits, id]);
  const [shown, setShown] = useState<EventJson | null>(null);
  const { data } = useQuery({
    queryKey: ['event', id],
    queryFn: ({ signal }) => request<EventJson>(`/api/events/${encodeURIComponent(id ?? '')}`, { signal }),
    enabled: id !== undefined && listed === undefined,
    staleTime: 60_000,
  });
  const found = listed ?? data;
  useEffect(() => {
    if (found) setShown(found);
  }, [found]);
  if (id === undefined) return null;
  return found ?? (shown?.id === id ? shown : null);
}

function Foot({ run, hits: { count, left } }: { run: SearchRun; hits: Hits }) {
  if (count === 0) return null;
  if (run.state === 'running' || run.state === 'failed') return null;
  if (run.state === 'cancelled') return 'The search was cancelled here.';
  return left === 0
    ? `These are all ${group(count)} hits.`
    : `The list ends after ${group(count)} hits; ${group(left)} more fit. Narrow the time or the query to see them, or turn the order round.`;
}

function Nothing({ search, onAll }: { search: SearchAddress; onAll: () => void }) {
  return (
    <div className="pointer-events-none absolute inset-x-0 top-10">
      <Empty icon={<SearchX aria-hidden="true" />} title="No event fits.">
        <p>
          {search.q
            ? 'Take a condition out, or look further back in time. The “?” in the query bar tells how conditions are written.'
            : 'Nothing was logged in this time. Under Sources you see what sends logs.'}
        </p>
        {search.range !== 'all' && (
          <p className={cx('pointer-events-auto mt-3')}>
            <Button onClick={onAll}>Search all time</Button>
          </p>
        )}
      </Empty>
    </div>
  );
}
