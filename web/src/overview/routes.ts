import { createRoute, lazyRouteComponent } from '@tanstack/react-router';
import { overviewQuery, queryClient, urgentAlertsQuery } from '../api/queries.ts';
import { app } from '../shell/doors.tsx';
import type { Raw } from '../shell/params.ts';
import { type RangeSearch, validateRange } from '../shell/time-range.ts';

const overview = createRoute({
  getParentRoute: () => app,
  path: '/',
  validateSearch: (search: Raw): RangeSearch => validateRange(search),
  // What the screen asks for comes with its code, not after it. The charts ask for what depends on their width.
  loader: () => {
    void queryClient.prefetchQuery(overviewQuery(24));
    void queryClient.prefetchQuery(urgentAlertsQuery);
  },
  component: lazyRouteComponent(() => import('./OverviewScreen.tsx'), 'OverviewScreen'),
});

export const overviewRoutes = [overview] as const;
