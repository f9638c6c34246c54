import type { Period } from './period.ts';
import { zonedIso } from './period.ts';
import type { SourceCount } from './statistics.ts';
import type { SilentSource } from './types.ts';

const hourMs = 3_600_000;
/** Shorter pauses are not told. */
const leastMs = 2 * hourMs;
/** At the rate it had, so many events would have come while it was silent. */
const leastExpected = 10;

/**
 * Sources that sent events and then stopped: at the rate they had, at least ten more would have come before the period's end.
 * Pure: what is known of them is counted already.
 *
 * @param now sources of the period, `before` those of the one before
 */
export function silentSources(
  now: readonly SourceCount[],
  before: readonly SourceCount[],
  period: Pick<Period, 'start' | 'until' | 'before' | 'zone'>,
): SilentSource[] {
  const earlier = new Map(before.map((source) => [source.value, source]));
  const names = new Set([...earlier.keys(), ...now.map(({ value }) => value)]);
  const current = new Map(now.map((source) => [source.value, source]));
  const found: (SilentSource & { last: number })[] = [];
  for (const source of names) {
    const [here, there] = [current.get(source), earlier.get(source)];
    const events = (here?.count ?? 0) + (there?.count ?? 0);
    const last = here?.last ?? there?.last ?? period.until;
    // Since when it is known to have sent: nothing tells when it began within a span, so that the whole of it counts.
    const since = there === undefined ? period.start : period.before.start;
    const silentMs = period.until - last;
    const expected = (events / Math.max(hourMs, last - since)) * silentMs;
    if (silentMs < leastMs || expected < leastExpected) continue;
    const silent_hours = Math.floor(silentMs / hourMs);
    found.push({ source, last, last_seen: zonedIso(last, period.zone), events, silent_hours });
  }
  return found.sort((a, b) => b.events - a.events || (a.source < b.source ? -1 : 1)).map(({ last, ...rest }) => rest);
}
