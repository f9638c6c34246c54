import { useVirtualizer } from '@tanstack/react-virtual';
import { ArrowDown, ArrowUp } from 'lucide-react';
import {
  type Ref,
  useEffect,
  useEffectEvent,
  useImperativeHandle,
  useRef,
  useState,
  useSyncExternalStore,
} from 'react';
import type { RuleListed } from '../api/types.ts';
import { cx } from '../ui/cx.ts';
import type { MenuItem } from '../ui/Menu.tsx';
import { columns, RuleRow, ruleGrid } from './RuleRow.tsx';
import { type SortKey, startsDown } from './rule-list.ts';

export interface RuleTableHandle {
  /** The rule under the cursor. */
  current: () => RuleListed | undefined;
  move: (step: number) => void;
}

interface RuleTableProps {
  rules: readonly RuleListed[];
  sort: SortKey;
  descending: boolean;
  selected: ReadonlySet<string>;
  admin: boolean;
  isAllSelected: boolean;
  actionsOf: (rule: RuleListed) => readonly (MenuItem | null)[];
  onSort: (key: SortKey, descending: boolean) => void;
  onSelect: (rule: RuleListed) => void;
  onSelectAll: () => void;
  onOpen: (rule: RuleListed) => void;
  onToggle: (rule: RuleListed) => void;
  onFrom: (origin: string) => void;
  ref: Ref<RuleTableHandle>;
}

/** Where the cursor was left, for the way back from a rule's page. */
const memory: { cursor: string | null } = { cursor: null };

const headHeight = 36;
const narrowScreen = window.matchMedia('(width < 48rem)');
const watchScreen = (listener: () => void) => {
  narrowScreen.addEventListener('change', listener);
  return () => narrowScreen.removeEventListener('change', listener);
};

/** The rules as a virtual table: only the rows in sight exist. */
export function RuleTable(props: RuleTableProps) {
  const { rules, sort, descending, selected, admin, isAllSelected, actionsOf, ref } = props;
  const { onSort, onSelect, onSelectAll, onOpen, onToggle, onFrom } = props;
  const isNarrow = useSyncExternalStore(watchScreen, () => narrowScreen.matches);
  const rowHeight = isNarrow ? 84 : 54;
  const list = useRef<HTMLDivElement>(null);
  const [cursor, setCursor] = useState<string | null>(memory.cursor);
  const followFocus = useRef(false);
  const virtual = useVirtualizer({
    count: rules.length,
    getScrollElement: () => list.current,
    estimateSize: () => rowHeight,
    getItemKey: (index) => rules[index]?.id ?? index,
    overscan: 12,
    // The head lies over the first of them.
    scrollPaddingEnd: headHeight,
  });
  const measure = useEffectEvent(() => virtual.measure());
  useEffect(() => {
    if (rowHeight > 0) measure();
  }, [rowHeight]);
  useEffect(() => {
    memory.cursor = cursor;
  }, [cursor]);
  const returned = useEffectEvent(() => {
    if (index > 0) virtual.scrollToIndex(index, { align: 'center' });
  });
  useEffect(() => returned(), []);
  const index = rules.findIndex((rule) => rule.id === cursor);

  useImperativeHandle(ref, () => ({
    current: () => rules[index],
    move: (step) => {
      const at = Math.min(rules.length - 1, Math.max(0, index + step));
      const next = rules[at];
      if (!next) return;
      followFocus.current = true;
      setCursor(next.id);
      virtual.scrollToIndex(at);
    },
  }));
  useEffect(() => {
    if (!cursor || !followFocus.current) return;
    const button = list.current?.querySelector<HTMLElement>(`[data-key="${CSS.escape(cursor)}"] [data-main]`);
    if (!button) return;
    followFocus.current = false;
    button.focus({ preventScroll: true });
  });

  return (
    <div ref={list} className="thin-scroll min-h-0 grow overflow-y-auto" data-testid="rules">
      <table aria-label="Rules" aria-rowcount={rules.length + 1} className="block text-left">
        <thead className="sticky top-0 z-2 block border-b bg-surface">
          <tr className={cx(ruleGrid, 'pr-2 pl-3 md:pr-3')} style={{ height: headHeight }}>
            <th scope="col" className="flex">
              {admin && (
                <input
                  type="checkbox"
                  checked={isAllSelected}
                  onChange={onSelectAll}
                  aria-label="Select all that are listed"
                  className="size-4 accent-(--accent)"
                />
              )}
            </th>
            {columns.map(({ key, name, className }) => {
              const isSorted = key === sort;
              return (
                <th
                  key={key}
                  scope="col"
                  aria-sort={isSorted ? (descending ? 'descending' : 'ascending') : 'none'}
                  className={cx(
                    'text-xs font-medium whitespace-nowrap text-faint',
                    key === 'name' && 'max-md:col-start-3',
                    className,
                  )}
                >
                  <button
                    type="button"
                    onClick={() => onSort(key, isSorted ? !descending : startsDown[key])}
                    className={cx('inline-flex items-center gap-1 rounded hover:text-text', isSorted && 'text-text')}
                  >
                    {name}
                    {isSorted && (descending ? <ArrowDown className="size-3" /> : <ArrowUp className="size-3" />)}
                  </button>
                </th>
              );
            })}
            <th scope="col">
              <span className="sr-only">Actions</span>
            </th>
          </tr>
        </thead>
        <tbody style={{ height: virtual.getTotalSize() }} className="relative block">
          {virtual.getVirtualItems().map((item) => {
            const rule = rules[item.index];
            return (
              rule && (
                <RuleRow
                  key={item.key}
                  rule={rule}
                  at={item.index + 2}
                  style={{ height: rowHeight, transform: `translateY(${item.start}px)` }}
                  current={rule.id === cursor}
                  selected={selected.has(rule.id)}
                  admin={admin}
                  actions={actionsOf(rule)}
                  onSelect={() => onSelect(rule)}
                  onOpen={() => onOpen(rule)}
                  onFocus={() => setCursor(rule.id)}
                  onToggle={() => onToggle(rule)}
                  onFrom={onFrom}
                />
              )
            );
          })}
        </tbody>
      </table>
    </div>
  );
}
