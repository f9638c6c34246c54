import { createRoute, lazyRouteComponent } from '@tanstack/react-router';
import { app } from '../shell/doors.tsx';
import { compact, type Raw, text } from '../shell/params.ts';

export interface CoverageSearch {
  q?: string;
  /** States that are shown; without it all. */
  state?: string;
  /** Technique in the drawer. */
  technique?: string;
}

const coverage = createRoute({
  getParentRoute: () => app,
  path: '/coverage',
  validateSearch: (search: Raw): CoverageSearch =>
    compact({ q: text(search.q), state: text(search.state), technique: text(search.technique) }),
  component: lazyRouteComponent(() => import('./CoverageScreen.tsx'), 'CoverageScreen'),
});

export const coverageRoutes = [coverage] as const;
