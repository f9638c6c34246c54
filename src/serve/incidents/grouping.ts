import { z } from 'zod';
import { apiError } from '../errors.ts';
import { errorBody, idParams } from '../schemas.ts';
import type { App, ServeContext } from '../unit.ts';
import { foundIncident } from './reading.ts';
import { incidentShape, version } from './shapes.ts';
import { incidentView } from './view.ts';
import { refusing } from './working.ts';

const answers = { 404: errorBody, 409: errorBody, 422: errorBody } as const;

/** Where people know better which alerts belong together. */
export function registerGrouping(app: App, context: ServeContext): void {
  const { services, audit } = context;
  const { incidents } = services;
  app.post(
    '/api/incidents/:id/merge',
    {
      config: { role: 'analyst' },
      schema: {
        summary: 'Merge another incident into this one',
        description: 'Its alerts, notes and evidence come here. The other one is closed and names this one.',
        params: idParams,
        body: z.strictObject({
          version,
          from: z.string().min(1).max(200).meta({ description: 'Id of the other one.' }),
        }),
        response: { 200: incidentShape, ...answers },
      },
    },
    async (request) => {
      const { id } = foundIncident(context, request.params.id);
      const other = foundIncident(context, request.body.from);
      if (other.id === id) throw apiError('VALIDATION_FAILED', 'These are the same incident. Name another one.');
      const by = request.principal?.name ?? 'unknown';
      const merged = refusing(id, () => incidents.merge(id, other.id, by, request.body.version));
      audit(request, 'incident_merged', { id, from: other.id, title: merged.title, from_title: other.title });
      return incidentView(merged);
    },
  );
  app.post(
    '/api/incidents/:id/split',
    {
      config: { role: 'analyst' },
      schema: {
        summary: 'Split alerts off into an incident of their own',
        description: 'They stay there: by themselves they tie nothing together any more. One alert at least is left.',
        params: idParams,
        body: z.strictObject({ version, alerts: z.array(z.string().min(1).max(200)).min(1).max(1000) }),
        response: { 200: z.object({ left: incidentShape, made: incidentShape }), ...answers },
      },
    },
    async (request) => {
      const { id } = foundIncident(context, request.params.id);
      const by = request.principal?.name ?? 'unknown';
      const alerts = [...new Set(request.body.alerts)];
      const { state } = services;
      if (alerts.some((alert) => state.incidents.member(alert)?.incident_id !== id))
        throw apiError(
          'VALIDATION_FAILED',
          'One of these alerts is not in this incident. Load it again and choose anew.',
        );
      if (alerts.length >= foundIncident(context, id).alert_count)
        throw apiError('VALIDATION_FAILED', 'One alert at least must stay. Leave one out.');
      const { left, made } = refusing(id, () => incidents.split(id, alerts, by, request.body.version));
      audit(request, 'incident_split', { id, into: made.id, count: alerts.length, alerts: alerts.slice(0, 50) });
      return { left: incidentView(left), made: incidentView(made) };
    },
  );
}
