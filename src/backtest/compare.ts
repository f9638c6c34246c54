import type { Found } from './version.ts';

/**
 * The alerts of `some` for which `others` has none about the same: the same id, or the same group at an overlapping time.
 * Thresholds and windows move an alert's first event, which alone makes no other alert of it.
 */
export function onlyIn(some: readonly Found[], others: readonly Found[]): Found[] {
  const ids = new Set(others.map(({ alert }) => alert.id));
  const byGroup = new Map<string, Found[]>();
  for (const other of others) {
    const key = groupKey(other);
    const known = byGroup.get(key);
    if (known === undefined) byGroup.set(key, [other]);
    else known.push(other);
  }
  const reaches = new Map<string, Reach>();
  for (const [key, list] of byGroup) reaches.set(key, reachOf(list));
  return some
    .filter((one) => !ids.has(one.alert.id) && !overlaps(one, reaches.get(groupKey(one))))
    .sort((a, b) => a.time - b.time || (a.alert.id < b.alert.id ? -1 : 1));
}

const groupKey = ({ alert }: Found): string => JSON.stringify(Object.entries(alert.group).sort());

/** Alerts of a group by their first event, and the latest last event among those up to each. */
interface Reach {
  firsts: number[];
  latest: number[];
}

function reachOf(list: readonly Found[]): Reach {
  const sorted = [...list].sort((a, b) => a.first - b.first);
  let latest = Number.NEGATIVE_INFINITY;
  return {
    firsts: sorted.map(({ first }) => first),
    latest: sorted.map(({ last }) => {
      latest = Math.max(latest, last);
      return latest;
    }),
  };
}

/** Whether one of them begins before `one` ends and ends after it begins. */
function overlaps(one: Found, reach: Reach | undefined): boolean {
  if (reach === undefined) return false;
  let low = 0;
  let high = reach.firsts.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((reach.firsts[middle] as number) <= one.last) low = middle + 1;
    else high = middle;
  }
  return low > 0 && (reach.latest[low - 1] as number) >= one.first;
}
