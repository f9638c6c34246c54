import { createRoute, lazyRouteComponent } from '@tanstack/react-router';
import { queryClient } from '../api/queries.ts';
import { app } from '../shell/doors.tsx';
import { compact, oneOf, type Raw, severityList, text } from '../shell/params.ts';
import { type RangeSearch, validateRange } from '../shell/time-range.ts';
import { incidentQuery } from './api.ts';

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
  component: lazyRouteComponent(() => import('./IncidentsScreen.tsx'), 'IncidentsScreen'),
});

const incident = createRoute({
  getParentRoute: () => app,
  path: '/incidents/$id',
  validateSearch: (search: Raw): { pane?: 'chain' | 'alerts' } =>
    compact({ pane: oneOf(search.pane, ['chain', 'alerts'] as const) }),
  loader: ({ params }) => {
    void queryClient.prefetchQuery(incidentQuery(params.id));
  },
  component: lazyRouteComponent(() => import('./IncidentScreen.tsx'), 'IncidentScreen'),
});

export const incidentRoutes = [incidents, incident] as const;
