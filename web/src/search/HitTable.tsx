import { ArrowDown, ArrowUp } from 'lucide-react';
import { memo, useMemo } from 'react';
import { type Mark, readField, writtenField } from '../../../src/model/query/index.ts';
import type { EventJson } from '../api/types.ts';
import { cx } from '../ui/cx.ts';
import { fieldName } from '../ui/format.ts';
import { LogText } from '../ui/LogText.tsx';
import { asSeverity, Severity, severityFill } from '../ui/Severity.tsx';
import { Time } from '../ui/Time.tsx';
import { cellText, fits, gridOf } from './columns.ts';
import { marksIn, marksOfField } from './marks.ts';
import type { Picked } from './ValueMenu.tsx';

export const rowHeight = 27;
export const headHeight = 30;
const longestCell = 600;

interface HitTableProps {
  /** What is in the window; `top`: px below the head. */
  rows: readonly { index: number /** Undefined: it is on its way. */; event: EventJson | undefined; top: number }[];
  count: number;
  /** Of all rows, px. */
  height: number;
  columns: readonly string[];
  /** On a phone: times without their year, severities as icons. */
  narrow: boolean;
  marks: readonly Mark[];
  open: string | undefined;
  order: 'newest' | 'oldest';
  onOpen: (id: string) => void;
  onPick: (picked: Picked) => void;
  onOrder: () => void;
}

/** Hits in columns. A click on a value offers what can be done with it, one on the text opens the event. */
export function HitTable(props: HitTableProps) {
  const { rows, count, height, columns, narrow, marks, open, order, onOpen, onPick, onOrder } = props;
  const grid = useMemo(() => ({ gridTemplateColumns: gridOf(columns, narrow) }), [columns, narrow]);
  const ownMarks = useMemo(
    () => new Map(columns.map((column) => [column, marksOfField(marks, readField(column).field)])),
    [columns, marks],
  );
  return (
    <table aria-label="Hits" aria-rowcount={count + 1} className="relative block w-max min-w-full">
      <thead className="sticky top-0 z-10 block border-b bg-surface" style={{ height: headHeight }}>
        <tr aria-rowindex={1} className="grid h-full items-center px-3 text-xs text-faint" style={grid}>
          {columns.map((column) => (
            <HeadCell key={column} {...{ column, order, narrow, onOrder }} />
          ))}
        </tr>
      </thead>
      <tbody className="relative block" style={{ height }}>
        {rows.map(({ index, event, top }) =>
          event === undefined ? (
            <tr
              key={index}
              aria-rowindex={index + 2}
              aria-busy="true"
              className="absolute inset-x-0 flex items-center px-4 contain-[size_layout_style]"
              style={{ height: rowHeight, top }}
            >
              <td className="w-full p-0">
                <span className="block h-2.5 rounded bg-raised" style={{ width: `${30 + ((index * 37) % 40)}%` }} />
              </td>
            </tr>
          ) : (
            <HitRow
              key={index}
              index={index}
              top={top}
              event={event}
              columns={columns}
              grid={grid}
              narrow={narrow}
              marks={ownMarks}
              open={open === event.id}
              onOpen={onOpen}
              onPick={onPick}
            />
          ),
        )}
      </tbody>
    </table>
  );
}

function HeadCell({
  column,
  order,
  narrow,
  onOrder,
}: { column: string } & Pick<HitTableProps, 'order' | 'narrow' | 'onOrder'>) {
  const isNewest = order === 'newest';
  if (column === 'time') {
    return (
      <th scope="col" aria-sort={isNewest ? 'descending' : 'ascending'} className="px-1 text-left font-normal">
        <button
          type="button"
          onClick={onOrder}
          className="flex items-center gap-1 hover:text-text"
          title={isNewest ? 'Newest first. Press for oldest first' : 'Oldest first. Press for newest first'}
        >
          Time
          {isNewest ? (
            <ArrowDown className="size-3" aria-hidden="true" />
          ) : (
            <ArrowUp className="size-3" aria-hidden="true" />
          )}
        </button>
      </th>
    );
  }
  const { field, kind } = readField(column);
  return (
    <th scope="col" className="truncate px-1 text-left font-normal" title={column}>
      {narrow && column === 'severity' ? (
        <span className="sr-only">Severity</span>
      ) : kind === 'open' ? (
        <LogText text={writtenField(field)} limit={60} wrap={false} />
      ) : (
        fieldName(column)
      )}
    </th>
  );
}

const HitRow = memo(function HitRow({
  index,
  top,
  event,
  columns,
  grid,
  narrow,
  marks,
  open,
  onOpen,
  onPick,
}: {
  index: number;
  top: number;
  event: EventJson;
  columns: readonly string[];
  grid: { gridTemplateColumns: string };
  narrow: boolean;
  marks: ReadonlyMap<string, readonly Mark[]>;
  open: boolean;
  onOpen: (id: string) => void;
  onPick: (picked: Picked) => void;
}) {
  // The cell that opens the event, and is walked to by keys.
  const handle = columns.find((column) => column === 'message' || column === 'raw') ?? columns[0];
  return (
    <tr
      aria-rowindex={index + 2}
      className={cx(
        'absolute inset-x-0 grid items-center px-3 contain-[size_layout_style] hover:bg-raised/60',
        open && 'bg-accent-soft',
      )}
      style={{ ...grid, height: rowHeight, top }}
    >
      {columns.map((column, place) => {
        const text = cellText(event, column);
        const isHandle = column === handle;
        const opens =
          isHandle || column === 'time' || column === 'received_at' || column === 'message' || column === 'raw';
        return (
          <td key={column} className="min-w-0 p-0">
            {place === 0 && (
              <span className={cx('absolute inset-y-0 left-0 w-1', severityFill[event.severity])} aria-hidden="true" />
            )}
            {text === null && !isHandle ? (
              <span className="px-1 text-faint">–</span>
            ) : (
              <button
                type="button"
                {...(isHandle && { 'data-hit': event.id })}
                tabIndex={isHandle ? 0 : -1}
                onClick={(click) =>
                  opens
                    ? onOpen(event.id)
                    : onPick({ field: readField(column).field, value: text ?? '', anchor: click.currentTarget })
                }
                className={cx(
                  'block w-full rounded px-1 text-left -outline-offset-2',
                  !fits(column, text ?? '') && 'truncate',
                  !opens && 'hover:bg-raised hover:text-text',
                )}
              >
                {isHandle && (
                  <span className="sr-only">Details of {text === null && event.message.slice(0, 120)} </span>
                )}
                <Cell {...{ column, event, narrow }} text={text ?? ''} marks={marks.get(column) ?? noMarks} />
              </button>
            )}
          </td>
        );
      })}
    </tr>
  );
});

const noMarks: readonly Mark[] = [];

function Cell({
  column,
  text,
  event,
  narrow,
  marks,
}: {
  column: string;
  text: string;
  event: EventJson;
  narrow: boolean;
  marks: readonly Mark[];
}) {
  if (column === 'time' || column === 'received_at') {
    return <Time value={text} form={narrow ? 'day' : 'full'} className="log tabular whitespace-nowrap text-muted" />;
  }
  if (column === 'severity') return <Severity level={asSeverity(event.severity)} compact={narrow} />;
  return <LogText text={text} marks={marksIn(text.slice(0, longestCell), marks)} limit={longestCell} wrap={false} />;
}
