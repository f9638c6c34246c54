import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';
import { useVirtualizer } from '@tanstack/react-virtual';
import { Check, Download, ShieldAlert, ShieldCheck, X } from 'lucide-react';
import { type ReactNode, useEffect, useMemo, useRef, useState } from 'react';
import { sentence } from '../api/client.ts';
import { type AuditSearch, auditActionsQuery, auditQuery, auditVerdictQuery } from '../api/queries.ts';
import type { AuditJson } from '../api/types.ts';
import { Button } from '../ui/Button.tsx';
import { Card } from '../ui/Card.tsx';
import { Dialog } from '../ui/Dialog.tsx';
import { Field, Select } from '../ui/Field.tsx';
import { fieldText, group } from '../ui/format.ts';
import { LogText } from '../ui/LogText.tsx';
import { SearchBox } from '../ui/SearchBox.tsx';
import { Empty, Failure, Skeleton } from '../ui/States.tsx';
import { Time } from '../ui/Time.tsx';

const rowHeight = 46;
const detailsOf = (record: AuditJson) =>
  Object.entries(record.details)
    .map(([name, value]) => `${wordsOf(name)}: ${fieldText(value)}`)
    .join(', ');
const wordsOf = (action: string) => action.replaceAll('_', ' ');

const route = getRouteApi('/app/settings');
const results = [
  ['', 'Done or refused'],
  ['done', 'Done'],
  ['refused', 'Refused'],
] as const;
const times = [
  ['', 'All time'],
  ['1d', 'Last 24 hours'],
  ['7d', 'Last 7 days'],
  ['30d', 'Last 30 days'],
] as const;
const hourMs = 3_600_000;

/** What the address says, as the API wants it. Times are to the hour, so that a page that stays open asks for the same. */
function searchOf({ q, by, action, result, since }: ReturnType<typeof route.useSearch>): AuditSearch {
  const from =
    since === undefined ? null : Math.floor(Date.now() / hourMs) * hourMs - Number.parseInt(since, 10) * 24 * hourMs;
  return {
    ...(q && { text: q }),
    ...(by && { user: by }),
    ...(action && { action }),
    ...(result && { success: result === 'done' ? ('true' as const) : ('false' as const) }),
    ...(from !== null && { from: new Date(from).toISOString() }),
  };
}

/** Who changed what, newest first; older records come as the list is scrolled. */
export function Audit() {
  const address = route.useSearch();
  const navigate = route.useNavigate();
  const search = searchOf(address);
  const query = useInfiniteQuery(auditQuery(search));
  const { data: actions = [] } = useQuery(auditActionsQuery);
  const { hasNextPage, isFetchingNextPage, fetchNextPage } = query;
  const shown = useMemo(() => query.data?.pages.flatMap(({ records }) => records) ?? [], [query.data]);
  const [open, setOpen] = useState<AuditJson | null>(null);
  const list = useRef<HTMLDivElement>(null);
  const virtual = useVirtualizer({
    count: shown.length,
    getScrollElement: () => list.current,
    estimateSize: () => rowHeight,
    overscan: 12,
  });
  const items = virtual.getVirtualItems();
  const lastShown = items.at(-1)?.index ?? -1;
  useEffect(() => {
    if (lastShown >= shown.length - 20 && hasNextPage && !isFetchingNextPage) void fetchNextPage();
  }, [lastShown, shown.length, hasNextPage, isFetchingNextPage, fetchNextPage]);
  const change = <K extends keyof typeof address>(name: K, value: (typeof address)[K] | '' | undefined): void => {
    const { [name]: _, ...rest } = address;
    void navigate({ search: { ...rest, ...(value ? { [name]: value } : {}) }, replace: true });
  };
  const isNarrowed = Object.keys(search).length > 0;
  const exportAddress = `/api/audit/export?${new URLSearchParams({ ...search })}`;
  return (
    <Card
      flush
      title="Audit"
      extra={
        <Button size="small" asChild>
          <a href={exportAddress} download>
            <Download className="size-3.5" aria-hidden="true" /> NDJSON
          </a>
        </Button>
      }
    >
      <Whole />
      <div className="grid grid-cols-2 gap-2 border-b px-4 py-2.5 lg:grid-cols-5">
        <SearchBox
          label="Search the audit"
          placeholder="Anything it says …"
          value={address.q ?? ''}
          onChange={(text) => change('q', text)}
          className="max-lg:col-span-2"
        />
        <Field
          label="Who"
          quiet
          placeholder="Who"
          value={address.by ?? ''}
          onChange={(event) => change('by', event.target.value)}
        />
        <Select
          label="Action"
          quiet
          value={address.action ?? ''}
          options={[['', 'Every action'], ...actions.map((action) => [action, wordsOf(action)] as const)]}
          onChange={(event) => change('action', event.target.value)}
        />
        <Select
          label="Result"
          quiet
          value={address.result ?? ''}
          options={results}
          onChange={(event) => change('result', results.find(([value]) => value === event.target.value)?.[0])}
        />
        <Select
          label="Time"
          quiet
          value={address.since ?? ''}
          options={times}
          onChange={(event) => change('since', times.find(([value]) => value === event.target.value)?.[0])}
        />
      </div>
      {query.isPending ? (
        <Skeleton lines={8} />
      ) : query.isError ? (
        <Failure error={query.error} retry={() => void query.refetch()} />
      ) : shown.length === 0 ? (
        <Empty title={isNarrowed ? 'Nothing fits.' : 'Nothing has been changed yet.'}>
          {isNarrowed && (
            <Button onClick={() => void navigate({ search: { tab: 'audit' }, replace: true })}>Show everything</Button>
          )}
        </Empty>
      ) : (
        <section
          ref={list}
          className="thin-scroll h-[65vh] overflow-y-auto -outline-offset-2"
          aria-label="Audit records"
        >
          <ul style={{ height: virtual.getTotalSize() }} className="relative">
            {items.map((item) => {
              const record = shown[item.index];
              return record ? (
                <li
                  key={item.key}
                  className="absolute inset-x-0 border-b"
                  style={{ height: rowHeight, transform: `translateY(${item.start}px)` }}
                >
                  <button
                    type="button"
                    onClick={() => setOpen(record)}
                    className="flex h-full w-full items-center gap-3 px-4 text-left -outline-offset-2 hover:bg-raised/60"
                  >
                    {record.success ? (
                      <Check className="size-4 shrink-0 text-good" aria-label="Done" />
                    ) : (
                      <X className="size-4 shrink-0 text-bad" aria-label="Refused" />
                    )}
                    <Time value={record.timestamp} className="tabular shrink-0 text-xs text-muted max-sm:hidden" />
                    <span className="min-w-0 grow">
                      <span className="block truncate">
                        <span className="font-medium">{wordsOf(record.action)}</span>{' '}
                        <span className="text-muted">by {record.user ?? 'unknown'}</span>
                      </span>
                      <span className="block truncate text-xs text-faint">
                        <Time value={record.timestamp} className="tabular mr-2 text-muted sm:hidden" />
                        <LogText text={detailsOf(record)} limit={300} wrap={false} />
                      </span>
                    </span>
                    <span className="log shrink-0 text-faint max-sm:hidden">{record.source_ip}</span>
                  </button>
                </li>
              ) : null;
            })}
          </ul>
        </section>
      )}
      {open && <Record record={open} onClose={() => setOpen(null)} />}
    </Card>
  );
}

/** Whether the trail is as it was written. */
function Whole() {
  const { data: verdict, isFetching, isError, error, refetch } = useQuery(auditVerdictQuery);
  return (
    <div className="flex flex-wrap items-center gap-x-3 gap-y-1 border-b px-4 py-2 text-sm" aria-live="polite">
      {isError ? (
        <span className="text-bad">The trail could not be verified: {sentence(error)}</span>
      ) : verdict === undefined ? (
        <span className="text-muted">Verifying the trail …</span>
      ) : verdict.problem === null ? (
        <>
          <span className="flex items-center gap-1.5">
            <ShieldCheck className="size-4 text-good" aria-hidden="true" /> Whole: {group(verdict.records)} records
          </span>
          {verdict.last && (
            <code
              className="min-w-0 truncate text-xs text-faint"
              title={`Record ${verdict.last.sequence}: ${verdict.last.hash}`}
            >
              {verdict.last.hash.slice(0, 16)}…
            </code>
          )}
        </>
      ) : (
        <span className="flex items-center gap-1.5 font-medium text-bad">
          <ShieldAlert className="size-4 shrink-0" aria-hidden="true" />
          <span>
            Not whole, {verdict.problem.file}:{verdict.problem.line}: <LogText text={verdict.problem.message} />
          </span>
        </span>
      )}
      {verdict !== undefined && verdict.waiting > 0 && (
        <span className="text-warn">{group(verdict.waiting)} records wait: the trail cannot be written</span>
      )}
      <Button size="small" className="ml-auto" busy={isFetching} onClick={() => void refetch()}>
        Verify
      </Button>
    </div>
  );
}

function Record({ record, onClose }: { record: AuditJson; onClose: () => void }) {
  const facts: [string, ReactNode][] = [
    ['When', <Time key="when" value={record.timestamp} />],
    ['Who', record.user ?? 'unknown'],
    ['From', record.source_ip ?? 'not known'],
    ['Result', record.success ? 'done' : 'refused'],
    ['Record', String(record.sequence)],
    ...Object.entries(record.details).map(([name, value]): [string, ReactNode] => [
      wordsOf(name),
      <LogText key={name} text={fieldText(value)} limit={20_000} />,
    ]),
  ];
  return (
    <Dialog open onClose={onClose} title={wordsOf(record.action)}>
      <dl className="grid grid-cols-[auto_minmax(0,1fr)] gap-x-4 gap-y-1">
        {facts.map(([name, value]) => (
          <div key={name} className="contents">
            <dt className="text-muted">{name}</dt>
            <dd className="break-words">{value}</dd>
          </div>
        ))}
      </dl>
    </Dialog>
  );
}
