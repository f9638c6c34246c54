import { z } from 'zod';
import type { IncidentRow } from '../../store/contract.ts';
import { apiError } from '../errors.ts';
import { cursor, errorBody, idParams, limit } from '../schemas.ts';
import type { App, ServeContext } from '../unit.ts';
import { markdownOf } from './export.ts';
import { incidentDetailShape, incidentQuery, incidentShape } from './shapes.ts';
import { storyOf } from './story.ts';
import { decisionsAbout, mostLogged, signalsAbout, timelineOf } from './timeline.ts';
import { evidenceView, incidentFilter, incidentView, memberView, noteView } from './view.ts';

const mostAlerts = 500;
const mostEntities = 200;

export function registerReading(app: App, context: ServeContext): void {
  const { state } = context.services;
  app.get(
    '/api/incidents',
    {
      config: { role: 'viewer' },
      schema: {
        summary: 'Incidents, most urgent first',
        description:
          'The next page: the same with `cursor` from the X-Next-Cursor header. X-Total-Count counts all. Incidents that were merged into others are not listed.',
        querystring: incidentQuery.extend({ limit: limit(100, 500), cursor }),
        response: { 200: z.array(incidentShape), 422: errorBody },
      },
    },
    async (request, reply) => {
      const filter = incidentFilter(request.query, request.principal);
      const { order } = request.query;
      const after = request.query.cursor ?? null;
      if (after !== null && /^-?\d+_-?\d+_/.test(after) !== (order === 'risk'))
        throw apiError('VALIDATION_FAILED', 'The cursor is of another order. Start again from the first page.');
      const page = state.incidents.list(filter, request.query.limit, after, order);
      if (page.next !== null) reply.header('x-next-cursor', page.next);
      reply.header('x-total-count', String(state.incidents.count(filter)));
      return page.incidents.map(incidentView);
    },
  );
  app.get(
    '/api/incidents/owners',
    {
      config: { role: 'analyst' },
      schema: {
        summary: 'Who may own an incident',
        response: { 200: z.array(z.string()) },
      },
    },
    async () => ownersOf(context),
  );
  app.get(
    '/api/incidents/:id',
    {
      config: { role: 'viewer' },
      schema: {
        summary: 'One incident with everything that belongs to it',
        params: idParams,
        response: { 200: incidentDetailShape, 404: errorBody },
      },
    },
    async (request) => incidentDetail(context, foundIncident(context, request.params.id)),
  );
  app.get(
    '/api/incidents/:id/export',
    {
      config: { role: 'analyst' },
      schema: {
        summary: 'One incident as a file',
        params: idParams,
        querystring: z.object({ format: z.enum(['json', 'markdown']).default('json') }),
      },
    },
    async (request, reply) => {
      const detail = incidentDetail(context, foundIncident(context, request.params.id));
      const isJson = request.query.format === 'json';
      reply.type(isJson ? 'application/json; charset=utf-8' : 'text/markdown; charset=utf-8');
      const name = `phosor-incident-${detail.id.slice(0, 8)}.${isJson ? 'json' : 'md'}`;
      reply.header('content-disposition', `attachment; filename="${name}"`);
      return reply.send(isJson ? `${JSON.stringify(detail, null, 2)}\n` : markdownOf(detail));
    },
  );
}

export function foundIncident(context: ServeContext, id: string): IncidentRow {
  const incident = context.services.state.incidents.byId(id);
  if (incident === null) throw apiError('NOT_FOUND', 'incident', id);
  return incident;
}

/** Names of those who may work on incidents and can log in. */
export const ownersOf = (context: ServeContext): string[] =>
  context.services.state.users
    .list()
    .filter(({ role, disabled }) => role !== 'viewer' && !disabled)
    .map(({ username }) => username);

/** In the story; the timeline has them all. */
const mostDecisionsTold = 3;

export type IncidentDetail = z.input<typeof incidentDetailShape>;

function incidentDetail(context: ServeContext, incident: IncidentRow): IncidentDetail {
  const { state } = context.services;
  const { incidents } = state;
  const members = incidents.members(incident.id, mostAlerts);
  const notes = incidents.notes.list(incident.id);
  const evidence = incidents.evidence.list(incident.id);
  const log = incidents.log.list(incident.id, mostLogged);
  const signals = incident.merged_into === null ? signalsAbout(state, incident) : [];
  const decisions = incident.merged_into === null ? decisionsAbout(state, incident, members) : [];
  const { entries, leftOut } = timelineOf({ members, notes, evidence, log, signals, decisions });
  return {
    ...incidentView(incident),
    story: [...storyOf(incident, members), ...decisions.slice(0, mostDecisionsTold).map(({ text }) => text)],
    alerts: members.map((member) => memberView(context, member)),
    all_entities: incidents.entities(incident.id, mostEntities).entities,
    timeline: entries,
    timeline_left_out: leftOut + Math.max(0, incident.alert_count - members.length),
    notes: notes.map(noteView),
    evidence: evidence.map(evidenceView),
  };
}
