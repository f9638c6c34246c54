import type { ReactNode } from 'react';

/** A table as a report has it. */
export function Rows({ head, children }: { head: readonly string[]; children: ReactNode }) {
  return (
    <div className="thin-scroll overflow-x-auto">
      <table className="w-full border-collapse text-left">
        <thead>
          <tr>
            {head.map((title) => (
              <th
                key={title}
                scope="col"
                className="border-b px-3 py-2 text-xs font-medium whitespace-nowrap text-faint"
              >
                {title}
              </th>
            ))}
          </tr>
        </thead>
        <tbody className="[&_td]:border-b [&_td]:border-line/70 [&_td]:px-3 [&_td]:py-2 [&_tr:last-child_td]:border-b-0">
          {children}
        </tbody>
      </table>
    </div>
  );
}
