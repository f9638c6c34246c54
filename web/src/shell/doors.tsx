import { createRootRoute, createRoute, lazyRouteComponent, Outlet, redirect } from '@tanstack/react-router';
import { meQuery, queryClient } from '../api/queries.ts';
import { live } from '../api/socket.ts';
import { NotFound, RouteFailure } from './Fallback.tsx';
import { Layout } from './Layout.tsx';
import { compact, type Raw, text } from './params.ts';

/* What stands in front of the login, and the login itself. */

export const root = createRootRoute({ component: Outlet, notFoundComponent: NotFound, errorComponent: RouteFailure });

export const login = createRoute({
  getParentRoute: () => root,
  path: '/login',
  validateSearch: (search: Raw): { next?: string } => compact({ next: text(search.next) }),
  component: lazyRouteComponent(() => import('../login/LoginScreen.tsx'), 'LoginScreen'),
});

export const setup = createRoute({
  getParentRoute: () => root,
  path: '/setup',
  component: lazyRouteComponent(() => import('../setup/SetupScreen.tsx'), 'SetupScreen'),
});

export const reset = createRoute({
  getParentRoute: () => root,
  path: '/reset',
  component: lazyRouteComponent(() => import('../setup/ResetScreen.tsx'), 'ResetScreen'),
});

/** Everything behind the login. */
export const app = createRoute({
  getParentRoute: () => root,
  id: 'app',
  beforeLoad: async ({ location }) => {
    const user = await queryClient.ensureQueryData(meQuery);
    if (!user) throw redirect({ to: '/login', search: location.href === '/' ? {} : { next: location.href } });
    live.start();
  },
  component: Layout,
});
