import { createRoute, lazyRouteComponent } from '@tanstack/react-router';
import { app } from '../shell/doors.tsx';
import { compact, type Raw, text } from '../shell/params.ts';

const sources = createRoute({
  getParentRoute: () => app,
  path: '/sources',
  validateSearch: (search: Raw): { q?: string; open?: string; add?: boolean } =>
    compact({
      q: text(search.q),
      open: text(search.open) ?? text(search.source),
      add: search.add === true ? true : undefined,
    }),
  component: lazyRouteComponent(() => import('./SourcesScreen.tsx'), 'SourcesScreen'),
});

export const sourceRoutes = [sources] as const;
