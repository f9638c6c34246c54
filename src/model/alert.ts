import type { Severity } from './enumerations.ts';
import type { Event, EventJson, FieldValue } from './event.ts';

/**
 * What stateless matching hands to correlation: enough for counts, evidence and the explanation without asking the store.
 * A plain record, so that it can cross a thread or a queue.
 */
export interface Match {
  rule_id: string;
  /** Hash of the compiled form: state of a rule whose meaning changed is not carried over. */
  rule_hash: string;
  /** Index of the selection (native correlation: the condition; Sigma correlation: the referenced rule) that matched. */
  step: number;
  /** Group-by values in order, or null where the rule has no group-by. A missing field means there is no Match. */
  group: readonly string[] | null;
  /** Event time, epoch ms. */
  time: number;
  received_at: number;
  seq: number;
  event_id: string;
  /** The counted field's value (value_count), else null. */
  value: string | null;
  /** The event itself, a plain record: evidence and explanation are made from it when an alert needs them. */
  event: Event;
}

export const alertStatuses = ['new', 'acknowledged', 'in_progress', 'closed'] as const;
export type AlertStatus = (typeof alertStatuses)[number];

export const dispositions = ['true_positive', 'false_positive', 'benign', 'undetermined'] as const;
export type Disposition = (typeof dispositions)[number];

/** One alert. Growth of an open alert arrives as the same id with a larger `count` and a later `last`. */
export interface Alert {
  /** UUID-shaped hash of rule, group, window start and first event id: a replayed alert is the same alert. */
  id: string;
  rule_id: string;
  rule_name: string;
  severity: Severity;
  /** One sentence for people: what happened, who, how often. */
  message: string;
  /** Group-by field → value. Empty for an ungrouped rule. */
  group: Record<string, string>;
  /** First and last matched event, epoch ms of event time. */
  first: number;
  last: number;
  /** When the alert was raised, epoch ms of event time: that of the event that completed it. */
  time: number;
  /** Matches so far, growth included. */
  count: number;
  /** First 20 and last 20 event ids. */
  event_ids: string[];
  /** Snapshot of those events. */
  events: EventJson[];
  explain: Explanation;
  /** ATT&CK technique ids, upper case: `T1110.001`. */
  attack: string[];
  tags: string[];
  status: AlertStatus;
  disposition: Disposition | null;
  acknowledged_by: string | null;
  acknowledged_at: number | null;
  /** Raised from events older than ten minutes at receipt: shown, never notified or acted on. */
  historical: boolean;
  /** Event time is trustworthy and the sender cannot have been forged: only such alerts may lead to a block. */
  attributable: boolean;
  /** Kept without telling anybody, because its rule was a signal when it was raised. It stays so. Absent: no. */
  signal?: boolean;
}

/** Why a rule fired, clause by clause. */
export interface Explanation {
  /** One sentence: "5 failed logins by 203.0.113.66 within 60 s (limit 5)". */
  summary: string;
  /** What the rule's author advises to do; null: nothing was said. Absent in alerts of older versions. */
  response?: string | null;
  /** Tree of the clause(s) evaluated on the event that completed the alert. */
  clauses: ClauseResult[];
  /** Only correlations: what was counted, for whom, in which window. */
  correlation: {
    type: string;
    group: Record<string, string>;
    window_seconds: number;
    /** What was required, in words: "at least 5 events", "steps in this order: …". */
    condition: string;
    observed: number;
    /** True where the number is an estimate. */
    approximate: boolean;
    /** For value_count: the distinct values (first 50). */
    values: string[];
  } | null;
}

export interface ClauseResult {
  /** The clause in Sigma's words: `selection`, `user|startswith`, `and`, `1 of sel*`. */
  clause: string;
  matched: boolean;
  field: string | null;
  /** The event's value for the field. */
  value: FieldValue;
  /** What was asked for. */
  expected: string | null;
  /** Where in `raw` the matched text stands: UTF-16 offset and length. Null where it is not in the raw line. */
  at: { offset: number; length: number } | null;
  children: ClauseResult[];
  /** How many further children there are that are not told: of many alternatives only the telling ones are. */
  left_out?: number;
}
