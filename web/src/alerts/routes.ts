import { createRoute, lazyRouteComponent } from '@tanstack/react-router';
import { app } from '../shell/doors.tsx';
import { compact, oneOf, type Raw, severityList, text } from '../shell/params.ts';
import { type RangeSearch, validateRange } from '../shell/time-range.ts';

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
  component: lazyRouteComponent(() => import('./AlertsScreen.tsx'), 'AlertsScreen'),
});

const alert = createRoute({
  getParentRoute: () => app,
  path: '/alerts/$id',
  validateSearch: (search: Raw): { show?: 'fields' } => compact({ show: oneOf(search.show, ['fields'] as const) }),
  component: lazyRouteComponent(() => import('../alert/AlertScreen.tsx'), 'AlertScreen'),
});

export const alertRoutes = [alerts, alert] as const;
