import {
  createRootRoute,
  createRoute,
  createRouter,
  lazyRouteComponent,
  Outlet,
  redirect,
} from '@tanstack/react-router';
import { severities } from '../../src/model/enumerations.ts';
import { onUnauthorized } from './api/client.ts';
import { meQuery, queryClient } from './api/queries.ts';
import { live } from './api/socket.ts';
import type { Severity } from './api/types.ts';
import { NotFound, RouteFailure } from './shell/Fallback.tsx';
import { Layout } from './shell/Layout.tsx';
import { type RangeSearch, validateRange } from './shell/time-range.ts';
import { Skeleton } from './ui/States.tsx';

type Raw = Record<string, unknown>;
const text = (value: unknown): string | undefined =>
  typeof value === 'string' && value !== '' ? value : typeof value === 'number' ? String(value) : undefined;
const oneOf = <T extends string>(value: unknown, options: readonly T[]): T | undefined =>
  options.find((option) => option === value);

/** Leaves out what is not set, so that addresses stay short. */
function compact<T extends object>(search: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(search).filter(([, value]) => value !== undefined)) as never;
}

const root = createRootRoute({ component: Outlet, notFoundComponent: NotFound, errorComponent: RouteFailure });

const login = createRoute({
  getParentRoute: () => root,
  path: '/login',
  validateSearch: (search: Raw): { next?: string } => compact({ next: text(search.next) }),
  component: lazyRouteComponent(() => import('./login/LoginScreen.tsx'), 'LoginScreen'),
});

const setup = createRoute({
  getParentRoute: () => root,
  path: '/setup',
  component: lazyRouteComponent(() => import('./setup/SetupScreen.tsx'), 'SetupScreen'),
});

/** Everything behind the login. */
const app = createRoute({
  getParentRoute: () => root,
  id: 'app',
  beforeLoad: async ({ location }) => {
    const user = await queryClient.ensureQueryData(meQuery);
    if (!user) throw redirect({ to: '/login', search: location.href === '/' ? {} : { next: location.href } });
    live.start();
  },
  component: Layout,
});

const overview = createRoute({
  getParentRoute: () => app,
  path: '/',
  validateSearch: (search: Raw): RangeSearch => validateRange(search),
  component: lazyRouteComponent(() => import('./overview/OverviewScreen.tsx'), 'OverviewScreen'),
});

export interface AlertsSearch extends RangeSearch {
  q?: string;
  severity?: string;
  view?: 'all' | 'in_progress' | 'acknowledged' | 'closed';
  group?: 'rule' | 'entity';
  rule?: string;
  entity?: string;
}

const severityList = (value: unknown): string | undefined => {
  const list = (text(value) ?? '').split(',').filter((name) => (severities as readonly string[]).includes(name));
  return list.length > 0 ? list.join(',') : undefined;
};

const alerts = createRoute({
  getParentRoute: () => app,
  path: '/alerts',
  validateSearch: (search: Raw): AlertsSearch => ({
    ...validateRange(search),
    ...compact({
      q: text(search.q),
      severity: severityList(search.severity),
      view: oneOf(search.view, ['all', 'in_progress', 'acknowledged', 'closed'] as const),
      group: oneOf(search.group, ['rule', 'entity'] as const),
      rule: text(search.rule),
      entity: text(search.entity),
    }),
  }),
  component: lazyRouteComponent(() => import('./alerts/AlertsScreen.tsx'), 'AlertsScreen'),
});

const alert = createRoute({
  getParentRoute: () => app,
  path: '/alerts/$id',
  validateSearch: (search: Raw): { show?: 'fields' } => compact({ show: oneOf(search.show, ['fields'] as const) }),
  component: lazyRouteComponent(() => import('./alert/AlertScreen.tsx'), 'AlertScreen'),
});

export interface LiveSearch {
  q?: string;
  severity?: Severity;
  /** `field:value` to show only, and `-field:value` to leave out. */
  only?: string[];
  not?: string[];
}

const liveTail = createRoute({
  getParentRoute: () => app,
  path: '/live',
  validateSearch: (search: Raw): LiveSearch => {
    const list = (value: unknown) =>
      Array.isArray(value) ? value.filter((item): item is string => typeof item === 'string') : [];
    const only = list(search.only);
    const not = list(search.not);
    return compact({
      q: text(search.q),
      severity: oneOf(search.severity, severities),
      only: only.length > 0 ? only : undefined,
      not: not.length > 0 ? not : undefined,
    });
  },
  component: lazyRouteComponent(() => import('./live/LiveScreen.tsx'), 'LiveScreen'),
});

export interface RulesSearch {
  q?: string;
  type?: 'pattern' | 'threshold' | 'correlation' | 'sigma';
  state?: 'on' | 'off';
  /** Id of the rule in the drawer, or `new`. */
  edit?: string;
}

const rules = createRoute({
  getParentRoute: () => app,
  path: '/rules',
  validateSearch: (search: Raw): RulesSearch =>
    compact({
      q: text(search.q),
      type: oneOf(search.type, ['pattern', 'threshold', 'correlation', 'sigma'] as const),
      state: oneOf(search.state, ['on', 'off'] as const),
      edit: text(search.edit),
    }),
  component: lazyRouteComponent(() => import('./rules/RulesScreen.tsx'), 'RulesScreen'),
});

/** A rule's own address, as the overview's list links it. */
const rule = createRoute({
  getParentRoute: () => app,
  path: '/rules/$id',
  beforeLoad: ({ params }) => {
    throw redirect({ to: '/rules', search: { edit: params.id } });
  },
});

const sources = createRoute({
  getParentRoute: () => app,
  path: '/sources',
  validateSearch: (search: Raw): { q?: string; open?: string; add?: boolean } =>
    compact({
      q: text(search.q),
      open: text(search.open) ?? text(search.source),
      add: search.add === true ? true : undefined,
    }),
  component: lazyRouteComponent(() => import('./sources/SourcesScreen.tsx'), 'SourcesScreen'),
});

const settingsTabs = ['configuration', 'account', 'users', 'keys', 'audit', 'about'] as const;

const settings = createRoute({
  getParentRoute: () => app,
  path: '/settings',
  validateSearch: (search: Raw): { tab?: (typeof settingsTabs)[number]; q?: string } =>
    compact({ tab: oneOf(search.tab, settingsTabs), q: text(search.q) }),
  component: lazyRouteComponent(() => import('./settings/SettingsScreen.tsx'), 'SettingsScreen'),
});

export const router = createRouter({
  routeTree: root.addChildren([
    login,
    setup,
    app.addChildren([overview, alerts, alert, liveTail, rules, rule, sources, settings]),
  ]),
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
