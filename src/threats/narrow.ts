import { allOf, always, anyOf, conditionOf, isAlways } from '../backtest/condition.ts';
import { nodesOf } from '../backtest/version.ts';
import type { Correlation } from '../detect/form.ts';
import type { Unit } from '../detect/index/units.ts';
import type { EventStore } from '../store/contract.ts';
import type { EventCondition, IntegerColumn, TextColumn } from '../store/events/history.ts';

/** Of more groups than this all are read. */
const mostGroups = 1000;
const texts = new Set<string>(['src_ip', 'dst_ip', 'user', 'host'] satisfies TextColumn[]);
const numbers = new Set<string>(['dst_port', 'src_port'] satisfies IntegerColumn[]);

/**
 * What has to be read for some rules: of a rule that counts events for each address (user, port) only those of addresses
 * that have as many within its window. The store counts; what it leaves out could not meet the rule's condition, and what it
 * lets through the engine judges. Null: everything.
 */
export async function narrowed(
  units: readonly Unit[],
  span: { from: number; to: number },
  store: Pick<EventStore, 'crowds'>,
): Promise<EventCondition | null> {
  const parts: EventCondition[] = [];
  for (const { form } of units) {
    const selection = conditionOf(nodesOf(form.root));
    const counted = form.root.kind === 'correlation' ? countedBy(form.root) : null;
    const where = isAlways(selection) ? null : selection;
    const groups =
      counted === null
        ? null
        : await store.crowds({
            ...span,
            where,
            by: counted.by,
            min: counted.min,
            windowMs: counted.windowMs,
            limit: mostGroups,
          });
    parts.push(
      counted === null || groups === null
        ? selection
        : allOf([selection, groupIn(counted.by, groups, form.ext.groupPrefix)]),
    );
  }
  const all = parts.length === 1 ? (parts[0] ?? always) : anyOf(parts);
  return isAlways(all) ? null : all;
}

interface Counted {
  by: TextColumn | IntegerColumn;
  min: number;
  windowMs: number;
}

/** How many events of a value of a column there must be at least. Null: the rule does not say so by a column. */
function countedBy({ type, steps, timespanMs, condition, minEvents, atClose }: Correlation): Counted | null {
  if (atClose === true || (type !== 'event_count' && type !== 'value_count')) return null;
  const fields = steps.map(({ of, groupBy }) => (of.kind === 'detection' ? groupBy[0] : undefined));
  const [first] = fields;
  if (first === undefined || fields.some((field) => field?.path !== first.path || field.view !== 'event' || field.from))
    return null;
  const least = condition.gte ?? (condition.gt === undefined ? 0 : condition.gt + 1);
  const min = Math.max(least, minEvents ?? 0);
  if (min < 2) return null;
  const { path } = first;
  return isColumn(path) ? { by: path, min, windowMs: timespanMs } : null;
}

const isColumn = (path: string): path is TextColumn | IntegerColumn => texts.has(path) || numbers.has(path);
const isInteger = (column: TextColumn | IntegerColumn): column is IntegerColumn => numbers.has(column);

/** Where networks of IPv6 addresses are one group, all of those are read. */
function groupIn(by: TextColumn | IntegerColumn, groups: readonly string[], prefix: number | null): EventCondition {
  if (isInteger(by)) return { op: 'number', column: by, values: groups.map(Number) };
  const some: EventCondition = { op: 'equals', column: by, values: groups, fold: false };
  if (prefix === null) return some;
  return anyOf([some, { op: 'contains', column: by, values: [':'], fold: false }]);
}
