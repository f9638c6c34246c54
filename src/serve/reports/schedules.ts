import { z } from 'zod';
import { isoTime } from '../../model/index.ts';
import { apiError } from '../errors.ts';
import { errorBody, idParams } from '../schemas.ts';
import type { App, ServeContext } from '../unit.ts';
import { exportedFile } from './export.ts';
import { reportMail } from './mail.ts';
import { knownZone, PeriodError } from './period.ts';
import { dueReport, frequencies, type ReportSchedule, type SchedulePlan } from './schedule.ts';
import { exportFormats } from './shapes.ts';
import type { MakeReport } from './unit.ts';

const mostSchedules = 50;

const zone = z
  .string()
  .max(64)
  .transform((name, issue): string => {
    try {
      return knownZone(name);
    } catch (error) {
      issue.addIssue(error instanceof PeriodError ? error.message : 'is no time zone');
      return z.NEVER;
    }
  })
  .meta({ description: 'IANA name such as Europe/Berlin.' });

const plan = z.strictObject({
  name: z.string().trim().min(1).max(100),
  frequency: z.enum(frequencies),
  hour: z.int().min(0).max(23),
  minute: z.int().min(0).max(59),
  weekday: z.int().min(1).max(7).meta({ description: 'Weekly: 1 (Monday) to 7 (Sunday).' }),
  day: z.int().min(1).max(28).meta({ description: 'Monthly: day of the month.' }),
  timezone: zone,
  recipients: z.array(z.email().max(254)).min(1).max(20),
  format: z.enum(exportFormats),
  enabled: z.boolean(),
});
const newPlan = plan.extend({
  minute: plan.shape.minute.default(0),
  weekday: plan.shape.weekday.default(1),
  day: plan.shape.day.default(1),
  format: plan.shape.format.default('pdf'),
  enabled: plan.shape.enabled.default(true),
});

const result = z.object({ at: z.string(), ok: z.boolean(), detail: z.string(), report: z.string().nullable() });
const shape = z.object({
  id: z.string(),
  name: z.string(),
  frequency: z.enum(frequencies),
  hour: z.number(),
  minute: z.number(),
  weekday: z.number(),
  day: z.number(),
  timezone: z.string(),
  recipients: z.array(z.string()),
  format: z.enum(exportFormats),
  enabled: z.boolean(),
  created_by: z.string(),
  created_at: z.string(),
  next_at: z.string().nullable().meta({ description: 'Null: paused.' }),
  retrying: z.boolean(),
  last: result.nullable(),
});

/** Schedules: made, changed, paused, sent at once. */
export function registerSchedules(app: App, context: ServeContext, make: MakeReport): void {
  const { services, audit } = context;
  const { reportSchedules: schedules } = services;
  schedules.connect(async (schedule, due) => {
    const parts = { charts: true, summary: true, threats: true, logs: false };
    const report = await make(dueReport(schedule, due), parts, new AbortController().signal);
    const file = await exportedFile(services, report, schedule.format);
    return { title: report.title, mail: reportMail(schedule, report, file) };
  });

  app.get(
    '/api/reports/schedules',
    {
      config: { role: 'analyst' },
      schema: {
        summary: 'Reports that are sent by mail',
        response: { 200: z.object({ schedules: z.array(shape), mail_configured: z.boolean() }) },
      },
    },
    async () => ({ schedules: schedules.list().map(view), mail_configured: services.mailer.isConfigured() }),
  );
  app.post(
    '/api/reports/schedules',
    {
      config: { role: 'admin' },
      schema: {
        summary: 'Send a report by mail again and again',
        body: newPlan,
        response: { 200: shape, 409: errorBody },
      },
    },
    async (request) => {
      if (schedules.list().length >= mostSchedules) throw apiError('SCHEDULES_FULL', mostSchedules);
      const made = schedules.create(once(request.body), request.principal?.name ?? '');
      audit(request, 'report_schedule_created', { id: made.id, name: made.name, recipients: made.recipients });
      return view(made);
    },
  );
  app.patch(
    '/api/reports/schedules/:id',
    {
      config: { role: 'admin' },
      schema: {
        summary: 'Change or pause a schedule',
        params: idParams,
        body: plan.partial(),
        response: { 200: shape, 404: errorBody },
      },
    },
    async (request) => {
      const { id } = request.params;
      const given = Object.fromEntries(Object.entries(request.body).filter(([, value]) => value !== undefined));
      const changed = schedules.change(id, once(given));
      if (changed === null) throw apiError('NOT_FOUND', 'report schedule', id);
      audit(request, 'report_schedule_modified', { id, name: changed.name, changed: Object.keys(given) });
      return view(changed);
    },
  );
  app.delete(
    '/api/reports/schedules/:id',
    {
      config: { role: 'admin' },
      schema: {
        summary: 'Delete a schedule',
        params: idParams,
        response: { 200: z.object({ message: z.string(), id: z.string() }), 404: errorBody },
      },
    },
    async (request) => {
      const { id } = request.params;
      const known = schedules.byId(id);
      if (known === null || !schedules.remove(id)) throw apiError('NOT_FOUND', 'report schedule', id);
      audit(request, 'report_schedule_deleted', { id, name: known.name });
      return { message: `The schedule "${known.name}" is deleted.`, id };
    },
  );
  app.post(
    '/api/reports/schedules/:id/send',
    {
      config: { role: 'admin' },
      schema: {
        summary: 'Send the latest report of a schedule now',
        params: idParams,
        response: { 200: result, 404: errorBody },
      },
    },
    async (request) => {
      const sent = await schedules.sendNow(request.params.id);
      if (sent === null) throw apiError('NOT_FOUND', 'report schedule', request.params.id);
      return { ...sent, at: isoTime(sent.at) };
    },
  );
}

/** Each recipient once. */
function once<Plan extends Partial<SchedulePlan>>(given: Plan): Plan {
  return given.recipients === undefined ? given : { ...given, recipients: [...new Set(given.recipients)] };
}

const view = ({ created_at, due_at, retry_at, failed, last, ...schedule }: ReportSchedule) => ({
  ...schedule,
  created_at: isoTime(created_at),
  next_at: schedule.enabled ? isoTime(retry_at ?? due_at) : null,
  retrying: failed > 0,
  last: last === null ? null : { ...last, at: isoTime(last.at) },
});
