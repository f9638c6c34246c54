import type { IncidentControl, IncidentEdit } from '../../serve/incidents/messages.ts';
import { IncidentChanged, IncidentMissing } from '../../serve/incidents/messages.ts';
import type { IncidentRow, StateStore } from '../../store/contract.ts';
import { type IncidentBuilder, incidentId } from './builder.ts';
import type { Feed } from './feed.ts';
import { incidentOf, withMember } from './figures.ts';

export interface PeopleOptions {
  state: StateStore;
  builder: IncidentBuilder;
  feed: Feed;
  now: () => number;
}

/** What people do with incidents. Each change is one transaction, stands in the incident's timeline and is told. */
export function incidentsByPeople({ state, builder, feed, now }: PeopleOptions): Omit<IncidentControl, 'subscribe'> {
  const { incidents } = state;

  function current(id: string, version: number | null): IncidentRow {
    const incident = incidents.byId(id);
    if (incident === null) throw new IncidentMissing(id);
    if (incident.merged_into !== null || (version !== null && version !== incident.version))
      throw new IncidentChanged(incident);
    return incident;
  }
  const note = (incident_id: string, kind: string, by: string | null, details: Record<string, unknown>): void =>
    incidents.log.append({ incident_id, time: now(), kind, by, details });
  const raised = (incident: IncidentRow): IncidentRow => ({ ...incident, version: incident.version + 1 });

  return {
    edit(id, edit, by, version) {
      const { before, after } = state.transaction(() => {
        const before = current(id, version);
        const changed = withEdit(before, edit, now());
        for (const field of ['status', 'disposition', 'owner'] as const)
          if (changed[field] !== before[field]) note(id, field, by, { from: before[field], to: changed[field] });
        return { before, after: builder.save(raised(changed)) };
      });
      const isClosed = (incident: IncidentRow): boolean => incident.status === 'closed';
      const kind = isClosed(after) === isClosed(before) ? 'changed' : isClosed(after) ? 'closed' : 'reopened';
      feed.tell(kind, after, null);
      return after;
    },

    closeAlerts(id, by) {
      return state.transaction(() => {
        const incident = current(id, null);
        const open: string[] = [];
        for (const { alert_id } of incidents.members(id, Number.MAX_SAFE_INTEGER)) {
          const alert = state.alerts.byId(alert_id);
          if (alert !== null && alert.status !== 'closed') open.push(alert_id);
        }
        if (open.length === 0) return open;
        const seen = { acknowledged_by: by, acknowledged_at: now() };
        const unseen = open.filter((one) => state.alerts.byId(one)?.acknowledged_at === null);
        state.alerts.setStatus(unseen, seen, now());
        state.alerts.setStatus(open, { status: 'closed', disposition: incident.disposition }, now());
        note(id, 'alerts_closed', by, { count: open.length, disposition: incident.disposition });
        return open;
      });
    },

    merge(into, from, by, version) {
      const { kept, merged } = state.transaction(() => {
        const target = current(into, version);
        const done = builder.merge(target, current(from, null), by, {});
        return { kept: builder.save(raised(done.into)), merged: done.merged };
      });
      feed.tell('closed', merged, null);
      feed.tell('changed', kept, null);
      return kept;
    },

    split(id, alertIds, by, version) {
      const result = state.transaction(() => {
        const whole = current(id, version);
        const chosen = new Set(alertIds);
        const all = incidents.members(id, Number.MAX_SAFE_INTEGER);
        const gone = all.filter(({ alert_id }) => chosen.has(alert_id));
        const rest = all.filter(({ alert_id }) => !chosen.has(alert_id));
        const [firstGone] = gone;
        const [firstLeft] = rest;
        if (firstGone === undefined || firstLeft === undefined || gone.length !== chosen.size)
          throw new IncidentMissing(id);
        let attempt = 0;
        while (incidents.byId(incidentId(firstGone.alert_id, firstGone.first, attempt)) !== null) attempt += 1;
        let made = incidentOf(incidentId(firstGone.alert_id, firstGone.first, attempt), firstGone, now());
        for (const member of gone) {
          const moved = { ...member, incident_id: made.id, pinned: true };
          incidents.putMember(moved);
          incidents.countEntities(made.id, member.entities, 1);
          incidents.countEntities(id, member.entities, -1);
          made = withMember(made, moved, null);
        }
        // What is left is told anew from the alerts that are left.
        const { created_at, status, disposition, owner, closed_at, version: number } = whole;
        let left = { ...incidentOf(id, firstLeft, created_at), status, disposition, owner, closed_at, version: number };
        for (const member of rest) left = withMember(left, member, null);
        const stay = new Set(rest.flatMap(({ keys }) => keys));
        for (const link of incidents.linksOf(id)) {
          if (stay.has(link.key)) continue;
          incidents.removeLink(link);
          incidents.putLink({ ...link, incident_id: made.id });
        }
        note(id, 'split', by, { count: gone.length, into: made.id });
        note(made.id, 'split', by, { count: gone.length, from: id });
        return { left: builder.save(raised(left)), made: builder.save(made) };
      });
      feed.tell('changed', result.left, null);
      feed.tell('opened', result.made, null);
      return result;
    },

    worked(id, kind, by, details) {
      const incident = state.transaction(() => {
        if (kind !== null) note(id, kind, by, details);
        return builder.save(current(id, null));
      });
      feed.tell('changed', incident, null);
      return incident;
    },

    notified(id, { channel, ok, detail }) {
      if (incidents.byId(id) !== null) note(id, 'notified', null, { channel, ok, detail });
    },
  };
}

/** An incident that somebody takes, or decides on, is in progress; one that is opened again is undecided. */
function withEdit(incident: IncidentRow, edit: IncidentEdit, now: number): IncidentRow {
  const status = edit.status ?? incident.status;
  const isReopened = incident.status === 'closed' && status !== 'closed';
  return {
    ...incident,
    status,
    owner: edit.owner === undefined ? incident.owner : edit.owner,
    disposition: edit.disposition === undefined ? (isReopened ? null : incident.disposition) : edit.disposition,
    closed_at: status !== 'closed' ? null : incident.status === 'closed' ? incident.closed_at : now,
  };
}
