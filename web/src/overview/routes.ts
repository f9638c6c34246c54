import { createRoute, lazyRouteComponent } from '@tanstack/react-router';
import { app } from '../shell/doors.tsx';
import type { Raw } from '../shell/params.ts';
import { type RangeSearch, validateRange } from '../shell/time-range.ts';

const overview = createRoute({
  getParentRoute: () => app,
  path: '/',
  validateSearch: (search: Raw): RangeSearch => validateRange(search),
  component: lazyRouteComponent(() => import('./OverviewScreen.tsx'), 'OverviewScreen'),
});

export const overviewRoutes = [overview] as const;
