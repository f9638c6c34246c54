import type { Alert, AlertStatus, Disposition, RuleDoc, Severity } from '../../model/index.ts';
import type { AlertHead, Evidence } from '../alert-document.ts';
import type { AuditTrail } from '../audit/types.ts';
import type { SecretStore } from '../secrets/types.ts';
import type { DecisionStore } from './decisions.ts';
import type { DecoyState } from './decoys.ts';
import type { EntityNoteStore, IncidentStore } from './incident-types.ts';
import type { IntelState } from './intel.ts';
import type { NotificationStore } from './notifications.ts';
import type { PlaybookStore } from './playbooks.ts';

export const roles = ['viewer', 'analyst', 'admin'] as const;
export type Role = (typeof roles)[number];

export const keyScopes = ['ingest', 'metrics', 'bouncer', 'read', 'analyst', 'admin'] as const;
export type KeyScope = (typeof keyScopes)[number];

export interface User {
  id: string;
  username: string;
  role: Role;
  /** PHC string, argon2id (or a bcrypt hash that is upgraded at the next login). Never leaves the server. */
  password_hash: string;
  created_at: number;
  last_login_at: number | null;
  disabled: boolean;
  /** Raised at logout, password or role change: older tokens stop working. */
  token_version: number;
}

export interface ApiKey {
  id: string;
  name: string;
  scopes: KeyScope[];
  /** SHA-256 of the key, hex. The key itself is shown once. */
  hash: string;
  /** First characters, to recognise it. */
  prefix: string;
  created_at: number;
  expires_at: number | null;
  last_used_at: number | null;
  revoked: boolean;
}

export interface AuditRecord {
  timestamp: number;
  action: string;
  user: string | null;
  success: boolean;
  source_ip: string | null;
  details: Record<string, unknown>;
}

/** A source as configured by people: files to follow, and what was changed about any source. */
export interface SourceRecord {
  name: string;
  type: 'file' | 'syslog' | 'webhook';
  /** File: path or glob. */
  path: string | null;
  enabled: boolean;
  hint: string | null;
  /** IANA zone for zone-less times, null: the host's. */
  timezone: string | null;
  /** Never limited. */
  trusted: boolean;
  from_beginning: boolean;
  created_at: number;
}

export interface AlertFilter {
  from?: number;
  to?: number;
  severities?: Severity[];
  statuses?: AlertStatus[];
  acknowledged?: boolean;
  rule_id?: string;
  /** Of any of these rules. */
  rule_ids?: readonly string[];
  /** Substring over message, rule name and group values. */
  text?: string;
  /** Exact value of any group field. */
  entity?: string;
  /** Alerts of rules that were signals then: none of them, or nothing else. Absent: all alerts. */
  signals?: 'exclude' | 'only';
}

export type AlertOrder = 'newest' | 'oldest';

export interface AlertRow extends Alert {
  created_at: number;
  updated_at: number;
}

/** What people decided about a rule, and what is remembered of it, whichever version of it is in force. */
export interface RuleCare {
  rule_id: string;
  /** No alert is raised before this time. Null, or past: not muted. */
  muted_until: number | null;
  muted_by: string | null;
  /** Since when somebody wants it to be a signal. Null: only its noise may make it one. */
  signal_since: number | null;
  signal_by: string | null;
  /** Alerts a day. Null: the default. */
  noise_budget: number | null;
  /** When its own lines were last run here and did what they should. */
  tested_at: number | null;
  /** Of which version: a hash of its configuration. */
  tested_hash: string | null;
}

/** An exception to a rule: events that fit the whole selection do not count for it. */
export interface RuleExceptionRecord {
  id: string;
  rule_id: string;
  name: string;
  /** Field, with Sigma modifiers if any → value, or alternatives. */
  selection: Record<string, ExceptionValue | ExceptionValue[]>;
  reason: string;
  /** Who made it. */
  owner: string;
  created_at: number;
  /** Epoch ms; null: until somebody removes it. */
  expires_at: number | null;
}
export type ExceptionValue = string | number | boolean;

/** Raw log lines that came beside an imported rule: those that must make it fire, and those that must not. */
export interface RuleLines {
  fire: string[];
  quiet: string[];
}

/** A search with a name. What it was made of is kept as it was; `range` may move with the clock. */
export interface SavedSearch {
  id: string;
  name: string;
  /** User id (or id of an API key), and the name then. */
  owner_id: string;
  owner: string;
  /** Everybody sees it. */
  shared: boolean;
  query: string;
  /** Columns of the table, in order; empty: the usual ones. */
  columns: string[];
  view: 'table' | 'raw' | 'json';
  range: SavedRange | null;
  created_at: number;
  updated_at: number;
}

/** The last hours, by the name that the time range has in the UI, or from … to … in ISO 8601. Null: all time. */
export type SavedRange = { last: string } | { from: string; to: string };

/** A report that somebody kept. */
export interface SavedReport {
  id: string;
  name: string;
  notes: string;
  created_at: number;
  created_by: string;
  /** What lists show of it: the report's own words, null where it says nothing. */
  head: { report_type: string | null; report_date: string | null; period: unknown; summary: unknown };
  /** The whole report as it was handed in. */
  report: Record<string, unknown>;
}

/** A report that is made again and again and sent by mail. The document is its unit's own. */
export interface ReportScheduleRecord {
  id: string;
  document: Record<string, unknown>;
}

/** Users, keys, rules, alerts, sources, settings, audit. Synchronous: embedded and small. */
export interface StateStore {
  users: {
    list(): User[];
    byName(username: string): User | null;
    byId(id: string): User | null;
    insert(user: User): void;
    update(id: string, change: Partial<Omit<User, 'id'>>): void;
    remove(id: string): void;
  };
  keys: {
    list(): ApiKey[];
    byHash(hash: string): ApiKey | null;
    insert(key: ApiKey): void;
    update(id: string, change: Partial<Omit<ApiKey, 'id'>>): void;
  };
  /** Rules of users, and overrides (enabled, edits) of shipped ones; `deleted` shipped rules stay as tombstones. */
  rules: {
    list(): (RuleDoc & { deleted: boolean })[];
    byId(id: string): (RuleDoc & { deleted: boolean }) | null;
    put(rule: RuleDoc & { deleted?: boolean }): void;
    remove(id: string): void;
  };
  ruleCare: {
    all(): RuleCare[];
    byId(rule_id: string): RuleCare | null;
    put(care: RuleCare): void;
    remove(rule_id: string): void;
  };
  ruleExceptions: {
    /** Oldest first. */
    all(): RuleExceptionRecord[];
    put(exception: RuleExceptionRecord): void;
    remove(id: string): void;
  };
  ruleLines: {
    byId(rule_id: string): RuleLines | null;
    /** How many there are, by rule, without those that begin with `#`: they are notes. */
    counts(): Map<string, { fire: number; quiet: number }>;
    put(rule_id: string, lines: RuleLines): void;
    remove(rule_id: string): void;
  };
  savedSearches: {
    /** An owner's and all shared ones, by name. */
    visible(owner_id: string): SavedSearch[];
    byId(id: string): SavedSearch | null;
    count(owner_id: string): number;
    put(search: SavedSearch): void;
    remove(id: string): void;
  };
  alerts: {
    /** Inserts, or updates everything but what people set (status, disposition, acknowledgement). Idempotent by id. */
    upsert(alert: Alert, now: number): void;
    /** The same for an alert whose {@link alertDocument} was made elsewhere. */
    put(head: AlertHead, document: string, now: number): void;
    byId(id: string): AlertRow | null;
    /** Whether it is stored. */
    has(id: string): boolean;
    /** By (time, id); newest first, unless told otherwise, and with all events that are kept with them. */
    list(
      filter: AlertFilter,
      limit: number,
      after: string | null,
      order?: AlertOrder,
      events?: Evidence,
    ): { alerts: AlertRow[]; next: string | null };
    count(filter: AlertFilter): number;
    setStatus(
      ids: readonly string[],
      change: {
        status?: AlertStatus;
        disposition?: Disposition | null;
        acknowledged_by?: string | null;
        acknowledged_at?: number | null;
      },
      now: number,
    ): number;
    /** Removes the oldest that neither happened nor changed since `before` (epoch ms), at most `limit` of them. Returns how many. */
    removeOlder(before: number, limit: number): number;
    histogram(filter: AlertFilter, bucketMs: number): { time: number; key: Severity; count: number }[];
    topGroups(filter: AlertFilter, field: string, limit: number): { value: string; count: number }[];
    /** Rules by how many alerts they raised, most first. */
    topRules(filter: AlertFilter, limit: number): { rule_id: string; count: number }[];
    /** When a rule last raised an alert (event time), and how many since `from`. */
    ofRule(rule_id: string, from: number): { last: number | null; count: number };
    /** Times of a rule's newest alerts since `from`, oldest first. */
    times(rule_id: string, from: number, limit: number): number[];
  };
  incidents: IncidentStore;
  entityNotes: EntityNoteStore;
  /** What was decided about addresses. */
  decisions: DecisionStore;
  playbookRuns: PlaybookStore;
  sources: { list(): SourceRecord[]; put(source: SourceRecord): void; remove(name: string): void };
  settings: {
    all(): Record<string, unknown>;
    get(key: string): unknown;
    put(key: string, value: unknown): void;
    remove(key: string): void;
  };
  secrets: SecretStore;
  notifications: NotificationStore;
  audit: AuditTrail;
  /** Threat intelligence. */
  intel: IntelState;
  /** Visits to decoys. */
  decoys: DecoyState;
  /** Writes a copy that can be opened into a file that does not exist yet, while others read and write. */
  copyTo(file: string): Promise<void>;
  reports: {
    insert(report: SavedReport): void;
    byId(id: string): SavedReport | null;
    /** Newest first, without the reports themselves. `type`: of this report_type only. */
    list(limit: number, skip: number, type: string | null): Omit<SavedReport, 'report'>[];
    count(type: string | null): number;
    remove(id: string): boolean;
  };
  reportSchedules: {
    all(): ReportScheduleRecord[];
    put(schedule: ReportScheduleRecord): void;
    remove(id: string): boolean;
  };
  /** Runs all in one transaction. */
  transaction<T>(work: () => T): T;
  close(): void;
}
