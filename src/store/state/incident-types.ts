import type {
  AttackTactic,
  EntityKind,
  EventJson,
  Incident,
  IncidentEntity,
  IncidentStatus,
  Severity,
} from '../../model/index.ts';

/** What an incident is made of besides what everybody sees of it: enough to add an alert without reading the others. */
export interface IncidentFacts {
  tactics: AttackTactic[];
  /** Names of its rules, at most 50. */
  rules: string[];
  /** The alert that it is named after: the most severe one, of those the first. */
  lead: { alert_id: string; severity: Severity; first: number; rule_name: string; message: string };
  /** Earliest failed and latest successful login of its evidence, epoch ms. */
  failed_at: number | null;
  succeeded_at: number | null;
  /** An address of its evidence is known from threat intelligence. */
  intel: boolean;
  /** How many alerts are not historical. */
  live_alerts: number;
  /** How many entities of each kind there are. */
  counts: Record<EntityKind, number>;
}

export interface IncidentRow extends Incident {
  facts: IncidentFacts;
}

/** An alert in an incident. */
export interface IncidentMember {
  alert_id: string;
  incident_id: string;
  rule_id: string;
  rule_name: string;
  severity: Severity;
  message: string;
  /** Event time, epoch ms. */
  first: number;
  last: number;
  count: number;
  historical: boolean;
  attack: string[];
  tactics: AttackTactic[];
  entities: IncidentEntity[];
  /** What ties it to other alerts. */
  keys: string[];
  failed_at: number | null;
  succeeded_at: number | null;
  intel: boolean;
  /** Somebody put it where it is: it ties nothing together any more. */
  pinned: boolean;
  /** The alert's `updated_at` when it was last looked at. */
  seen_at: number;
}

/** Alerts of one incident that share a key, without a gap longer than the window. */
export interface IncidentLink {
  key: string;
  first: number;
  last: number;
  incident_id: string;
}

/** What happened to an incident. `details` are shown to people. */
export interface IncidentLogEntry {
  number: number;
  incident_id: string;
  time: number;
  /** `opened`, `merged`, `split`, `status`, `owner`, `disposition`, `note`, `evidence`, `notified` … */
  kind: string;
  /** User name; null: Phosor itself. */
  by: string | null;
  details: Record<string, unknown>;
}

export interface IncidentNote {
  id: string;
  incident_id: string;
  author: string;
  text: string;
  created_at: number;
  /** Null: never edited. */
  edited_at: number | null;
}

export interface IncidentEvidence {
  id: string;
  incident_id: string;
  kind: 'event' | 'alert';
  /** Id of the event or alert. */
  ref: string;
  reason: string;
  author: string;
  created_at: number;
  /** What it says, kept here: it outlives what the store holds. */
  events: EventJson[];
  /** Of an alert. */
  message: string | null;
}

export interface IncidentFilter {
  statuses?: IncidentStatus[];
  severities?: Severity[];
  /** Null: nobody's. */
  owner?: string | null;
  entity?: { kind?: EntityKind; value: string };
  /** Part of title, entities or rule names. */
  text?: string;
  /** Its alerts' events lie in this time, epoch ms, from inclusive, to exclusive. */
  from?: number;
  to?: number;
}

export const incidentOrders = ['risk', 'newest', 'oldest'] as const;
export type IncidentOrder = (typeof incidentOrders)[number];

/** What people wrote about an address, a user or a host. */
export interface EntityNote {
  kind: EntityKind;
  value: string;
  text: string;
  tags: string[];
  author: string;
  updated_at: number;
}

export interface IncidentsOfSpan {
  opened: number;
  closed: number;
  /** Opened before the end of the span, and not closed by then. */
  open_at_end: number;
  /** Of those that were closed in the span, from their opening; null: none was. */
  mean_close_ms: number | null;
  /** Opened or closed in the span, or open through it: the gravest first, of the same severity those of the highest risk. */
  worst: IncidentRow[];
}

/** Incidents and what belongs to them. Incidents that were merged into others are found by id only. */
export interface IncidentStore {
  byId(id: string): IncidentRow | null;
  /** Writes it, whole. */
  put(incident: IncidentRow): void;
  list(
    filter: IncidentFilter,
    limit: number,
    after: string | null,
    order: IncidentOrder,
  ): { incidents: IncidentRow[]; next: string | null };
  count(filter: IncidentFilter): number;
  /** What was opened and closed in a span by the clock, edges: from inclusive, to exclusive. Merged ones do not count. */
  during(from: number, to: number, most: number): IncidentsOfSpan;
  /** Loud alerts that are in no incident, or have changed since they were looked at, in the order they were stored. */
  pending(after: number, limit: number): { number: number; id: string }[];
  member(alert_id: string): IncidentMember | null;
  putMember(member: IncidentMember): void;
  /** Oldest first. */
  members(incident_id: string, limit: number, offset?: number): IncidentMember[];
  moveMembers(from: string, to: string): void;
  /** Clusters of the key that reach into this time, edges included. */
  links(key: string, from: number, to: number): IncidentLink[];
  linksOf(incident_id: string): IncidentLink[];
  putLink(link: IncidentLink): void;
  removeLink(link: IncidentLink): void;
  /** Counts the entities of one more alert (`by` 1), or of one less. */
  countEntities(incident_id: string, entities: readonly IncidentEntity[], by: 1 | -1): void;
  /** Those of most alerts first; `counts`: of all. */
  entities(
    incident_id: string,
    limit: number,
  ): { entities: (IncidentEntity & { alerts: number })[]; counts: Record<EntityKind, number> };
  log: {
    append(entry: Omit<IncidentLogEntry, 'number'>): void;
    /** Newest first. */
    list(incident_id: string, limit: number): IncidentLogEntry[];
    move(from: string, to: string): void;
  };
  notes: {
    /** Oldest first. */
    list(incident_id: string): IncidentNote[];
    byId(id: string): IncidentNote | null;
    put(note: IncidentNote): void;
    remove(id: string): void;
    move(from: string, to: string): void;
  };
  evidence: {
    /** Oldest first. */
    list(incident_id: string): IncidentEvidence[];
    byId(id: string): IncidentEvidence | null;
    put(evidence: IncidentEvidence): void;
    remove(id: string): void;
    move(from: string, to: string): void;
  };
}

/** What people know of addresses, users and hosts. */
export interface EntityNoteStore {
  byEntity(kind: EntityKind, value: string): EntityNote | null;
  put(note: EntityNote): void;
  remove(kind: EntityKind, value: string): void;
}
