import { useQuery } from '@tanstack/react-query';
import { Link, useMatches } from '@tanstack/react-router';
import { Menu } from 'lucide-react';
import { lazy, Suspense, useState } from 'react';
import { overviewQuery } from '../api/queries.ts';
import { playbooksQuery } from '../playbooks/api.ts';
import { cx } from '../ui/cx.ts';
import { short } from '../ui/format.ts';
import { Logo } from './Logo.tsx';
import { places } from './navigation.ts';

const MorePlaces = lazy(() => import('./MorePlaces.tsx').then((module) => ({ default: module.MorePlaces })));

function useOpenAlerts(): number {
  const { data } = useQuery({ ...overviewQuery(24), select: (overview) => overview.totals.open_alerts });
  return data ?? 0;
}

/** Steps of playbooks that wait for somebody. */
function useWaiting(): number {
  const { data } = useQuery({ ...playbooksQuery, select: ({ waiting }) => waiting });
  return data ?? 0;
}

/** Left rail: names on wide screens, icons on medium ones, a bar at the bottom of phones. */
export function Rail() {
  const open = useOpenAlerts();
  const waiting = useWaiting();
  return (
    <nav
      aria-label="Main"
      className="thin-scroll hidden w-14 shrink-0 flex-col gap-0.5 overflow-y-auto border-r bg-rail p-2 md:flex xl:w-48"
    >
      <Link
        to="/"
        className="mb-3 flex h-10 shrink-0 items-center gap-2.5 rounded-md px-1.5 xl:px-2"
        aria-label="Phosor, overview"
      >
        <Logo className="size-7 shrink-0" />
        <span className="hidden text-lg font-semibold tracking-tight xl:inline">Phosor</span>
      </Link>
      {places.map((place, index) => (
        <Link
          key={place.to}
          to={place.to}
          activeOptions={{ exact: place.to === '/', includeSearch: false }}
          title={`${place.name} (g ${place.key})`}
          className={cx(
            'relative flex h-9 shrink-0 items-center justify-center gap-3 rounded-md px-2.5 text-muted transition-colors hover:bg-raised hover:text-text data-[status=active]:bg-accent-soft data-[status=active]:font-medium data-[status=active]:text-accent xl:justify-start',
            place.foot && !places[index - 1]?.foot && 'mt-auto',
          )}
        >
          <place.icon className="size-[1.15rem] shrink-0" aria-hidden="true" />
          <span className="sr-only xl:not-sr-only">{place.name}</span>
          {place.to === '/alerts' && open > 0 && (
            <span
              className="tabular absolute top-0 right-0 rounded-full bg-critical px-1.5 text-[0.65rem] leading-4 font-semibold text-bg xl:static xl:ml-auto"
              title={`${open} open`}
            >
              {short(open)}
              <span className="sr-only"> open</span>
            </span>
          )}
          {place.to === '/playbooks' && waiting > 0 && (
            <span
              className="tabular absolute top-0 right-0 rounded-full bg-high px-1.5 text-[0.65rem] leading-4 font-semibold text-bg xl:static xl:ml-auto"
              title={`${waiting} ${waiting === 1 ? 'waits' : 'wait'} for approval`}
            >
              {short(waiting)}
              <span className="sr-only"> {waiting === 1 ? 'waits' : 'wait'} for approval</span>
            </span>
          )}
        </Link>
      ))}
    </nav>
  );
}

const tab =
  'relative flex min-w-0 flex-1 flex-col items-center gap-0.5 py-1.5 text-muted -outline-offset-2 data-[status=active]:text-accent';

/** The places of every day, and one button that reaches all others. */
export function TabBar() {
  const open = useOpenAlerts();
  const waiting = useWaiting();
  const [more, setMore] = useState(false);
  const path = useMatches({ select: (matches) => matches.at(-1)?.pathname ?? '/' });
  const isElsewhere = !places.some(({ bar, to }) => bar && (to === '/' ? path === '/' : path.startsWith(to)));
  return (
    <nav aria-label="Main" className="flex shrink-0 border-t bg-rail pb-[env(safe-area-inset-bottom)] md:hidden">
      {places.map((place) =>
        place.bar ? (
          <Link
            key={place.to}
            to={place.to}
            activeOptions={{ exact: place.to === '/', includeSearch: false }}
            className={tab}
          >
            <place.icon className="size-5" aria-hidden="true" />
            <span className="max-w-full truncate text-2xs">{place.name}</span>
            {place.to === '/alerts' && open > 0 && (
              <span className="tabular absolute top-0.5 left-1/2 ml-1 rounded-full bg-critical px-1 text-[0.6rem] leading-3.5 font-semibold text-bg">
                {short(open)}
                <span className="sr-only"> open</span>
              </span>
            )}
          </Link>
        ) : null,
      )}
      <button
        type="button"
        aria-haspopup="dialog"
        aria-expanded={more}
        data-status={isElsewhere ? 'active' : undefined}
        onClick={() => setMore(true)}
        className={tab}
      >
        <Menu className="size-5" aria-hidden="true" />
        <span className="text-2xs">More</span>
        {waiting > 0 && (
          <span className="tabular absolute top-0.5 left-1/2 ml-1 rounded-full bg-high px-1 text-[0.6rem] leading-3.5 font-semibold text-bg">
            {short(waiting)}
            <span className="sr-only"> {waiting === 1 ? 'waits' : 'wait'} for approval</span>
          </span>
        )}
      </button>
      <Suspense>{more && <MorePlaces waiting={waiting} onClose={() => setMore(false)} />}</Suspense>
    </nav>
  );
}
