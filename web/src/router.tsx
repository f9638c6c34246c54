import { createRoute, createRouter, lazyRouteComponent, redirect } from '@tanstack/react-router';
import { severities } from '../../src/model/enumerations.ts';
import { onUnauthorized } from './api/client.ts';
import { meQuery, queryClient } from './api/queries.ts';
import { live } from './api/socket.ts';
import type { Severity } from './api/types.ts';
import { validateDecoys } from './decoys/address.ts';
import { listMemory } from './editor/memory.ts';
import { validateNetwork } from './network/search.ts';
import { validateReplay, validateReplays } from './replays/address.ts';
import { validateReports } from './reports/address.ts';
import { validateRule, validateRules } from './rules/address.ts';
import { validateSearch } from './search/address.ts';
import { app, login, reset, root, setup } from './shell/doors.tsx';
import { NotFound, RouteFailure } from './shell/Fallback.tsx';
import { compact, oneOf, type Raw, severityList, text } from './shell/params.ts';
import { type RangeSearch, validateRange } from './shell/time-range.ts';
import { validateThreats } from './threats/address.ts';
import { Skeleton } from './ui/States.tsx';

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
  /** Alerts of rules that were signals stand among the others. */
  signals?: 'show';
}

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
      signals: oneOf(search.signals, ['show'] as const),
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

export interface IncidentsSearch extends RangeSearch {
  q?: string;
  severity?: string;
  view?: 'new' | 'in_progress' | 'closed' | 'all';
  /** `me`, `none`, or a user name. */
  owner?: string;
  /** `203.0.113.9`, or of a kind: `user:root`. */
  entity?: string;
  order?: 'newest';
}

const incidents = createRoute({
  getParentRoute: () => app,
  path: '/incidents',
  validateSearch: (search: Raw): IncidentsSearch => ({
    ...validateRange(search),
    ...compact({
      q: text(search.q),
      severity: severityList(search.severity),
      view: oneOf(search.view, ['new', 'in_progress', 'closed', 'all'] as const),
      owner: text(search.owner),
      entity: text(search.entity),
      order: oneOf(search.order, ['newest'] as const),
    }),
  }),
  component: lazyRouteComponent(() => import('./incidents/IncidentsScreen.tsx'), 'IncidentsScreen'),
});

const incident = createRoute({
  getParentRoute: () => app,
  path: '/incidents/$id',
  validateSearch: (search: Raw): { pane?: 'chain' | 'alerts' } =>
    compact({ pane: oneOf(search.pane, ['chain', 'alerts'] as const) }),
  component: lazyRouteComponent(() => import('./incidents/IncidentScreen.tsx'), 'IncidentScreen'),
});

const decisionTabs = ['current', 'history', 'policies', 'allowed', 'readers'] as const;

interface DecisionsSearch {
  tab?: (typeof decisionTabs)[number];
  q?: string;
  /** Page of older ones. */
  cursor?: number;
  /** Id of the one whose reasons are shown. */
  open?: string;
}

const decisions = createRoute({
  getParentRoute: () => app,
  path: '/decisions',
  validateSearch: (search: Raw): DecisionsSearch =>
    compact({
      tab: oneOf(search.tab, decisionTabs),
      q: text(search.q)?.slice(0, 200),
      cursor: typeof search.cursor === 'number' && search.cursor > 0 ? search.cursor : undefined,
      open: text(search.open),
    }),
  component: lazyRouteComponent(() => import('./decisions/DecisionsScreen.tsx'), 'DecisionsScreen'),
});

interface PlaybooksSearch {
  tab?: 'list';
  q?: string;
  /** Page of older ones. */
  cursor?: number;
  /** Id of the run whose steps are shown. */
  run?: string;
  /** Runs of this one only. */
  playbook?: string;
}

const playbooks = createRoute({
  getParentRoute: () => app,
  path: '/playbooks',
  validateSearch: (search: Raw): PlaybooksSearch =>
    compact({
      tab: oneOf(search.tab, ['list'] as const),
      q: text(search.q)?.slice(0, 200),
      cursor: typeof search.cursor === 'number' && search.cursor > 0 ? search.cursor : undefined,
      run: text(search.run)?.slice(0, 200),
      playbook: text(search.playbook)?.slice(0, 60),
    }),
  component: lazyRouteComponent(() => import('./playbooks/PlaybooksScreen.tsx'), 'PlaybooksScreen'),
});

const playbook = createRoute({
  getParentRoute: () => app,
  path: '/playbooks/$id',
  component: lazyRouteComponent(() => import('./playbooks/PlaybookScreen.tsx'), 'PlaybookScreen'),
});

const threats = createRoute({
  getParentRoute: () => app,
  path: '/threats',
  validateSearch: validateThreats,
  component: lazyRouteComponent(() => import('./threats/ThreatsScreen.tsx'), 'ThreatsScreen'),
});

/** Everything known of an address, a user or a host. */
const entity = createRoute({
  getParentRoute: () => app,
  path: '/entity/$kind/$value',
  validateSearch: (search: Raw): RangeSearch => validateRange(search),
  component: lazyRouteComponent(() => import('./entity/EntityScreen.tsx'), 'EntityScreen'),
});

export interface LiveSearch {
  q?: string;
  severity?: Severity;
  /** `field:value` to show only, and `-field:value` to leave out. */
  only?: string[];
  not?: string[];
}

const search = createRoute({
  getParentRoute: () => app,
  path: '/search',
  validateSearch,
  component: lazyRouteComponent(() => import('./search/SearchScreen.tsx'), 'SearchScreen'),
});

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

const rules = createRoute({
  getParentRoute: () => app,
  path: '/rules',
  validateSearch: validateRules,
  beforeLoad: ({ search: { edit, ...search } }) => {
    listMemory.search = search;
    if (edit) throw redirect({ to: '/rules/$id', params: { id: edit } });
  },
  component: lazyRouteComponent(() => import('./rules/RulesScreen.tsx'), 'RulesScreen'),
});

/** A rule's own page; the id `new` is a rule that is not there yet. */
const rule = createRoute({
  getParentRoute: () => app,
  path: '/rules/$id',
  validateSearch: validateRule,
  component: lazyRouteComponent(() => import('./editor/RuleScreen.tsx'), 'RuleScreen'),
});

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
  component: lazyRouteComponent(() => import('./coverage/CoverageScreen.tsx'), 'CoverageScreen'),
});

const network = createRoute({
  getParentRoute: () => app,
  path: '/network',
  validateSearch: validateNetwork,
  component: lazyRouteComponent(() => import('./network/NetworkScreen.tsx'), 'NetworkScreen'),
});

const replays = createRoute({
  getParentRoute: () => app,
  path: '/replays',
  validateSearch: validateReplays,
  component: lazyRouteComponent(() => import('./replays/ReplaysScreen.tsx'), 'ReplaysScreen'),
});

const reports = createRoute({
  getParentRoute: () => app,
  path: '/reports',
  validateSearch: validateReports,
  component: lazyRouteComponent(() => import('./reports/ReportsScreen.tsx'), 'ReportsScreen'),
});

const replay = createRoute({
  getParentRoute: () => app,
  path: '/replays/$id',
  validateSearch: validateReplay,
  component: lazyRouteComponent(() => import('./replays/ReplayScreen.tsx'), 'ReplayScreen'),
});

const replayAlert = createRoute({
  getParentRoute: () => app,
  path: '/replays/$id/alerts/$alert',
  validateSearch: (search: Raw): { show?: 'fields' } => compact({ show: oneOf(search.show, ['fields'] as const) }),
  component: lazyRouteComponent(() => import('./replays/ReplayAlertScreen.tsx'), 'ReplayAlertScreen'),
});

const intelTabs = ['lists', 'providers', 'lookup', 'allowed', 'places'] as const;

const intel = createRoute({
  getParentRoute: () => app,
  path: '/intel',
  validateSearch: (search: Raw): { tab?: (typeof intelTabs)[number]; address?: string } =>
    compact({ tab: oneOf(search.tab, intelTabs), address: text(search.address)?.slice(0, 64) }),
  component: lazyRouteComponent(() => import('./intel/IntelScreen.tsx'), 'IntelScreen'),
});

const decoys = createRoute({
  getParentRoute: () => app,
  path: '/decoys',
  validateSearch: validateDecoys,
  component: lazyRouteComponent(() => import('./decoys/DecoysScreen.tsx'), 'DecoysScreen'),
});

/** One visit to a decoy. */
const visit = createRoute({
  getParentRoute: () => app,
  path: '/decoys/$id',
  validateSearch: (search: Raw): { recording?: number } =>
    compact({ recording: typeof search.recording === 'number' ? search.recording : undefined }),
  component: lazyRouteComponent(() => import('./decoys/VisitScreen.tsx'), 'VisitScreen'),
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

const notifications = createRoute({
  getParentRoute: () => app,
  path: '/notifications',
  validateSearch: (search: Raw): { channel?: string; state?: string } =>
    compact({ channel: text(search.channel), state: text(search.state) }),
  component: lazyRouteComponent(() => import('./notifications/NotificationsScreen.tsx'), 'NotificationsScreen'),
});

interface SettingsAddress {
  tab?: (typeof settingsTabs)[number];
  q?: string;
  /** Of the audit trail: whose records, which action, what came of it, and since when. */
  by?: string;
  action?: string;
  result?: 'done' | 'refused';
  since?: '1d' | '7d' | '30d';
}

const settings = createRoute({
  getParentRoute: () => app,
  path: '/settings',
  validateSearch: (search: Raw): SettingsAddress =>
    compact({
      tab: oneOf(search.tab, settingsTabs),
      q: text(search.q),
      by: text(search.by),
      action: text(search.action),
      result: oneOf(search.result, ['done', 'refused'] as const),
      since: oneOf(search.since, ['1d', '7d', '30d'] as const),
    }),
  component: lazyRouteComponent(() => import('./settings/SettingsScreen.tsx'), 'SettingsScreen'),
});

export const router = createRouter({
  routeTree: root.addChildren([
    login,
    setup,
    reset,
    app.addChildren([
      overview,
      alerts,
      alert,
      decisions,
      playbooks,
      playbook,
      incidents,
      threats,
      incident,
      entity,
      search,
      liveTail,
      rules,
      rule,
      coverage,
      network,
      replays,
      reports,
      replay,
      replayAlert,
      intel,
      decoys,
      visit,
      sources,
      notifications,
      settings,
    ]),
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
