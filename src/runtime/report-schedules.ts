import { randomUUID } from 'node:crypto';
import { DeliveryError, type Mailer } from '../respond/contract.ts';
import type { Log } from '../serve/contract.ts';
import {
  dueAfter,
  dueBefore,
  type MailMaker,
  type ReportSchedule,
  type ReportScheduleControl,
  retryAfterMs,
  type SchedulePlan,
  type ScheduleResult,
} from '../serve/reports/schedule.ts';
import type { StateStore } from '../store/contract.ts';

const everyMs = 20_000;

export interface ReportScheduleParts {
  state: Pick<StateStore, 'reportSchedules' | 'audit'>;
  mailer: Mailer;
  now: () => number;
  log: Log;
}

/**
 * Sends reports when they are due. What is due is kept in the state, so that a run that was missed while Phosor was down is
 * made up when it is up again: once, for the last time that it was due.
 */
export class ReportSchedules implements ReportScheduleControl {
  readonly #parts: ReportScheduleParts;
  #make: MailMaker | null = null;
  #timer: NodeJS.Timeout | null = null;
  #looking: Promise<void> | null = null;

  constructor(parts: ReportScheduleParts) {
    this.#parts = parts;
  }

  start(): this {
    this.#timer = setInterval(() => void this.look(), everyMs);
    return this;
  }

  async stop(): Promise<void> {
    if (this.#timer !== null) clearInterval(this.#timer);
    this.#make = null;
    await this.#looking;
  }

  connect(make: MailMaker): void {
    this.#make = make;
  }

  list(): ReportSchedule[] {
    const all = this.#parts.state.reportSchedules.all().map(({ document }) => document as ReportSchedule & Document);
    return all.sort((a, b) => a.created_at - b.created_at || (a.id < b.id ? -1 : 1));
  }

  byId(id: string): ReportSchedule | null {
    return this.list().find((schedule) => schedule.id === id) ?? null;
  }

  create(plan: SchedulePlan, by: string): ReportSchedule {
    const now = this.#parts.now();
    const due_at = dueAfter(plan, now);
    const state = { due_at, failed: 0, retry_at: null, last: null };
    return this.#put({ ...plan, id: randomUUID(), created_by: by, created_at: now, ...state });
  }

  change(id: string, plan: Partial<SchedulePlan>): ReportSchedule | null {
    const known = this.byId(id);
    if (known === null) return null;
    const changed = { ...known, ...plan };
    const due_at = dueAfter(changed, this.#parts.now());
    return this.#put({ ...changed, due_at, failed: 0, retry_at: null });
  }

  remove(id: string): boolean {
    return this.#parts.state.reportSchedules.remove(id);
  }

  async sendNow(id: string): Promise<ScheduleResult | null> {
    const schedule = this.byId(id);
    if (schedule === null) return null;
    const last = await this.#send(schedule, dueBefore(schedule, this.#parts.now()));
    this.#update(id, () => ({ last }));
    return last;
  }

  /** Sends what is due. One after the other, and never twice at a time. */
  look(): Promise<void> {
    this.#looking ??= this.#sendDue().finally(() => {
      this.#looking = null;
    });
    return this.#looking;
  }

  async #sendDue(): Promise<void> {
    for (const listed of this.list()) {
      const now = this.#parts.now();
      const schedule = this.#inReach(listed, now);
      if (!schedule.enabled || this.#make === null || (schedule.retry_at ?? schedule.due_at) > now) continue;
      // Of several that were missed the last counts.
      const due = dueBefore(schedule, now);
      const last = await this.#send(schedule, due);
      const pause = last.ok ? undefined : retryAfterMs[schedule.failed];
      this.#update(schedule.id, (current) => {
        // Somebody has changed it meanwhile: what is due now is another run.
        if (current.due_at !== schedule.due_at) return { last };
        if (pause === undefined)
          return { last, failed: 0, retry_at: null, due_at: dueAfter(current, this.#parts.now()) };
        return { last, failed: current.failed + 1, retry_at: this.#parts.now() + pause };
      });
    }
  }

  /** A clock that was ahead, and was put right, left a time that may be years away: what the plan says of now counts. */
  #inReach(schedule: ReportSchedule, now: number): ReportSchedule {
    const next = dueAfter(schedule, now);
    // Put back over the last time that it was due, it stays with the time behind the next: that one was sent.
    if (Math.max(schedule.due_at, schedule.retry_at ?? 0) <= dueAfter(schedule, next)) return schedule;
    return this.#put({ ...schedule, due_at: next, failed: 0, retry_at: null });
  }

  async #send(schedule: ReportSchedule, due: number): Promise<ScheduleResult> {
    const { mailer, now, log, state } = this.#parts;
    const told = schedule.recipients.length === 1 ? 'one recipient' : `${schedule.recipients.length} recipients`;
    let report: string | null = null;
    let result: ScheduleResult;
    try {
      if (this.#make === null) throw new DeliveryError('Phosor is still starting. Try again in a moment.', true);
      const { mail, title } = await this.#make(schedule, due);
      report = title;
      await mailer.send(mail);
      result = { at: now(), ok: true, detail: `Handed to the mail server for ${told}.`, report };
    } catch (error) {
      const isPlain = error instanceof DeliveryError;
      if (!isPlain)
        log('error', `Scheduled report ${schedule.id} failed: ${error instanceof Error ? error.stack : String(error)}`);
      const detail = isPlain ? error.message : 'The report could not be made; the log of Phosor says why.';
      result = { at: now(), ok: false, detail, report };
    }
    state.audit.append({
      timestamp: result.at,
      action: 'report_sent',
      user: null,
      success: result.ok,
      source_ip: null,
      details: { id: schedule.id, name: schedule.name, report, recipients: schedule.recipients, detail: result.detail },
    });
    return result;
  }

  #update(id: string, change: (schedule: ReportSchedule) => Partial<ReportSchedule>): void {
    const current = this.byId(id);
    if (current !== null) this.#put({ ...current, ...change(current) });
  }

  #put(schedule: ReportSchedule): ReportSchedule {
    this.#parts.state.reportSchedules.put({ id: schedule.id, document: { ...schedule } });
    return schedule;
  }
}

/** As the state keeps it. */
type Document = Record<string, unknown>;
