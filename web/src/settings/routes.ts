import { createRoute, lazyRouteComponent } from '@tanstack/react-router';
import { app } from '../shell/doors.tsx';
import { compact, oneOf, type Raw, text } from '../shell/params.ts';

const settingsTabs = ['configuration', 'account', 'users', 'keys', 'audit', 'about'] as const;

export interface SettingsAddress {
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
  component: lazyRouteComponent(() => import('./SettingsScreen.tsx'), 'SettingsScreen'),
});

export const settingsRoutes = [settings] as const;
