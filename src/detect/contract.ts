import type { Alert, Event, Match, RuleDoc, Severity } from '../model/index.ts';

/** Why a rule was refused, or what its author should know. Positions are 1-based and refer to `config.yaml` where there is one. */
export interface RuleProblem {
  rule_id: string;
  level: 'error' | 'warning';
  /** A sentence: what was found, where, what to write instead. */
  message: string;
  path: string | null;
  line: number | null;
  column: number | null;
}

/** A set of compiled rules. Stateless: the same event always yields the same matches, in any thread. */
export interface RuleSet {
  readonly rules: readonly CompiledRule[];
  readonly problems: readonly RuleProblem[];
  /** Appends to `out` (which the caller may reuse) one Match per selection that the event satisfies. */
  match(event: Event, seq: number, out: Match[]): void;
}

/** What the outside may know of a compiled rule. */
export interface CompiledRule {
  readonly id: string;
  readonly hash: string;
  readonly doc: RuleDoc;
  readonly title: string;
  readonly severity: Severity;
  /** `detection`, or the correlation's type: event_count, value_count, temporal, temporal_ordered. */
  readonly kind: string;
  readonly groupBy: readonly string[];
  readonly windowSeconds: number | null;
}

export interface AlertChange {
  type: 'alert' | 'alert_update';
  readonly alert: Alert;
  /** Where {@link CorrelatorOptions.late} is set: the alert in parts, made when asked for, as it stands then. */
  readonly late?: LateAlert;
}

export interface LateAlert {
  readonly id: string;
  /** The alert with no events in it, and the events. */
  parts(): { alert: Alert; events: readonly Event[] };
}

/** Keyed, bounded correlation state over Matches. Event time only. */
export interface Correlator {
  /** Takes the matches of one event (in the order RuleSet.match gave them) and returns what changed, at once. */
  observe(matches: readonly Match[]): AlertChange[];
  /** Exchanges the rules; state stays where a rule's hash is unchanged. */
  setRules(rules: RuleSet): void;
  /** Live: growth that was held back (an alert is updated at most once a second of event time). Call it about once a second. */
  flush(): AlertChange[];
  /** Replay prints each alert once: everything still open, closed now, in the order of (time, rule, id). */
  close(): AlertChange[];
  snapshot(): CorrelatorSnapshot;
  restore(snapshot: CorrelatorSnapshot): void;
  stats(): CorrelatorStats;
}

/** JSON-safe. Events are stored once and referred to by their place in `events`. */
export type CorrelatorSnapshot = {
  version: 1;
  groups: unknown[];
  events?: Event[];
  /** Source → newest event time. */
  watermarks?: [string, number][];
};

export interface CorrelatorStats {
  groups: number;
  evicted: number;
  late_dropped: number;
  missing_group: number;
  per_rule: Record<
    string,
    { groups: number; evicted: number; late_dropped: number; missing_group: number; matches: number; alerts: number }
  >;
}

/** How much of an alert is told. */
export interface AlertExtent {
  /** Events from its beginning and from its end; at most 20 each. */
  first: number;
  last: number;
  clauses: boolean;
}

export interface CorrelatorOptions {
  /** Cap of live groups per rule; the stalest tenth is evicted and counted. */
  maxGroupsPerRule: number;
  /** Events later than this behind their source's watermark skip correlation and are counted. Infinity in replay. */
  latenessMs: number;
  /** Replay: one alert per group at its close, no updates in between. */
  finalOnly: boolean;
  /** Alerts are made when they are asked for: whoever holds a change back gets the alert as it stands then. */
  late?: boolean;
  /** Everything where absent. */
  detail?: AlertExtent;
}
