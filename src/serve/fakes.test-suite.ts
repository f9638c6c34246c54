import { randomUUID } from 'node:crypto';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { defaultConfig, type PhosorConfig } from '../config/index.ts';
import type { Alert, Event, RuleDoc } from '../model/index.ts';
import { eventToJson } from '../model/index.ts';
import { shippedPlaybooksFolder } from '../package.ts';
import { explainEvents } from '../runtime/explain-events.ts';
import { startIncidents } from '../runtime/incidents/incidents.ts';
import { startNotifications } from '../runtime/notifier/start.ts';
import { startPlaybooks } from '../runtime/playbooks/start.ts';
import { ReportSchedules } from '../runtime/report-schedules.ts';
import { Response } from '../runtime/response/response.ts';
import { watchAlerts } from '../runtime/response/watch.ts';
import { createRulebook } from '../runtime/rulebook.ts';
import { sealedEvents } from '../runtime/sealed-events.ts';
import type { StateStore } from '../store/contract.ts';
import { generateFernetKey } from '../store/secrets/fernet.ts';
import { Keyring } from '../store/secrets/keyring.ts';
import { openSqliteState } from '../store/state/sqlite/state.ts';
import type { LiveBus, LiveMessage, PipelineStats, Services, SettingView, SourceView } from './contract.ts';
import { RefusedError } from './contract.ts';
import { FakeDecoys } from './decoys/fake.test-suite.ts';
import { fakeEvents, testEvent, testTime } from './fake-events.test-suite.ts';
import { fakeHoneytokens } from './honeytokens/fake.test-suite.ts';
import { FakeIntel } from './intel/fake.test-suite.ts';
import { FakeNetwork } from './network/fake.test-suite.ts';
import { renderPdf } from './pdf/render.ts';
import { FakeReplays } from './replays/fake.test-suite.ts';
import { fakeReputation } from './reputation/fake.test-suite.ts';
import type { ThreatResult } from './threats/messages.ts';

const noThreats: ThreatResult = {
  attacks: [],
  total: 0,
  bySeverity: { LOW: 0, MEDIUM: 0, HIGH: 0, CRITICAL: 0 },
  events: [],
  matched: 0,
  scanned: 0,
  seconds: 0,
  notes: [],
};

export { testEvent, testTime } from './fake-events.test-suite.ts';

/* In-memory stand-ins for what main.ts wires, so that the serving stage is tested alone. */

/** The real store, in memory. */
export const fakeState = (): StateStore => openSqliteState(':memory:');

export class FakeBus implements LiveBus {
  readonly listeners = new Map<(message: LiveMessage) => void, boolean>();
  subscribe(listener: (message: LiveMessage) => void, wantsEvents: boolean): () => void {
    this.listeners.set(listener, wantsEvents);
    return () => void this.listeners.delete(listener);
  }
  emit(message: LiveMessage): void {
    const isEvent = message.type === 'event' || message.type === 'skipped';
    for (const [listener, wantsEvents] of this.listeners) if (!isEvent || wantsEvents) listener(message);
  }
  get wantsEvents(): boolean {
    return [...this.listeners.values()].includes(true);
  }
}

export const emptyStats = (): PipelineStats => ({
  events: 0,
  alerts: 0,
  bytes: 0,
  eventsPerSecond: 0,
  history: [],
  byFormat: {},
  raw: 0,
  perSource: {},
  redactions: {},
  correlator: { groups: 0, evicted: 0, late_dropped: 0, missing_group: 0, per_rule: {} },
  backlog: 0,
  notStored: 0,
  spool: { state: 'ok', reason: null, pendingBytes: 0 },
  recovery: null,
});

export interface Fakes extends Services {
  replays: FakeReplays;
  reputation: ReturnType<typeof fakeReputation>;
  intel: FakeIntel;
  decoys: FakeDecoys;
  network: FakeNetwork;
  clock: { now: number };
  /** Puts stored alerts into incidents. */
  settleIncidents(): void;
  bus: FakeBus;
  responseMode: PhosorConfig['response'];
  applyResponse(): void;
  /** Policies have looked at stored alerts. */
  settleResponse(): Promise<void>;
  /** Playbooks have looked at stored alerts and incidents, and did what is due. */
  settlePlaybooks(): Promise<void>;
  held: Event[];
  ingested: { source: { name: string; peer: string; hint: string | null }; bodies: readonly string[] }[];
  inForce: RuleDoc[];
  logged: string[];
  stats: PipelineStats;
  sourceViews: SourceView[];
  /** When set, `ingest` rejects with it. */
  failIngest: Error | null;
}

export function fakeServices(options: { shippedRules?: RuleDoc[]; uiFolder?: string | null } = {}): Fakes {
  const clock = { now: testTime };
  const bus = new FakeBus();
  const held: Event[] = [];
  const state = fakeState();
  const settingView: SettingView = {
    key: 'auth.tokenMinutes',
    title: 'Session length',
    description: 'Minutes.',
    value: 60,
    default: 60,
    origin: 'default',
    runtime: true,
    secret: false,
    environment: null,
    flag: null,
    schema: { type: 'integer' },
  };
  const building = startIncidents({
    config: () => ({ incidents: { windowMinutes: 120, maxHours: 24, ignore: [] } }),
    state,
    bus,
    now: () => clock.now,
    log: (level, message) => void fakes.logged.push(`${level} ${message}`),
  });
  const quiet = { state, now: () => clock.now, log: () => undefined };
  const notifications = startNotifications({ config: defaultConfig, ...quiet }).services;
  const events = fakeEvents(held);
  const reputation = fakeReputation();
  const standard = defaultConfig();
  const response = new Response({
    ...quiet,
    config: () => standard,
    events,
    reputation,
    enforcers: [],
    tools: { run: async () => ({ code: null, stdout: '', stderr: '' }) },
    machine: () => ({ own: ['192.0.2.1'], gateways: ['192.0.2.254'], resolvers: ['192.0.2.53'] }),
  });
  const watch = watchAlerts({ ...quiet, response, bus });
  const running = startPlaybooks({
    ...quiet,
    ...building.services,
    ...notifications,
    bus,
    events,
    reputation,
    response,
    shippedFolder: shippedPlaybooksFolder,
    ownFolder: join(tmpdir(), `phosor-playbooks-${randomUUID()}`),
  });
  const fakes: Fakes = {
    clock,
    bus,
    held,
    ingested: [],
    inForce: [],
    logged: [],
    stats: emptyStats(),
    sourceViews: [],
    failIngest: null,
    state,
    incidents: building.services.incidents,
    settleIncidents: () => building.settle(),
    events,
    response,
    responseMode: standard.response,
    applyResponse: () => response.apply(),
    settleResponse: () => watch.settle(),
    ...running.services,
    settlePlaybooks: () => running.settle(),
    rulebook: createRulebook(new Map()),
    ruleContext: { revision: 0, problems: [], look: () => undefined },
    backtests: { run: () => Readable.from([]) },
    replays: new FakeReplays(),
    backup: { stage: async () => ({ name: 'backup-staging-x', last_segment: 7 }), unstage: async () => true },
    reputation,
    intel: new FakeIntel(),
    decoys: new FakeDecoys(),
    honeytokens: fakeHoneytokens(),
    network: new FakeNetwork(),
    sealed: sealedEvents(new Keyring([generateFernetKey()], 'the test')),
    threats: {
      run: async () => noThreats,
      runAll: async (requests) => requests.map(() => ({ result: noThreats })),
      keep: () => undefined,
    },
    pdf: { print: renderPdf },
    reportSchedules: new ReportSchedules({ ...notifications, ...quiet }),
    ...notifications,
    live: bus,
    shippedRules: options.shippedRules ?? [],
    now: () => clock.now,
    log: (level, message) => void fakes.logged.push(`${level} ${message}`),
    ingestion: { keyHash: null, requests: 100, windowSeconds: 60 },
    auth: { secret: new Uint8Array(32).fill(7), tokenMinutes: 60, setup: null },
    http: {
      corsOrigins: [],
      uiFolder: options.uiFolder ?? null,
      webhookRatePerSecond: 100,
      version: '0.0.0-test',
      apiRatePerSecond: 0,
    },
    startedAt: testTime - 5000,
    opening: new Set(),
    pipeline: {
      ingest: async (source, bodies) => {
        if (fakes.failIngest) throw fakes.failIngest;
        fakes.ingested.push({ source, bodies });
        return { event_ids: bodies.map((_, i) => `event-${fakes.ingested.length}-${i}`) };
      },
      setRules: async (rules) => {
        fakes.inForce = [...rules];
        return [];
      },
      check: (rule) => {
        const problem = (level: 'error' | 'warning', message: string) => ({
          rule_id: rule.id,
          level,
          message,
          path: null,
          line: null,
          column: null,
        });
        if ('regex' in rule.config && rule.config.regex.includes('(('))
          return [problem('error', 'The regular expression is not closed. Add the missing parenthesis.')];
        if (rule.type === 'threshold' && !('group_by' in rule.config))
          return [problem('warning', 'Without group_by, all sources share one count.')];
        return [];
      },
      checkAside: async (rule, among) => fakes.pipeline.check(rule, among),
      test: async (lines, rules) => ({
        events: lines.map((raw) => eventToJson(testEvent({ raw, message: raw }))),
        trace: lines.map(() => [{ stage: 'format', result: 'raw' }]),
        matched: lines.map(() => rules.map(({ id }) => id)),
        alerts: [],
      }),
      explain: (rules, events, lines) =>
        explainEvents(rules, events, lines, {
          context: { zoneMinutesAt: () => 0, year: 2026, live: false },
          enrichments: [],
          now: clock.now,
        }),
      stats: () => fakes.stats,
    },
    sources: {
      list: () => fakes.sourceViews,
      addFile: async (path) => {
        if (!path.startsWith('/logs/'))
          throw new RefusedError(
            `"${path}" is outside the folders that may be followed. Add its folder to files.roots.`,
          );
        const record = {
          name: `file_${path.split('/').pop()}`,
          type: 'file' as const,
          path,
          enabled: true,
          hint: null,
          timezone: null,
          trusted: false,
          from_beginning: false,
          created_at: clock.now,
        };
        fakes.state.sources.put(record);
        fakes.sourceViews.push(testSource({ source: record.name, source_type: 'file', record }));
        return record;
      },
      update: async (name, change) => {
        const view = fakes.sourceViews.find((each) => each.source === name);
        if (!view?.record) throw new RefusedError(`${name} is no configured source.`);
        view.record = { ...view.record, ...change };
        fakes.state.sources.put(view.record);
        return view.record;
      },
      remove: async (name) => {
        const before = fakes.sourceViews.length;
        fakes.sourceViews = fakes.sourceViews.filter((each) => each.source !== name);
        return fakes.sourceViews.length < before;
      },
      offers: () => [{ path: '/logs/auth.log', bytes: 10 }],
      decline: () => {},
      udp: () => null,
      listening: () => [{ what: 'syslog-udp', host: '127.0.0.1', port: 5140 }],
    },
    settings: {
      list: () => [settingView],
      change: (key, value) => {
        if (key !== settingView.key && key !== 'decoys.enabled')
          throw new RefusedError(`There is no setting "${key}". See the list of settings.`);
        return { ...settingView, value, origin: 'runtime' };
      },
    },
  };
  return fakes;
}

export function testAlert(change: Partial<Alert> = {}): Alert {
  const event = eventToJson(testEvent());
  return {
    id: 'alert-1',
    rule_id: 'rule-1',
    rule_name: 'Brute force',
    severity: 'high',
    message: '5 failed logins by 203.0.113.9 within 60 s',
    group: { src_ip: '203.0.113.9' },
    first: testTime - 1000,
    last: testTime,
    time: testTime,
    count: 5,
    event_ids: [event.id],
    events: [event],
    explain: { summary: '5 failed logins', clauses: [], correlation: null },
    attack: ['T1110'],
    tags: [],
    status: 'new',
    disposition: null,
    acknowledged_by: null,
    acknowledged_at: null,
    historical: false,
    attributable: true,
    ...change,
  };
}

/** A shipped Sigma rule, unless told otherwise. */
export function testRule(change: Partial<RuleDoc> = {}): RuleDoc {
  return {
    id: 'ssh-brute-force',
    name: 'SSH brute force',
    description: '',
    type: 'sigma',
    config: { yaml: 'title: SSH brute force\n' },
    enabled: true,
    severity: 'high',
    origin: 'shipped',
    author: 'Phosor',
    created_at: 0,
    updated_at: 0,
    ...change,
  };
}

export function testSource(change: Partial<SourceView> = {}): SourceView {
  return {
    source: 'syslog_192.0.2.1',
    source_type: 'syslog',
    received: 3,
    bytes: 300,
    limited: 0,
    dropped: 0,
    lastAt: testTime,
    lagBytes: null,
    state: 'active',
    detail: null,
    path: null,
    record: null,
    events: 3,
    parseShare: 1,
    format: 'sshd',
    lastRaw: 'x',
    clockOffsetMs: 0,
    redacted: 0,
    ...change,
  };
}
