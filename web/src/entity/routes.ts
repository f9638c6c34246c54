import { createRoute, lazyRouteComponent } from '@tanstack/react-router';
import { app } from '../shell/doors.tsx';
import type { Raw } from '../shell/params.ts';
import { type RangeSearch, validateRange } from '../shell/time-range.ts';

/** Everything known of an address, a user or a host. */
const entity = createRoute({
  getParentRoute: () => app,
  path: '/entity/$kind/$value',
  validateSearch: (search: Raw): RangeSearch => validateRange(search),
  component: lazyRouteComponent(() => import('./EntityScreen.tsx'), 'EntityScreen'),
});

export const entityRoutes = [entity] as const;
