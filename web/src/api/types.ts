import type {
  AlertStatus,
  Disposition,
  EventJson,
  Explanation,
  Outcome,
  RuleDoc,
  RuleType,
  Severity,
} from '../../../src/model/index.ts';

export type { ClauseResult } from '../../../src/model/index.ts';
export type { AuditJson, AuditVerdict, KeyJson, UserJson } from './account-types.ts';
export type { AlertStatus, Disposition, EventJson, Explanation, RuleType, Severity };

/** Three words of the documented API; Phosor's own five are in `severity_level`. */
export type WireSeverity = 'info' | 'warning' | 'critical';
export type Role = 'viewer' | 'analyst' | 'admin';

export interface SessionUser {
  id: string;
  username: string;
  role: Role;
}

export interface Token {
  access_token: string;
  token_type: 'bearer';
  /** Seconds. */
  expires_in: number;
  user: SessionUser;
}

/** One alert as lists and the socket carry it. Times are ISO 8601. */
export interface PhosorAlert {
  id: string;
  timestamp: string;
  rule_id: string;
  rule_name: string;
  /** Who wrote the rule; null: nobody is named. */
  rule_author: string | null;
  severity: WireSeverity;
  severity_level: Severity;
  message: string;
  matched_events: PhosorEvent[];
  acknowledged: boolean;
  acknowledged_by: string | null;
  acknowledged_at: string | null;
  count: number;
  first: string;
  last: string;
  group: Record<string, string>;
  status: AlertStatus;
  disposition: Disposition | null;
  attack: string[];
  tags: string[];
  historical: boolean;
  attributable: boolean;
  /** Its rule was a signal when it was raised. */
  signal: boolean;
}

export interface AlertDetail extends PhosorAlert {
  events: EventJson[];
  explain: Explanation;
  rule: Pick<RuleJson, 'id' | 'name' | 'description' | 'type' | 'enabled' | 'origin'> | null;
  /** The incident that it is part of. */
  incident: { id: string; title: string; status: string; owner: string | null; alert_count: number } | null;
  related: PhosorAlert[];
}

/** One event as the socket carries it. */
export interface PhosorEvent {
  id: string;
  timestamp: string;
  source: string;
  raw: string;
  parsed: Record<string, unknown>;
  severity: WireSeverity;
  tags: string[];
  severity_level: Severity;
  event_class: string;
  format: string;
  host: string | null;
  program: string | null;
  user: string | null;
  src_ip: string | null;
  dst_ip: string | null;
  dst_port: number | null;
  outcome: Outcome;
  time: string;
  received_at: string;
  fields: Record<string, unknown>;
}

export interface Bucket {
  time: string | number;
  key: string;
  count: number;
}

export interface TopEntry {
  value: string;
  count: number;
  last?: string | number;
}

export interface Overview {
  rates: { events_per_second: number; history: number[] };
  /** Alerts are counted without signals. */
  totals: {
    events: number;
    stored: number;
    alerts: number;
    open_alerts: number;
    signals: number;
    open_signals: number;
    raw: number;
  };
  alerts_over_time: Bucket[];
  alerts_by_severity: Partial<Record<Severity, number>>;
  top: { sources: TopEntry[]; addresses: TopEntry[]; users: TopEntry[]; countries: TopEntry[]; rules: TopEntry[] };
  redaction: { total: number; by_kind: Record<string, number>; by_source: { source: string; count: number }[] };
  limiter: { limited: number; dropped: number; sources: { source: string; limited: number }[] };
  health: {
    spool: { state: 'ok' | 'full'; reason: string | null; pending_bytes: number };
    store: {
      rows: number;
      bytes: number;
      slices: number;
      oldest: string | number | null;
      newest: string | number | null;
    };
    memory_bytes: number;
    backlog: number;
    kernel_drops: number | null;
    recovery: {
      salvagedBytes: number;
      discardedBytes: number;
      quarantinedRows: number;
      replayedBatches: number;
    } | null;
  };
  attention: {
    kind: string;
    severity: Severity;
    title: string;
    detail: string;
    action: { label: string; href: string } | null;
  }[];
}

/** Why a rule was refused, or what its author should know. Line and column count from 1. */
export interface RuleProblem {
  rule_id: string;
  level: 'error' | 'warning';
  message: string;
  path: string | null;
  line: number | null;
  column: number | null;
}

/** A rule as the list has it: all but what it says, which is most of a rule. */
export interface RuleListed {
  id: string;
  name: string;
  description: string;
  type: RuleType;
  enabled: boolean;
  severity: string;
  severity_level: Severity;
  origin: RuleDoc['origin'];
  author: string | null;
  created_at: string | null;
  updated_at: string | null;
  /** A shipped rule that was changed: restoring brings it back as it was shipped. */
  overridden: boolean;
  warnings: string[];
  attack: string[];
  stats: { matches: number; alerts: number; groups: number; evicted: number } | null;
  /** What it holds and did not count; null: it does not run. Absent in the list. */
  correlation?: {
    group_by: string[];
    groups: number;
    max_groups: number;
    evicted: number;
    late_dropped: number;
    missing_group: number;
  } | null;
  state: RuleState;
  muted_until: string | null;
  /** Since when it is a signal by choice, and whose. */
  signal_since: string | null;
  signal_by: string | null;
  last_fired: string | null;
  alerts_24h: number;
  /** Alerts a day; null where the default applies. */
  noise_budget: number | null;
  /** Why the rule is only a signal. */
  note: string | null;
  /** How many exceptions hold. */
  exceptions: number;
  /** The imported pack it came in. */
  pack: string | null;
  /** Under which an imported rule was given away. */
  licence: string | null;
  /** Lines beside the rule that must make it fire, and that must not. */
  tests: { fire: number; quiet: number } | null;
}

export interface RuleJson extends RuleListed {
  config: RuleDoc['config'];
}

/** The new alerts of a signal, by choice or over its noise budget, are kept as info and told to nobody. */
export type RuleState = 'on' | 'off' | 'muted' | 'signal';

/** What a rule says nothing about, and until when. */
export interface RuleException {
  id: string;
  rule_id: string;
  name: string;
  /** A field's value or values; all fields have to agree. */
  selection: Record<string, unknown>;
  reason: string;
  owner: string;
  created_at: string;
  expires_at: string | null;
}

/** What became of rules whose own lines were run. */
export interface RuleTestRun {
  passed: number;
  failed: number;
  /** Rules without lines. */
  untested: number;
  results: { rule_id: string; name: string; ok: boolean; problem: string | null }[];
}

/** Where something was found in an imported file; line and column count from 1. */
export interface ImportProblem {
  file: string;
  line: number | null;
  column?: number | null;
  message: string;
}

/** What an import did, or with `check` would do. */
export interface ImportReport {
  imported: number;
  replaced: number;
  refused: ImportProblem[];
  warnings: ImportProblem[];
}

export type CoverageState = 'none' | 'no_source' | 'ready' | 'fired' | 'tested';

export interface CoverageRule {
  id: string;
  name: string;
  enabled: boolean;
  last_fired: string | null;
  state: RuleState;
  /** Whether what it looks at arrives; null: not looked at yet. */
  visible: boolean | null;
  /** When its own lines last did what they should; null: not within 30 days, or changed since. */
  tested_at: string | null;
}

export interface CoverageTechnique {
  /** `T1110` or `T1110.001`. */
  id: string;
  name: string;
  /** Ids of its tactics. */
  tactics: string[];
  state: CoverageState;
  rules: CoverageRule[];
  /** What no source sends. */
  missing: string[];
}

export interface Coverage {
  tactics: { id: string; name: string }[];
  techniques: CoverageTechnique[];
  /** When it was last looked at what arrives. */
  looked_at: string | null;
}

/** What is posted to create, change, validate or test a rule. */
export interface RuleDraft {
  name: string;
  description: string;
  type: RuleType;
  severity: Severity;
  enabled: boolean;
  /** As the form has it; the server says what it makes of it. */
  config: Record<string, unknown>;
}

export interface ParseTrace {
  stage: string;
  result: string;
}

export interface RuleTestResult {
  events: EventJson[];
  trace: ParseTrace[][];
  matched: string[][];
  alerts: AlertDetail[];
}

export interface SourceJson {
  name: string;
  type: 'syslog' | 'file_tail' | 'webhook';
  active: boolean;
  events_received: number;
  last_event: string | null;
  state: 'active' | 'waiting' | 'limited' | 'failed';
  detail: string | null;
  path: string | null;
  parse_share: number | null;
  format: string | null;
  last_raw: string | null;
  lag_bytes: number | null;
  dropped: number;
  limited: number;
  standing: { reputation: number; violations: number; limit: number; blocked_until: string | null } | null;
  redacted: number;
  clock_offset_ms: number | null;
  hint: string | null;
  timezone: string | null;
  trusted: boolean;
  enabled: boolean;
  bytes: number;
}

export interface Listening {
  listening: { what: string; host: string; port: number }[];
  udp: { received: number; kernelDrops: number | null; overflow: number; receiveBufferBytes: number } | null;
}

export interface SettingView {
  key: string;
  title: string;
  description: string;
  value: unknown;
  default: unknown;
  origin: 'default' | 'file' | 'environment' | 'flag' | 'runtime';
  runtime: boolean;
  secret: boolean;
  environment: string | null;
  flag: string | null;
  schema: { type?: string; enum?: unknown[]; minimum?: number; maximum?: number } | null;
}

export interface Health {
  status: string;
  state: 'ok' | 'degraded' | 'starting';
  version: string;
  uptime_seconds: number;
  [count: string]: unknown;
}
