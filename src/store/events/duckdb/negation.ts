import type { EventCondition } from '../../../model/index.ts';
import type { EventFilter } from '../types.ts';
import { needsOf, needsOfCondition } from './cubes.ts';

/** A filter as what fits `all` and not `less`, which is a part of it. */
export interface Difference {
  all: EventFilter;
  less: EventFilter;
}

/**
 * A filter that leaves out a text that no counts know: what is left is the counts of the others, which were made before,
 * less those of the events that have the text. Nearly always they are few, and reading what they have costs less than
 * reading it of all others.
 *
 * @returns null: it leaves out no such text, or no counts know the others
 */
export function differenceOf(filter: EventFilter): Difference | null {
  const { condition, ...rest } = filter;
  if (condition === undefined || rest.text) return null;
  const parts =
    condition.op === 'all' ? condition.of.flatMap((part) => (part.op === 'all' ? part.of : [part])) : [condition];
  const isLeftOut = (part: EventCondition): boolean => part.op === 'not' && needsOfCondition(part) === null;
  const leftOut = parts.flatMap((part) => (part.op === 'not' && isLeftOut(part) ? [part.of] : []));
  if (leftOut.length === 0) return null;
  const others = parts.filter((part) => !isLeftOut(part));
  const all: EventFilter = { ...rest, ...(others.length > 0 && { condition: { op: 'all', of: others } }) };
  if (needsOf(all) === null) return null;
  const texts: EventCondition = leftOut.length === 1 ? (leftOut[0] as EventCondition) : { op: 'any', of: leftOut };
  return { all, less: { ...rest, condition: { op: 'all', of: [...others, texts] } } };
}
