import { createRoute, lazyRouteComponent } from '@tanstack/react-router';
import { app } from '../shell/doors.tsx';
import { validateNetwork } from './search.ts';

const network = createRoute({
  getParentRoute: () => app,
  path: '/network',
  validateSearch: validateNetwork,
  component: lazyRouteComponent(() => import('./NetworkScreen.tsx'), 'NetworkScreen'),
});

export const networkRoutes = [network] as const;
