import { createRoute, lazyRouteComponent } from '@tanstack/react-router';
import { app } from '../shell/doors.tsx';
import { compact, oneOf, type Raw, text } from '../shell/params.ts';

export interface PlaybooksSearch {
  tab?: 'list';
  q?: string;
  /** Page of older ones. */
  cursor?: number;
  /** Page of older ones among the steps that wait for approval. */
  waiting?: number;
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
      waiting: typeof search.waiting === 'number' && search.waiting > 0 ? search.waiting : undefined,
      run: text(search.run)?.slice(0, 200),
      playbook: text(search.playbook)?.slice(0, 60),
    }),
  component: lazyRouteComponent(() => import('./PlaybooksScreen.tsx'), 'PlaybooksScreen'),
});

const playbook = createRoute({
  getParentRoute: () => app,
  path: '/playbooks/$id',
  component: lazyRouteComponent(() => import('./PlaybookScreen.tsx'), 'PlaybookScreen'),
});

export const playbookRoutes = [playbooks, playbook] as const;
