import { createRoute, lazyRouteComponent } from '@tanstack/react-router';
import { app } from '../shell/doors.tsx';
import { validateSearch } from './address.ts';

const search = createRoute({
  getParentRoute: () => app,
  path: '/search',
  validateSearch,
  component: lazyRouteComponent(() => import('./SearchScreen.tsx'), 'SearchScreen'),
});

export const searchRoutes = [search] as const;
