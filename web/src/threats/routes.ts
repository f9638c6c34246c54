import { createRoute, lazyRouteComponent } from '@tanstack/react-router';
import { app } from '../shell/doors.tsx';
import { validateThreats } from './address.ts';

const threats = createRoute({
  getParentRoute: () => app,
  path: '/threats',
  validateSearch: validateThreats,
  component: lazyRouteComponent(() => import('./ThreatsScreen.tsx'), 'ThreatsScreen'),
});

export const threatRoutes = [threats] as const;
