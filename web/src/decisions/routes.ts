import { createRoute, lazyRouteComponent } from '@tanstack/react-router';
import { app } from '../shell/doors.tsx';
import { compact, oneOf, type Raw, text } from '../shell/params.ts';

const decisionTabs = ['current', 'history', 'policies', 'allowed', 'readers'] as const;

export interface DecisionsSearch {
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
  component: lazyRouteComponent(() => import('./DecisionsScreen.tsx'), 'DecisionsScreen'),
});

export const decisionRoutes = [decisions] as const;
