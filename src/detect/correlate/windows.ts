import { alternativesOf } from '../expression.ts';
import type { Correlation, Expression, Extensions } from '../form.ts';
import { CountWindow } from './event-count.ts';
import { MetricWindow } from './metric-window.ts';
import { PaneWindow } from './pane-window.ts';
import { closed, least, onlyLower, open } from './range.ts';
import { OrderedWindow, TogetherWindow } from './sequence.ts';
import { AlternativesWindow, SomeWindow } from './some.ts';
import { ValueWindow } from './value-count.ts';
import type { Window } from './window.ts';

/** A group's state for each type of correlation. */
export function newWindow(part: Correlation, ext: Extensions): Window {
  const inside = ext.boundary === 'closed' ? closed(part.timespanMs) : open(part.timespanMs);
  if (part.atClose) return new PaneWindow(part, inside);
  if (part.type === 'event_count') return new CountWindow(part.condition, inside);
  if (part.type === 'value_count') return new ValueWindow(part.condition, inside);
  if (part.type === 'temporal') {
    const all = part.expression === undefined && Object.keys(part.condition).length === 0;
    return all ? new TogetherWindow(part.steps.length, inside) : new SomeWindow(part, inside);
  }
  if (part.type === 'temporal_ordered') {
    const { expression } = part;
    return expression
      ? new AlternativesWindow(ordersOf(expression), inside)
      : new OrderedWindow(part.steps.length, inside);
  }
  return new MetricWindow(part, inside);
}

const orders = new WeakMap<Expression, number[][]>();

/** The orders that satisfy an expression, worked out once. */
function ordersOf(expression: Expression): number[][] {
  let known = orders.get(expression);
  if (known === undefined) {
    known = alternativesOf(expression) ?? [];
    orders.set(expression, known);
  }
  return known;
}

/** Whether a single event can satisfy the correlation, or has to be in its window at once. */
export const firesOnOne = (part: Correlation): boolean =>
  (part.type !== 'event_count' && part.type !== 'value_count') ||
  part.atClose === true ||
  least(part.condition) < 2 ||
  !onlyLower(part.condition);
