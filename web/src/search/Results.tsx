import { useVirtualizer } from '@tanstack/react-virtual';
import { memo, type ReactNode, type Ref, useEffect, useImperativeHandle, useMemo, useRef } from 'react';
import type { Mark } from '../../../src/model/query/index.ts';
import type { EventJson } from '../api/types.ts';
import { cx } from '../ui/cx.ts';
import { LogText } from '../ui/LogText.tsx';
import { severityFill } from '../ui/Severity.tsx';
import { Time } from '../ui/Time.tsx';
import type { SearchView } from './address.ts';
import { HitTable, headHeight, rowHeight } from './HitTable.tsx';
import { marksIn, marksOfField } from './marks.ts';
import { TextLines } from './TextLines.tsx';
import type { Picked } from './ValueMenu.tsx';

/** Rows left below the window when more are asked for. */
const ahead = 60;
const longestLine = 2000;

export interface ResultsHandle {
  /** Walks the hits and gives the id of the one that was reached. */
  move(step: number): string | null;
  /** Id of the hit that was walked to. */
  current(): string | null;
}

interface ResultsProps {
  events: readonly EventJson[];
  view: SearchView;
  columns: readonly string[];
  marks: readonly Mark[];
  /** Id of the event in the panel. */
  open: string | undefined;
  order: 'newest' | 'oldest';
  more: boolean;
  onMore: () => void;
  onOpen: (id: string) => void;
  onPick: (picked: Picked) => void;
  onOrder: () => void;
  foot: ReactNode;
  ref?: Ref<ResultsHandle>;
}

/** The hits, however many: only what is in the window is drawn. */
export function Results(props: ResultsProps) {
  const { events, view, columns, marks, open, order, more, onMore, onOpen, onPick, onOrder, foot, ref } = props;
  const box = useRef<HTMLDivElement>(null);
  const cursor = useRef<string | null>(null);
  const isTable = view === 'table';
  const virtual = useVirtualizer({
    count: events.length,
    getScrollElement: () => box.current,
    estimateSize: () => (view === 'json' ? 220 : view === 'raw' ? 24 : rowHeight),
    getItemKey: (index) => events[index]?.id ?? index,
    overscan: 16,
    scrollMargin: isTable ? headHeight : 0,
  });
  const items = virtual.getVirtualItems();
  const last = items.at(-1)?.index ?? 0;
  useEffect(() => {
    if (more && events.length > 0 && last >= events.length - ahead) onMore();
  }, [more, last, events.length, onMore]);
  useEffect(() => {
    void view;
    virtual.measure();
  }, [view, virtual]);

  useImperativeHandle(ref, () => ({
    current: () => cursor.current,
    move: (step) => {
      const at = events.findIndex(({ id }) => id === (cursor.current ?? open));
      const index = Math.min(events.length - 1, Math.max(0, at < 0 ? 0 : at + step));
      const event = events[index];
      if (!event) return null;
      cursor.current = event.id;
      virtual.scrollToIndex(index);
      // A row that was outside the window is drawn in the next frame.
      requestAnimationFrame(() =>
        box.current
          ?.querySelector<HTMLElement>(`[data-hit="${CSS.escape(event.id)}"]`)
          ?.focus({ preventScroll: true, focusVisible: true }),
      );
      return event.id;
    },
  }));

  const height = virtual.getTotalSize();
  return (
    <div ref={box} data-testid="results" className="thin-scroll absolute inset-0 overflow-auto -outline-offset-2">
      {isTable ? (
        <HitTable
          rows={items.flatMap(({ key, index, start }) => {
            const event = events[index];
            return event ? [{ key, index, event, top: start - headHeight }] : [];
          })}
          count={events.length}
          height={height}
          {...{ columns, marks, open, order, onOpen, onPick, onOrder }}
        />
      ) : (
        <div style={{ height }} className="relative">
          {items.map((item) => {
            const event = events[item.index];
            return event ? (
              <div
                key={item.key}
                data-index={item.index}
                ref={virtual.measureElement}
                className="absolute inset-x-0 top-0"
                style={{ transform: `translateY(${item.start}px)` }}
              >
                {view === 'raw' ? (
                  <RawRow event={event} marks={marks} open={open === event.id} onOpen={onOpen} />
                ) : (
                  <JsonRow event={event} marks={marks} open={open === event.id} onOpen={onOpen} />
                )}
              </div>
            ) : null;
          })}
        </div>
      )}
      <div className="sticky left-0 px-4 py-3 text-center text-xs text-muted">{foot}</div>
    </div>
  );
}

interface LineProps {
  event: EventJson;
  marks: readonly Mark[];
  open: boolean;
  onOpen: (id: string) => void;
}

const RawRow = memo(function RawRow({ event, marks, open, onOpen }: LineProps) {
  const own = useMemo(() => marksIn(event.raw.slice(0, longestLine), marksOfField(marks, 'raw')), [event, marks]);
  return (
    <button
      type="button"
      data-hit={event.id}
      aria-label={`Details of ${event.raw.slice(0, 120)}`}
      onClick={() => onOpen(event.id)}
      className={cx(
        'relative flex w-full items-start gap-2 py-0.5 pr-3 pl-4 text-left -outline-offset-2 hover:bg-raised/60',
        open && 'bg-accent-soft',
      )}
    >
      <span className={cx('absolute inset-y-0 left-0 w-1', severityFill[event.severity])} aria-hidden="true" />
      <Time value={event.time} className="log tabular shrink-0 whitespace-nowrap text-faint max-md:hidden" />
      <span className="min-w-0 wrap-anywhere">
        <LogText text={event.raw} marks={own} limit={longestLine} />
      </span>
    </button>
  );
});

const JsonRow = memo(function JsonRow({ event, marks, open, onOpen }: LineProps) {
  const own = useMemo(() => marksOfField(marks, 'raw'), [marks]);
  return (
    <div className={cx('relative border-b py-2 pr-3 pl-4', open && 'bg-accent-soft')}>
      <span className={cx('absolute inset-y-0 left-0 w-1', severityFill[event.severity])} aria-hidden="true" />
      <button
        type="button"
        data-hit={event.id}
        aria-label={`Details of ${event.message.slice(0, 120)}`}
        onClick={() => onOpen(event.id)}
        className="mb-1 text-xs text-accent hover:underline"
      >
        <Time value={event.time} />
      </button>
      <TextLines text={JSON.stringify(withoutEmpty(event), null, 2)} marks={own} />
    </div>
  );
});

const withoutEmpty = (event: EventJson): object =>
  Object.fromEntries(
    Object.entries(event).filter(
      ([, value]) => value !== null && !(typeof value === 'object' && Object.keys(value).length === 0),
    ),
  );
