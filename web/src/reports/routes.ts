import { createRoute, lazyRouteComponent } from '@tanstack/react-router';
import { app } from '../shell/doors.tsx';
import { validateReports } from './address.ts';

const reports = createRoute({
  getParentRoute: () => app,
  path: '/reports',
  validateSearch: validateReports,
  component: lazyRouteComponent(() => import('./ReportsScreen.tsx'), 'ReportsScreen'),
});

export const reportRoutes = [reports] as const;
