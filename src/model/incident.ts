import type { Alert, Disposition } from './alert.ts';
import type { Severity } from './enumerations.ts';

/** What an alert can be about, and what alerts share. */
export const entityKinds = ['address', 'user', 'host'] as const;
export type EntityKind = (typeof entityKinds)[number];

/** Somebody or something that alerts and events name. The value is as it stands in the event, IPv4 not mapped into IPv6. */
export interface IncidentEntity {
  kind: EntityKind;
  value: string;
}

export const incidentStatuses = ['new', 'in_progress', 'closed'] as const;
export type IncidentStatus = (typeof incidentStatuses)[number];

/** Alerts that belong together: one case for one person to work on. */
export interface Incident {
  /** UUID-shaped hash of its first alert's id: the same alerts give the same incident. */
  id: string;
  /** One sentence: what happened, who, to whom. */
  title: string;
  /** That of its most severe alert. */
  severity: Severity;
  /** 0 to 100: how urgent it is. The formula is in docs/incidents.md. */
  risk: number;
  status: IncidentStatus;
  disposition: Disposition | null;
  /** Name of the user who works on it. */
  owner: string | null;
  /** The most telling first: those that held its alerts together. */
  entities: IncidentEntity[];
  /** First and last event of its alerts, epoch ms of event time. */
  first: number;
  last: number;
  alert_count: number;
  /** Matches of all its alerts. An event that several rules matched counts for each. */
  event_count: number;
  /** ATT&CK technique ids of its alerts, sorted. */
  attack: string[];
  /** All its alerts are historical: shown, never notified or acted on. */
  historical: boolean;
  /** Epoch ms. */
  created_at: number;
  updated_at: number;
  closed_at: number | null;
  /** Into which incident this one was merged; it holds no alerts any more. Null: it stands by itself. */
  merged_into: string | null;
  /** Raised with each change by people, and when an alert opens it again: who changes it says which one was seen. */
  version: number;
}

/** `grown`: alerts came or grew. `changed`: people changed something else than open or closed. */
export const incidentChangeKinds = ['opened', 'grown', 'changed', 'closed', 'reopened'] as const;
export type IncidentChangeKind = (typeof incidentChangeKinds)[number];

export interface IncidentChange {
  kind: IncidentChangeKind;
  /** As it is after the change. */
  incident: Incident;
  /** The alert that caused it, where one did: `opened`, `grown`, and `reopened` by a new alert. */
  alert: Alert | null;
}

/** Tells of incidents as they change, in the order of the changes. Listeners must be cheap and must not throw. */
export interface IncidentFeed {
  /** @returns how to unsubscribe. */
  subscribe(listener: (change: IncidentChange) => void): () => void;
}
