import type { Correlation, Extensions } from '../form.ts';
import { CountWindow } from './event-count.ts';
import { closed, least, onlyLower, open } from './range.ts';
import { OrderedWindow, TogetherWindow } from './sequence.ts';
import { ValueWindow } from './value-count.ts';
import type { Window } from './window.ts';

/** A group's state for each type of correlation. */
export function newWindow(part: Correlation, ext: Extensions): Window {
  const inside = ext.boundary === 'closed' ? closed(part.timespanMs) : open(part.timespanMs);
  if (part.type === 'event_count') return new CountWindow(part.condition, inside);
  if (part.type === 'value_count') return new ValueWindow(part.condition, inside);
  if (part.type === 'temporal') return new TogetherWindow(part.steps.length, inside);
  return new OrderedWindow(part.steps.length, inside);
}

/** Whether a single event can satisfy the correlation. */
export const firesOnOne = (part: Correlation): boolean =>
  part.type.startsWith('temporal') || least(part.condition) < 2 || !onlyLower(part.condition);
