import { satisfied } from '../expression.ts';
import type { Expression, Range } from '../form.ts';
import { listed } from './wants.ts';

/** What may still become of a window that is judged when it is over. */
export type Outlook =
  /** It fires, whatever else comes. */
  | { kind: 'sure' }
  /** It fires as it is. `unless`: what would keep it from that; null: more events may. */
  | { kind: 'holds'; unless: string | null }
  /** It does not fire as it is. `when`: what would make it; null: more events may. */
  | { kind: 'open'; when: string | null }
  /** It does not fire, whatever else comes. */
  | { kind: 'lost' };

/** From a number to a number, both included. */
type Run = [from: number, to: number];

/** What a number that only grows may still come to so that a range holds. */
function runsOf(range: Range, now: number, most: number): Run[] {
  const { gte, gt, lte, lt, eq, neq } = range;
  const from = Math.max(now, gte ?? 0, gt === undefined ? 0 : gt + 1, eq ?? 0);
  const to = Math.min(most, lte ?? most, lt === undefined ? most : lt - 1, eq ?? most);
  const runs: Run[] =
    neq === undefined || neq < from || neq > to
      ? [[from, to]]
      : [
          [from, neq - 1],
          [neq + 1, to],
        ];
  return runs.filter((run) => run[0] <= run[1]);
}

/**
 * Of a number that only grows.
 *
 * @param most it cannot become more
 * @param more in words, so many more: `exactly 2 more events come`
 */
export function countOutlook(
  range: Range,
  now: number,
  most: number,
  more: (howMany: string, isOne: boolean) => string,
): Outlook {
  const runs = runsOf(range, now, most);
  const [first, second] = runs;
  if (first === undefined) return { kind: 'lost' };
  const words = ([from, to]: Run): string => {
    const away = from - now;
    if (from === to) return more(`exactly ${away}`, away === 1);
    return to === most ? more(`at least ${away}`, away === 1) : more(`${away} to ${to - now}`, false);
  };
  if (first[0] > now) return { kind: 'open', when: runs.map(words).join(' or ') };
  const gaps: Run[] = [];
  if (first[1] < most) gaps.push([first[1] + 1, second === undefined ? most : second[0] - 1]);
  if (second !== undefined && second[1] < most) gaps.push([second[1] + 1, most]);
  return gaps.length === 0 ? { kind: 'sure' } : { kind: 'holds', unless: gaps.map(words).join(' or ') };
}

/** Sets of steps that are tried, most. */
const mostTries = 4096;

/**
 * Of an expression over steps, of which more may happen.
 *
 * @param come in words, that these happen: `an event of “B” comes`
 */
export function expressionOutlook(
  expression: Expression,
  happened: ReadonlySet<number>,
  come: (alternatives: readonly (readonly number[])[]) => string,
): Outlook {
  const holdsWith = (more: readonly number[]): boolean =>
    satisfied(expression, (step) => happened.has(step) || more.includes(step));
  const left = [...new Set(stepsOf(expression))].filter((step) => !happened.has(step)).sort((a, b) => a - b);
  const holds = holdsWith([]);
  const { found, isWhole } = smallestSets(left, (more) => holdsWith(more) !== holds);
  if (holds) {
    if (found.length > 0) return { kind: 'holds', unless: come(found) };
    return isWhole ? { kind: 'sure' } : { kind: 'holds', unless: null };
  }
  if (found.length > 0) return { kind: 'open', when: come(found) };
  return isWhole ? { kind: 'lost' } : { kind: 'open', when: null };
}

const stepsOf = (expression: Expression): number[] =>
  expression.kind === 'step'
    ? [expression.step]
    : expression.kind === 'not'
      ? stepsOf(expression.child)
      : expression.children.flatMap(stepsOf);

/** The smallest sets that do it, all of one size; `isWhole`: whether every set was tried. */
function smallestSets(
  steps: readonly number[],
  doesIt: (set: readonly number[]) => boolean,
): { found: number[][]; isWhole: boolean } {
  let tries = 0;
  let sets: number[][] = [[]];
  for (let size = 1; size <= steps.length; size += 1) {
    const larger = sets.flatMap((set) => {
      const last = set.at(-1);
      return steps.filter((step) => last === undefined || step > last).map((step) => [...set, step]);
    });
    tries += larger.length;
    if (tries > mostTries) return { found: [], isWhole: false };
    const found = larger.filter(doesIt);
    if (found.length > 0) return { found, isWhole: true };
    sets = larger;
  }
  return { found: [], isWhole: true };
}

/** `“B” or “C” happens`, `“B” and “C” happen`. */
export function comeWords(alternatives: readonly (readonly number[])[], titleOf: (step: number) => string): string {
  const words = alternatives.map((set) => listed(set.map(titleOf), 'and', 5));
  const isOne = alternatives.every((set) => set.length === 1);
  return `${listed(words, 'or', 5)} ${isOne ? 'happens' : 'happen'}`;
}
