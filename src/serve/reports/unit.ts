import { randomUUID } from 'node:crypto';
import type { FastifyReply } from 'fastify';
import { z } from 'zod';
import { isoTime } from '../../model/index.ts';
import type { SavedReport } from '../../store/contract.ts';
import { RefusedError } from '../contract.ts';
import { apiError, reportBusy } from '../errors.ts';
import { errorBody, idParams } from '../schemas.ts';
import { Turns } from '../turns.ts';
import { type App, defineUnit, type ServeContext } from '../unit.ts';
import { buildReport, type ReportParts } from './build.ts';
import { keepDetected } from './detect.ts';
import { contentTypes, exportedFile } from './export.ts';
import { registerLogExport } from './log-export.ts';
import { hostZone, PeriodError, type PeriodRequest, periodOf } from './period.ts';
import { registerSchedules } from './schedules.ts';
import {
  customQuery,
  dailyQuery,
  type ExportFormat,
  exportBody,
  formatName,
  historyAnswer,
  historyQuery,
  monthlyQuery,
  partsOf,
  periodRequest,
  reportAnswer,
  reportShape,
  saveBody,
  savedAnswer,
  weeklyQuery,
} from './shapes.ts';
import { reportSources } from './sources.ts';
import type { Report } from './types.ts';

const mostSaved = 500;
const mostSavedBytes = 4 * 1024 * 1024;

export const reports = defineUnit({
  name: 'reports',
  description: 'Reports of a day, a week, a month or any period: made, exported, kept, sent by mail.',
  register(app, context) {
    const sources = reportSources(context);
    const turns = new Turns({ running: 1, waiting: 8 });
    keepDetected(context);
    const make: MakeReport = (request, parts, signal) =>
      turns.take(() => buildReport(sources, periodFor(request, sources.now()), parts, signal), reportBusy);
    registerReading(app, make);
    registerExport(app, context, make);
    registerHistory(app, context);
    registerSchedules(app, context, make);
    registerLogExport(app, context);
  },
});

/** Makes a report, in its turn. The signal says that nobody waits for it any more. */
export type MakeReport = (request: PeriodRequest, parts: ReportParts, signal: AbortSignal) => Promise<Report>;

/** Whoever asked is gone before the answer. */
function goneOf(reply: FastifyReply): AbortSignal {
  const gone = new AbortController();
  reply.raw.once('close', () => gone.abort(new RefusedError('Nobody waits for the report any more.')));
  return gone.signal;
}

function periodFor(request: PeriodRequest, now: number) {
  try {
    return periodOf(request, now);
  } catch (error) {
    if (error instanceof PeriodError) throw apiError('PERIOD_INVALID', error.message);
    throw error;
  }
}

function registerReading(app: App, make: MakeReport): void {
  const response = { 200: reportAnswer, 400: errorBody, 429: errorBody };
  const zoneOf = ({ timezone }: { timezone?: string | undefined }) => timezone ?? hostZone();
  const answer = async (request: PeriodRequest, query: Parameters<typeof partsOf>[0], reply: FastifyReply) => ({
    report: await make(request, partsOf(query), goneOf(reply)),
  });
  app.get(
    '/api/reports/daily',
    { config: { role: 'viewer' }, schema: { summary: 'The report of a day', querystring: dailyQuery, response } },
    async ({ query }, reply) => answer(periodRequest('DAILY', query, zoneOf(query)), query, reply),
  );
  app.get(
    '/api/reports/weekly',
    { config: { role: 'viewer' }, schema: { summary: 'The report of seven days', querystring: weeklyQuery, response } },
    async ({ query }, reply) => answer(periodRequest('WEEKLY', query, zoneOf(query)), query, reply),
  );
  app.get(
    '/api/reports/monthly',
    { config: { role: 'viewer' }, schema: { summary: 'The report of a month', querystring: monthlyQuery, response } },
    async ({ query }, reply) => answer(periodRequest('MONTHLY', query, zoneOf(query)), query, reply),
  );
  app.get(
    '/api/reports/custom',
    {
      config: { role: 'viewer' },
      schema: { summary: 'The report of any period', querystring: customQuery, response },
    },
    async ({ query }, reply) => answer(periodRequest('CUSTOM', query, zoneOf(query)), query, reply),
  );
}

function registerExport(app: App, context: ServeContext, make: MakeReport): void {
  app.post(
    '/api/reports/export',
    {
      config: { role: 'analyst' },
      schema: {
        summary: 'A report as a file',
        description: 'JSON, CSV (one long table, safe to open in a spreadsheet) or PDF.',
        body: exportBody,
      },
    },
    async (request, reply) => {
      const { body } = request;
      const asked = periodRequest(body.report_type, body, body.timezone ?? hostZone());
      const report = await make(asked, partsOf(body), goneOf(reply));
      const { report_type, period } = report;
      context.audit(request, 'report_exported', { report_type, format: body.format, period });
      return sendReport(context, reply, report, body.format);
    },
  );
}

async function sendReport(
  { services }: ServeContext,
  reply: FastifyReply,
  report: Report,
  format: ExportFormat,
): Promise<FastifyReply> {
  const { filename, contentType, content } = await exportedFile(services, report, format);
  reply.type(contentType);
  reply.header('content-disposition', `attachment; filename="${filename}"`);
  return reply.send(content);
}

function registerHistory(app: App, context: ServeContext): void {
  const { services, audit } = context;
  const { reports: saved } = services.state;
  const found = (id: string): SavedReport => {
    const report = saved.byId(id);
    if (report === null) throw apiError('NOT_FOUND', 'saved report', id);
    return report;
  };
  app.post(
    '/api/reports/save',
    {
      config: { role: 'analyst' },
      bodyLimit: mostSavedBytes,
      schema: {
        summary: 'Keep a report',
        body: saveBody,
        response: { 200: z.object({ id: z.string(), message: z.string() }), 409: errorBody },
      },
    },
    async (request) => {
      const { report_name, report, notes } = request.body;
      if (saved.count(null) >= mostSaved) throw apiError('REPORTS_FULL', mostSaved);
      const id = randomUUID();
      const head = headOf(report);
      const name = report_name ?? textOf(report.title)?.slice(0, 200) ?? 'Report';
      const created_by = request.principal?.name ?? '';
      saved.insert({ id, name, notes, created_at: services.now(), created_by, head, report });
      audit(request, 'report_saved', { id, name, report_type: head.report_type });
      return { id, message: `The report "${name}" is saved.` };
    },
  );
  app.get(
    '/api/reports/history',
    {
      config: { role: 'viewer' },
      schema: { summary: 'Saved reports, newest first', querystring: historyQuery, response: { 200: historyAnswer } },
    },
    async ({ query }) => {
      const type = query.report_type ?? null;
      return { reports: saved.list(query.limit, query.skip, type).map(savedView), total: saved.count(type) };
    },
  );
  app.get(
    '/api/reports/history/:id',
    {
      config: { role: 'viewer' },
      schema: { summary: 'A saved report', params: idParams, response: { 200: savedAnswer, 404: errorBody } },
    },
    async ({ params }) => {
      const report = found(params.id);
      return { _id: report.id, ...savedView(report), report: report.report };
    },
  );
  app.get(
    '/api/reports/history/:id/export',
    {
      config: { role: 'analyst' },
      schema: {
        summary: 'A saved report as a file',
        params: idParams,
        querystring: z.object({ format: formatName.default('pdf') }),
      },
    },
    async (request, reply) => {
      const { id, report } = found(request.params.id);
      const { format } = request.query;
      const read = reportShape.safeParse(report);
      if (!read.success && format !== 'json') throw apiError('REPORT_FOREIGN', id);
      audit(request, 'report_exported', { id, format });
      if (read.success) return sendReport(context, reply, read.data, format);
      reply.type(contentTypes.json);
      reply.header('content-disposition', 'attachment; filename="phosor-saved-report.json"');
      return reply.send(JSON.stringify(report, null, 2));
    },
  );
  app.delete(
    '/api/reports/history/:id',
    {
      config: { role: 'analyst' },
      schema: {
        summary: 'Delete a saved report',
        params: idParams,
        response: { 200: z.object({ message: z.string(), id: z.string() }), 404: errorBody },
      },
    },
    async (request) => {
      const { id, name } = found(request.params.id);
      saved.remove(id);
      audit(request, 'report_deleted', { id, name });
      return { message: `The report "${name}" is deleted.`, id };
    },
  );
}

const textOf = (value: unknown): string | null => (typeof value === 'string' && value !== '' ? value : null);

/** What lists show. A report may be anything that a client kept: only what is small and of its type is taken. */
function headOf(report: Record<string, unknown>): SavedReport['head'] {
  const object = (value: unknown): unknown =>
    value !== null && typeof value === 'object' && JSON.stringify(value).length <= 10_000 ? value : null;
  return {
    report_type: textOf(report.report_type)?.slice(0, 20).toUpperCase() ?? null,
    report_date: textOf(report.report_date)?.slice(0, 40) ?? null,
    period: object(report.period),
    summary: object(report.summary),
  };
}

const savedView = ({ id, name, notes, created_at, created_by, head }: Omit<SavedReport, 'report'>) => ({
  id,
  report_name: name,
  report_type: head.report_type,
  report_date: head.report_date,
  period: head.period,
  summary: head.summary,
  created_at: isoTime(created_at),
  created_by,
  notes,
});
