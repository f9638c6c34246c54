import { useVirtualizer } from '@tanstack/react-virtual';
import { memo, type ReactNode, type Ref, useEffect, useEffectEvent, useImperativeHandle, useMemo, useRef } from 'react';
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
import type { Hits } from './useHits.ts';
import type { Picked } from './ValueMenu.tsx';

const longestLine = 2000;
/** Of a row, px; those that wrap are measured when they are drawn. */
export const heights: Record<SearchView, number> = { table: rowHeight, raw: 24, json: 220 };

export interface ResultsHandle {
  /** Walks the hits and gives the id of the one that was reached. */
  move(step: number): string | null;
  /** Id of the hit that was walked to. */
  current(): string | null;
}

interface ResultsProps {
  hits: Hits;
  view: SearchView;
  columns: readonly string[];
  /** On a phone. */
  narrow: boolean;
  marks: readonly Mark[];
  /** Id of the event in the panel. */
  open: string | undefined;
  order: 'newest' | 'oldest';
  onOpen: (id: string) => void;
  onPick: (picked: Picked) => void;
  onOrder: () => void;
  foot: ReactNode;
  ref?: Ref<ResultsHandle>;
}

/** The hits, however many: only what is in the window is drawn. */
export function Results(props: ResultsProps) {
  const { hits, view, columns, narrow, marks, open, order, onOpen, onPick, onOrder, foot, ref } = props;
  const { count } = hits;
  const box = useRef<HTMLDivElement>(null);
  const cursor = useRef<{ id: string; index: number } | null>(null);
  const isTable = view === 'table';
  const virtual = useVirtualizer({
    count,
    getScrollElement: () => box.current,
    estimateSize: () => heights[view],
    overscan: 10,
    scrollMargin: isTable ? headHeight : 0,
  });
  const items = virtual.getVirtualItems();
  const first = items[0]?.index ?? 0;
  const last = items.at(-1)?.index ?? 0;
  const wantRows = useEffectEvent((from: number, to: number) => hits.want(from, to));
  useEffect(() => {
    if (count > 0) wantRows(first, last);
  }, [first, last, count]);
  useEffect(() => {
    void view;
    virtual.measure();
  }, [view, virtual]);

  useImperativeHandle(ref, () => ({
    current: () => cursor.current?.id ?? null,
    move: (step) => {
      const id = cursor.current?.id ?? open;
      const isThere = cursor.current !== null && hits.at(cursor.current.index)?.id === cursor.current.id;
      const at = isThere ? cursor.current?.index : id === undefined ? undefined : hits.byId(id)?.index;
      const index = Math.min(count - 1, Math.max(0, at === undefined ? 0 : at + step));
      if (index < 0) return null;
      virtual.scrollToIndex(index);
      const event = hits.at(index);
      if (!event) return null;
      cursor.current = { id: event.id, index };
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
          rows={items.map(({ index, start }) => ({ index, event: hits.at(index), top: start - headHeight }))}
          count={count}
          height={height}
          {...{ columns, narrow, marks, open, order, onOpen, onPick, onOrder }}
        />
      ) : (
        <div style={{ height }} className="relative">
          {items.map((item) => {
            const event = hits.at(item.index);
            return (
              <div
                key={item.key}
                data-index={item.index}
                ref={virtual.measureElement}
                className="absolute inset-x-0 top-0"
                style={{ transform: `translateY(${item.start}px)` }}
              >
                {event === undefined ? (
                  <p className="px-4 py-0.5 text-faint" style={{ height: heights[view] }}>
                    …
                  </p>
                ) : view === 'raw' ? (
                  <RawRow event={event} marks={marks} open={open === event.id} onOpen={onOpen} />
                ) : (
                  <JsonRow event={event} marks={marks} open={open === event.id} onOpen={onOpen} />
                )}
              </div>
            );
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
      onClick={() => onOpen(event.id)}
      className={cx(
        'relative flex w-full items-start gap-2 py-0.5 pr-3 pl-4 text-left -outline-offset-2 hover:bg-raised/60',
        open && 'bg-accent-soft',
      )}
    >
      <span className={cx('absolute inset-y-0 left-0 w-1', severityFill[event.severity])} aria-hidden="true" />
      <Time value={event.time} className="log tabular shrink-0 whitespace-nowrap text-faint max-md:hidden" />
      <span className="min-w-0 wrap-anywhere">
        <span className="sr-only">Details of </span>
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
        onClick={() => onOpen(event.id)}
        className="mb-1 text-xs text-accent hover:underline"
      >
        <span className="sr-only">Details of </span>
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
