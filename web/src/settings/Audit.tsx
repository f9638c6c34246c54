import { useInfiniteQuery } from '@tanstack/react-query';
import { useVirtualizer } from '@tanstack/react-virtual';
import { Check, X } from 'lucide-react';
import { type ReactNode, useEffect, useMemo, useRef, useState } from 'react';
import { auditQuery } from '../api/queries.ts';
import type { AuditJson } from '../api/types.ts';
import { Card } from '../ui/Card.tsx';
import { Dialog } from '../ui/Dialog.tsx';
import { fieldText } from '../ui/format.ts';
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

/** Who changed what, newest first; older records come as the list is scrolled. */
export function Audit() {
  const query = useInfiniteQuery(auditQuery);
  const { hasNextPage, isFetchingNextPage, fetchNextPage } = query;
  const records = useMemo(() => query.data?.pages.flat() ?? [], [query.data]);
  const [text, setText] = useState('');
  const [open, setOpen] = useState<AuditJson | null>(null);
  const list = useRef<HTMLDivElement>(null);
  const shown = useMemo(() => {
    const wanted = text.toLowerCase();
    return records.filter((record) => !wanted || JSON.stringify(record).toLowerCase().includes(wanted));
  }, [records, text]);
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
  if (query.isPending) return <Skeleton lines={8} />;
  if (query.isError) return <Failure error={query.error} retry={() => void query.refetch()} />;
  return (
    <Card
      flush
      title="Audit"
      extra={
        <SearchBox
          label="Search the audit"
          placeholder="Who, what …"
          value={text}
          onChange={setText}
          className="w-44 sm:w-56"
        />
      }
    >
      {shown.length === 0 ? (
        <Empty title={text ? 'Nothing fits.' : 'Nothing has been changed yet.'} />
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

function Record({ record, onClose }: { record: AuditJson; onClose: () => void }) {
  const facts: [string, ReactNode][] = [
    ['When', <Time key="when" value={record.timestamp} />],
    ['Who', record.user ?? 'unknown'],
    ['From', record.source_ip ?? 'not known'],
    ['Result', record.success ? 'done' : 'refused'],
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
