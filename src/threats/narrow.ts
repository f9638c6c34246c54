import { allOf, always, anyOf, conditionOf, isAlways, isNever, never } from '../backtest/condition.ts';
import { nodesOf } from '../backtest/version.ts';
import type { Correlation, Field } from '../detect/form.ts';
import type { Unit } from '../detect/index/units.ts';
import type { EventStore } from '../store/contract.ts';
import type { EventCondition, IntegerColumn, TextColumn } from '../store/events/history.ts';

/** Of more groups than this all are read. */
const mostGroups = 5000;
/** What all IPv6 addresses are called where they are counted together. */
const allIpv6 = ':';
const texts = new Set<string>(['src_ip', 'dst_ip', 'user', 'host'] satisfies TextColumn[]);
const numbers = new Set<string>(['dst_port', 'src_port'] satisfies IntegerColumn[]);

type Span = { from: number; to: number };
type Crowds = Pick<EventStore, 'crowds'>;

/**
 * What has to be read for some rules: of a rule that counts events for each address (user, port) only those of addresses
 * that have as many within its window. The store counts; what it leaves out could not meet the rule's condition, and what it
 * lets through the engine judges. Null: everything; `nothing`: no event could meet it.
 */
export async function narrowed(
  units: readonly Unit[],
  span: Span,
  store: Crowds,
): Promise<EventCondition | 'nothing' | null> {
  const groups = new Map<Unit, readonly string[]>();
  for (const unit of units) {
    const counted = countedIn(unit);
    // A single event meets it: to count them first saves nothing.
    const busy = counted === null || counted.min < 2 ? null : await busyIn(unit, counted, span, store);
    if (busy !== null) groups.set(unit, busy);
  }
  return readFor(units, groups);
}

/** What has to be read where of some rules only some groups matter. */
export function readFor(
  units: readonly Unit[],
  groups: ReadonlyMap<Unit, readonly string[]>,
): EventCondition | 'nothing' | null {
  const parts = units.map((unit) => {
    const counted = countedIn(unit);
    const wanted = groups.get(unit);
    if (counted === null || wanted === undefined) return selectionOf(unit);
    return allOf([selectionOf(unit), groupIn(counted.by, wanted, unit.form.ext.groupPrefix)]);
  });
  const all = parts.length === 1 ? (parts[0] ?? always) : anyOf(parts);
  if (isNever(all)) return 'nothing';
  return isAlways(all) ? null : all;
}

/** What a rule's events have in common, in columns that are cheap to read. */
const selectionOf = ({ form }: Unit): EventCondition => withoutDear(conditionOf(nodesOf(form.root)));

/** Values of the column with so many events within the rule's window, and perhaps more. Null: too many values. */
function busyIn(
  unit: Unit,
  { by, min, windowMs, differing }: Counted,
  span: Span,
  store: Crowds,
): Promise<string[] | null> {
  const { groupPrefix } = unit.form.ext;
  const condition = selectionOf(unit);
  const where = isAlways(condition) ? null : condition;
  return store.crowds({
    ...span,
    where,
    by,
    oneIpv6: groupPrefix !== null,
    min,
    windowMs,
    ...{ differing, limit: mostGroups },
  });
}

/** What a rule counts by, where the store can count it too. */
export const countedIn = ({ form }: Unit): Counted | null =>
  form.root.kind === 'correlation' ? countedBy(form.root) : null;

/** Groups that may meet a rule's condition within a span alone. Null: it cannot be said, or there are too many. */
export async function crowdsWithin(unit: Unit, span: Span, store: Crowds): Promise<string[] | null> {
  const counted = countedIn(unit);
  return counted === null ? null : busyIn(unit, counted, span, store);
}

/**
 * A condition that says which types of events are meant, without its tests of texts: to look through every line costs more
 * than the few events that the engine then sees in vain. Where it does not say so, all of it.
 */
function withoutDear(condition: EventCondition): EventCondition {
  return namesTypes(condition) ? loosened(condition) : condition;
}

function namesTypes(condition: EventCondition): boolean {
  if (condition.op === 'all') return condition.of.some(namesTypes);
  if (condition.op === 'any') return condition.of.length > 0 && condition.of.every(namesTypes);
  return condition.op === 'equals' && condition.column === 'event_type';
}

/** What holds wherever the condition does, of columns that are cheap to read. */
function loosened(condition: EventCondition): EventCondition {
  if (condition.op === 'all') return allOf(condition.of.map(loosened));
  if (condition.op === 'any') return anyOf(condition.of.map(loosened));
  return isDear(condition) ? always : condition;
}

const dear = new Set<string>(['raw', 'message', 'full_message', 'fields', 'geo', 'intel', 'score', 'tags', 'redacted']);
const isDear = (condition: EventCondition): boolean =>
  'column' in condition
    ? dear.has(condition.column)
    : condition.op === 'not'
      ? isDear(condition.of)
      : condition.of.some(isDear);

interface Counted {
  by: TextColumn | IntegerColumn;
  min: number;
  windowMs: number;
  /** value_count: so many different values of a column. Undefined: they are not of a column, or it may be one. */
  differing: { column: TextColumn | IntegerColumn; min: number } | undefined;
}

/** How many events of a value of a column there must be at least. Null: the rule does not say so by a column. */
function countedBy({ type, steps, timespanMs, condition, minEvents, atClose }: Correlation): Counted | null {
  if (atClose === true || (type !== 'event_count' && type !== 'value_count')) return null;
  const by = commonColumn(steps.map(({ of, groupBy }) => (of.kind === 'detection' ? groupBy[0] : undefined)));
  if (by === null) return null;
  const least = condition.gte ?? (condition.gt === undefined ? 0 : condition.gt + 1);
  const min = Math.max(least, minEvents ?? 0, 1);
  const column =
    type === 'value_count' && least > 1
      ? commonColumn(steps.map(({ value }) => (value.length === 1 ? value[0] : undefined)))
      : null;
  const differing = column === null ? undefined : { column, min: least };
  return { by, min, windowMs: timespanMs, differing };
}

/** The column that all of the fields are. Null: they are not one, or none that the store counts. */
function commonColumn(fields: readonly (Field | undefined)[]): TextColumn | IntegerColumn | null {
  const [first] = fields;
  if (first === undefined || fields.some((field) => field?.path !== first.path || field.view !== 'event' || field.from))
    return null;
  return isColumn(first.path) ? first.path : null;
}

const isColumn = (path: string): path is TextColumn | IntegerColumn => texts.has(path) || numbers.has(path);
const isInteger = (column: TextColumn | IntegerColumn): column is IntegerColumn => numbers.has(column);

/** Where networks of IPv6 addresses are one group, all of those are read, or none. */
function groupIn(by: TextColumn | IntegerColumn, groups: readonly string[], prefix: number | null): EventCondition {
  if (groups.length === 0) return never;
  if (isInteger(by)) return { op: 'number', column: by, values: groups.map(Number) };
  const some = (values: readonly string[]): EventCondition => ({ op: 'equals', column: by, values, fold: false });
  if (prefix === null || !groups.includes(allIpv6)) return some(groups);
  const others = groups.filter((group) => group !== allIpv6);
  return anyOf([some(others), { op: 'contains', column: by, values: [':'], fold: false }]);
}
