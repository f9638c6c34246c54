import type { Range } from '../form.ts';

/** Whether an event of time `old` is still in the window that ends at `now`. */
export type Inside = (old: number, now: number) => boolean;
export const open =
  (span: number): Inside =>
  (old, now) =>
    now - old < span;
export const closed =
  (span: number): Inside =>
  (old, now) =>
    now - old <= span;

export function holds(range: Range, n: number): boolean {
  return (
    (range.gte === undefined || n >= range.gte) &&
    (range.gt === undefined || n > range.gt) &&
    (range.lte === undefined || n <= range.lte) &&
    (range.lt === undefined || n < range.lt) &&
    (range.eq === undefined || n === range.eq) &&
    (range.neq === undefined || n !== range.neq)
  );
}

/** The least count that can satisfy the range. */
export const least = (range: Range): number =>
  Math.max(range.gte ?? 0, range.gt === undefined ? 0 : range.gt + 1, range.eq ?? 0, 1);

/** Whether only lower bounds are given: then "at least N" is the whole condition. */
export const onlyLower = (range: Range): boolean =>
  range.lt === undefined && range.lte === undefined && range.eq === undefined && range.neq === undefined;

/** Above every bound, counting further changes nothing. */
export const saturation = (range: Range): number =>
  Math.max(least(range), (range.lt ?? 0) + 1, (range.lte ?? 0) + 1, (range.eq ?? 0) + 1, (range.neq ?? 0) + 1);
