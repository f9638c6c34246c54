import { type EntityKind, type IncidentEntity, type Severity, severityRank } from '../../model/index.ts';
import type { IncidentFacts, IncidentMember, IncidentRow } from '../../store/contract.ts';

const ofSeverity: Readonly<Record<Severity, number>> = { info: 5, low: 15, medium: 30, high: 50, critical: 70 };
const mostRules = 50;
/** Entities that an incident names itself; the others are in the table of its entities. */
export const mostNamed = 20;

/**
 * 0 to 100: how urgent an incident is. The severity of its worst alert gives 5, 15, 30, 50 or 70; each further tactic 5, at
 * most 15; a login that worked after some that failed 15; an address known from threat intelligence 10; each doubling of
 * its alerts 1, at most 5.
 */
export function riskOf(severity: Severity, alerts: number, facts: IncidentFacts): number {
  const tactics = Math.min(15, 5 * Math.max(0, facts.tactics.length - 1));
  const crowd = Math.min(5, Math.floor(Math.log2(Math.max(1, alerts))));
  const sum = ofSeverity[severity] + tactics + (gotIn(facts) ? 15 : 0) + (facts.intel ? 10 : 0) + crowd;
  return Math.min(100, sum);
}

/** Somebody failed to log in, and later somebody was let in. */
const gotIn = ({ failed_at, succeeded_at }: IncidentFacts): boolean =>
  failed_at !== null && succeeded_at !== null && succeeded_at >= failed_at;

/** What happened, who, to whom: "SSH brute force by 203.0.113.9 against root on web1, and 3 other kinds". */
export function titleOf(entities: readonly IncidentEntity[], facts: IncidentFacts): string {
  const some = (kind: EntityKind, one: string, many: string): string => {
    const count = facts.counts[kind];
    const first = entities.find((entity) => entity.kind === kind);
    if (count === 0 || first === undefined) return '';
    return count === 1 ? ` ${one} ${short(first.value)}` : ` ${one} ${count} ${many}`;
  };
  const others = facts.rules.filter((name) => name !== facts.lead.rule_name).length;
  const where = `${some('address', 'by', 'addresses')}${some('user', 'as', 'users')}${some('host', 'on', 'hosts')}`;
  const more = others === 0 ? '' : `, and ${others} other ${others === 1 ? 'kind' : 'kinds'} of alert`;
  return `${short(facts.lead.rule_name)}${where}${more}`;
}

const short = (text: string): string => (text.length <= 80 ? text : `${text.slice(0, 79)}…`);

/** An incident of one alert. */
export function incidentOf(id: string, member: IncidentMember, now: number): IncidentRow {
  const empty: IncidentRow = {
    id,
    title: '',
    severity: member.severity,
    risk: 0,
    status: 'new',
    disposition: null,
    owner: null,
    entities: [],
    first: member.first,
    last: member.last,
    alert_count: 0,
    event_count: 0,
    attack: [],
    historical: true,
    created_at: now,
    updated_at: now,
    closed_at: null,
    merged_into: null,
    version: 0,
    facts: {
      tactics: [],
      rules: [],
      lead: {
        alert_id: member.alert_id,
        severity: member.severity,
        first: member.first,
        rule_name: member.rule_name,
        message: member.message,
      },
      failed_at: null,
      succeeded_at: null,
      intel: false,
      live_alerts: 0,
      counts: { address: 0, user: 0, host: 0 },
    },
  };
  return empty;
}

/** The incident with one more alert, or with one that has grown since `before`. The order of the calls does not matter. */
export function withMember(incident: IncidentRow, member: IncidentMember, before: IncidentMember | null): IncidentRow {
  const { facts } = incident;
  const isLead = before?.alert_id === facts.lead.alert_id || isWorse(member, facts.lead);
  return {
    ...incident,
    severity: severityRank[member.severity] > severityRank[incident.severity] ? member.severity : incident.severity,
    first: Math.min(incident.first, member.first),
    last: Math.max(incident.last, member.last),
    alert_count: incident.alert_count + (before === null ? 1 : 0),
    event_count: incident.event_count + member.count - (before?.count ?? 0),
    attack: union(incident.attack, member.attack).sort(),
    facts: {
      ...facts,
      tactics: union(facts.tactics, member.tactics),
      rules: union(facts.rules, [member.rule_name]).slice(0, mostRules),
      lead: isLead
        ? {
            alert_id: member.alert_id,
            severity: member.severity,
            first: member.first,
            rule_name: member.rule_name,
            message: member.message,
          }
        : facts.lead,
      failed_at: least(facts.failed_at, member.failed_at),
      succeeded_at: most(facts.succeeded_at, member.succeeded_at),
      intel: facts.intel || member.intel,
      live_alerts: facts.live_alerts + (member.historical ? 0 : 1) - (before === null || before.historical ? 0 : 1),
    },
  };
}

type Lead = Pick<IncidentMember, 'alert_id' | 'severity' | 'first'>;

/** More severe, or as severe and earlier. */
function isWorse(one: Lead, than: Lead): boolean {
  const ranks = severityRank[one.severity] - severityRank[than.severity];
  if (ranks !== 0) return ranks > 0;
  return one.first !== than.first ? one.first < than.first : one.alert_id < than.alert_id;
}

const union = <T>(some: readonly T[], more: readonly T[]): T[] => [...new Set([...some, ...more])];
const least = (a: number | null, b: number | null): number | null => (a === null ? b : b === null ? a : Math.min(a, b));
const most = (a: number | null, b: number | null): number | null => (a === null ? b : b === null ? a : Math.max(a, b));
