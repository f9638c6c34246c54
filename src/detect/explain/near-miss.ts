import { type Event, isoTime } from '../../model/index.ts';
import { least, onlyLower } from '../correlate/range.ts';
import { alternativesOf } from '../expression.ts';
import type { Correlation, Expression, Extensions } from '../form.ts';
import type { Counted, Reading } from './counting.ts';
import { listed, quoted } from './wants.ts';
import { conditionWords, groupWords, spanWords } from './words.ts';

/** What is known where a correlation's condition does not hold. */
export interface Missed {
  part: Correlation;
  boundary: Extensions['boundary'];
  reading: Reading;
  /** Everything of the group that is remembered, oldest first: also what is too old. */
  known: readonly Counted[];
  entry: Counted;
  group: Record<string, string>;
}

/** What would have had to differ, and until when (epoch ms). */
export interface NearMiss {
  differ: string[];
  until: number | null;
}

/** `12:00:31`, with the date where it is another day than the event's. In the zone that the event's time was read in. */
export function clockWords(time: number, { time: reference, zone_minutes: zone }: Event): string {
  const text = isoTime(time, zone);
  const clock = text.slice(11, 23).replace(/\.000$/, '');
  return isoTime(reference, zone).slice(0, 10) === text.slice(0, 10) ? clock : `${text.slice(0, 10)} ${clock}`;
}

/** How much a condition needs at least; null where it is no lower limit. */
export function neededOf(part: Correlation): number | null {
  const { condition } = part;
  if (isMetric(part)) return condition.gte ?? condition.gt ?? condition.eq ?? null;
  if (part.expression) return null;
  if (part.type.startsWith('temporal') && Object.keys(condition).length === 0) return part.steps.length;
  return least(part.condition) > 1 || onlyLower(part.condition) ? least(part.condition) : null;
}

/** What a correlation lacked when an event was counted and it did not fire. Those that are judged at a window's end: at-close.ts. */
export function nearMiss(missed: Missed): NearMiss {
  const { part } = missed;
  if (isMetric(part)) return metricMiss(missed);
  if (part.type === 'temporal') return togetherMiss(missed);
  return part.type === 'temporal_ordered' ? orderedMiss(missed) : countMiss(missed);
}

export const isMetric = ({ type }: Correlation): boolean => !counting.has(type);
const counting: ReadonlySet<string> = new Set(['event_count', 'value_count', 'temporal', 'temporal_ordered']);

/** What was worked out over the numbers of a field. */
function metricMiss(missed: Missed): NearMiss {
  const { part, reading } = missed;
  const { observed } = reading;
  const came = Number(observed.toPrecision(12));
  const differ = [`it came to ${came} over ${reading.entries.length} events, the rule wants ${conditionWords(part)}`];
  differ.push(...noNumber(missed));
  return { differ, until: Math.min(...reading.entries.map((one) => one.time)) + part.timespanMs };
}

/** Where a value should have been a number, and is not. */
export function noNumber({ part, entry: { step, value } }: Missed): string[] {
  if (!isMetric(part) || value === null || Number.isFinite(Number(value)) || part.type === 'value_percentile')
    return [];
  return [`${part.steps[step]?.value[0]?.path ?? ''} was ${quoted(value)}, which is no number`];
}

export const stepWords = (part: Correlation, steps: readonly number[], word: 'and' | 'or'): string =>
  listed(
    steps.map((step) => quoted(part.steps[step]?.title ?? '')),
    word,
    5,
  );

const everyStep = (part: Correlation): number[] => part.steps.map((_, step) => step);

/** ` by 203.0.113.5`; nothing where all count together. */
export function whose({ group }: Missed): string {
  const words = groupWords(group);
  return words === '' ? '' : ` ${words}`;
}

/** ` by 203.0.113.5 before 12:00:31`. */
function rest(missed: Missed, until: number | null): string {
  if (until === null) return whose(missed);
  const when = `${missed.boundary === 'closed' ? 'until' : 'before'} ${clockWords(until, missed.entry.event)}`;
  return `${whose(missed)} ${when}`;
}

function countMiss(missed: Missed): NearMiss {
  const { part, reading } = missed;
  const { observed, entries } = reading;
  const needed = least(part.condition);
  const limit = `${observed} ${observed === 1 ? 'was' : 'were'} counted, the rule wants ${conditionWords(part)}`;
  if (observed >= needed) return tooFewEvents(missed) ?? { differ: [limit], until: null };
  const more = needed - observed;
  const isValues = part.type === 'value_count';
  const oldest = isValues ? Math.min(...lastTimes(entries)) : Math.min(...entries.map((one) => one.time));
  const until = oldest + part.timespanMs;
  const fields = part.steps[0]?.value.map((field) => field.path).join(', ') ?? '';
  const what = isValues
    ? `${more} more different ${more === 1 ? 'value' : 'values'} of ${fields} in events of ${stepWords(part, everyStep(part), 'or')}`
    : `${more} more ${more === 1 ? 'event' : 'events'} of ${stepWords(part, everyStep(part), 'or')}`;
  const differ = [what + rest(missed, until)];
  const repeated = isValues ? repeatedValue(missed) : null;
  if (repeated !== null) differ.push(repeated);
  const longer = longerSpan(missed, needed, isValues);
  if (longer !== null) differ.push(longer);
  return { differ, until };
}

/** Where there are enough different values, and too few events. */
function tooFewEvents(missed: Missed): NearMiss | null {
  const { part, reading } = missed;
  const more = (part.minEvents ?? 0) - reading.entries.length;
  if (more <= 0) return null;
  const until = Math.min(...reading.entries.map((one) => one.time)) + part.timespanMs;
  const events = `${more} more ${more === 1 ? 'event' : 'events'} of ${stepWords(part, everyStep(part), 'or')}`;
  return { differ: [events + rest(missed, until)], until };
}

/** When each value came last. */
function lastTimes(entries: readonly Counted[]): number[] {
  const last = new Map<string | null, number>();
  for (const { value, time } of entries) last.set(value, Math.max(time, last.get(value) ?? time));
  return [...last.values()];
}

function repeatedValue({ reading, entry, part }: Missed): string | null {
  const before = reading.entries.find((one) => one !== entry && one.value === entry.value);
  if (before === undefined || entry.value === null) return null;
  const name = part.steps[entry.step]?.value.map((field) => field.path).join(', ') ?? '';
  return `another value of ${name} than ${quoted(entry.value)}, which was counted at ${clockWords(before.time, entry.event)} already`;
}

/** Whether enough of the same came, only not soon enough. */
function longerSpan({ known, entry, part }: Missed, needed: number, isValues: boolean): string | null {
  const seen = new Set<unknown>();
  for (let i = known.length - 1; i >= 0; i -= 1) {
    const one = known[i] as Counted;
    if (one.time > entry.time) continue;
    seen.add(isValues ? one.value : one);
    if (seen.size < needed) continue;
    const took = entry.time - one.time;
    const what = isValues ? `the newest ${needed} different values` : `the newest ${needed} such events`;
    return `or a timespan of more than ${spanWords(took)} instead of ${spanWords(part.timespanMs)}: ${what} took that long`;
  }
  return null;
}

function togetherMiss(missed: Missed): NearMiss {
  const { part, reading } = missed;
  const last = new Map<number, number>();
  for (const { step, time } of reading.entries) last.set(step, Math.max(time, last.get(step) ?? time));
  const kept = part.expression ? keptFor(part.expression, reading.missing, last) : Math.min(...last.values());
  const until = kept === null ? null : kept + part.timespanMs;
  // Some of the steps are enough.
  if (Object.keys(part.condition).length > 0) {
    const more = least(part.condition) - reading.observed;
    const any = reading.missing.map((step) => quoted(part.steps[step]?.title ?? ''));
    return { differ: [`${more} more of ${listed(any, 'or', 5)}${rest(missed, until)}`], until };
  }
  return {
    differ: reading.missing.map((step) => `an event of ${stepWords(part, [step], 'and')}${rest(missed, until)}`),
    until,
  };
}

/**
 * Of the ways to satisfy an expression with what is missing, the one that may wait longest: when the first of what has happened
 * did. null: nothing that has happened is needed for it.
 */
function keptFor(expression: Expression, missing: readonly number[], last: ReadonlyMap<number, number>): number | null {
  let kept = Number.NEGATIVE_INFINITY;
  for (const steps of alternativesOf(expression) ?? []) {
    const happened = steps.filter((step) => !missing.includes(step)).map((step) => last.get(step));
    if (happened.length === 0) return null;
    if (happened.every((time) => time !== undefined)) kept = Math.max(kept, Math.min(...happened));
  }
  return kept === Number.NEGATIVE_INFINITY ? Math.min(...last.values()) : kept;
}

function orderedMiss(missed: Missed): NearMiss {
  const { part, reading, entry } = missed;
  const [next] = reading.missing;
  if (next === undefined) return { differ: [], until: null };
  const order = reading.order ?? everyStep(part);
  const previous = order[order.indexOf(entry.step) - 1];
  if (previous !== undefined && reading.missing.includes(previous)) {
    const before = `an event of ${stepWords(part, [previous], 'and')}${whose(missed)}`;
    const came = stepWords(part, [entry.step], 'and');
    return { differ: [`${before} in the ${spanWords(part.timespanMs)} before this event of ${came}`], until: null };
  }
  const until = reading.start + part.timespanMs;
  const titles = reading.missing.map((step) => quoted(part.steps[step]?.title ?? ''));
  return { differ: [`an event of ${titles.join(', then of ')}${rest(missed, until)}`], until };
}
