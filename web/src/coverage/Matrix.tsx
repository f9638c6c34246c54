import { useRef, useState } from 'react';
import { cx } from '../ui/cx.ts';
import { group, plural } from '../ui/format.ts';
import { type Cell, type Column, step } from './matrix.ts';
import { StateMark, StateSign, stateLooks } from './states.tsx';

/**
 * Tactics as columns, techniques as cells. One cell takes the Tab; arrows walk. On phones the columns stand one below the
 * other.
 */
export function Matrix({ columns, onOpen }: { columns: readonly Column[]; onOpen: (technique: string) => void }) {
  const [place, setPlace] = useState<readonly [column: number, row: number] | null>(null);
  const box = useRef<HTMLDivElement>(null);
  const firstColumn = columns.findIndex(({ cells }) => cells.length > 0);
  // After a filter the place may be gone: the first cell takes the Tab then.
  const [atColumn, atRow] = place && columns[place[0]]?.cells[place[1]] ? place : [firstColumn, 0];
  const walk = (event: React.KeyboardEvent, from: readonly [number, number]) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const next = step(columns, from, event.key);
    if (!next) return;
    event.preventDefault();
    setPlace(next);
    box.current?.querySelector<HTMLElement>(`[data-place="${next.join()}"]`)?.focus();
  };
  return (
    <div ref={box} className="thin-scroll overflow-x-auto md:max-h-full md:overflow-y-auto" data-testid="matrix">
      <div className="flex flex-col gap-3 md:min-w-max md:flex-row md:gap-1.5">
        {columns.map((column, columnAt) => (
          <section key={column.id} aria-label={column.name} className="flex min-w-0 flex-col gap-1 md:w-38">
            <header className="sticky top-0 z-1 flex flex-col gap-1 bg-bg pb-1 md:min-h-15">
              <h2 className="text-xs font-semibold" title={column.id}>
                {column.name}
              </h2>
              <p className="tabular text-2xs text-faint">
                {group(column.covered)} of {group(column.total)} with a rule
              </p>
              <span className="mt-auto h-1 overflow-hidden rounded-full bg-raised" aria-hidden="true">
                <span
                  className="block h-full bg-accent"
                  style={{ width: `${column.total > 0 ? (column.covered / column.total) * 100 : 0}%` }}
                />
              </span>
            </header>
            {column.cells.length === 0 && <p className="py-2 text-2xs text-faint">Nothing fits the filter.</p>}
            <ul className="grid grid-cols-2 gap-1 md:grid-cols-1">
              {column.cells.map((cell, rowAt) => (
                <li key={cell.technique.id} className="min-w-0">
                  <TechniqueCell
                    cell={cell}
                    place={`${columnAt},${rowAt}`}
                    isReached={columnAt === atColumn && rowAt === atRow}
                    onFocus={() => setPlace([columnAt, rowAt])}
                    onKey={(event) => walk(event, [columnAt, rowAt])}
                    onOpen={() => onOpen(cell.technique.id)}
                  />
                </li>
              ))}
            </ul>
          </section>
        ))}
      </div>
    </div>
  );
}

function TechniqueCell({
  cell: { technique, subs, state, fitting, rules },
  place,
  isReached,
  onFocus,
  onKey,
  onOpen,
}: {
  cell: Cell;
  place: string;
  isReached: boolean;
  onFocus: () => void;
  onKey: (event: React.KeyboardEvent) => void;
  onOpen: () => void;
}) {
  const covered = subs.filter(({ state }) => state !== 'none').length;
  const note = [
    rules > 0 && plural(rules, 'rule'),
    subs.length > 0 && `${group(covered)} of ${plural(subs.length, 'sub-technique')} with a rule`,
  ]
    .filter(Boolean)
    .join(', ');
  return (
    <button
      type="button"
      data-place={place}
      data-state={state}
      tabIndex={isReached ? 0 : -1}
      onFocus={onFocus}
      onKeyDown={onKey}
      onClick={onOpen}
      title={`${stateLooks[state].meaning}${note ? `\n${note}` : ''}`}
      className={cx(
        'flex h-full w-full min-w-0 flex-col gap-0.5 rounded border px-1.5 py-1 text-left -outline-offset-2 hover:border-strong',
        stateLooks[state].cell,
      )}
    >
      <span className="flex w-full items-center justify-between gap-1 text-2xs">
        <span className="tabular text-muted">{technique.id}</span>
        <StateMark state={state} className="text-2xs" />
      </span>
      <span className={cx('line-clamp-2 text-xs leading-tight', state === 'none' ? 'text-muted' : 'text-text')}>
        {technique.name}
      </span>
      {(rules > 0 || subs.length > 0) && (
        <span className="tabular flex w-full justify-between gap-1 text-2xs text-muted">
          <span>{rules > 0 && plural(rules, 'rule')}</span>
          {subs.length > 0 && (
            <span title={`${group(covered)} of ${plural(subs.length, 'sub-technique')} with a rule`}>
              {group(covered)}/{group(subs.length)} sub
            </span>
          )}
        </span>
      )}
      {fitting.map((sub) => (
        <span key={sub.id} className="flex w-full min-w-0 items-center gap-1 border-t border-line/70 pt-0.5 text-2xs">
          <StateSign state={sub.state} />
          <span className="min-w-0 truncate text-muted" title={`${sub.id} ${sub.name}`}>
            {sub.name}
          </span>
        </span>
      ))}
    </button>
  );
}
