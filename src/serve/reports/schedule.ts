import type { Mail } from '../../respond/contract.ts';
import type { PeriodRequest } from './period.ts';

/* Reports that are made again and again and sent by mail. */

export const frequencies = ['daily', 'weekly', 'monthly'] as const;
export type Frequency = (typeof frequencies)[number];

/** What people decide about a schedule. */
export interface SchedulePlan {
  name: string;
  frequency: Frequency;
  /** Of `timezone`. */
  hour: number;
  minute: number;
  /** Weekly: 1 (Monday) … 7 (Sunday). */
  weekday: number;
  /** Monthly: 1 … 28, so that every month has it. */
  day: number;
  /** IANA name. The report's days are its days. */
  timezone: string;
  recipients: string[];
  format: 'pdf' | 'csv' | 'json';
  enabled: boolean;
}

export interface ScheduleResult {
  /** Epoch ms. */
  at: number;
  ok: boolean;
  /** A sentence for people. */
  detail: string;
  /** Title of the report, null where none was made. */
  report: string | null;
}

export interface ReportSchedule extends SchedulePlan {
  id: string;
  created_by: string;
  created_at: number;
  /** When it is due, epoch ms. In the past: it was missed, or is being repeated. */
  due_at: number;
  /** Attempts of the due run that have failed. */
  failed: number;
  /** When a failed run is repeated, epoch ms; null: it did not fail. */
  retry_at: number | null;
  last: ScheduleResult | null;
}

/** Makes the report that was due at a time, and the mail with it. */
export type MailMaker = (schedule: ReportSchedule, due: number) => Promise<{ mail: Mail; title: string }>;

export interface ReportScheduleControl {
  list(): ReportSchedule[];
  byId(id: string): ReportSchedule | null;
  create(plan: SchedulePlan, by: string): ReportSchedule;
  /** Null: there is none. A changed time counts from now on. */
  change(id: string, plan: Partial<SchedulePlan>): ReportSchedule | null;
  remove(id: string): boolean;
  /** Sends the latest report at once; what is due stays due. Null: there is none. */
  sendNow(id: string): Promise<ScheduleResult | null>;
  /** Who makes the mails. Nothing is sent before. */
  connect(make: MailMaker): void;
}

/**
 * The first time after `after` at which a schedule is due. Where a change of the clock skips that minute, the minute after
 * the change; where it comes twice, the first one.
 *
 * @param after epoch ms
 */
export function dueAfter(plan: SchedulePlan, after: number): number {
  const from = Temporal.Instant.fromEpochMilliseconds(after).toZonedDateTimeISO(plan.timezone).toPlainDate();
  let day = firstDay(plan, from);
  for (;;) {
    const time = Temporal.PlainTime.from({ hour: plan.hour, minute: plan.minute });
    const due = day.toZonedDateTime({ timeZone: plan.timezone, plainTime: time }).epochMilliseconds;
    if (due > after) return due;
    day = nextDay(plan, day);
  }
}

/** The last time up to `until` at which it was due. */
export function dueBefore(plan: SchedulePlan, until: number): number {
  // A month is the longest pause.
  let due = dueAfter(plan, until - 32 * 86_400_000);
  for (let next = dueAfter(plan, due); next <= until; next = dueAfter(plan, next)) due = next;
  return due;
}

function firstDay({ frequency, weekday, day }: SchedulePlan, from: Temporal.PlainDate): Temporal.PlainDate {
  if (frequency === 'weekly') return from.add({ days: (weekday - from.dayOfWeek + 7) % 7 });
  return frequency === 'monthly' ? from.with({ day }) : from;
}

const nextDay = ({ frequency }: SchedulePlan, day: Temporal.PlainDate): Temporal.PlainDate =>
  day.add(frequency === 'daily' ? { days: 1 } : frequency === 'weekly' ? { days: 7 } : { months: 1 });

/** The period that a report is about that was due at a time: the whole day, seven days or month before. */
export function dueReport({ frequency, timezone }: SchedulePlan, due: number): PeriodRequest {
  const day = Temporal.Instant.fromEpochMilliseconds(due).toZonedDateTimeISO(timezone).toPlainDate();
  const zone = timezone;
  if (frequency === 'daily') return { type: 'DAILY', date: day.subtract({ days: 1 }).toString(), zone };
  if (frequency === 'weekly') return { type: 'WEEKLY', start_date: day.subtract({ days: 7 }).toString(), zone };
  return { type: 'MONTHLY', date: day.subtract({ months: 1 }).with({ day: 1 }).toString(), zone };
}

const minute = 60_000;
/** A run that failed is repeated after so long; then it is given up until it is due again. */
export const retryAfterMs = [5 * minute, 15 * minute, 60 * minute];
