import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import type { TopEntry } from '../api/types.ts';
import { Card } from '../ui/Card.tsx';
import { group, short } from '../ui/format.ts';
import { LogText } from '../ui/LogText.tsx';

/** The most frequent values, each leading to what it counts. */
export function TopList({
  title,
  entries,
  to,
  none,
  words,
  name = (value) => value,
}: {
  title: string;
  entries: readonly TopEntry[];
  to: (value: string) => { live: string } | { entity: string } | { text: string } | { search: string };
  none: string;
  /** The values are words of ours, not text from logs. */
  words?: boolean;
  /** How a value is shown. */
  name?: (value: string) => string;
}) {
  const most = Math.max(1, ...entries.map((entry) => entry.count));
  return (
    <Card title={title} flush>
      {entries.length === 0 ? (
        <p className="p-4 text-muted">{none}</p>
      ) : (
        <ul className="py-1">
          {entries.slice(0, 8).map((entry) => (
            <li key={entry.value}>
              <Target to={to(entry.value)}>
                <span
                  className="absolute inset-y-0.5 left-0 rounded-r bg-accent-soft"
                  style={{ width: `${(entry.count / most) * 100}%` }}
                  aria-hidden="true"
                />
                <span className="relative min-w-0 grow truncate">
                  <LogText
                    text={name(entry.value)}
                    limit={120}
                    wrap={false}
                    className={words ? '!font-sans !text-[1em]' : ''}
                  />
                </span>
                <span className="tabular relative text-xs text-muted" title={group(entry.count)}>
                  {short(entry.count)}
                </span>
              </Target>
            </li>
          ))}
        </ul>
      )}
    </Card>
  );
}

const look = 'relative flex items-center gap-3 px-4 py-1 -outline-offset-2 hover:bg-raised/60';

function Target({ to, children }: { to: ReturnType<Parameters<typeof TopList>[0]['to']>; children: ReactNode }) {
  if ('live' in to) {
    return (
      <Link to="/live" search={{ only: [to.live] }} className={look}>
        {children}
      </Link>
    );
  }
  if ('search' in to) {
    return (
      <Link to="/search" search={{ q: to.search }} className={look}>
        {children}
      </Link>
    );
  }
  return (
    <Link
      to="/alerts"
      search={'entity' in to ? { entity: to.entity, view: 'all' } : { q: to.text, view: 'all' }}
      className={look}
    >
      {children}
    </Link>
  );
}
