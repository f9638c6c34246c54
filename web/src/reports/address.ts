import { type ReportKind, reportKinds } from '../api/reports.ts';

export const reportTabs = ['report', 'saved', 'scheduled'] as const;
export type ReportTab = (typeof reportTabs)[number];

/** The address of the reports page: all of its state. */
export interface ReportsAddress {
  tab?: Exclude<ReportTab, 'report'>;
  /** Absent: daily. */
  kind?: Exclude<ReportKind, 'daily'>;
  /** A day of the period. Absent: the present one. */
  date?: string;
  from?: string;
  to?: string;
  /** IANA name. Absent: the reader's. */
  zone?: string;
  /** A saved report that is open. */
  saved?: string;
}

const day = (value: unknown): string | undefined =>
  typeof value === 'string' && /^\d{4}-\d\d-\d\d$/.test(value) && !Number.isNaN(Date.parse(value)) ? value : undefined;

/** Takes from a URL what makes sense and drops the rest. */
export function validateReports(raw: Record<string, unknown>): ReportsAddress {
  const found: ReportsAddress = {};
  const [date, from, to] = [day(raw.date), day(raw.from), day(raw.to)];
  const kind = reportKinds.find((each) => each === raw.kind);
  if (raw.tab === 'saved' || raw.tab === 'scheduled') found.tab = raw.tab;
  if (kind !== undefined && kind !== 'daily') found.kind = kind;
  if (date !== undefined) found.date = date;
  if (from !== undefined) found.from = from;
  if (to !== undefined) found.to = to;
  if (typeof raw.zone === 'string' && /^[A-Za-z][\w+\-/]{0,63}$/.test(raw.zone)) found.zone = raw.zone;
  if (typeof raw.saved === 'string' && /^[\w-]{1,100}$/.test(raw.saved)) found.saved = raw.saved;
  return found;
}

/** The reader's own zone. */
export const ownZone = (): string => Intl.DateTimeFormat().resolvedOptions().timeZone;

/** `2026-11-22 08:15` of `2026-11-22T08:15:00+01:00`: in the report's zone, not in the reader's. */
export const readable = (iso: string): string => iso.replace('T', ' ').slice(0, 16);
