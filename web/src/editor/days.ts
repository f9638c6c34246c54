import type { BacktestResult } from '../api/trial.ts';

const dayMs = 86_400_000;
const mostBars = 400;

/** Bars of the chart: one per day without gaps, in UTC. */
export interface Days {
  /** Start of each day, epoch seconds. */
  times: number[];
  old: number[];
  new: number[];
  /** True where there were alerts of the old version to compare with. */
  compared: boolean;
}

/** Every day of the range gets a bar, also where nothing fired. Beyond {@link mostBars} days only those around the alerts. */
export function daysOf({
  per_day,
  from,
  to,
  alerts,
}: Pick<BacktestResult, 'per_day' | 'from' | 'to' | 'alerts'>): Days {
  const start = (at: number) => Math.floor(at / dayMs) * dayMs;
  const counted = new Map(per_day.map((each) => [Date.parse(`${each.day}T00:00:00Z`), each]));
  const known = [...counted.keys()].sort((a, b) => a - b);
  let first = start(Date.parse(from));
  let last = start(Date.parse(to) - 1);
  if (known.length > 0 && (last - first) / dayMs >= mostBars) {
    first = known[0] ?? first;
    last = known.at(-1) ?? last;
  }
  if ((last - first) / dayMs >= mostBars) first = last - (mostBars - 1) * dayMs;
  const times: number[] = [];
  for (let day = first; day <= last; day += dayMs) times.push(day / 1000);
  const column = (name: 'old' | 'new') => times.map((time) => counted.get(time * 1000)?.[name] ?? 0);
  return { times, old: column('old'), new: column('new'), compared: alerts.old !== null };
}

/** The same bars in three layers: what both versions raise, and what only one does. */
export function layersOf(days: Days): { both: number[]; fewer: number[]; more: number[] } {
  const pairs = days.times.map((_, index) => [days.old[index] ?? 0, days.new[index] ?? 0] as const);
  return {
    both: pairs.map(([before, after]) => Math.min(before, after)),
    fewer: pairs.map(([before, after]) => Math.max(0, before - after)),
    more: pairs.map(([before, after]) => Math.max(0, after - before)),
  };
}
