import { createRoute, lazyRouteComponent } from '@tanstack/react-router';
import { app } from '../shell/doors.tsx';
import { compact, type Raw, text } from '../shell/params.ts';

const notifications = createRoute({
  getParentRoute: () => app,
  path: '/notifications',
  validateSearch: (search: Raw): { channel?: string; state?: string } =>
    compact({ channel: text(search.channel), state: text(search.state) }),
  component: lazyRouteComponent(() => import('./NotificationsScreen.tsx'), 'NotificationsScreen'),
});

export const notificationRoutes = [notifications] as const;
