import { CircleSlash } from 'lucide-react';
import { cx } from '../ui/cx.ts';
import { group } from '../ui/format.ts';
import { LogText } from '../ui/LogText.tsx';
import { type Counting, lossesOf } from './losses.ts';

/** What a rule holds for counting, how much it may hold, and what it did not count, with what that means. */
export function CorrelationState({ state }: { state: Counting }) {
  const { groups, max_groups, evicted, late_dropped, missing_group, group_by } = state;
  const share = Math.min(1, groups / Math.max(1, max_groups));
  const losses = lossesOf(state);
  // A rule about single events holds groups only for the alerts that are open.
  if (group_by.length === 0 && losses.length === 0) return null;
  return (
    <section className="flex flex-col gap-2" data-testid="correlation-state" aria-label="Correlation state">
      <h3 className="text-[0.93rem] font-semibold">
        Correlation state
        {group_by.length > 0 && (
          <span className="ml-2 text-xs font-normal text-muted">
            grouped by <LogText text={group_by.join(', ')} limit={200} />
          </span>
        )}
      </h3>
      <dl className="grid grid-cols-2 gap-x-4 gap-y-3 sm:grid-cols-4">
        <div className="flex min-w-0 flex-col gap-0.5">
          <dt className="text-xs text-faint">Live groups</dt>
          <dd className="tabular flex max-w-36 flex-col gap-1">
            <span>
              {group(groups)} <span className="text-xs whitespace-nowrap text-faint">of {group(max_groups)}</span>
            </span>
            <span className="h-1 overflow-hidden rounded-full bg-raised" aria-hidden="true">
              <span
                className={cx('block h-full rounded-full', share >= 0.9 ? 'bg-high' : 'bg-accent')}
                style={{ width: `${share * 100}%` }}
              />
            </span>
          </dd>
        </div>
        <Count name="Evicted groups" count={evicted} />
        <Count name="Too late" count={late_dropped} />
        <Count name="Without a group" count={missing_group} />
      </dl>
      {losses.length > 0 && (
        <ul className="flex flex-col gap-1.5 rounded-md border border-high/40 bg-high/8 px-3 py-2">
          {losses.map((sentence) => (
            <li key={sentence} className="flex items-start gap-2">
              <CircleSlash className="mt-1 size-3.5 shrink-0 text-high" aria-hidden="true" />
              <span className="min-w-0 break-words">{sentence}</span>
            </li>
          ))}
        </ul>
      )}
    </section>
  );
}

function Count({ name, count }: { name: string; count: number }) {
  return (
    <div className="flex min-w-0 flex-col gap-0.5">
      <dt className="text-xs text-faint">{name}</dt>
      <dd className={cx('tabular', count > 0 && 'text-high')}>{group(count)}</dd>
    </div>
  );
}
