import type { Alert, ClauseResult, Event, Match, RuleDoc, Severity } from '../model/index.ts';

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
  /** Why it raises no alerts of its own (level informational, or counted by a correlation); null: it does. */
  readonly signal?: string | null;
}

/** Whether a rule could see anything in the logs that arrive. */
export interface SourceSight {
  visible: boolean;
  /** In words, what no source sends: `event_type net.*`, `field CommandLine`. */
  missing: string[];
}

export interface AlertChange {
  type: 'alert' | 'alert_update';
  readonly alert: Alert;
  /** Where {@link CorrelatorOptions.late} is set: the alert in parts, made when asked for, as it stands then. */
  readonly late?: LateAlert;
}

export interface LateAlert {
  readonly id: string;
  readonly rule_id: string;
  /** As they stand now. */
  readonly first: number;
  readonly count: number;
  readonly group: Readonly<Record<string, string>>;
  /** The alert with no events in it, and the events, as far as they are still held: `event_ids` names all. */
  parts(): { alert: Alert; events: readonly Event[] };
}

/** Keyed, bounded correlation state over Matches. Event time only. */
export interface Correlator {
  /** Takes the matches of one event (in the order RuleSet.match gave them) and returns what changed, at once. */
  observe(matches: readonly Match[]): AlertChange[];
  /** Exchanges the rules; state stays where a rule's hash is unchanged. */
  setRules(rules: RuleSet): void;
  /** Whether a window waits for its end: then {@link advance} wants to know of events without matches. */
  readonly waiting: boolean;
  /** An event without matches: its time may end windows of its source. */
  advance(event: Event): AlertChange[];
  /**
   * Live: growth that was held back (an alert is updated at most once a second of event time). Call it about once a second,
   * with the clock's time (epoch ms), by which windows of silent sources end.
   */
  flush(now?: number): AlertChange[];
  /** Replay prints each alert once: everything still open, closed now, in the order of (time, rule, id). */
  close(): AlertChange[];
  snapshot(): CorrelatorSnapshot & { rows: string[] };
  /**
   * The same in short steps: rows, and at the end the rest. The snapshot is that of the first `next`, whatever is observed
   * between the steps. One at a time: a second one makes the first one worthless.
   */
  snapshotInSteps(): Generator<string[], SnapshotHead>;
  restore(snapshot: CorrelatorSnapshot): void;
  stats(): CorrelatorStats;
}

/** JSON-safe: the state without its groups. */
export interface SnapshotHead {
  version: 3;
  units: unknown[];
  /** Sources and events that groups refer to by their place. */
  sources: string[];
  events: Event[];
  /** Source → newest event time. */
  watermarks: [string, number][];
}

export interface CorrelatorSnapshot extends SnapshotHead {
  /** A group each, as JSON. */
  rows: Iterable<string>;
}

export interface CorrelatorStats {
  groups: number;
  evicted: number;
  late_dropped: number;
  missing_group: number;
  per_rule: Record<
    string,
    {
      groups: number;
      /** How many it may hold, its inner correlations included. */
      max_groups: number;
      evicted: number;
      late_dropped: number;
      missing_group: number;
      matches: number;
      alerts: number;
    }
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
  /**
   * Events that are held as evidence, of all rules together; the oldest are let go first, and alerts then name them by id
   * only: they are in the store. At least 1; 20,000 where absent.
   */
  maxHeldEvents?: number;
  /** A random 32-bit number where group values come from strangers, who could otherwise choose such as slow look-ups down. */
  hashSeed?: number;
  /** Everything where absent. */
  detail?: AlertExtent;
  /**
   * History: an alert of a correlation is one window. It ends one timespan after its first event, however the attack goes on,
   * and what it has counted begins no other alert. Events that came long after they happened count like all others. What it
   * observed is told as of the event that opened it, where more can only raise it.
   */
  perWindow?: boolean;
}

/** Why a rule does, or does not, fire: asked event by event, in order. */
export interface Explainer {
  explain(event: Event, seq: number): EventExplanation;
}

export interface EventExplanation {
  /** Whether the event satisfies at least one of the rule's selections. */
  matched: boolean;
  /** The rule's detections: one, or those that a correlation refers to. */
  steps: StepExplanation[];
  /** null: the rule is about single events. */
  correlation: CorrelationExplanation | null;
  /** Why the rule raises no alert of its own even where it fires (it is a signal); null: it does. */
  signal: string | null;
}

export interface StepExplanation {
  name: string;
  title: string;
  matched: boolean;
  /** Every clause with what was found; `at` is also there for values that are not what was asked for. */
  clauses: ClauseResult[];
  /** What would have had to differ for the event to match, one sentence each: the smallest such change. */
  differ: string[];
}

export interface CorrelationExplanation {
  name: string;
  title: string;
  type: string;
  /** The group that the event falls into, field → value; null where it has none (see `missing_group`). */
  group: Record<string, string> | null;
  /** Group fields that the event lacks: without them it is not counted. */
  missing_group: string[];
  /** What the condition is about, in the window that this event is in: events, different values, or steps. */
  observed: number;
  /** How much of it is needed; null where the condition is no lower limit. */
  needed: number | null;
  /** In words: `at least 5 events`. */
  condition: string;
  window_seconds: number;
  /** Whether an alert was raised or grew with this event (an inner correlation: whether it holds). */
  fired: boolean;
  /** Ids of the counted events in the window, oldest first. */
  events: string[];
  /** ISO time by which the rest would have had to come; null where nothing is missing or no event could help. */
  until: string | null;
  /** What would have had to differ, one sentence each. */
  differ: string[];
  /** Correlations that are steps of this one. */
  inner: CorrelationExplanation[];
  /** Where only a window's end can tell: when the event's window is over, and whether it fires then if nothing more comes. */
  pending?: { until: string; fires: boolean };
  /** The same: windows that are over now, by the time of this event. */
  judged?: JudgedWindow[];
}

/** A window of a correlation that is judged when its timespan is over. */
export interface JudgedWindow {
  group: Record<string, string>;
  /** ISO times. */
  from: string;
  until: string;
  observed: number;
  /** Whether it met the condition: an alert was raised or grew. */
  fired: boolean;
  /** Ids of the counted events, oldest first. */
  events: string[];
}
