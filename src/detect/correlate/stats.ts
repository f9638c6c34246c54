import type { CorrelatorStats } from '../contract.ts';
import type { Unit } from '../index/units.ts';
import type { UnitState } from './state.ts';

/**
 * What the correlator holds and has seen, in total and per rule (with its inner correlations).
 *
 * @param limitOf how many groups a unit may hold
 */
export function statsOf(states: Iterable<UnitState>, limitOf: (unit: Unit) => number): CorrelatorStats {
  const total: CorrelatorStats = { groups: 0, evicted: 0, late_dropped: 0, missing_group: 0, per_rule: {} };
  for (const { unit, groups, evicted, lateDropped, matches, alerts } of states) {
    const rule = total.per_rule[unit.form.id] ?? {
      groups: 0,
      max_groups: 0,
      evicted: 0,
      late_dropped: 0,
      missing_group: 0,
      matches: 0,
      alerts: 0,
    };
    total.per_rule[unit.form.id] = rule;
    for (const sum of [total, rule]) {
      sum.groups += groups.length;
      sum.evicted += evicted;
      sum.late_dropped += lateDropped;
      sum.missing_group += unit.missingGroup;
    }
    rule.max_groups += limitOf(unit);
    rule.matches += matches;
    rule.alerts += alerts;
  }
  return total;
}
