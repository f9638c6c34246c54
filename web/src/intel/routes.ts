import { createRoute, lazyRouteComponent } from '@tanstack/react-router';
import { app } from '../shell/doors.tsx';
import { compact, oneOf, type Raw, text } from '../shell/params.ts';

const intelTabs = ['lists', 'providers', 'lookup', 'allowed', 'places'] as const;

const intel = createRoute({
  getParentRoute: () => app,
  path: '/intel',
  validateSearch: (search: Raw): { tab?: (typeof intelTabs)[number]; address?: string } =>
    compact({ tab: oneOf(search.tab, intelTabs), address: text(search.address)?.slice(0, 64) }),
  component: lazyRouteComponent(() => import('./IntelScreen.tsx'), 'IntelScreen'),
});

export const intelRoutes = [intel] as const;
