import type { AlertRow, StateStore } from '../../store/contract.ts';
import type { ServeContext } from '../unit.ts';
import { alertView } from '../views.ts';

const dayMs = 86_400_000;

/**
 * An alert with its events, why it was raised, its rule as it is now, and other alerts about the same.
 *
 * @param among where the alert is from, and the related ones
 */
export function alertDetail(context: ServeContext, alert: AlertRow, among: Pick<StateStore['alerts'], 'list'>) {
  const rule = context.rules().find((each) => each.id === alert.rule_id);
  return {
    ...alertView(alert, 'all', context.authorOf(alert.rule_id)),
    events: alert.events,
    explain: { ...alert.explain },
    rule: rule
      ? {
          id: rule.id,
          name: rule.name,
          description: rule.description,
          type: rule.type,
          enabled: rule.enabled,
          origin: rule.origin,
          author: rule.author,
        }
      : null,
    incident: incidentOf(context, alert.id),
    related: related(among, alert).map((each) => alertView(each, 'none', context.authorOf(each.rule_id))),
  };
}

/** The incident that it is part of; null: none (yet), or a signal. */
function incidentOf(context: ServeContext, alertId: string) {
  const { incidents } = context.services.state;
  const member = incidents.member(alertId);
  const incident = member === null ? null : incidents.byId(member.incident_id);
  if (incident === null) return null;
  const { id, title, status, owner, alert_count } = incident;
  return { id, title, status, owner, alert_count };
}

/** Alerts that share a group value within a day on either side, newest first, at most 20. */
function related(among: Pick<StateStore['alerts'], 'list'>, alert: AlertRow): AlertRow[] {
  const byId = new Map<string, AlertRow>();
  for (const entity of new Set(Object.values(alert.group))) {
    const page = among.list({ entity, from: alert.time - dayMs, to: alert.time + dayMs }, 21, null);
    for (const other of page.alerts) if (other.id !== alert.id) byId.set(other.id, other);
  }
  return [...byId.values()].sort((a, b) => b.time - a.time || (a.id < b.id ? 1 : -1)).slice(0, 20);
}
