import { createRouter, parseSearchWith, stringifySearchWith } from '@tanstack/react-router';
import { alertRoutes } from './alerts/routes.ts';
import { onUnauthorized } from './api/client.ts';
import { meQuery, queryClient } from './api/queries.ts';
import { live } from './api/socket.ts';
import { coverageRoutes } from './coverage/routes.ts';
import { decisionRoutes } from './decisions/routes.ts';
import { decoyRoutes } from './decoys/routes.ts';
import { entityRoutes } from './entity/routes.ts';
import { incidentRoutes } from './incidents/routes.ts';
import { intelRoutes } from './intel/routes.ts';
import { liveRoutes } from './live/routes.ts';
import { networkRoutes } from './network/routes.ts';
import { notificationRoutes } from './notifications/routes.ts';
import { overviewRoutes } from './overview/routes.ts';
import { playbookRoutes } from './playbooks/routes.ts';
import { replayRoutes } from './replays/routes.ts';
import { reportRoutes } from './reports/routes.ts';
import { ruleRoutes } from './rules/routes.ts';
import { searchRoutes } from './search/routes.ts';
import { settingsRoutes } from './settings/routes.ts';
import { app, login, reset, root, setup } from './shell/doors.tsx';
import { NotFound, RouteFailure } from './shell/Fallback.tsx';
import { searchValue } from './shell/search-value.ts';
import { sourceRoutes } from './sources/routes.ts';
import { threatRoutes } from './threats/routes.ts';
import { Skeleton } from './ui/States.tsx';

/** Every address behind the log-in. Each folder of `src` declares its own in `routes.ts`. */
const screens = [
  ...overviewRoutes,
  ...alertRoutes,
  ...incidentRoutes,
  ...decisionRoutes,
  ...playbookRoutes,
  ...threatRoutes,
  ...entityRoutes,
  ...searchRoutes,
  ...liveRoutes,
  ...ruleRoutes,
  ...coverageRoutes,
  ...networkRoutes,
  ...replayRoutes,
  ...reportRoutes,
  ...intelRoutes,
  ...decoyRoutes,
  ...sourceRoutes,
  ...notificationRoutes,
  ...settingsRoutes,
] as const;

export const router = createRouter({
  routeTree: root.addChildren([login, setup, reset, app.addChildren(screens)]),
  // What no screen knows, or knows with other values, is dropped: without this it reached the screens unchecked.
  search: { strict: true },
  parseSearch: parseSearchWith(searchValue),
  stringifySearch: stringifySearchWith(JSON.stringify, searchValue),
  defaultPreload: 'intent',
  defaultPendingMs: 250,
  defaultPendingComponent: () => <Skeleton lines={8} className="p-6" />,
  defaultErrorComponent: RouteFailure,
  defaultNotFoundComponent: NotFound,
  scrollRestoration: true,
});

declare module '@tanstack/react-router' {
  interface Register {
    router: typeof router;
  }
}

onUnauthorized(() => {
  live.stop();
  queryClient.setQueryData(meQuery.queryKey, null);
  if (router.state.location.pathname !== '/login') {
    void router.navigate({ to: '/login', search: { next: router.state.location.href } });
  }
});
