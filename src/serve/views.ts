import { type Alert, eventFromJson, isoTime, phosorEvent, phosorSeverity } from '../model/index.ts';
import { type Evidence, evidenceOf } from '../store/contract.ts';

/**
 * PHOSOR's alert, with Phosor's own keys behind it.
 *
 * @param evidence how many of the alert's events to give as `matched_events`: `all` of the snapshot (first 20 and last 20),
 *   `some` (first and last 5, for lists) or `none`. `count` says how many there were.
 * @param author who wrote the rule, where it is known
 */
export function alertView(alert: Alert, evidence: Evidence, author: string | null) {
  return {
    id: alert.id,
    timestamp: isoTime(alert.time),
    rule_id: alert.rule_id,
    rule_name: alert.rule_name,
    rule_author: author,
    severity: phosorSeverity(alert.severity),
    severity_level: alert.severity,
    message: alert.message,
    matched_events: evidenceOf(alert.events, evidence).map((event) => ({ ...phosorEvent(eventFromJson(event)) })),
    acknowledged: alert.acknowledged_at !== null,
    acknowledged_by: alert.acknowledged_by,
    acknowledged_at: alert.acknowledged_at === null ? null : isoTime(alert.acknowledged_at),
    count: alert.count,
    first: isoTime(alert.first),
    last: isoTime(alert.last),
    group: alert.group,
    status: alert.status,
    disposition: alert.disposition,
    attack: alert.attack,
    tags: alert.tags,
    historical: alert.historical,
    attributable: alert.attributable,
    signal: alert.signal === true,
  };
}
export type AlertView = ReturnType<typeof alertView>;
