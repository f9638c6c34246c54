import { z } from 'zod';
import { analyzerLog, isoTime } from '../../model/index.ts';
import { countriesOf, mostPlaced, topCountryShape } from '../countries.ts';
import { apiError } from '../errors.ts';
import { errorBody, flag, limit, pointInTime } from '../schemas.ts';
import { defineUnit } from '../unit.ts';
import { registerCache } from './cache.ts';
import { exportFormats, exportStream, exportTypes, parquetStream } from './export.ts';
import { HotSet } from './hot.ts';
import { registerIngest } from './ingest.ts';
import { logFilter, logFilterShape, logQuery } from './query.ts';
import { listLogs, logsByIds, withReputation } from './read.ts';
import { logShape, summaryShape, topAddressShape, topPortShape } from './shapes.ts';
import { logSummary, topAddresses, topPorts } from './statistics.ts';

const span = { start_date: pointInTime.optional(), end_date: pointInTime.optional() };
const include_reputation = flag.optional();

export const logs = defineUnit({
  name: 'logs',
  description: 'Stored events as logs, as the log analyzer documents them.',
  register(app, context) {
    const { services, audit } = context;
    const hot = new HotSet(services);
    const resting = setInterval(() => hot.rest(), 60_000);
    resting.unref();
    app.addHook('onClose', async () => {
      clearInterval(resting);
      hot.close();
    });

    registerIngest(app, context);
    registerCache(app, context, hot);

    app.get(
      '/api/logs',
      {
        config: { role: 'viewer' },
        schema: {
          summary: 'Logs by page',
          description:
            'Pages by number, in any order; or by `after`, which follows time and stays where it is while logs arrive. ' +
            'By addresses, ports and names only the first 20,000 logs can be paged through.',
          querystring: logQuery,
          response: {
            200: z.object({
              logs: z.array(logShape),
              total: z.number(),
              page: z.number(),
              page_size: z.number(),
              total_pages: z.number(),
              next_cursor: z.string().nullable(),
            }),
            422: errorBody,
          },
        },
      },
      async (request) => {
        const { query } = request;
        const { logs: found, total, next_cursor } = await listLogs(services, logFilter(query), query);
        const shown = query.include_reputation ? await withReputation(services, found) : found;
        const { page, page_size } = query;
        return { logs: shown, total, page, page_size, total_pages: Math.ceil(total / page_size), next_cursor };
      },
    );

    app.get(
      '/api/logs/export',
      {
        config: { role: 'analyst' },
        schema: {
          summary: 'Logs as a file',
          description:
            'All logs of the filters, newest first. CSV cells never begin a formula. Parquet has Phosor’s own columns and no order.',
          querystring: logFilterShape.extend({ format: z.enum(exportFormats).default('csv') }),
          produces: Object.values(exportTypes),
          response: { 200: z.string().meta({ description: 'The file.' }) },
        },
      },
      async (request, reply) => {
        const { format, ...filters } = request.query;
        const filter = logFilter(filters);
        audit(request, 'logs_exported', { format, filters: JSON.stringify(filters) });
        const stamp = isoTime(services.now()).slice(0, 19).replaceAll(/[-:]/g, '').replace('T', '-');
        reply.type(exportTypes[format]);
        reply.header('content-disposition', `attachment; filename="logs-${stamp}.${format}"`);
        if (format !== 'parquet') return reply.send(exportStream(services, filter, format) as never);
        const { stream, rows } = await parquetStream(services, filter);
        reply.header('x-total-count', String(rows));
        return reply.send(stream as never);
      },
    );

    app.get(
      '/api/logs/stats/summary',
      {
        config: { role: 'viewer' },
        schema: { summary: 'Counts of logs', querystring: z.object(span), response: { 200: summaryShape } },
      },
      async (request) => logSummary(services, logFilter(request.query)),
    );
    app.get(
      '/api/logs/stats/top-ips',
      {
        config: { role: 'viewer' },
        schema: {
          summary: 'Addresses that most logs come from',
          querystring: z.object({ ...span, limit: limit(10, 100), include_reputation }),
          response: { 200: z.array(topAddressShape) },
        },
      },
      async (request) => {
        const found = await topAddresses(services, logFilter(request.query), request.query.limit);
        return request.query.include_reputation ? withReputation(services, found) : found;
      },
    );
    app.get(
      '/api/logs/stats/top-ports',
      {
        config: { role: 'viewer' },
        schema: {
          summary: 'Ports that are asked for most',
          querystring: z.object({ ...span, limit: limit(10, 100) }),
          response: { 200: z.array(topPortShape) },
        },
      },
      async (request) => topPorts(services, logFilter(request.query), request.query.limit),
    );
    app.get(
      '/api/logs/stats/top-users',
      {
        config: { role: 'viewer' },
        schema: {
          summary: 'Accounts that most logs name',
          querystring: z.object({ ...span, limit: limit(10, 100) }),
          response: { 200: z.array(z.object({ username: z.string(), count: z.number(), last_seen: z.string() })) },
        },
      },
      async (request) => {
        const found = await services.events.top(logFilter(request.query), 'user', request.query.limit);
        return found.map(({ value, count, last }) => ({ username: value, count, last_seen: isoTime(last) }));
      },
    );
    app.get(
      '/api/logs/stats/top-countries',
      {
        config: { role: 'viewer' },
        schema: {
          summary: 'Countries that most logs come from',
          description: `By what is known today of their source addresses: of the ${mostPlaced} addresses with most logs.`,
          querystring: z.object({ ...span, limit: limit(10, 100) }),
          response: { 200: z.array(topCountryShape) },
        },
      },
      async (request) => {
        const addresses = await services.events.top(logFilter(request.query), 'src_ip', mostPlaced);
        return countriesOf(services.intel, addresses, request.query.limit);
      },
    );

    app.get(
      '/api/logs/:log_id',
      {
        config: { role: 'viewer' },
        schema: {
          summary: 'One log',
          params: z.object({ log_id: z.string().min(1).max(200) }),
          querystring: z.object({ include_reputation }),
          response: { 200: logShape, 404: errorBody },
        },
      },
      async (request) => {
        const { log_id } = request.params;
        const held = hot.byId(log_id);
        const [log] = held === undefined ? await logsByIds(services, [log_id]) : [analyzerLog(held)];
        if (!log) throw apiError('NOT_FOUND', 'log', log_id);
        if (!request.query.include_reputation) return log;
        const [shown] = await withReputation(services, [log]);
        return shown ?? log;
      },
    );

    app.post(
      '/test-db',
      {
        config: { role: 'viewer' },
        schema: {
          summary: 'Whether the stores answer',
          response: { 200: z.object({ status: z.string(), message: z.string(), events: z.number() }) },
        },
      },
      async () => {
        const { rows, slices } = await services.events.info();
        const alerts = services.state.alerts.count({});
        return {
          status: 'ok',
          message: `The event store answers with ${rows} events in ${slices} slices, the state with ${alerts} alerts.`,
          events: rows,
        };
      },
    );
  },
});
