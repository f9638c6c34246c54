import type { RuleListed } from '../api/types.ts';
import { group, plural } from '../ui/format.ts';

/** What a rule holds for counting, and what it did not count. */
export type Counting = NonNullable<RuleListed['correlation']>;

/** In plain words what was given up or left out, and what helps. */
export function lossesOf({ max_groups, evicted, late_dropped, missing_group, group_by }: Counting): string[] {
  const found: string[] = [];
  if (evicted > 0)
    found.push(
      `${plural(evicted, 'group was', 'groups were')} given up, the stalest first, because there were more than the ` +
        `${group(max_groups)} that the rule may hold: what it had counted for them is lost, and a slow attack among them ` +
        'may have been missed. Group by a field with fewer values, shorten the time span, or raise the limit ' +
        '(“Groups per rule” in the settings, “max_groups” in the rule).',
    );
  if (late_dropped > 0)
    found.push(
      `${plural(late_dropped, 'match', 'matches')} came too late to be counted: further behind the newest event of the ` +
        'same source than “Lateness” in the settings allows. Look at the clock of that source, or allow more.',
    );
  if (missing_group > 0) {
    const names = group_by.length > 0 ? group_by.join(', ') : 'a field';
    found.push(
      `${plural(missing_group, 'match', 'matches')} could not be counted, because the event did not say ${names}` +
        `${group_by.length > 1 ? ' (at least one of them)' : ''}, by which the rule groups.`,
    );
  }
  return found;
}
