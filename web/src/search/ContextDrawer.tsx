import { useQuery } from '@tanstack/react-query';
import { useLayoutEffect, useRef, useState } from 'react';
import type { Mark } from '../../../src/model/query/index.ts';
import type { EventJson } from '../api/types.ts';
import { Button } from '../ui/Button.tsx';
import { cx } from '../ui/cx.ts';
import { Drawer } from '../ui/Dialog.tsx';
import { LogText } from '../ui/LogText.tsx';
import { severityFill } from '../ui/Severity.tsx';
import { Failure, Skeleton } from '../ui/States.tsx';
import { Time } from '../ui/Time.tsx';
import { contextQuery } from './api.ts';
import { marksIn } from './marks.ts';

const step = 50;
const mostLines = 200;

/** What the same source said before and after an event, whatever the search. */
export function ContextDrawer({
  id,
  marks,
  onClose,
  onOpen,
}: {
  id: string;
  marks: readonly Mark[];
  onClose: () => void;
  onOpen: (id: string) => void;
}) {
  const [lines, setLines] = useState(step);
  const { data, error, refetch, isFetching } = useQuery({
    ...contextQuery(id, lines),
    placeholderData: (before) => before,
  });
  const own = useRef<HTMLLIElement>(null);
  const event = data?.event;
  useLayoutEffect(() => {
    if (event) own.current?.scrollIntoView({ block: 'center' });
  }, [event]);
  return (
    <Drawer
      open
      wide
      onClose={onClose}
      title="Lines around it"
      note={
        event ? (
          <>
            Source <LogText text={event.source} limit={120} wrap={false} />, oldest first, whatever the search
          </>
        ) : undefined
      }
      footer={
        data && (
          <>
            <span className="mr-auto self-center text-xs text-muted">
              {data.before.length} before, {data.after.length} after
            </span>
            <Button
              size="small"
              busy={isFetching}
              disabled={lines >= mostLines || (data.before.length < lines && data.after.length < lines)}
              onClick={() => setLines(mostLines)}
            >
              More lines
            </Button>
          </>
        )
      }
    >
      {error && !data && <Failure error={error} retry={() => void refetch()} />}
      {!data && !error && <Skeleton lines={12} />}
      {data && (
        <ol className="-mx-3" data-testid="context">
          {[...data.before, data.event, ...data.after].map((each) => (
            <Line
              key={each.id}
              event={each}
              isOwn={each.id === data.event.id}
              marks={marks}
              onOpen={onOpen}
              own={own}
            />
          ))}
        </ol>
      )}
    </Drawer>
  );
}

function Line({
  event,
  isOwn,
  marks,
  onOpen,
  own,
}: {
  event: EventJson;
  isOwn: boolean;
  marks: readonly Mark[];
  onOpen: (id: string) => void;
  own: React.RefObject<HTMLLIElement | null>;
}) {
  return (
    <li
      ref={isOwn ? own : null}
      aria-current={isOwn || undefined}
      className={cx('relative rounded', isOwn && 'bg-accent-soft outline outline-accent/50')}
    >
      <span className={cx('absolute inset-y-0 left-0 w-1', severityFill[event.severity])} aria-hidden="true" />
      <button
        type="button"
        onClick={() => onOpen(event.id)}
        className="flex w-full items-start gap-2 rounded py-0.5 pr-2 pl-3 text-left hover:bg-raised/60"
      >
        <Time value={event.time} form="clock-ms" className="log tabular shrink-0 text-faint" />
        <span className="min-w-0">
          <LogText text={event.raw} marks={marksIn(event.raw.slice(0, 1000), marks)} limit={1000} />
        </span>
      </button>
    </li>
  );
}
