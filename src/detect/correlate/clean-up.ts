import type { Group } from './state.ts';
import type { Watermarks } from './watermarks.ts';

/** Groups whose source's time has passed them by more than `keepMs`. */
export const overGroups = (groups: readonly Group[], keepMs: number, watermarks: Watermarks): Group[] =>
  groups.filter((group) => (watermarks.of(group.source) ?? group.last) - group.last > keepMs);

/** The groups that were touched longest ago. */
export const stalestGroups = (groups: readonly Group[], count: number): Group[] =>
  [...groups].sort((a, b) => a.last - b.last).slice(0, count);
