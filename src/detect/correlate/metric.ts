import type { Correlation } from '../form.ts';

/** A counted value as a number; NaN where it is none: such an event is not measured. */
export const numberIn = (value: string | null): number =>
  value === null || value.trim() === '' ? Number.NaN : Number(value);

/** value_percentile without `percentile`: about the share of the event's own value, which need not be a number. */
export const isShare = ({ type, percentile }: Pick<Correlation, 'type' | 'percentile'>): boolean =>
  type === 'value_percentile' && (percentile === null || percentile === undefined);

/** Which percentile of the numbers is asked for; null: their sum or average. */
export const percentileOf = ({ type, percentile }: Pick<Correlation, 'type' | 'percentile'>): number | null => {
  if (type === 'value_median') return 50;
  return type === 'value_percentile' ? (percentile ?? null) : null;
};

/**
 * The percentile of numbers in rising order, linear between the two nearest ranks (the inclusive method: 0 is the least,
 * 100 the greatest).
 */
export function percentileIn(sorted: readonly number[], percentile: number): number {
  const rank = ((sorted.length - 1) * percentile) / 100;
  const low = Math.floor(rank);
  const from = sorted[low] ?? Number.NaN;
  const to = sorted[Math.min(low + 1, sorted.length - 1)] ?? Number.NaN;
  return from + (to - from) * (rank - low);
}

/** What a metric correlation is about, of the counted values of a window, oldest first; NaN where nothing was measured. */
export function metricOf(part: Pick<Correlation, 'type' | 'percentile'>, values: readonly (string | null)[]): number {
  if (isShare(part)) {
    const own = values.at(-1);
    return (100 * values.filter((value) => value === own).length) / values.length;
  }
  const numbers = values.map(numberIn).filter((n) => !Number.isNaN(n));
  if (numbers.length === 0) return Number.NaN;
  const percentile = percentileOf(part);
  if (percentile !== null)
    return percentileIn(
      [...numbers].sort((a, b) => a - b),
      percentile,
    );
  const sum = numbers.reduce((total, n) => total + n, 0);
  return part.type === 'value_avg' ? sum / numbers.length : sum;
}
