import { createRoute, lazyRouteComponent } from '@tanstack/react-router';
import { app } from '../shell/doors.tsx';
import { compact, oneOf, type Raw } from '../shell/params.ts';
import { validateReplay, validateReplays } from './address.ts';

const replays = createRoute({
  getParentRoute: () => app,
  path: '/replays',
  validateSearch: validateReplays,
  component: lazyRouteComponent(() => import('./ReplaysScreen.tsx'), 'ReplaysScreen'),
});

const replay = createRoute({
  getParentRoute: () => app,
  path: '/replays/$id',
  validateSearch: validateReplay,
  component: lazyRouteComponent(() => import('./ReplayScreen.tsx'), 'ReplayScreen'),
});

const replayAlert = createRoute({
  getParentRoute: () => app,
  path: '/replays/$id/alerts/$alert',
  validateSearch: (search: Raw): { show?: 'fields' } => compact({ show: oneOf(search.show, ['fields'] as const) }),
  component: lazyRouteComponent(() => import('./ReplayAlertScreen.tsx'), 'ReplayAlertScreen'),
});

export const replayRoutes = [replays, replay, replayAlert] as const;
