import { createRoute, lazyRouteComponent } from '@tanstack/react-router';
import { app } from '../shell/doors.tsx';
import { compact, type Raw } from '../shell/params.ts';
import { validateDecoys } from './address.ts';

const decoys = createRoute({
  getParentRoute: () => app,
  path: '/decoys',
  validateSearch: validateDecoys,
  component: lazyRouteComponent(() => import('./DecoysScreen.tsx'), 'DecoysScreen'),
});

/** One visit to a decoy. */
const visit = createRoute({
  getParentRoute: () => app,
  path: '/decoys/$id',
  validateSearch: (search: Raw): { recording?: number } =>
    compact({ recording: typeof search.recording === 'number' ? search.recording : undefined }),
  component: lazyRouteComponent(() => import('./VisitScreen.tsx'), 'VisitScreen'),
});

export const decoyRoutes = [decoys, visit] as const;
