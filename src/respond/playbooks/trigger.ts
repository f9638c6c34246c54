import {
  type Alert,
  type EventJson,
  type Incident,
  networkTest,
  type Playbook,
  type PlaybookConditions,
  type PlaybookSubject,
  severityRank,
} from '../../model/index.ts';
import { isOfType } from '../decisions/policy.ts';
import { isInternal } from '../decisions/safety.ts';

/* What starts a playbook, and about whom. Pure. */

export const noSubject: PlaybookSubject = {
  address: null,
  user: null,
  host: null,
  severity: null,
  rule: null,
  rule_name: null,
  message: null,
  count: null,
  alert: null,
  incident: null,
  incident_title: null,
  score: null,
  reputation: null,
  country: null,
};

/** The only value that all events which have one agree on. */
function onlyOne(events: readonly EventJson[], field: 'src_ip' | 'user' | 'host'): string | null {
  const all = new Set(events.flatMap((event) => event[field] ?? []).filter((value) => value !== ''));
  const [only] = all;
  return all.size === 1 && only !== undefined ? only : null;
}

export function subjectOfAlert(alert: Alert): PlaybookSubject {
  const { group, events } = alert;
  return {
    ...noSubject,
    address: group.src_ip ?? onlyOne(events, 'src_ip'),
    user: group.user ?? onlyOne(events, 'user'),
    host: group.host ?? onlyOne(events, 'host'),
    severity: alert.severity,
    rule: alert.rule_id,
    rule_name: alert.rule_name,
    message: alert.message,
    count: alert.count,
    alert: alert.id,
  };
}

/** An incident may be about several: what it names alone, or first of all. */
export function subjectOfIncident(incident: Incident): PlaybookSubject {
  const first = (kind: string) => incident.entities.find((entity) => entity.kind === kind)?.value ?? null;
  return {
    ...noSubject,
    address: first('address'),
    user: first('user'),
    host: first('host'),
    severity: incident.severity,
    message: incident.title,
    count: incident.event_count,
    incident: incident.id,
    incident_title: incident.title,
  };
}

/** Who a run is about: the same one does not set it off again for a while. */
export const entityOf = ({ address, user, host, incident }: PlaybookSubject): string =>
  address ?? (user === null ? null : `user:${user}`) ?? (host === null ? null : `host:${host}`) ?? incident ?? '';

/** Whether an alert starts it; whether its score is high enough is asked afterwards. */
export function startsAtAlert({ trigger }: Playbook, alert: Alert): boolean {
  const { on, severity, rules, tags, event_types } = trigger;
  if (on === 'manual' || on === 'incident' || alert.historical || alert.signal === true) return false;
  if (on === 'decoy' && !alert.events.some(({ source_type }) => source_type === 'decoy')) return false;
  if (severity !== null && severityRank[alert.severity] < severityRank[severity]) return false;
  if (rules.length > 0 && !rules.includes(alert.rule_id)) return false;
  if (tags.length > 0 && !tags.some((tag) => alert.tags.includes(tag))) return false;
  return event_types.length === 0 || alert.events.some((event) => isOfType(event, event_types));
}

export function startsAtIncident({ trigger }: Playbook, incident: Incident): boolean {
  if (trigger.on !== 'incident' || incident.historical || incident.status === 'closed') return false;
  if (incident.merged_into !== null) return false;
  if (trigger.severity !== null && severityRank[incident.severity] < severityRank[trigger.severity]) return false;
  return trigger.risk === null || incident.risk >= trigger.risk;
}

/** Whether it is for whoever this is about. */
export function concerns(when: PlaybookConditions, { address, user, host }: PlaybookSubject): boolean {
  const lies = (list: readonly string[]): boolean =>
    address !== null && list.some((network) => networkTest(network)?.(address) === true);
  const named = (list: readonly string[], value: string | null): boolean =>
    value !== null && list.some((each) => each.toLowerCase() === value.toLowerCase());
  if (when.address !== null && (address === null || isInternal(address) !== (when.address === 'internal')))
    return false;
  if (when.networks.length > 0 && !lies(when.networks)) return false;
  if (lies(when.except_networks) || named(when.except_users, user) || named(when.except_hosts, host)) return false;
  if (when.users.length > 0 && !named(when.users, user)) return false;
  return when.hosts.length === 0 || named(when.hosts, host);
}
