import { createRoute, lazyRouteComponent } from '@tanstack/react-router';
import { severities } from '../../../src/model/enumerations.ts';
import type { Severity } from '../api/types.ts';
import { app } from '../shell/doors.tsx';
import { compact, oneOf, type Raw, text } from '../shell/params.ts';

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
  component: lazyRouteComponent(() => import('./LiveScreen.tsx'), 'LiveScreen'),
});

export const liveRoutes = [liveTail] as const;
