import type { Event } from '../../model/index.ts';
import { metricOf } from '../correlate/metric.ts';
import { type Inside, holds as rangeHolds } from '../correlate/range.ts';
import { alternativesOf } from '../expression.ts';
import type { Correlation, Expression, Field } from '../form.ts';
import { textOf } from '../index/field.ts';
import { valueIn } from './clauses.ts';

/** One event (or one firing of an inner correlation) that counts for a group. */
export interface Counted {
  step: number;
  time: number;
  /** value_count: what is counted. */
  value: string | null;
  event: Event;
  /** Ids behind it, oldest first: several where an inner correlation collected them. */
  ids: readonly string[];
}

/** What a window holds and comes to. */
export interface Reading {
  /** Counted entries inside, oldest first. */
  entries: readonly Counted[];
  /** The number that the condition is about: events, different values, or steps that are there. */
  observed: number;
  holds: boolean;
  /** The steps that are not there (sequences), or not in order. */
  missing: readonly number[];
  /** Time of the entry that must still be in the window when the rest comes. */
  start: number;
  /** temporal_ordered: the steps in the order that comes closest. */
  order?: readonly number[];
}

/**
 * Reads the window around an entry, slow and obvious: of all windows of the timespan that the entry is in, the one that comes
 * closest. (A late event may complete a window that ended before the newest.)
 */
export function read(part: Correlation, group: readonly Counted[], entry: Counted, inside: Inside): Reading {
  let best: Reading | null = null;
  for (const end of new Set(group.map((one) => one.time))) {
    if (end < entry.time || !inside(entry.time, end)) continue;
    const entries = group.filter((one) => one.time <= end && inside(one.time, end));
    const reading = readEntries(part, entries, entry);
    if (
      best === null ||
      (reading.holds && !best.holds) ||
      (reading.holds === best.holds && reading.observed > best.observed)
    )
      best = reading;
  }
  return best ?? readEntries(part, [entry], entry);
}

/** What a window with these entries comes to; `entry`: the one at hand. */
export function readEntries(part: Correlation, entries: readonly Counted[], entry: Counted): Reading {
  const start = entries[0]?.time ?? entry.time;
  switch (part.type) {
    case 'temporal':
      return readTogether(part, entries, start);
    case 'temporal_ordered':
      return part.atClose ? readTogether(part, entries, start) : readOrdered(part, entries, entry);
    case 'value_count': {
      const observed = new Set(entries.map((one) => one.value)).size;
      const holds = rangeHolds(part.condition, observed) && entries.length >= (part.minEvents ?? 0);
      return { entries, observed, holds, missing: [], start };
    }
    case 'event_count':
      return {
        entries,
        observed: entries.length,
        holds: rangeHolds(part.condition, entries.length),
        missing: [],
        start,
      };
    default: {
      const metric = metricOf(
        part,
        entries.map((one) => one.value),
      );
      // Without a number there is nothing to hold.
      const holds = !Number.isNaN(metric) && rangeHolds(part.condition, metric);
      return { entries, observed: Number.isNaN(metric) ? 0 : metric, holds, missing: [], start };
    }
  }
}

/** Which steps have happened, in any order: all of them are needed, or so many, or what the expression says. */
function readTogether(part: Correlation, entries: readonly Counted[], start: number): Reading {
  const happened = new Set(entries.map((one) => one.step));
  const all = part.steps.map((_, step) => step);
  const observed = happened.size;
  if (part.expression) {
    const change = changeFor(part.expression, true, happened);
    return { entries, observed, holds: change.steps === 0, missing: change.missing, start };
  }
  const missing = all.filter((step) => !happened.has(step));
  const isRange = Object.keys(part.condition).length > 0;
  const holds = isRange ? rangeHolds(part.condition, observed) : missing.length === 0;
  return { entries, observed, holds, missing: holds ? [] : missing, start };
}

/** The fewest steps that would have to happen, or not have happened, for an expression to come out as wanted. */
function changeFor(
  expression: Expression,
  wanted: boolean,
  happened: ReadonlySet<number>,
): { steps: number; missing: number[] } {
  if (expression.kind === 'step') {
    if (happened.has(expression.step) === wanted) return { steps: 0, missing: [] };
    return { steps: 1, missing: wanted ? [expression.step] : [] };
  }
  if (expression.kind === 'not') return changeFor(expression.child, !wanted, happened);
  const changes = expression.children.map((child) => changeFor(child, wanted, happened));
  if ((expression.kind === 'and') === wanted) {
    const missing = [...new Set(changes.flatMap((one) => one.missing))];
    return { steps: changes.reduce((sum, one) => sum + one.steps, 0), missing };
  }
  return changes.reduce((best, one) => (one.steps < best.steps ? one : best));
}

interface Chain {
  start: number;
  last: Counted;
  /** The entries up to here, oldest first. */
  entries: readonly Counted[];
  /** What was there before an event that two steps in a row fit: it is not both of them. */
  replaced: Chain | null;
}

/** The order that comes closest: all steps, or one of the ways in which an expression may be completed. */
function readOrdered(part: Correlation, entries: readonly Counted[], entry: Counted): Reading {
  const every = part.steps.map((_, step) => step);
  const orders = part.expression ? (alternativesOf(part.expression) ?? []) : [every];
  let best: Reading | null = null;
  for (const order of orders) {
    const one = readOrder(order, entries, entry);
    const away = (reading: Reading): number => reading.missing.length + (reading.order?.includes(entry.step) ? 0 : 1);
    const isCloser = best === null || away(one) < away(best);
    if (one.holds || (isCloser && !best?.holds)) best = one;
  }
  return best ?? { entries: [], observed: 0, holds: false, missing: every, start: entry.time };
}

/** Per step of an order the sequence with the latest start; it holds where the entry completes one. */
function readOrder(order: readonly number[], entries: readonly Counted[], entry: Counted): Reading {
  const end = order.length - 1;
  const chains = new Array<Chain | null>(end).fill(null);
  let complete: readonly Counted[] | null = null;
  for (const one of entries) {
    const place = order.indexOf(one.step);
    if (place < 0) continue;
    let before = place === 0 ? null : (chains[place - 1] ?? null);
    if (before?.last.event.id === one.event.id) before = before.replaced;
    if (place > 0 && before === null) continue;
    if (place === end) {
      if (one === entry) complete = [...(before?.entries ?? []), one];
      continue;
    }
    const known = chains[place] ?? null;
    const start = before?.start ?? one.time;
    if (known !== null && known.start > start) continue;
    const led = [...(before?.entries ?? []), one];
    chains[place] = { start, last: one, entries: led, replaced: known && { ...known, replaced: null } };
  }
  if (complete !== null)
    return { entries: complete, observed: end + 1, holds: true, missing: [], start: entry.time, order };
  const reached = chains.findLastIndex((chain) => chain !== null) + 1;
  const best = chains[reached - 1] ?? null;
  const missing = order.slice(reached);
  const start = best?.start ?? entry.time;
  return { entries: best?.entries ?? [], observed: reached, holds: false, missing, start, order };
}

/** The fields that a step is grouped by and that the event lacks. */
export function missingGroup(part: Correlation, step: number, event: Event): string[] {
  return (part.steps[step]?.groupBy ?? []).filter((field) => isMissing(field, event)).map((field) => field.path);
}

/** Whether a field has no text to count or group by. */
export function isMissing(field: Field, event: Event): boolean {
  const value = valueIn(field, event);
  const [text] = (Array.isArray(value) ? value : [value]).map(textOf).filter((one) => one !== null);
  return text === undefined || text === '';
}
