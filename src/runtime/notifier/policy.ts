import ipaddr from 'ipaddr.js';
import { type Incident, type Severity, severityRank } from '../../model/index.ts';
import type { ChannelFilter } from '../../store/contract.ts';

/* When somebody is told. Pure: settings, time and what was told before are handed in. */

export interface PolicySettings {
  severityThreshold: Severity;
  riskThreshold: number;
  rateLimitMinutes: number;
  growthUpdates: boolean;
  closingNotes: boolean;
  quietCritical: boolean;
  digest: 'off' | 'hourly' | 'daily';
}

/** What is remembered of an incident. */
export interface CaseNotes {
  rules: string[];
  tags: string[];
  /** The newest alerts, oldest first. */
  lines: { id: string; time: number; text: string }[];
  /** Alerts that are not among them any more. */
  moreLines: number;
  /** What people know; null: nothing yet. */
  told: { at: number; severity: Severity; events: number; rules: number; closed: boolean } | null;
  /** What the first message gave back, by channel. */
  channels: Record<string, { reference: string | null }>;
  /** As it was last seen, for those that are looked at again. */
  incident: Incident;
}

export type Decision =
  | { action: 'tell'; kind: 'opened' | 'update' | 'closed' }
  /** Into the digest. */
  | { action: 'hold'; reason: 'below' | 'quiet' }
  /** Looked at again then. */
  | { action: 'wait'; until: number }
  | { action: 'none' };

/** An incident that nobody was told of and whose last event is older is no news: it comes from alerts of before. */
const newsMs = 86_400_000;

const none: Decision = { action: 'none' };

/** At or above a threshold. */
const isWorthTelling = (incident: Pick<Incident, 'severity' | 'risk'>, settings: PolicySettings): boolean =>
  severityRank[incident.severity] >= severityRank[settings.severityThreshold] ||
  incident.risk >= settings.riskThreshold;

/** @param quietEnd when the quiet hours end; null: it is not quiet */
export function decide(notes: CaseNotes, settings: PolicySettings, now: number, quietEnd: number | null): Decision {
  const { incident, told } = notes;
  if (incident.historical) return none;
  const isOver = incident.status === 'closed' || incident.merged_into !== null;
  if (told === null) {
    if (isOver || incident.last < now - newsMs) return none;
    if (!isWorthTelling(incident, settings))
      return settings.digest === 'off' ? none : { action: 'hold', reason: 'below' };
    if (quietEnd !== null && !breaksThrough(incident, settings)) return { action: 'hold', reason: 'quiet' };
    return { action: 'tell', kind: 'opened' };
  }
  // Whoever closes it is awake, and what rings has to stop: neither quiet hours nor the limit hold a closing note.
  if (isOver) return told.closed || !settings.closingNotes ? none : { action: 'tell', kind: 'closed' };
  if (!told.closed && !(settings.growthUpdates && hasGrown(notes))) return none;
  const free = told.at + settings.rateLimitMinutes * 60_000;
  // Told in the future: the clock was set back, and nobody should hear nothing until it comes round again.
  if (now < free && told.at <= now) return { action: 'wait', until: free };
  if (quietEnd !== null && !breaksThrough(incident, settings)) return { action: 'wait', until: quietEnd };
  return { action: 'tell', kind: 'update' };
}

const breaksThrough = (incident: Incident, settings: PolicySettings): boolean =>
  settings.quietCritical && incident.severity === 'critical';

/** More severe, a further rule, or twice as many events as were told. */
function hasGrown({ incident, told, rules }: CaseNotes): boolean {
  if (told === null) return false;
  return (
    severityRank[incident.severity] > severityRank[told.severity] ||
    rules.length > told.rules ||
    incident.event_count >= 2 * Math.max(1, told.events)
  );
}

/** Whether a channel takes an incident. */
export const takes = (filter: ChannelFilter, { incident, rules, tags }: CaseNotes): boolean =>
  takesAll(filter, { severity: incident.severity, entities: incident.entities, rules, tags });

/** Whether a channel takes anything of these. */
export function takesAll(
  filter: ChannelFilter,
  {
    severity,
    entities,
    rules,
    tags,
  }: Pick<Incident, 'severity'> & {
    entities: readonly { value: string }[];
    rules: readonly string[];
    tags: readonly string[];
  },
): boolean {
  const some = (wanted: readonly string[], has: (entry: string) => boolean): boolean =>
    wanted.length === 0 || wanted.some(has);
  return (
    some(filter.severities, (each) => each === severity) &&
    some(filter.rules, (rule) => rules.includes(rule)) &&
    some(filter.tags, (tag) => tags.some((each) => each.toLowerCase() === tag.toLowerCase())) &&
    some(filter.entities, (entity) => entities.some(({ value }) => isEntity(value, entity)))
  );
}

function isEntity(value: string, wanted: string): boolean {
  if (value.toLowerCase() === wanted.toLowerCase()) return true;
  if (!ipaddr.isValidCIDR(wanted) || !ipaddr.isValid(value)) return false;
  const [range, bits] = ipaddr.parseCIDR(wanted);
  const address = ipaddr.process(value);
  return address.kind() === range.kind() && address.match(range, bits);
}
