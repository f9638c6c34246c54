import { createRoute, lazyRouteComponent, redirect } from '@tanstack/react-router';
import { listMemory } from '../editor/memory.ts';
import { app } from '../shell/doors.tsx';
import { validateRule, validateRules } from './address.ts';

const rules = createRoute({
  getParentRoute: () => app,
  path: '/rules',
  validateSearch: validateRules,
  beforeLoad: ({ search: { edit, ...search } }) => {
    listMemory.search = search;
    if (edit) throw redirect({ to: '/rules/$id', params: { id: edit } });
  },
  component: lazyRouteComponent(() => import('./RulesScreen.tsx'), 'RulesScreen'),
});

/** A rule's own page; the id `new` is a rule that is not there yet. */
const rule = createRoute({
  getParentRoute: () => app,
  path: '/rules/$id',
  validateSearch: validateRule,
  component: lazyRouteComponent(() => import('../editor/RuleScreen.tsx'), 'RuleScreen'),
});

export const ruleRoutes = [rules, rule] as const;
