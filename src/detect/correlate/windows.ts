import { alternativesOf } from '../expression.ts';
import type { Correlation, Extensions } from '../form.ts';
import { BothWindow } from './both-windows.ts';
import { countWindows } from './event-count.ts';
import type { Ledger } from './ledger.ts';
import { MetricWindow } from './metric-window.ts';
import { PaneWindow } from './pane-window.ts';
import { closed, least, onlyLower, open } from './range.ts';
import { OrderedWindow, TogetherWindow } from './sequence.ts';
import { AlternativesWindow, SomeWindow } from './some.ts';
import { valueWindows } from './value-count.ts';
import type { Seed, Window } from './window.ts';

/** Makes a group's state, for each type of correlation. */
export function windowsOf(part: Correlation, ext: Extensions, ledger: Ledger): (seed: Seed | null) => Window {
  const { expression } = part;
  const steps = part.steps.length;
  const inside = ext.boundary === 'closed' ? closed(part.timespanMs) : open(part.timespanMs);
  if (part.atClose) return () => new PaneWindow(part, inside);
  switch (part.type) {
    case 'event_count':
      return countWindows(part.condition, inside, ledger);
    case 'value_count': {
      const values = valueWindows(part.condition, inside, ledger);
      if (part.minEvents === undefined) return values;
      const events = countWindows({ gte: part.minEvents }, inside, ledger);
      return () => new BothWindow(values(null), events());
    }
    case 'temporal': {
      const all = expression === undefined && Object.keys(part.condition).length === 0;
      return all ? () => new TogetherWindow(steps, inside) : () => new SomeWindow(part, inside);
    }
    case 'temporal_ordered': {
      if (expression === undefined) return () => new OrderedWindow(steps, inside);
      const orders = alternativesOf(expression) ?? [];
      return () => new AlternativesWindow(orders, inside);
    }
    default:
      return () => new MetricWindow(part, inside);
  }
}

/** Whether a single event can satisfy the correlation, or has to be in its window at once. */
export const firesOnOne = (part: Correlation): boolean =>
  (part.type !== 'event_count' && part.type !== 'value_count') ||
  part.atClose === true ||
  least(part.condition) < 2 ||
  !onlyLower(part.condition);
