import type { FastifyReply } from 'fastify';
import { z } from 'zod';
import { apiError } from '../errors.ts';
import { logFilter, logFilterShape } from '../logs/query.ts';
import { logsByIds, readLogs } from '../logs/read.ts';
import { errorBody, limit } from '../schemas.ts';
import type { App, ServeContext } from '../unit.ts';
import { printed } from './export.ts';
import { type LogExport, logDocument } from './log-document.ts';
import { hostZone, knownZone, PeriodError, zonedDay, zonedIso } from './period.ts';

const mostLogs = 5000;

const zone = z
  .string()
  .max(64)
  .optional()
  .meta({ description: 'IANA zone in which times are told. Absent: the host’s.' });

const names: Readonly<Record<keyof z.output<typeof logFilterShape>, string>> = {
  source_ip: 'Source address',
  severity: 'Severity',
  event_type: 'Kind',
  destination_port: 'Destination port',
  protocol: 'Protocol',
  log_source: 'Log source',
  start_date: 'From',
  end_date: 'To',
  search: 'Text',
  query: 'Search',
};

/** Logs as a PDF: those of a filter, or chosen ones. */
export function registerLogExport(app: App, context: ServeContext): void {
  const { services, audit } = context;
  const send = async (reply: FastifyReply, given: Omit<LogExport, 'now'>): Promise<FastifyReply> => {
    const now = services.now();
    const content = await printed(services, logDocument({ ...given, now }));
    reply.type('application/pdf');
    reply.header('content-disposition', `attachment; filename="phosor-logs-${zonedDay(now, given.zone)}.pdf"`);
    return reply.send(content);
  };
  const errors = { 422: errorBody, 429: errorBody };
  app.get(
    '/api/logs/export/pdf',
    {
      config: { role: 'analyst' },
      schema: {
        summary: 'Logs of a filter as a PDF',
        description: 'Newest first, rows coloured by severity. The document says how many fit and what was asked for.',
        querystring: logFilterShape.extend({ limit: limit(1000, mostLogs), timezone: zone }),
        response: errors,
      },
    },
    async (request, reply) => {
      const { limit: most, timezone, ...asked } = request.query;
      const shown = zoneOf(timezone);
      const filter = logFilter(asked);
      const [logs, total] = [await readLogs(services, filter, most), await services.events.count(filter)];
      audit(request, 'logs_exported', { format: 'pdf', count: logs.length, filter: asked });
      const filters = Object.entries(asked).flatMap(([name, value]) => filterText(name, value, shown));
      // Logs may have come while the first were read.
      const whole = logs.length < most ? logs.length : Math.max(total, logs.length);
      return send(reply, { logs, filters, total: whole, by: request.principal?.name ?? '', zone: shown });
    },
  );
  app.post(
    '/api/logs/export/pdf',
    {
      config: { role: 'analyst' },
      schema: {
        summary: 'Chosen logs as a PDF',
        body: z.object({
          log_ids: z.array(z.string().min(1).max(200)).min(1).max(mostLogs),
          timezone: zone,
        }),
        response: { 404: errorBody, ...errors },
      },
    },
    async (request, reply) => {
      const ids = [...new Set(request.body.log_ids)];
      const shown = zoneOf(request.body.timezone);
      const logs = await logsByIds(services, ids);
      if (logs.length === 0) throw apiError('NOT_FOUND', 'log', ids[0] ?? '');
      const newest = [...logs].sort((a, b) => Date.parse(b.timestamp) - Date.parse(a.timestamp));
      audit(request, 'logs_exported', { format: 'pdf', count: logs.length, chosen: true });
      const missing = ids.length - logs.length;
      const filters: [string, string][] = [['Chosen', `${ids.length} ${ids.length === 1 ? 'log' : 'logs'}`]];
      if (missing > 0) filters.push(['Missing', `${missing} of them are not stored (any more)`]);
      return send(reply, { logs: newest, filters, total: logs.length, by: request.principal?.name ?? '', zone: shown });
    },
  );
}

function zoneOf(given: string | undefined): string {
  try {
    return knownZone(given ?? hostZone());
  } catch (error) {
    if (error instanceof PeriodError) throw apiError('PERIOD_INVALID', error.message);
    throw error;
  }
}

function filterText(name: string, value: unknown, shown: string): [string, string][] {
  if (value === undefined) return [];
  const isTime = (name === 'start_date' || name === 'end_date') && typeof value === 'number';
  const text = isTime ? zonedIso(value, shown) : Array.isArray(value) ? value.join(', ') : String(value);
  return text === '' ? [] : [[Object.hasOwn(names, name) ? names[name as keyof typeof names] : name, text]];
}
