import { columnsFor, everything, type Needed } from '../backtest/columns.ts';
import type { RuleSet } from '../detect/contract.ts';
import { engineRules } from '../detect/index/ruleset.ts';
import type { Unit } from '../detect/index/units.ts';
import { compileRules } from '../detect/index.ts';
import { RefusedError } from '../serve/contract.ts';
import type { ThreatDetector } from '../serve/threats/messages.ts';
import type { EventRow } from '../store/events/row.ts';

/** What answers tell of events, besides what the rules look at. */
const toldColumns = ['src_ip', 'dst_port', 'protocol', 'user'] as const satisfies readonly (keyof EventRow)[];

/** Detectors ready to run. */
export interface Detectors {
  list: readonly ThreatDetector[];
  rules: RuleSet;
  /** Those of the detectors' own rules. */
  units: readonly Unit[];
  needed: Pick<Needed, 'columns' | 'fieldsWhere' | 'messageStart'>;
  /** What is needed of each event is most of it. */
  isWide: boolean;
}

/** @throws RefusedError where a rule does not compile, or raises no alerts by itself */
export function compileDetectors(list: readonly ThreatDetector[]): Detectors {
  const docs = [...new Map(list.flatMap((one) => one.docs.map((doc) => [doc.id, doc]))).values()];
  const ids = new Set(list.map(({ rule_id }) => rule_id));
  const rules = compileRules(docs, {}, ids);
  for (const rule_id of ids) {
    if (rules.rules.some(({ doc }) => doc.id === rule_id)) continue;
    const error = rules.problems.find((problem) => problem.rule_id === rule_id && problem.level === 'error');
    throw new RefusedError(error?.message ?? `The rule ${rule_id} raises no alerts by itself. Restore it.`);
  }
  const units = [...engineRules(rules).units.values()].filter(({ id }) => ids.has(id));
  const needed = columnsFor(units.map(({ form }) => form));
  return {
    ...{ list, rules, units },
    needed: { ...needed, columns: [...new Set([...needed.columns, ...toldColumns])] },
    isWide: needed === everything || needed.wide,
  };
}
