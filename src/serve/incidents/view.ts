import type { z } from 'zod';
import { type EntityKind, entityKinds, isoTime } from '../../model/index.ts';
import type {
  IncidentEvidence,
  IncidentFilter,
  IncidentMember,
  IncidentNote,
  IncidentRow,
} from '../../store/contract.ts';
import type { Principal, ServeContext } from '../unit.ts';
import type { evidenceShape, incidentQuery, incidentShape, memberShape, noteShape } from './shapes.ts';

/** An incident as lists show it. */
export function incidentView(row: IncidentRow): z.input<typeof incidentShape> {
  const { facts, first, last, created_at, updated_at, closed_at, ...rest } = row;
  const { tactics, failed_at, succeeded_at, intel, counts } = facts;
  return {
    ...rest,
    entity_counts: counts,
    tactics,
    got_in: failed_at !== null && succeeded_at !== null && succeeded_at >= failed_at,
    intel,
    first: isoTime(first),
    last: isoTime(last),
    created_at: isoTime(created_at),
    updated_at: isoTime(updated_at),
    closed_at: closed_at === null ? null : isoTime(closed_at),
  };
}

export function memberView(context: ServeContext, member: IncidentMember): z.input<typeof memberShape> {
  const alert = context.services.state.alerts.byId(member.alert_id);
  const { alert_id, first, last, rule_id, rule_name, severity, message, count, attack, tactics, entities } = member;
  return {
    id: alert_id,
    rule_id,
    rule_name,
    severity,
    message,
    first: isoTime(first),
    last: isoTime(last),
    count,
    attack,
    tactics,
    entities,
    ties: member.keys,
    status: alert?.status ?? null,
    disposition: alert?.disposition ?? null,
    acknowledged_by: alert?.acknowledged_by ?? null,
    historical: member.historical,
  };
}

export const noteView = ({ id, author, text, created_at, edited_at }: IncidentNote): z.input<typeof noteShape> => ({
  id,
  author,
  text,
  created_at: isoTime(created_at),
  edited_at: edited_at === null ? null : isoTime(edited_at),
});

export const evidenceView = (one: IncidentEvidence): z.input<typeof evidenceShape> => {
  const { incident_id, created_at, events, ...rest } = one;
  return { ...rest, created_at: isoTime(created_at), events: events.map((event) => ({ ...event })) };
};

export function incidentFilter(query: z.output<typeof incidentQuery>, principal: Principal | null): IncidentFilter {
  const { status, severity, owner, entity, q, from, to } = query;
  return {
    ...(status && status.length > 0 && { statuses: status }),
    ...(severity && severity.length > 0 && { severities: severity }),
    ...(owner && { owner: owner === 'none' ? null : owner === 'me' ? (principal?.name ?? '') : owner }),
    ...(entity && { entity: entityOf(entity) }),
    ...(q && { text: q }),
    ...(from !== undefined && { from }),
    ...(to !== undefined && { to }),
  };
}

/** `user:root` is a user; what has no kind in front is whatever has that name. */
function entityOf(text: string): { kind?: EntityKind; value: string } {
  const kind = entityKinds.find((each) => text.startsWith(`${each}:`));
  return kind === undefined ? { value: text } : { kind, value: text.slice(kind.length + 1) };
}
