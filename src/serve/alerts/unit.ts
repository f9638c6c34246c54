import { z } from 'zod';
import { alertStatuses, dispositions } from '../../model/index.ts';
import { type AlertRow, withAllEvents } from '../../store/contract.ts';
import { apiError } from '../errors.ts';
import { cursor, errorBody, idParams, limit } from '../schemas.ts';
import { type App, defineUnit, type ServeContext } from '../unit.ts';
import { alertView } from '../views.ts';
import { alertDetail } from './detail.ts';
import { contentTypes, exportAlerts, exportFormats } from './export.ts';
import { alertFilter, alertQuery } from './filter.ts';
import { alertDetailShape, alertShape, manyIds } from './shapes.ts';

const evidence = z
  .enum(['all', 'some', 'none'])
  .default('some')
  .meta({ description: 'How many of the matched events to give with each alert: at most 40, at most 10, none.' });

export const alerts = defineUnit({
  name: 'alerts',
  description: 'What was detected: list, explain, acknowledge, export.',
  register(app, context) {
    registerReading(app, context);
    registerAcknowledging(app, context);
  },
});

function registerReading(app: App, context: ServeContext): void {
  const { state } = context.services;
  app.get(
    '/api/alerts',
    {
      config: { role: 'viewer' },
      schema: {
        summary: 'Alerts, newest first',
        description:
          'The next page: the same with `cursor` from the X-Next-Cursor header. X-Total-Count counts all. ' +
          'With `signals=exclude`, X-Hidden-Signals counts what that leaves out.',
        querystring: alertQuery.extend({ limit: limit(100, 1000), cursor, matched_events: evidence }),
        response: { 200: z.array(alertShape) },
      },
    },
    async (request, reply) => {
      const filter = alertFilter(request.query);
      const { limit, cursor = null, matched_events } = request.query;
      const page = state.alerts.list(filter, limit, cursor, 'newest', matched_events);
      if (page.next !== null) reply.header('x-next-cursor', page.next);
      reply.header('x-total-count', String(state.alerts.count(filter)));
      if (filter.signals === 'exclude')
        reply.header('x-hidden-signals', String(state.alerts.count({ ...filter, signals: 'only' })));
      // Many alerts of few rules: each rule is read once.
      const authors = new Map(page.alerts.map(({ rule_id }) => [rule_id, null as string | null]));
      for (const rule of authors.keys()) authors.set(rule, context.authorOf(rule));
      return page.alerts.map((alert) => alertView(alert, matched_events, authors.get(alert.rule_id) ?? null));
    },
  );
  app.get(
    '/api/alerts/histogram',
    {
      config: { role: 'viewer' },
      schema: {
        summary: 'Alerts over time by severity',
        querystring: alertQuery.extend({ bucket_seconds: z.coerce.number().int().min(1).max(604_800).default(3600) }),
        response: { 200: z.array(z.object({ time: z.number(), key: z.string(), count: z.number() })) },
      },
    },
    async (request) => state.alerts.histogram(alertFilter(request.query), request.query.bucket_seconds * 1000),
  );
  app.get(
    '/api/alerts/export',
    {
      config: { role: 'analyst' },
      schema: {
        summary: 'Alerts as a file',
        description: 'Streams. Cells of the CSV that a spreadsheet would run as a formula begin with an apostrophe.',
        querystring: alertQuery.extend({ format: z.enum(exportFormats).default('csv') }),
      },
    },
    async (request, reply) => {
      const { format } = request.query;
      reply.type(contentTypes[format]);
      reply.header('content-disposition', `attachment; filename="phosor-alerts.${format}"`);
      return reply.send(exportAlerts(context, alertFilter(request.query), format));
    },
  );
  app.get(
    '/api/alerts/:id',
    {
      config: { role: 'viewer' },
      schema: {
        summary: 'One alert with its events and why it was raised',
        params: idParams,
        response: { 200: alertDetailShape, 404: errorBody },
      },
    },
    async (request) => {
      // In a flood alerts are raised faster than their first events are looked up.
      const alert = await withAllEvents(found(context, request.params.id), (ids) => context.services.events.byIds(ids));
      return alertDetail(context, alert, state.alerts);
    },
  );
}

function found(context: ServeContext, id: string): AlertRow {
  const alert = context.services.state.alerts.byId(id);
  if (!alert) throw apiError('NOT_FOUND', 'alert', id);
  return alert;
}

function registerAcknowledging(app: App, context: ServeContext): void {
  const { services, audit } = context;
  const { state } = services;
  type Caller = Parameters<typeof audit>[0];

  const changed = (ids: readonly string[]) => {
    const rows = ids.map((id) => state.alerts.byId(id)).filter((row) => row !== null);
    context.alertsChanged(rows);
  };
  const acknowledge = (request: Caller, ids: readonly string[]): number => {
    const now = services.now();
    const change = {
      status: 'acknowledged' as const,
      acknowledged_by: request.principal?.name ?? null,
      acknowledged_at: now,
    };
    const count = state.alerts.setStatus(ids, change, now);
    if (count > 0) audit(request, 'alert_acknowledged', idsOf(ids));
    changed(ids);
    return count;
  };
  const unacknowledge = (request: Caller, ids: readonly string[]): number => {
    const change = { status: 'new' as const, acknowledged_by: null, acknowledged_at: null };
    const count = state.alerts.setStatus(ids, change, services.now());
    if (count > 0) audit(request, 'alert_unacknowledged', idsOf(ids));
    changed(ids);
    return count;
  };

  app.post(
    '/api/alerts/:id/acknowledge',
    {
      config: { role: 'analyst' },
      schema: {
        summary: 'Acknowledge an alert',
        description: 'Says that somebody has seen it. Counting goes on.',
        params: idParams,
        response: { 200: z.object({ status: z.literal('acknowledged') }), 404: errorBody },
      },
    },
    async (request) => {
      acknowledge(request, [found(context, request.params.id).id]);
      return { status: 'acknowledged' as const };
    },
  );
  app.post(
    '/api/alerts/:id/unacknowledge',
    {
      config: { role: 'analyst' },
      schema: {
        summary: 'Take an acknowledgement back',
        params: idParams,
        response: { 200: z.object({ status: z.literal('new') }), 404: errorBody },
      },
    },
    async (request) => {
      unacknowledge(request, [found(context, request.params.id).id]);
      return { status: 'new' as const };
    },
  );
  app.post(
    '/api/alerts/acknowledge',
    {
      config: { role: 'analyst' },
      schema: {
        summary: 'Acknowledge many alerts',
        body: manyIds,
        response: { 200: z.object({ acknowledged: z.number() }) },
      },
    },
    async (request) => ({ acknowledged: acknowledge(request, request.body.ids) }),
  );
  app.post(
    '/api/alerts/unacknowledge',
    {
      config: { role: 'analyst' },
      schema: {
        summary: 'Take many acknowledgements back',
        body: manyIds,
        response: { 200: z.object({ unacknowledged: z.number() }) },
      },
    },
    async (request) => ({ unacknowledged: unacknowledge(request, request.body.ids) }),
  );
  const triage = (request: Caller, alerts: readonly AlertRow[], change: Triage): void => {
    const { status, disposition } = change;
    const now = services.now();
    const given = { ...(status !== undefined && { status }), ...(disposition !== undefined && { disposition }) };
    const isSeen = status !== undefined && status !== 'new';
    const unseen = alerts.filter((alert) => isSeen && alert.acknowledged_at === null).map(({ id }) => id);
    const others = alerts.filter((alert) => !isSeen || alert.acknowledged_at !== null).map(({ id }) => id);
    const by = { acknowledged_by: request.principal?.name ?? null, acknowledged_at: now };
    const reset = status === 'new' ? { acknowledged_by: null, acknowledged_at: null } : {};
    if (unseen.length > 0) state.alerts.setStatus(unseen, { ...given, ...by }, now);
    if (others.length > 0) state.alerts.setStatus(others, { ...given, ...reset }, now);
    const ids = alerts.map(({ id }) => id);
    const dismissed = status === 'closed' && (disposition === 'false_positive' || disposition === 'benign');
    if (ids.length > 0) audit(request, dismissed ? 'alert_dismissed' : 'alert_modified', { ...idsOf(ids), ...change });
    changed(ids);
  };
  app.patch(
    '/api/alerts/:id',
    {
      config: { role: 'analyst' },
      schema: {
        summary: 'Set status or disposition',
        params: idParams,
        body: triageBody,
        response: { 200: alertShape, 404: errorBody },
      },
    },
    async (request) => {
      const alert = found(context, request.params.id);
      triage(request, [alert], request.body);
      return alertView(found(context, alert.id), 'some', context.authorOf(alert.rule_id));
    },
  );
  app.patch(
    '/api/alerts',
    {
      config: { role: 'analyst' },
      schema: {
        summary: 'Set status or disposition of many alerts',
        body: triageBody.extend(manyIds.shape),
        response: { 200: z.object({ changed: z.number() }) },
      },
    },
    async (request) => {
      const { ids, ...change } = request.body;
      const alerts = ids.map((id) => state.alerts.byId(id)).filter((row) => row !== null);
      triage(request, alerts, change);
      return { changed: alerts.length };
    },
  );
}

const triageBody = z.strictObject({
  status: z.enum(alertStatuses).optional(),
  disposition: z.enum(dispositions).nullable().optional(),
});
type Triage = z.output<typeof triageBody>;

/** For the audit record: the ids, or the first of many. */
const idsOf = (ids: readonly string[]) =>
  ids.length === 1 ? { id: ids[0] } : { count: ids.length, ids: ids.slice(0, 50) };
