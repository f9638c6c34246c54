import { z } from 'zod';
import { dispositions, incidentStatuses } from '../../model/index.ts';
import type { IncidentRow } from '../../store/contract.ts';
import { apiError } from '../errors.ts';
import { errorBody, idParams } from '../schemas.ts';
import type { App, ServeContext } from '../unit.ts';
import { IncidentChanged, IncidentMissing } from './messages.ts';
import { foundIncident, ownersOf } from './reading.ts';
import { incidentShape, version } from './shapes.ts';
import { incidentView } from './view.ts';

const patchBody = z.strictObject({
  version,
  status: z.enum(incidentStatuses).optional(),
  disposition: z.enum(dispositions).nullable().optional(),
  owner: z.string().min(1).max(200).nullable().optional().meta({ description: 'A user name; null: nobody.' }),
  close_alerts: z
    .boolean()
    .default(false)
    .meta({ description: 'Closes its open alerts with the same disposition. Only where the incident is closed.' }),
});

/** Says what the incident's own errors mean to a caller. */
export function refusing<T>(id: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (error instanceof IncidentMissing) throw apiError('NOT_FOUND', 'incident', id);
    if (!(error instanceof IncidentChanged)) throw error;
    throw apiError('INCIDENT_CHANGED', error.current.merged_into);
  }
}

/** An incident that was not merged into another. */
export function standing(context: ServeContext, id: string): IncidentRow {
  const incident = foundIncident(context, id);
  if (incident.merged_into !== null) throw apiError('INCIDENT_CHANGED', incident.merged_into);
  return incident;
}

export function registerWorking(app: App, context: ServeContext): void {
  const { services, audit } = context;
  const { state, incidents } = services;
  app.patch(
    '/api/incidents/:id',
    {
      config: { role: 'analyst' },
      schema: {
        summary: 'Set status, owner or disposition',
        description: 'Closing without a disposition means undetermined.',
        params: idParams,
        body: patchBody,
        response: { 200: incidentShape, 404: errorBody, 409: errorBody, 422: errorBody },
      },
    },
    async (request) => {
      const { id } = request.params;
      const { version: seen, close_alerts, ...given } = request.body;
      const { status, disposition, owner } = given;
      const before = foundIncident(context, id);
      if (owner && !ownersOf(context).includes(owner))
        throw apiError('VALIDATION_FAILED', `"${owner}" cannot own an incident. Choose an analyst or administrator.`);
      const closes = status === 'closed';
      if (close_alerts && !closes)
        throw apiError('VALIDATION_FAILED', 'Alerts are closed with the incident. Send status closed as well.');
      const edit = {
        ...(status !== undefined && { status }),
        ...(owner !== undefined && { owner }),
        ...(disposition !== undefined && { disposition }),
        ...(closes &&
          disposition === undefined &&
          before.disposition === null && { disposition: 'undetermined' as const }),
      };
      const by = request.principal?.name ?? 'unknown';
      const after = refusing(id, () => incidents.edit(id, edit, by, seen));
      const isClosed = before.status === 'closed';
      const action =
        closes && !isClosed
          ? 'incident_closed'
          : isClosed && after.status !== 'closed'
            ? 'incident_reopened'
            : 'incident_modified';
      const closed = close_alerts ? incidents.closeAlerts(id, by) : [];
      audit(request, action, {
        id,
        title: after.title,
        ...edit,
        ...(close_alerts && { closed_alerts: closed.length }),
      });
      context.alertsChanged(closed.map((each) => state.alerts.byId(each)).filter((alert) => alert !== null));
      return incidentView(foundIncident(context, id));
    },
  );
}
