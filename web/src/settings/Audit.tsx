import { useQuery } from '@tanstack/react-query';
import { useVirtualizer } from '@tanstack/react-virtual';
import { Check, X } from 'lucide-react';
import { useMemo, useRef, useState } from 'react';
import { auditQuery } from '../api/queries.ts';
import { Card } from '../ui/Card.tsx';
import { LogText } from '../ui/LogText.tsx';
import { SearchBox } from '../ui/SearchBox.tsx';
import { Empty, Failure, Skeleton } from '../ui/States.tsx';
import { Time } from '../ui/Time.tsx';

const rowHeight = 46;

/** Who changed what: the newest 500 records. */
export function Audit() {
  const query = useQuery(auditQuery);
  const [text, setText] = useState('');
  const list = useRef<HTMLDivElement>(null);
  const shown = useMemo(() => {
    const wanted = text.toLowerCase();
    return (query.data ?? []).filter((record) => !wanted || JSON.stringify(record).toLowerCase().includes(wanted));
  }, [query.data, text]);
  const virtual = useVirtualizer({
    count: shown.length,
    getScrollElement: () => list.current,
    estimateSize: () => rowHeight,
    overscan: 12,
  });
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
          // biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls must be reachable by keyboard
          tabIndex={0}
          className="thin-scroll h-[65vh] overflow-y-auto -outline-offset-2"
          aria-label="Audit records"
        >
          <ul style={{ height: virtual.getTotalSize() }} className="relative">
            {virtual.getVirtualItems().map((item) => {
              const record = shown[item.index];
              return record ? (
                <li
                  key={item.key}
                  className="absolute inset-x-0 flex items-center gap-3 border-b px-4"
                  style={{ height: rowHeight, transform: `translateY(${item.start}px)` }}
                >
                  {record.success ? (
                    <Check className="size-4 shrink-0 text-good" aria-label="Done" />
                  ) : (
                    <X className="size-4 shrink-0 text-bad" aria-label="Refused" />
                  )}
                  <Time value={record.timestamp} className="tabular shrink-0 text-xs text-muted max-sm:hidden" />
                  <div className="min-w-0 grow">
                    <p className="truncate">
                      <span className="font-medium">{record.action.replaceAll('_', ' ')}</span>{' '}
                      <span className="text-muted">by {record.user ?? 'nobody known'}</span>
                    </p>
                    <p className="truncate text-xs text-faint">
                      <LogText text={JSON.stringify(record.details)} limit={300} wrap={false} />
                    </p>
                  </div>
                  <span className="log shrink-0 text-faint max-sm:hidden">{record.source_ip}</span>
                </li>
              ) : null;
            })}
          </ul>
        </section>
      )}
    </Card>
  );
}
