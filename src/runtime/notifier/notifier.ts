import type { PhosorConfig } from '../../config/index.ts';
import type { Incident, IncidentChange, IncidentFeed } from '../../model/index.ts';
import type { Log } from '../../serve/contract.ts';
import type { DigestItem, StateStore } from '../../store/contract.ts';
import type { Channels } from './channels.ts';
import {
  type DigestEntry,
  digestEntry,
  digestMessage,
  incidentMessage,
  type NotedAlert,
  newNotes,
  noteAlert,
} from './compose.ts';
import type { Outbox } from './outbox.ts';
import { type CaseNotes, decide, takes } from './policy.ts';
import { digestSlot, quietUntil } from './quiet.ts';

/** Changes are looked at this long after the first: what an attack does in its first moments is one message. */
const settleMs = 400;
/** Then other work has its turn. */
const turnMs = 5;
const tickMs = 15_000;
const pruneMs = 3_600_000;
const dayMs = 86_400_000;
const mostHistory = 200_000;
const slotKey = 'notifications.digestSlot';
/** Incidents of the last day that are looked at after a start. */
const mostCaughtUp = 500;
const allReasons: readonly DigestItem['reason'][] = ['quiet', 'below', 'flood'];

export interface NotifierOptions {
  config: () => PhosorConfig;
  state: StateStore;
  channels: Channels;
  outbox: Outbox;
  now: () => number;
  log: Log;
}

interface Pending {
  incident: Incident;
  /** Newest state of each, in the order in which they came. */
  alerts: Map<string, NotedAlert>;
}

/** Listens to incidents and decides who is told what. All it knows lies in the state. */
export class IncidentNotifier {
  lastCheck: number | null = null;
  readonly #options: NotifierOptions;
  readonly #pending = new Map<string, Pending>();
  #timer: NodeJS.Timeout | null = null;
  #ticker: NodeJS.Timeout | null = null;
  #prunedAt = 0;

  constructor(options: NotifierOptions) {
    this.#options = options;
  }

  start(): void {
    this.#catchUp();
    this.tick();
    this.#ticker = setInterval(() => this.tick(), tickMs).unref();
  }

  stop(): void {
    if (this.#ticker !== null) clearInterval(this.#ticker);
    this.decide();
  }

  /** What changed while nobody listened, or was noted and not yet decided when a run was killed. */
  #catchUp(): void {
    const { state, now } = this.#options;
    const { incidents } = state.incidents.list({ from: now() - dayMs }, mostCaughtUp, null, 'newest');
    for (const { facts: _, ...incident } of incidents.reverse()) {
      const known = state.notifications.cases.byId(incident.id);
      if (known !== null && known.updated_at >= incident.updated_at) continue;
      this.note({ kind: 'grown', incident, alert: null });
      const pending = this.#pending.get(incident.id);
      for (const member of state.incidents.members(incident.id, 20)) {
        if (member.historical) continue;
        pending?.alerts.set(member.alert_id, { ...member, id: member.alert_id, time: member.first, tags: [] });
      }
    }
  }

  /** Decides now about all that was noted. */
  decide(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
    this.#work(Number.POSITIVE_INFINITY);
  }

  /** @returns how to unsubscribe */
  listen(feed: IncidentFeed): () => void {
    return feed.subscribe((change) => this.note(change));
  }

  /** Cheap: what it means is looked at later. */
  note({ incident, alert }: IncidentChange): void {
    const pending = this.#pending.get(incident.id) ?? { incident, alerts: new Map<string, NotedAlert>() };
    pending.incident = incident;
    if (alert !== null && !alert.historical && alert.signal !== true) pending.alerts.set(alert.id, alert);
    this.#pending.set(incident.id, pending);
    this.#timer ??= setTimeout(() => this.#turn(), settleMs);
  }

  /** Looks at what is due by the clock: updates that had to wait, digests, old history. */
  tick(): void {
    const { state, now, config, log } = this.#options;
    this.lastCheck = now();
    try {
      for (const entry of state.notifications.cases.due(now(), 500))
        this.#settle((entry.document as CaseNotes).incident, [], entry.document as CaseNotes);
      this.#digest();
      if (now() - this.#prunedAt < pruneMs) return;
      this.#prunedAt = now();
      const before = now() - config().notifications.historyDays * dayMs;
      state.notifications.deliveries.prune(before, mostHistory);
      state.notifications.cases.prune(Math.min(before, now() - 30 * dayMs));
    } catch (error) {
      log('error', `Notifications could not be looked after: ${(error as Error).message}`);
    }
  }

  #turn(): void {
    this.#timer = null;
    this.lastCheck = this.#options.now();
    this.#work(performance.now() + turnMs);
    if (this.#pending.size > 0) this.#timer = setTimeout(() => this.#turn(), 1);
  }

  #work(until: number): void {
    for (const [id, { incident, alerts }] of this.#pending) {
      this.#pending.delete(id);
      try {
        this.#settle(incident, [...alerts.values()], null);
      } catch (error) {
        this.#options.log('error', `Nobody could be told of incident ${id}: ${(error as Error).message}`);
      }
      if (performance.now() >= until) return;
    }
  }

  /** Decides about one incident and writes down decision and messages in one transaction. */
  #settle(incident: Incident, alerts: readonly NotedAlert[], known: CaseNotes | null): void {
    const { state, now, config, outbox } = this.#options;
    const { cases, digest } = state.notifications;
    const settings = config().notifications;
    const notes = known ?? ((cases.byId(incident.id)?.document ?? newNotes(incident)) as CaseNotes);
    notes.incident = incident;
    for (const alert of alerts) noteAlert(notes, alert);
    const kicked = state.transaction((): string[] => {
      const decision = decide(notes, settings, now(), quietUntil(now(), settings));
      let due: number | null = null;
      let told: string[] = [];
      if (decision.action === 'tell') told = this.#tell(notes, decision.kind);
      if (decision.action === 'wait') due = decision.until;
      if (decision.action === 'hold')
        digest.put({ incident_id: incident.id, at: now(), reason: decision.reason, document: digestEntry(notes) });
      // One that was closed before anybody was told of it needs no digest either.
      if (decision.action === 'none' && notes.told === null) digest.remove(incident.id);
      cases.put({ incident_id: incident.id, due_at: due, updated_at: now(), document: notes });
      return told;
    });
    for (const id of kicked) outbox.kick(id);
  }

  /** @returns the channels that have something to send */
  #tell(notes: CaseNotes, kind: 'opened' | 'update' | 'closed'): string[] {
    const { state, now, config, channels, outbox } = this.#options;
    const { publicUrl, maxPerHour } = config().notifications;
    const { incident } = notes;
    const told: string[] = [];
    let isOverLimit = false;
    for (const open of channels.all()) {
      const { channel } = open;
      const knows = notes.channels[channel.id] !== undefined;
      if (!channel.enabled || !takes(channel.filter, notes)) continue;
      if (kind === 'closed' && !(knows && channel.closing)) continue;
      if (kind === 'update' && knows && !channel.updates) continue;
      const made = state.notifications.deliveries.countSince(channel.id, now() - 3_600_000, ['opened', 'update']);
      if (kind !== 'closed' && made >= maxPerHour) {
        isOverLimit = true;
        continue;
      }
      // Who has not heard of it yet is told from the beginning.
      const message = incidentMessage(notes, kind === 'update' && !knows ? 'opened' : kind, publicUrl, now());
      outbox.put(open, message);
      notes.channels[channel.id] ??= { reference: null };
      told.push(channel.id);
    }
    const { digest } = state.notifications;
    if (isOverLimit) digest.put({ incident_id: incident.id, at: now(), reason: 'flood', document: digestEntry(notes) });
    else digest.remove(incident.id);
    if (told.length > 0 || kind === 'closed')
      notes.told = {
        at: now(),
        severity: incident.severity,
        events: incident.event_count,
        rules: notes.rules.length,
        closed: kind === 'closed',
      };
    return told;
  }

  /** What was held in quiet hours goes when they end, what was over the limit after an hour, the rest at its time. */
  #digest(): void {
    const { state, now, config } = this.#options;
    const settings = config().notifications;
    const { digest } = state.notifications;
    const slot = digestSlot(now(), settings);
    const last = state.settings.get(slotKey);
    if (slot !== last && (slot === null || last === undefined)) {
      if (slot === null) state.settings.remove(slotKey);
      else state.settings.put(slotKey, slot);
    }
    if (quietUntil(now(), settings) !== null) return;
    if (settings.digest === 'off') digest.clear(['below']);
    const isSlotDue = slot !== null && last !== undefined && slot !== last;
    const floodedAt = digest.list(['flood'], 1)[0]?.at ?? Number.POSITIVE_INFINITY;
    const reasons = allReasons.filter(
      (reason) => isSlotDue || reason === 'quiet' || (reason === 'flood' && now() - floodedAt > 3_600_000),
    );
    if (isSlotDue) state.settings.put(slotKey, slot);
    if (digest.count(reasons) > 0) this.#sendDigest(reasons);
  }

  #sendDigest(reasons: readonly DigestItem['reason'][]): void {
    const { state, now, config, channels, outbox } = this.#options;
    const { digest } = state.notifications;
    const total = digest.count(reasons);
    const items = digest
      .list(reasons, 1000)
      .map(({ reason, document }) => ({ reason, entry: document as DigestEntry }));
    const told = state.transaction((): string[] => {
      const ids: string[] = [];
      for (const open of channels.all()) {
        const { channel } = open;
        if (!channel.enabled || !channel.digest) continue;
        const taken = items.filter(({ entry }) =>
          takes(channel.filter, { ...newNotes(entry.notes.incident), ...entry.notes }),
        );
        if (taken.length === 0) continue;
        const beyond = total - items.length;
        outbox.put(open, digestMessage(taken, taken.length + beyond, config().notifications.publicUrl, now()));
        ids.push(channel.id);
      }
      digest.clear(reasons);
      return ids;
    });
    for (const id of told) outbox.kick(id);
  }
}
