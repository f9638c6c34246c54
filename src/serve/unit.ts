import type { IncomingMessage, ServerResponse } from 'node:http';
import type { FastifyBaseLogger, FastifyInstance, RawServerDefault } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import type { RuleProblem } from '../detect/contract.ts';
import type { Alert, RuleDoc } from '../model/index.ts';
import type { AuditRecord, Role, User } from '../store/contract.ts';
import type { Services } from './contract.ts';
import type { RulesInForce } from './rules/force.ts';
import type { Traffic } from './traffic.ts';

/**
 * Who may call a route. `viewer`, `analyst` and `admin` include the ones before; `ingest` is for keys with that scope and
 * for analysts and admins; `metrics` and `bouncer` are for keys with that scope and for everybody who may read.
 */
export type RouteRole = 'public' | 'bouncer' | 'viewer' | 'analyst' | 'admin' | 'ingest' | 'metrics';

/** Who calls, as the credential proves it. */
export interface Principal {
  /** `local`: the socket in the data folder, which only its owner can open. */
  via: 'token' | 'cookie' | 'key' | 'local';
  /** User id or key id; `local`. */
  id: string;
  /** User name, or `key:<name>`: what the audit record says. */
  name: string;
  /** Null: a key that may only ingest. */
  role: Role | null;
  ingest: boolean;
  /** A key that may read the metrics. */
  metrics?: boolean;
  /** A key that may read what is blocked. */
  bouncer?: boolean;
  /** Of an API key: what its secret's hash was. Another secret is another credential. */
  keyHash?: string;
  /** Null for API keys and over the local socket. */
  user: User | null;
  /** Epoch ms, null: does not end by itself. */
  expiresAt: number | null;
  /** When the password was given, epoch ms. Null for API keys. */
  authTime: number | null;
}

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Required on every route; a route without one is refused at start. */
    role?: RouteRole;
    /** The general limit per address does not apply (static files, routes with a limit of their own). */
    unlimited?: boolean;
    /** A wrong API key is answered with 403 instead of 401, as the log analyzer documents. */
    wrongKeyForbidden?: boolean;
    /** A WebSocket may show its credential in its first message: the socket's role, while `role` is public. */
    websocketRole?: RouteRole;
  }
  interface FastifyRequest {
    /** Null on public routes without a credential. */
    principal: Principal | null;
  }
}

/** The Fastify instance that units register their routes on. */
export type App = FastifyInstance<
  RawServerDefault,
  IncomingMessage,
  ServerResponse,
  FastifyBaseLogger,
  ZodTypeProvider
>;

/** What units share beside the services. */
export interface ServeContext {
  services: Services;
  /** What was answered since the start. */
  traffic: Traffic;
  /** Writes the audit record of a request: who and from where are filled in. */
  audit(
    request: { principal: Principal | null; ip: string },
    action: AuditAction,
    details: Record<string, unknown>,
    more?: { success?: boolean; user?: string | null },
  ): void;
  /** Tells every open page that people changed these alerts. */
  alertsChanged(alerts: readonly Alert[]): void;
  /** Hook for the live hub, which `alertsChanged` calls. */
  onAlertsChanged(listener: (alerts: readonly Alert[]) => void): void;
  /** Shipped and stored rules as they are in force, deleted ones left out. */
  rules(): RuleDoc[];
  /** One of them. Throws NOT_FOUND. */
  rule(id: string): RuleDoc;
  /** What is wrong with a rule, or what its author should know. It may refer to the others in force. */
  check(rule: RuleDoc): RuleProblem[];
  /** The same apart from this thread where the rule is big. To be asked first where somebody waits for the answer. */
  checkAside(rule: RuleDoc): Promise<RuleProblem[]>;
  /** What the engine runs: these rules and the exceptions to them. */
  force: RulesInForce;
  /** Who wrote a rule, where it is known. */
  authorOf: (rule_id: string) => string | null;
  /** Who holds this credential, or null. `key`: X-API-Key, `token`: a JWT. */
  identify(credential: { kind: 'key' | 'token' | 'cookie'; value: string }): Promise<Principal | null>;
}

/** PHOSOR's audit actions, and Phosor's own behind them. */
export const auditActions = [
  'login_success',
  'login_failed',
  'logout',
  'rule_created',
  'rule_modified',
  'rule_deleted',
  'rule_enabled',
  'rule_disabled',
  'rule_restored',
  'rule_muted',
  'rule_unmuted',
  'rule_budget_changed',
  'rule_demoted',
  'rule_promoted',
  'rule_exception_added',
  'rule_exception_removed',
  'rules_imported',
  'rules_removed',
  'rules_tested',
  'rule_backtested',
  'replay_started',
  'replay_cancelled',
  'replay_deleted',
  'backup_made',
  'capture_started',
  'capture_stopped',
  'capture_imported',
  'alert_acknowledged',
  'alert_unacknowledged',
  'alert_dismissed',
  'alert_modified',
  'incident_modified',
  'incident_closed',
  'incident_reopened',
  'incident_merged',
  'incident_split',
  'incident_note_added',
  'incident_note_edited',
  'incident_note_removed',
  'incident_evidence_added',
  'incident_evidence_removed',
  'entity_note_changed',
  'intel_list_added',
  'intel_list_changed',
  'intel_list_removed',
  'intel_network_allowed',
  'intel_network_disallowed',
  'intel_key_changed',
  'decoy_switched_on',
  'decoy_switched_off',
  'decoy_changed',
  'decoy_file_fetched',
  'honeytoken_added',
  'honeytoken_removed',
  'source_added',
  'source_removed',
  'source_modified',
  'config_changed',
  'channel_added',
  'channel_modified',
  'channel_removed',
  'channel_tested',
  'api_key_created',
  'api_key_revoked',
  'logs_exported',
  'sealed_values_shown',
  'sealed_value_looked_up',
  'report_exported',
  'report_saved',
  'report_deleted',
  'report_schedule_created',
  'report_schedule_modified',
  'report_schedule_deleted',
  'report_sent',
  'rate_limit_exceeded',
  'suspicious_activity',
  'pii_detected',
  'threat_detected',
  'password_changed',
  'setup_completed',
  'search_saved',
  'search_modified',
  'search_deleted',
  'user_created',
  'user_modified',
  'password_reset_link_made',
  'password_reset_link_revoked',
  'password_reset',
  'user_deleted',
  'log_cache_cleared',
  'api_key_rotated',
  'audit_healed',
  'audit_broken',
  'audit_dropped',
  'encryption_key_rotated',
  'decision_made',
  'decision_refused',
  'decision_undone',
  'response_panic_pulled',
  'response_panic_released',
  'response_policy_changed',
  'response_policy_removed',
  'response_network_allowed',
  'response_network_disallowed',
  'decision_list_added',
  'decision_list_removed',
  'decisions_exported',
  'playbook_changed',
  'playbook_removed',
  'playbook_enabled',
  'playbook_disabled',
  'playbook_tested',
  'playbook_started',
  'playbook_step',
  'playbook_approved',
  'playbook_refused',
  'playbook_cancelled',
  'playbook_undone',
  'playbook_ended',
] as const;
export type AuditAction = (typeof auditActions)[number] & AuditRecord['action'];

export interface ServeUnit {
  /** Folder name, and the tag in the API's documentation. */
  name: string;
  /** One sentence for the documentation. */
  description: string;
  register(app: App, context: ServeContext): void | Promise<void>;
}

export const defineUnit = (unit: ServeUnit): ServeUnit => unit;
