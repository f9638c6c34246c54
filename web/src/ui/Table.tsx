import {
  type ColumnDef,
  createSortedRowModel,
  type RowData,
  rowSortingFeature,
  sortFns,
  tableFeatures,
  useTable,
} from '@tanstack/react-table';
import { ArrowDown, ArrowUp } from 'lucide-react';
import { useState } from 'react';
import { Button } from './Button.tsx';
import { cx } from './cx.ts';
import { group } from './format.ts';

const pageOf = 200;

const features = tableFeatures({ rowSortingFeature, sortedRowModel: createSortedRowModel(), sortFns });

/** Columns for {@link Table}. `meta.className` goes to head and cells (widths, hiding on small screens). */
export type Column<Row extends RowData> = ColumnDef<typeof features, Row, unknown>;

/** A table whose columns sort. Rows beyond the first `pageOf` are drawn when they are asked for. */
export function Table<Row extends RowData>({
  label,
  columns,
  rows,
  rowId,
  sortBy,
  onRow,
}: {
  label: string;
  columns: Column<Row>[];
  rows: Row[];
  rowId: (row: Row) => string;
  sortBy?: { id: string; desc: boolean };
  onRow?: (row: Row) => void;
}) {
  const table = useTable({
    features,
    columns,
    data: rows,
    getRowId: rowId,
    initialState: { sorting: sortBy ? [sortBy] : [] },
  });
  const [most, setMost] = useState(pageOf);
  const classOf = (column: { columnDef: { meta?: unknown } }) =>
    (column.columnDef.meta as { className?: string } | undefined)?.className;
  const sorted = table.getRowModel().rows;
  return (
    <>
      <table aria-label={label} className="w-full border-collapse text-left">
        <thead>
          {table.getHeaderGroups().map((head) => (
            <tr key={head.id}>
              {head.headers.map((header) => {
                const direction = header.column.getIsSorted();
                return (
                  <th
                    key={header.id}
                    scope="col"
                    aria-sort={direction ? (direction === 'desc' ? 'descending' : 'ascending') : undefined}
                    className={cx(
                      'border-b px-3 py-2 text-xs font-medium whitespace-nowrap text-faint',
                      classOf(header.column),
                    )}
                  >
                    {header.column.getCanSort() ? (
                      <button
                        type="button"
                        onClick={header.column.getToggleSortingHandler()}
                        className="inline-flex items-center gap-1 rounded hover:text-text"
                      >
                        <table.FlexRender header={header} />
                        {direction === 'asc' && <ArrowUp className="size-3" aria-hidden="true" />}
                        {direction === 'desc' && <ArrowDown className="size-3" aria-hidden="true" />}
                      </button>
                    ) : (
                      <table.FlexRender header={header} />
                    )}
                  </th>
                );
              })}
            </tr>
          ))}
        </thead>
        <tbody>
          {sorted.slice(0, most).map((row) => (
            <tr
              key={row.id}
              onClick={
                onRow
                  ? (event) => {
                      // The row is a wide target for the mouse; keyboards use the button or link inside it.
                      if (!(event.target as HTMLElement).closest('button, a, input, label')) onRow(row.original);
                    }
                  : undefined
              }
              className={cx('border-b border-line/70 last:border-b-0 hover:bg-raised/60', onRow && 'cursor-pointer')}
            >
              {row.getAllCells().map((cell) => (
                <td key={cell.id} className={cx('px-3 py-2 align-middle', classOf(cell.column))}>
                  <table.FlexRender cell={cell} />
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
      {sorted.length > most && (
        <Button className="mx-auto my-3 flex" onClick={() => setMost(most + pageOf)}>
          Show more ({group(sorted.length - most)} left)
        </Button>
      )}
    </>
  );
}
