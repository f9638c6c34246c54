import type { Group, UnitState } from './state.ts';
import type { Watermarks } from './watermarks.ts';

/**
 * Drops a unit's groups that are over: their source's time has passed them by all that they could count or suppress, and
 * `slackMs`. Where that is not enough, the stalest tenth of the limit goes, and is counted.
 */
export function cleanUp(
  state: UnitState,
  limit: number,
  slackMs: number,
  watermarks: Watermarks,
  drop: (group: Group) => void,
): void {
  const { unit, groups } = state;
  const span = unit.part.kind === 'detection' ? 0 : unit.part.timespanMs;
  const keepMs = Math.max(span, unit.form.ext.suppressMs) + slackMs;
  for (const group of groups.filter(({ last, source }) => (watermarks.of(source) ?? last) - last > keepMs)) drop(group);
  if (groups.length < limit) return;
  const stalest = [...groups].sort((a, b) => a.last - b.last).slice(0, Math.max(1, Math.floor(limit / 10)));
  for (const group of stalest) drop(group);
  state.evicted += stalest.length;
}
