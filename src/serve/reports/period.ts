import type { EventFilter } from '../../store/contract.ts';

/* Periods of reports: whole days of a zone, which may be 23 or 25 hours long. */

export const reportTypes = ['DAILY', 'WEEKLY', 'MONTHLY', 'CUSTOM'] as const;
export type ReportType = (typeof reportTypes)[number];

export interface Span {
  /** Epoch ms, inclusive. */
  start: number;
  /** Epoch ms, exclusive. */
  end: number;
}

export const spanFilter = ({ start, end }: Span): EventFilter => ({ from: start, to: end });

export interface Period extends Span {
  type: ReportType;
  /** IANA name. Days begin and times are told in it. */
  zone: string;
  /** What the report covers ends here: `end`, or now where the period is not over. */
  until: number;
  /** The period before, cut to the same length where this one is not over. */
  before: Span;
}

/** What was asked for cannot be a period. The message is one sentence for people. */
export class PeriodError extends Error {}

/** Longer ones are refused. */
const maxDays = 366;

export interface PeriodRequest {
  type: ReportType;
  /** Daily: the day. Monthly: any day of the month. Absent: today. */
  date?: string | undefined;
  /** Weekly: the first day; absent: the hour in which it was seven days ago. Custom: the first day, or a point in time. */
  start_date?: string | undefined;
  /** Custom: the last day, which belongs to it, or a point in time. */
  end_date?: string | undefined;
  /** IANA name. */
  zone: string;
}

/**
 * The period that a request means.
 *
 * @param now epoch ms
 * @throws {PeriodError} where a date is none, the zone is unknown, or the end comes before the start
 */
export function periodOf(request: PeriodRequest, now: number): Period {
  const zone = knownZone(request.zone);
  const today = at(now, zone).toPlainDate();
  const covering = (first: Temporal.PlainDate, last: Temporal.PlainDate, before: Temporal.PlainDate): Period =>
    withBefore(
      { type: request.type, zone, start: midnight(first, zone), end: midnight(last, zone) },
      { start: midnight(before, zone), end: midnight(first, zone) },
      now,
    );
  switch (request.type) {
    case 'DAILY': {
      const day = request.date === undefined ? today : dayOf(request.date, 'date');
      return covering(day, day.add({ days: 1 }), day.subtract({ days: 1 }));
    }
    case 'WEEKLY': {
      if (request.start_date === undefined) {
        const start = at(now, zone).subtract({ days: 7 }).round({ smallestUnit: 'hour', roundingMode: 'floor' });
        const before = { start: start.subtract({ days: 7 }).epochMilliseconds, end: start.epochMilliseconds };
        return withBefore({ type: 'WEEKLY', zone, start: before.end, end: now }, before, now);
      }
      const first = dayOf(request.start_date, 'start_date');
      return covering(first, first.add({ days: 7 }), first.subtract({ days: 7 }));
    }
    case 'MONTHLY': {
      const first = (request.date === undefined ? today : dayOf(request.date, 'date')).with({ day: 1 });
      return covering(first, first.add({ months: 1 }), first.subtract({ months: 1 }));
    }
    case 'CUSTOM':
      return customPeriod(request, zone, now);
  }
}

function customPeriod({ start_date, end_date }: PeriodRequest, zone: string, now: number): Period {
  if (start_date === undefined || end_date === undefined)
    throw new PeriodError('A custom report needs start_date and end_date, such as 2026-11-01 and 2026-11-03.');
  const start = pointOf(start_date, 'start_date', zone, false);
  const end = pointOf(end_date, 'end_date', zone, true);
  if (end <= start)
    throw new PeriodError(`end_date "${end_date}" comes before start_date "${start_date}". Exchange them.`);
  if (end - start > (maxDays + 1) * dayMs)
    throw new PeriodError(
      `From "${start_date}" to "${end_date}" are more than the ${maxDays} days that a report may cover. Ask for less.`,
    );
  const days = plainDays(start, end, zone);
  const from = days === null ? start - (end - start) : at(start, zone).subtract({ days }).epochMilliseconds;
  return withBefore({ type: 'CUSTOM', zone, start, end }, { start: from, end: start }, now);
}

function withBefore(span: Span & { type: ReportType; zone: string }, before: Span, now: number): Period {
  const until = Math.max(span.start, Math.min(span.end, now));
  const isWhole = until === span.end;
  return {
    ...span,
    until,
    before: isWhole ? before : { ...before, end: Math.min(before.end, before.start + (until - span.start)) },
  };
}

const dayMs = 86_400_000;

/** A day `2026-11-22` that exists. */
function dayOf(text: string, name: string): Temporal.PlainDate {
  const wrong = () => new PeriodError(`${name} "${text}" is no day. Write it as YYYY-MM-DD, such as 2026-11-22.`);
  if (!/^\d{4}-\d\d-\d\d$/.test(text)) throw wrong();
  try {
    return Temporal.PlainDate.from(text, { overflow: 'reject' });
  } catch {
    throw wrong();
  }
}

/** A day (its begin, or with `isLast` its end) or a time; without an offset it is the zone's. Epoch ms. */
function pointOf(text: string, name: string, zone: string, isLast: boolean): number {
  if (/^\d{4}-\d\d-\d\d$/.test(text)) {
    const day = dayOf(text, name);
    return midnight(isLast ? day.add({ days: 1 }) : day, zone);
  }
  try {
    const time = text.trim().replace(' ', 'T');
    if (/([zZ]|[+-]\d\d:?\d\d)$/.test(time)) return Temporal.Instant.from(time).epochMilliseconds;
    return Temporal.PlainDateTime.from(time, { overflow: 'reject' }).toZonedDateTime(zone).epochMilliseconds;
  } catch {
    throw new PeriodError(`${name} "${text}" is neither a day (2026-11-22) nor a time (2026-11-22T08:00:00Z).`);
  }
}

/** The zone's canonical spelling. */
export function knownZone(zone: string): string {
  try {
    // Offsets would be taken too, but mean nothing to people who read "days".
    if (!/^[A-Za-z][A-Za-z0-9_+\-/]{0,63}$/.test(zone)) throw new RangeError();
    return new Intl.DateTimeFormat('en-US', { timeZone: zone }).resolvedOptions().timeZone;
  } catch {
    throw new PeriodError(`"${zone}" is no time zone. Use a name such as Europe/Berlin, America/New_York or UTC.`);
  }
}

/** The zone of the host. */
export const hostZone = (): string => Intl.DateTimeFormat().resolvedOptions().timeZone;

const at = (time: number, zone: string): Temporal.ZonedDateTime =>
  Temporal.Instant.fromEpochMilliseconds(time).toZonedDateTimeISO(zone);

/** When a day begins: where a change of the clock skips midnight, after it. */
const midnight = (day: Temporal.PlainDate, zone: string): number => day.toZonedDateTime(zone).epochMilliseconds;

/** How many whole days of the zone a span is; null: it neither begins nor ends at a midnight. */
function plainDays(start: number, end: number, zone: string): number | null {
  const [first, last] = [at(start, zone), at(end, zone)];
  const isDay = (time: Temporal.ZonedDateTime) => time.equals(time.startOfDay());
  return isDay(first) && isDay(last) ? first.toPlainDate().until(last.toPlainDate()).days : null;
}

/** `2026-11-22T00:00:00+01:00` */
export const zonedIso = (time: number, zone: string): string =>
  at(Math.trunc(time), zone).toString({ timeZoneName: 'never', fractionalSecondDigits: time % 1000 === 0 ? 0 : 3 });

/** `2026-11-22` */
export const zonedDay = (time: number, zone: string): string => at(Math.trunc(time), zone).toPlainDate().toString();

/** `2026-11-22 08:15` */
export const zonedMinute = (time: number, zone: string): string => {
  const { year, month, day, hour, minute } = at(Math.trunc(time), zone);
  const two = (number: number) => String(number).padStart(2, '0');
  return `${String(year).padStart(4, '0')}-${two(month)}-${two(day)} ${two(hour)}:${two(minute)}`;
};

export interface Bucket extends Span {
  /** `2026-11-22 08:00`, or the day where buckets are days. */
  label: string;
}

/** Parts of a period for a breakdown: hours up to three days, days beyond, both as the zone has them. */
export function bucketsOf({ start, until, zone }: Pick<Period, 'start' | 'until' | 'zone'>): {
  unit: 'hour' | 'day';
  buckets: Bucket[];
} {
  const unit = until - start <= 3 * dayMs + 2 * 3_600_000 ? 'hour' : 'day';
  const buckets: Bucket[] = [];
  let from = start;
  while (from < until) {
    const next =
      unit === 'day'
        ? at(from, zone).startOfDay().add({ days: 1 }).epochMilliseconds
        : from - ((((from + offsetMs(from, zone)) % 3_600_000) + 3_600_000) % 3_600_000) + 3_600_000;
    const end = Math.min(Math.max(next, from + 1), until);
    buckets.push({ start: from, end, label: unit === 'day' ? zonedDay(from, zone) : zonedMinute(from, zone) });
    from = end;
  }
  return { unit, buckets };
}

const offsetMs = (time: number, zone: string): number => at(time, zone).offsetNanoseconds / 1_000_000;

/** Offsets of some zones are no whole hours: what is counted for hours and days must not lie across their borders. */
export function countingMs({ start, until, zone }: Pick<Period, 'start' | 'until' | 'zone'>): number {
  const offsets = [start, (start + until) / 2, until].map((time) => offsetMs(Math.trunc(time), zone));
  const isWhole = (ms: number) => offsets.every((offset) => offset % ms === 0);
  return [3_600_000, 1_800_000, 900_000, 60_000].find(isWhole) ?? 60_000;
}
