import type { CorrelatorStats, EventExplanation, RuleProblem, SourceSight } from '../detect/contract.ts';
import type { SourceStats, UdpStats } from '../ingest/contract.ts';
import type { Alert, Event, EventJson, RuleDoc } from '../model/index.ts';
import type { Mailer } from '../respond/contract.ts';
import type { EventStore, RuleExceptionRecord, RuleLines, SourceRecord, StateStore } from '../store/contract.ts';
import type { BacktestControl } from './backtest/messages.ts';
import type { BackupControl } from './backup/types.ts';
import type { ResponseControl } from './decisions/types.ts';
import type { DecoyControl } from './decoys/types.ts';
import type { SealedEvents } from './events/types.ts';
import type { HoneytokenControl } from './honeytokens/types.ts';
import type { IncidentControl } from './incidents/messages.ts';
import type { IntelControl } from './intel/types.ts';
import type { IngestionSettings } from './logs/messages.ts';
import type { NetworkControl } from './network/types.ts';
import type { NotificationControl } from './notifications/types.ts';
import type { PdfPrinter } from './pdf/document.ts';
import type { PlaybookControl } from './playbooks/types.ts';
import type { ReplayControl } from './replays/messages.ts';
import type { ReportScheduleControl } from './reports/schedule.ts';
import type { ReputationControl } from './reputation/types.ts';

export type { SealedEvents } from './events/types.ts';
export type { ReputationControl } from './reputation/types.ts';

import type { ThreatControl } from './threats/messages.ts';

/** Everything the HTTP front may use. `main.ts` wires the real one; tests hand in their own. */
export interface Services {
  state: StateStore;
  /** History. Each call first makes acknowledged events visible. */
  events: EventStore;
  pipeline: PipelineControl;
  rulebook: Rulebook;
  ruleContext: RuleContextControl;
  backtests: BacktestControl;
  replays: ReplayControl;
  backup: BackupControl;
  /** Prints documents on another thread. */
  pdf: PdfPrinter;
  reportSchedules: ReportScheduleControl;
  /** Sends mail, where a way is configured. */
  mailer: Mailer;
  /** What is known against addresses. */
  reputation: ReputationControl;
  /** Lists of known addresses and providers, for those who run them. */
  intel: IntelControl;
  threats: ThreatControl;
  /** Packets: what is captured, and captures that are read. */
  network: NetworkControl;
  notifications: NotificationControl;
  incidents: IncidentControl;
  decoys: DecoyControl;
  honeytokens: HoneytokenControl;
  response: ResponseControl;
  playbooks: PlaybookControl;
  live: LiveBus;
  sources: SourceControl;
  settings: SettingsControl;
  ingestion: IngestionSettings;
  sealed: SealedEvents;
  /** The rules that came with the program, as they were shipped. What is in force: `effectiveRules` (rules/effective.ts) of them and the stored ones. */
  shippedRules: readonly RuleDoc[];
  auth: AuthConfig;
  /** Epoch ms. The only clock of the serving stage, so that tests can hold it. */
  now: () => number;
  log: Log;
  http: {
    corsOrigins: readonly string[];
    uiFolder: string | null;
    webhookRatePerSecond: number;
    version: string;
    apiRatePerSecond: number;
    /** Addresses and ranges whose X-Forwarded-… headers are believed. Absent: nobody's. */
    trustedProxies?: readonly string[];
    /** Over HTTPS tell browsers to stay there. Not with a certificate that we made ourselves. */
    hsts?: boolean;
  };
  startedAt: number;
  /** What the start has yet to open, in words. Empty: whatever is configured takes what is sent to it. */
  opening: ReadonlySet<string>;
}

export type { IncidentControl, NotificationTold } from './incidents/messages.ts';

export type Log = (level: 'info' | 'warn' | 'error', message: string) => void;

export interface AuthConfig {
  /** HS256 key, generated on first run and kept 0600 in the data folder. */
  secret: Uint8Array;
  tokenMinutes: number;
  /** One-time set-up: SHA-256 hex of the token in the printed link, and when it ends. Null once used. */
  setup: { tokenHash: string; expiresAt: number } | null;
}

/** Events that were made of what was handed in, in its order. */
export interface IngestAnswer {
  event_ids: string[];
  /** Those of which no format understood anything. They are stored all the same. */
  unread_ids?: readonly string[];
}

export interface PipelineControl {
  /**
   * Hands a webhook body to the pipeline and resolves after the durable sync.
   * Rejects with {@link SpoolFullError} when nothing can be stored.
   */
  ingest(source: { name: string; peer: string; hint: string | null }, bodies: readonly string[]): Promise<IngestAnswer>;
  /** Compiles and, where there is no error, takes the rules into force in ≤ 200 ms. */
  setRules(rules: readonly RuleDoc[]): Promise<RuleProblem[]>;
  /** Compiles one rule without taking it into force. `among`: rules of other files that it may refer to. */
  check(rule: RuleDoc, among?: readonly RuleDoc[]): RuleProblem[];
  /** The same apart from this thread where the rule is big; what it came to is known to {@link check} then. */
  checkAside(rule: RuleDoc, among?: readonly RuleDoc[]): Promise<RuleProblem[]>;
  /** Runs lines through parse, redact and the given rules, apart from the live state. */
  test(
    lines: readonly string[],
    rules: readonly RuleDoc[],
    hint?: string | null,
  ): Promise<{ events: EventJson[]; trace: ParseTrace[][]; matched: string[][]; alerts: Alert[] }>;
  /**
   * Explains a rule event by event, apart from the live state: stored events in order of time, then lines.
   *
   * @param rules the rule that is explained first, then the filters that are for it. It must compile.
   */
  explain(
    rules: readonly RuleDoc[],
    events: readonly EventJson[],
    lines: readonly string[],
  ): Promise<{ event: EventJson; explanation: EventExplanation }[]>;
  stats(): PipelineStats;
}

/** What may be asked about rules apart from live events. */
export interface Rulebook {
  /** Reads a rule file (Sigma, or native JSON where its name ends in `.json`) as imported rules. */
  read(text: string, fileName: string): { docs: RuleDoc[]; problems: RuleProblem[] };
  /** The Sigma filter that an exception is. It is handed to the engine among the rules. */
  filterOf(exception: RuleExceptionRecord): RuleDoc;
  /** The lines that lie beside a shipped rule. */
  linesOf(rule_id: string): RuleLines | null;
  /** Runs lines as they would be read live: what is wrong, in a sentence, or null. */
  test(rule: RuleDoc, lines: RuleLines): Promise<string | null>;
  /** Tags of a rule as it is compiled; null: it cannot be used. */
  tags(rule: RuleDoc): readonly string[] | null;
  /** The fields by which a correlation groups what it counts. */
  groupFields(rule: RuleDoc): readonly string[];
  /** Whether a rule could see anything in logs of which these events are a sample. The same array is read once. */
  sight(rule: RuleDoc, events: readonly EventJson[]): SourceSight;
}

/** The user's files that rules are compiled with: field mappings and values for placeholders. */
export interface RuleContextControl {
  /** Another number after each change. */
  readonly revision: number;
  /** Files that are not used as they are now: what they said before stays in force (`kept`), or nothing of them is used. */
  readonly problems: readonly {
    file: string;
    line: number | null;
    column: number | null;
    message: string;
    kept: boolean;
  }[];
  /** Reads again what has changed. */
  look(): void;
}

/** How a line was understood, stage by stage. */
export interface ParseTrace {
  stage: string;
  result: string;
}

export interface PipelineStats {
  /** Since start. */
  events: number;
  alerts: number;
  bytes: number;
  /** Moving average over the last 5 s. */
  eventsPerSecond: number;
  /** Rates of the last 60 minutes, oldest first, one per 10 s (360 numbers). */
  history: number[];
  byFormat: Record<string, number>;
  /** Lines that no format knew. */
  raw: number;
  /** Per source: events, and those of format raw. */
  perSource: Record<
    string,
    {
      events: number;
      raw: number;
      format: string | null;
      lastAt: number | null;
      lastRaw: string | null;
      clockOffsetMs: number | null;
      redacted: number;
    }
  >;
  redactions: Record<string, number>;
  correlator: CorrelatorStats;
  /** Chunks waiting in front of the pipeline. */
  backlog: number;
  notStored: number;
  spool: { state: 'ok' | 'full'; reason: string | null; pendingBytes: number };
  /** Salvage and quarantine of the last start, for the UI. */
  recovery: { salvagedBytes: number; discardedBytes: number; quarantinedRows: number; replayedBatches: number } | null;
}

/** What was asked for cannot be done. The message is one sentence that people are shown as it is: 422. */
export class RefusedError extends Error {}

/** Nothing more can be stored right now: answered with 503 and Retry-After. */
export class SpoolFullError extends Error {
  readonly retryAfterSeconds: number;
  constructor(reason: string, retryAfterSeconds = 5) {
    super(reason);
    this.retryAfterSeconds = retryAfterSeconds;
  }
}

export type LiveMessage =
  | { type: 'event'; event: Event }
  | { type: 'alert'; alert: Alert }
  | { type: 'alert_update'; alert: Alert }
  /** Alerts that are new in the state, or were written again. */
  | { type: 'alerts_stored'; ids: readonly string[] }
  /** Events that were not passed on because more arrived than any browser could show. */
  | { type: 'skipped'; count: number };

/** Fan-out inside `main`. Listeners must be cheap; the WebSocket hub does its own shedding. */
export interface LiveBus {
  /** @returns how to unsubscribe. The pipeline sends events only while `wantsEvents` is true for somebody. */
  subscribe(listener: (message: LiveMessage) => void, wantsEvents: boolean): () => void;
}

export interface SourceControl {
  list(): SourceView[];
  /** Resolves symlinks, refuses what lies outside the configured roots with a sentence. A missing file is accepted and waits. */
  addFile(path: string, options: { hint?: string | null; fromBeginning?: boolean }): Promise<SourceRecord>;
  update(
    name: string,
    change: { hint?: string | null; trusted?: boolean; enabled?: boolean; timezone?: string | null },
  ): Promise<SourceRecord>;
  remove(name: string): Promise<boolean>;
  /** What could be watched on this host and is not: readable system logs that were neither added nor declined. */
  offers(): { path: string; bytes: number }[];
  decline(path: string): void;
  udp(): UdpStats | null;
  listening(): { what: string; host: string; port: number }[];
}

export interface SourceView extends SourceStats {
  record: SourceRecord | null;
  events: number;
  /** Share of events that a specific format understood, 0…1; null: no events yet. */
  parseShare: number | null;
  format: string | null;
  lastRaw: string | null;
  clockOffsetMs: number | null;
  redacted: number;
}

export interface SettingsControl {
  /** Every key with its value in force (secrets masked), where it came from, and whether it may change at run time. */
  list(): SettingView[];
  /** Throws with a sentence where a key is unknown, fixed at start or out of range. */
  change(key: string, value: unknown): SettingView;
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
  /** Its variable and its flag, for those who set it at the start. */
  environment: string | null;
  flag: string | null;
  /** JSON Schema of the value, for the form. */
  schema: unknown;
}
