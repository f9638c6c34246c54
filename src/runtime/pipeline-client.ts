import { createHash } from 'node:crypto';
import type { Worker } from 'node:worker_threads';
import type { CorrelatorStats, RuleProblem } from '../detect/contract.ts';
import type { RuleContext } from '../detect/index.ts';
import type { BaitTable, IntelTables, RedactOptions } from '../enrich/contract.ts';
import type { PipelineCommand, PipelineReport, PipelineTick } from '../messages.ts';
import type { RuleDoc, SourceInfo } from '../model/index.ts';
import type { IngestAnswer, PipelineControl, PipelineStats } from '../serve/contract.ts';
import { SpoolFullError } from '../serve/contract.ts';
import type { SpoolState, SpoolSynced } from '../store/contract.ts';
import { decodeRow } from '../store/events/row.ts';
import { AlertIntake, type AlertIntakeOptions } from './alert-intake.ts';
import { chunkOfPosts, type Post } from './chunk-of-posts.ts';

/** Webhook bytes on their way to the disk before new posts are answered with 503. */
const maxPendingBytes = 32 * 1024 * 1024;
const historySlots = 360;
const historySlotMs = 10_000;

interface Waiting extends Post {
  resolve: (answer: IngestAnswer) => void;
  reject: (error: Error) => void;
}

export interface PipelineClientOptions extends AlertIntakeOptions {
  worker: Worker;
  /** The rules that the worker started with. */
  rules: readonly RuleDoc[];
  /** What rules are compiled with; the worker started with it. */
  context: { readonly revision: number; readonly current: RuleContext };
  test: PipelineControl['test'];
  explain: PipelineControl['explain'];
  check: PipelineControl['check'];
  checkAside: PipelineControl['checkAside'];
  recovery: PipelineStats['recovery'];
  onSnapshot: (batch: number, file: readonly Uint8Array[]) => void;
  onTick: (tick: PipelineTick) => void;
}

const noCorrelator: CorrelatorStats = { groups: 0, evicted: 0, late_dropped: 0, missing_group: 0, per_rule: {} };

/** `main`'s side of the pipeline worker: hands posts in, stores and spreads alerts, keeps the latest figures. */
export class PipelineClient implements PipelineControl {
  readonly test: PipelineControl['test'];
  readonly explain: PipelineControl['explain'];
  readonly check: PipelineControl['check'];
  readonly checkAside: PipelineControl['checkAside'];
  readonly #options: PipelineClientOptions;
  readonly #waiting: Waiting[] = [];
  readonly #tickets = new Map<number, Waiting[]>();
  readonly #ruleTickets = new Map<number, (problems: RuleProblem[]) => void>();
  readonly #sources: PipelineStats['perSource'] = {};
  readonly #tickListeners: ((tick: PipelineTick) => void)[] = [];
  readonly #history: number[] = new Array<number>(historySlots).fill(0);
  readonly #recent: { at: number; events: number }[] = [];
  readonly #alerts: AlertIntake;
  #pendingBytes = 0;
  #nextTicket = 1;
  #tick: PipelineTick | null = null;
  #slotAt: number;
  #slotEvents = 0;
  #spool: SpoolState = { type: 'state', state: 'ok', reason: null, pendingBytes: 0, droppedRows: 0 };
  #stopped: (() => void) | null = null;
  /** What the worker has: rule id → hash of the rule. */
  #known: ReadonlyMap<string, string>;
  /** Of the context that the worker has. */
  #knownContext: number;
  readonly ready: Promise<void>;

  constructor(options: PipelineClientOptions) {
    this.#options = options;
    this.#knownContext = options.context.revision;
    this.#known = hashesOf(options.rules);
    this.test = options.test;
    this.explain = options.explain;
    this.check = options.check;
    this.checkAside = options.checkAside;
    this.#slotAt = options.now();
    this.#alerts = new AlertIntake(options);
    let isReady = (): void => {};
    this.ready = new Promise((resolve) => {
      isReady = resolve;
    });
    options.worker.on('message', (message: PipelineReport) => {
      if (message.type === 'ready') {
        if (options.recovery !== null) options.recovery.replayedBatches = message.replayedBatches;
        isReady();
      } else this.#receive(message);
    });
  }

  ingest(
    source: { name: string; peer: string; hint: string | null },
    bodies: readonly string[],
  ): Promise<IngestAnswer> {
    if (this.#spool.state === 'full') return Promise.reject(this.#full());
    const { name, peer, hint } = source;
    return this.#post({ source: name, source_type: 'webhook', peer, hint, identity: '' }, bodies);
  }

  /** What Phosor has to say about itself, as events. Where it cannot be stored it is lost, as everything then is. */
  tell(source: string, bodies: readonly string[]): void {
    if (this.#spool.state === 'full') return;
    this.#post({ source, source_type: 'internal', peer: null, hint: null, identity: '' }, bodies).catch(
      () => undefined,
    );
  }

  /** What happened at a decoy, as events. Resolves after the durable sync; rejects where nothing can be stored. */
  witness(source: string, peer: string | null, bodies: readonly string[]): Promise<IngestAnswer> {
    if (this.#spool.state === 'full') return Promise.reject(this.#full());
    return this.#post({ source, source_type: 'decoy', peer, hint: null, identity: '' }, bodies);
  }

  /**
   * What was seen on the wire, as events. `identity`: of the file that it was read from, of which `first` is the number of the
   * first line; '' where it was captured live. Resolves after the durable sync; rejects where nothing can be stored.
   */
  capture(
    { source, identity, first }: { source: string; identity: string; first: number },
    bodies: readonly string[],
  ): Promise<IngestAnswer> {
    if (this.#spool.state === 'full') return Promise.reject(this.#full());
    const origin: SourceInfo = { source, source_type: 'capture', peer: null, hint: null, identity };
    return this.#post(origin, bodies, identity === '' ? undefined : first);
  }

  #post(origin: SourceInfo, bodies: readonly string[], first?: number): Promise<IngestAnswer> {
    const buffers = bodies.map((body) => Buffer.from(body, 'utf8'));
    const bytes = buffers.reduce((sum, body) => sum + body.length, 0);
    if (this.#pendingBytes + bytes > maxPendingBytes) {
      return Promise.reject(new SpoolFullError('Too many posts wait to be stored. Send again in a moment.', 1));
    }
    this.#pendingBytes += bytes;
    return new Promise((resolve, reject) => {
      if (this.#waiting.length === 0) setImmediate(() => this.#flush());
      const receivedAt = this.#options.now();
      const place = first === undefined ? {} : { first };
      this.#waiting.push({ origin, receivedAt, bodies: buffers, ...place, resolve, reject });
    });
  }

  setRules(rules: readonly RuleDoc[]): Promise<RuleProblem[]> {
    const ticket = this.#nextTicket++;
    return new Promise((resolve) => {
      this.#ruleTickets.set(ticket, resolve);
      const { revision, current } = this.#options.context;
      const changed = revision === this.#knownContext ? {} : { context: current };
      this.#knownContext = revision;
      this.#send({ type: 'rules', ticket, rules: this.#changed(rules), ...changed });
    });
  }

  /** The rules, those that the worker has as they are by their ids: thousands would take it a while to read. */
  #changed(rules: readonly RuleDoc[]): (string | RuleDoc)[] {
    const known = this.#known;
    this.#known = hashesOf(rules);
    return rules.map((rule) => (known.get(rule.id) === this.#known.get(rule.id) ? rule.id : rule));
  }

  /** Once a second. */
  onTick(listener: (tick: PipelineTick) => void): void {
    this.#tickListeners.push(listener);
  }

  setRedact(options: RedactOptions): void {
    this.#send({ type: 'redact', options });
  }

  setIntel(tables: IntelTables | null): void {
    this.#send({ type: 'intel', tables });
  }

  setBait(table: BaitTable | null): void {
    this.#send({ type: 'bait', table });
  }

  watchAddresses(wanted: boolean): void {
    this.#send({ type: 'watch_addresses', wanted });
  }

  setZones(zones: Record<string, string>): void {
    this.#send({ type: 'zones', zones });
  }

  setLiveWanted(wanted: boolean): void {
    this.#send({ type: 'live', wanted });
  }

  /** The spool's verdict: durable tickets are answered. */
  synced(message: SpoolSynced): void {
    for (const { ack, event_ids, unread_ids } of message.acks) {
      const waiting = this.#take(ack);
      const unread = new Set(unread_ids);
      let at = 0;
      for (const { bodies, resolve } of waiting) {
        const own = event_ids.slice(at, at + bodies.length);
        resolve({ event_ids: own, unread_ids: own.filter((id) => unread.has(id)) });
        at += bodies.length;
      }
    }
  }

  /** Tickets whose rows the spool could not store and has dropped. */
  refused(acks: readonly number[]): void {
    for (const ack of acks) for (const { reject } of this.#take(ack)) reject(this.#full());
  }

  spoolState(message: SpoolState): void {
    this.#spool = message;
    this.#send({ type: 'spool_state', state: message.state });
  }

  /** Stores alerts that were told but not stored yet. */
  flushAlerts(): void {
    this.#alerts.flush();
  }

  requestSnapshot(): void {
    this.#send({ type: 'snapshot' });
  }

  stop(): Promise<void> {
    return new Promise((resolve) => {
      this.#stopped = () => {
        this.#alerts.close();
        resolve();
      };
      this.#send({ type: 'stop' });
    });
  }

  stats(): PipelineStats {
    const tick = this.#tick;
    const first = this.#recent[0];
    const last = this.#recent.at(-1);
    const seconds = first && last ? (last.at - first.at) / 1000 : 0;
    return {
      events: tick?.events ?? 0,
      alerts: this.#alerts.raised,
      bytes: tick?.bytes ?? 0,
      eventsPerSecond: first && last && seconds > 0 ? (last.events - first.events) / seconds : 0,
      history: [...this.#history],
      byFormat: tick?.byFormat ?? {},
      raw: tick?.raw ?? 0,
      perSource: this.#sources,
      redactions: tick?.redactions ?? {},
      correlator: tick?.correlator ?? noCorrelator,
      backlog: this.#tickets.size,
      notStored: this.#spool.droppedRows,
      spool: { state: this.#spool.state, reason: this.#spool.reason, pendingBytes: this.#spool.pendingBytes },
      recovery: this.#options.recovery,
    };
  }

  #send(command: PipelineCommand): void {
    this.#options.worker.postMessage(command, command.type === 'chunk' ? [command.buffer] : []);
  }

  #flush(): void {
    const posts = this.#waiting.splice(0);
    const ticket = this.#nextTicket++;
    this.#tickets.set(ticket, posts);
    this.#send(chunkOfPosts(posts, ticket));
  }

  #take(ticket: number): Waiting[] {
    const waiting = this.#tickets.get(ticket) ?? [];
    this.#tickets.delete(ticket);
    for (const { bodies } of waiting) for (const body of bodies) this.#pendingBytes -= body.length;
    return waiting;
  }

  #full(): SpoolFullError {
    return new SpoolFullError(
      `Nothing can be stored right now: ${this.#spool.reason ?? 'the disk is full'}. Detection goes on.`,
    );
  }

  #receive(message: PipelineReport): void {
    switch (message.type) {
      case 'alerts':
        this.#alerts.take(message.changes);
        break;
      case 'events':
        for (const row of message.rows) this.#options.bus.emit({ type: 'event', event: decodeRow(row) });
        if (message.skipped > 0) this.#options.bus.emit({ type: 'skipped', count: message.skipped });
        break;
      case 'tick':
        this.#note(message);
        break;
      case 'snapshot':
        // What the snapshot has seen must not be lost with us.
        this.#alerts.flush();
        this.#options.onSnapshot(message.batch, message.file);
        break;
      case 'rules_set':
        this.#ruleTickets.get(message.ticket)?.(message.problems);
        this.#ruleTickets.delete(message.ticket);
        break;
      case 'stopped':
        this.#stopped?.();
        break;
      case 'ready':
        break;
    }
  }

  #note(tick: PipelineTick): void {
    const now = this.#options.now();
    this.#recent.push({ at: now, events: tick.events });
    if (this.#recent.length > 6) this.#recent.shift();
    for (const { source, ...tally } of tick.sources) this.#sources[source] = tally;
    while (now - this.#slotAt >= historySlotMs) {
      this.#history.push((tick.events - this.#slotEvents) / (historySlotMs / 1000));
      this.#history.shift();
      this.#slotEvents = tick.events;
      this.#slotAt += historySlotMs;
    }
    this.#tick = tick;
    this.#options.onTick(tick);
    for (const listener of this.#tickListeners) listener(tick);
  }
}

const hashesOf = (rules: readonly RuleDoc[]): Map<string, string> =>
  new Map(rules.map((rule) => [rule.id, createHash('sha256').update(JSON.stringify(rule)).digest('base64')]));
