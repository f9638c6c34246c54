import { useMemo } from 'react';
import type { ImportProblem } from '../api/types.ts';
import { cx } from '../ui/cx.ts';
import { group } from '../ui/format.ts';
import { keyed } from '../ui/keyed.ts';
import { LogText } from '../ui/LogText.tsx';
import { type Column, Table } from '../ui/Table.tsx';

interface Finding extends ImportProblem {
  key: string;
}

const place = ({ line, column }: ImportProblem): string =>
  line === null ? '' : column ? `${line}:${column}` : String(line);

const columns: Column<Finding>[] = [
  {
    id: 'file',
    header: 'File',
    accessorFn: (finding) => finding.file,
    meta: { className: 'align-top break-all w-1/3' },
    cell: ({ row: { original: finding } }) => (
      <span>
        <LogText text={finding.file} limit={300} />
        {place(finding) && (
          <span className="tabular text-xs text-faint" title="Line and column">
            :{place(finding)}
          </span>
        )}
      </span>
    ),
  },
  {
    id: 'reason',
    header: 'Reason',
    accessorFn: (finding) => finding.message,
    meta: { className: 'align-top' },
    cell: ({ row: { original: finding } }) => (
      <LogText text={finding.message} limit={1000} className="!font-sans !text-[1em]" />
    ),
  },
];

/** What is wrong with imported files: where, and why. */
export function ImportFindings({
  title,
  tone,
  findings,
}: {
  title: string;
  tone: string;
  findings: readonly ImportProblem[];
}) {
  const rows = useMemo(
    () =>
      keyed(findings, (each) => `${each.file}:${place(each)} ${each.message}`).map(({ key, item }) => ({
        ...item,
        key,
      })),
    [findings],
  );
  if (rows.length === 0) return null;
  return (
    <section aria-label={title}>
      <h3 className={cx('mb-1 font-semibold', tone)}>
        {title} <span className="tabular font-normal text-muted">{group(rows.length)}</span>
      </h3>
      <div className="overflow-hidden rounded-md border">
        <Table label={title} columns={columns} rows={rows} rowId={(row) => row.key} />
      </div>
    </section>
  );
}
