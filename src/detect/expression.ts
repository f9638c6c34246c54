import type { Expression } from './form.ts';

/** Whether an expression holds where these steps have happened. */
export function satisfied(expression: Expression, happened: (step: number) => boolean): boolean {
  switch (expression.kind) {
    case 'step':
      return happened(expression.step);
    case 'not':
      return !satisfied(expression.child, happened);
    case 'and':
      return expression.children.every((child) => satisfied(child, happened));
    case 'or':
      return expression.children.some((child) => satisfied(child, happened));
  }
}

/** Whether something that has not happened makes it hold: then only a window's end can tell. */
export const asksForAbsence = (expression: Expression): boolean =>
  expression.kind === 'not' || ('children' in expression && expression.children.some((child) => asksForAbsence(child)));

/** Most ways in which an order may be completed. */
const maxAlternatives = 64;

/** The sets of steps, each in rising order, of which one must have happened; null: there are too many. Without `not`. */
export function alternativesOf(expression: Expression): number[][] | null {
  const sets = setsOf(expression);
  if (sets === null) return null;
  const unique = new Map(sets.map((set) => [set.join(), set]));
  return [...unique.values()];
}

function setsOf(expression: Expression): number[][] | null {
  if (expression.kind === 'step') return [[expression.step]];
  if (expression.kind === 'not') return null;
  let sets: number[][] = expression.kind === 'or' ? [] : [[]];
  for (const child of expression.children) {
    const more = setsOf(child);
    if (more === null) return null;
    if (expression.kind === 'or') sets = [...sets, ...more];
    else sets = sets.flatMap((set) => more.map((other) => [...new Set([...set, ...other])].sort((a, b) => a - b)));
    if (sets.length > maxAlternatives) return null;
  }
  return sets;
}
