import type { AttackTactic } from '../../../src/model/attack.ts';
import type { EntityKind, IncidentEntity, IncidentStatus } from '../../../src/model/incident.ts';
import type { Disposition, Severity } from '../api/types.ts';

export type { EntityKind, IncidentEntity, IncidentStatus };

/** What the API tells of an incident. Times are ISO 8601. */
export interface Incident {
  id: string;
  title: string;
  severity: Severity;
  risk: number;
  status: IncidentStatus;
  disposition: Disposition | null;
  owner: string | null;
  entities: IncidentEntity[];
  entity_counts: Record<EntityKind, number>;
  first: string;
  last: string;
  alert_count: number;
  event_count: number;
  attack: string[];
  tactics: AttackTactic[];
  got_in: boolean;
  intel: boolean;
  historical: boolean;
  created_at: string;
  updated_at: string;
  closed_at: string | null;
  merged_into: string | null;
  version: number;
}

export interface IncidentAlert {
  id: string;
  rule_id: string;
  rule_name: string;
  severity: Severity;
  message: string;
  first: string;
  last: string;
  count: number;
  attack: string[];
  tactics: AttackTactic[];
  entities: IncidentEntity[];
  ties: string[];
  status: string | null;
  disposition: string | null;
  acknowledged_by: string | null;
  historical: boolean;
}

export interface TimelineEntry {
  time: string;
  kind: 'alert' | 'signal' | 'event' | 'note' | 'change' | 'notification' | 'decision';
  text: string;
  by: string | null;
  severity: Severity | null;
  ref: string | null;
}

export interface IncidentNote {
  id: string;
  author: string;
  text: string;
  created_at: string;
  edited_at: string | null;
}

export interface IncidentEvidence {
  id: string;
  kind: 'event' | 'alert';
  ref: string;
  reason: string;
  author: string;
  created_at: string;
  message: string | null;
  events: { id: string; time: string | null; raw: string }[];
}

export interface IncidentDetail extends Incident {
  story: string[];
  alerts: IncidentAlert[];
  all_entities: (IncidentEntity & { alerts: number })[];
  timeline: TimelineEntry[];
  timeline_left_out: number;
  notes: IncidentNote[];
  evidence: IncidentEvidence[];
}
