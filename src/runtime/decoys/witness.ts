import { createHash } from 'node:crypto';
import type { SentRecord } from '../../decoy/host/messages.ts';
import type { Log } from '../../serve/contract.ts';
import type { DecoyCredential, DecoySession, StateStore } from '../../store/contract.ts';
import type { PipelineClient } from '../pipeline-client.ts';
import { repeat } from '../repeat.ts';
import type { Guest } from './doors.ts';

export interface WitnessOptions {
  pipeline: Pick<PipelineClient, 'witness'>;
  state: StateStore;
  now: () => number;
  log: Log;
}

/** Records a second: of one address, and of all. What is beyond is counted and told. */
const perAddress = 200;
const inAll = 2000;
const flushEveryMs = 1000;
const keep = { sessions: 50_000, credentials: 200_000, files: 20_000 };
const maxWaiting = 20_000;

const counted: Readonly<Record<string, keyof DecoySession & string>> = {
  'decoy.login': 'logins',
  'decoy.command': 'commands',
  'decoy.upload': 'uploads',
  'decoy.download': 'downloads',
  'decoy.forward': 'forwards',
  'decoy.request': 'requests',
};

/** Makes events, sessions and credentials of what happens at the decoys. Who and where from is this process's knowledge. */
export class Witness {
  readonly #options: WitnessOptions;
  readonly #sessions = new Map<string, DecoySession>();
  #credentials: DecoyCredential[] = [];
  #ended: DecoySession[] = [];
  #bodies = new Map<string, string[]>();
  #second = 0;
  #told = 0;
  readonly #toldBy = new Map<string, number>();
  readonly #timer: NodeJS.Timeout;
  #looks = 0;
  dropped = 0;

  constructor(options: WitnessOptions) {
    this.#options = options;
    this.#timer = repeat(flushEveryMs, 'What decoys saw was not kept', options.log, () => this.flush());
  }

  /** Sessions that are open, newest first. */
  get open(): DecoySession[] {
    return [...this.#sessions.values()].reverse();
  }

  session(id: string): DecoySession | undefined {
    return this.#sessions.get(id);
  }

  arrive(guest: Guest): void {
    const session: DecoySession = {
      id: guest.id,
      decoy: guest.decoy,
      src_ip: guest.address,
      src_port: guest.port,
      dst_port: guest.localPort,
      started_at: guest.startedAt,
      ended_at: null,
      reason: null,
      user: null,
      logins: 0,
      commands: 0,
      uploads: 0,
      downloads: 0,
      forwards: 0,
      requests: 0,
      recordings: [],
      facts: {},
      received_bytes: 0,
      sent_bytes: 0,
    };
    this.#sessions.set(guest.id, session);
    this.record(guest, guest.startedAt, {
      event_type: 'decoy.connection',
      message: `${guest.address} connected to the ${guest.decoy} decoy`,
    });
  }

  facts(guest: Guest, facts: Readonly<Record<string, string | number | boolean>>): void {
    const session = this.#sessions.get(guest.id);
    if (session === undefined) return;
    const { user, logged_in, ...rest } = facts;
    if (logged_in === true && typeof user === 'string') session.user = user;
    const merged = { ...session.facts, ...rest };
    session.facts = Object.fromEntries(Object.entries(merged).slice(0, 40));
  }

  recorded(guest: Guest, recording: number): void {
    const session = this.#sessions.get(guest.id);
    if (session === undefined || session.recordings.includes(recording)) return;
    session.recordings = [...session.recordings, recording];
  }

  leave(guest: Guest, end: { reason: string; sentBytes: number; receivedBytes: number; cutRecords: number }): void {
    const session = this.#sessions.get(guest.id);
    if (session === undefined) return;
    this.#sessions.delete(guest.id);
    const endedAt = this.#options.now();
    const seconds = Math.round((endedAt - session.started_at) / 100) / 10;
    session.ended_at = endedAt;
    session.reason = end.reason;
    session.sent_bytes = end.sentBytes;
    session.received_bytes = end.receivedBytes;
    if (this.#ended.length < maxWaiting) this.#ended.push(session);
    const { logins, commands, uploads, downloads, forwards, requests, facts, user } = session;
    this.record(guest, endedAt, {
      event_type: 'decoy.session',
      message: `${guest.address} left the ${guest.decoy} decoy after ${seconds} s: ${end.reason}`,
      user,
      fields: {
        seconds,
        reason: end.reason,
        logged_in: user !== null,
        logins,
        commands,
        uploads,
        downloads,
        forwards,
        requests,
        recordings: session.recordings.length,
        received_bytes: end.receivedBytes,
        sent_bytes: end.sentBytes,
        ...(end.cutRecords > 0 && { cut_records: end.cutRecords }),
        ...facts,
      },
    });
  }

  /** Something about the decoys themselves. */
  problem(message: string, fields: Record<string, string | number>): void {
    this.#post('decoys', { decoy: 'decoys', time: this.#options.now(), event_type: 'decoy.error', message, fields });
  }

  refused(guest: Omit<Guest, 'listeners'>, times: number): void {
    this.#post(guest.decoy, {
      ...described(guest),
      time: guest.startedAt,
      event_type: 'decoy.connection',
      outcome: 'denied',
      message: `${guest.address} has too many connections to the decoys: ${times} closed`,
      fields: { refused: times },
    });
  }

  record(guest: Guest, time: number, record: SentRecord): void {
    const session = this.#sessions.get(guest.id);
    if (session !== undefined) {
      const key = counted[record.event_type];
      if (key !== undefined) (session[key as 'logins'] as number) += 1;
    }
    if (!this.#mayTell(guest.address, record.event_type)) return;
    const { fields = {}, ...rest } = record;
    const { password, ...others } = fields;
    if (typeof password === 'string') {
      if (record.event_type === 'decoy.login' && this.#credentials.length < maxWaiting) {
        this.#credentials.push({
          time,
          decoy: guest.decoy,
          session: guest.id,
          src_ip: guest.address,
          user: record.user ?? '',
          password: password.slice(0, 1024),
          method: typeof others.method === 'string' ? others.method : 'password',
          accepted: record.outcome === 'success',
        });
      }
      // Whoever may read events need not know what people type: the words themselves are shown to analysts elsewhere.
      others.password = masked(password);
      others.password_length = password.length;
      others.password_sha256 = createHash('sha256').update(password).digest('hex');
    }
    this.#post(guest.decoy, {
      ...described(guest),
      time,
      ...rest,
      fields: { session: guest.id, ...others },
    });
  }

  #mayTell(address: string, type: string): boolean {
    const second = Math.floor(this.#options.now() / 1000);
    if (second !== this.#second) {
      this.#second = second;
      this.#told = 0;
      this.#toldBy.clear();
    }
    const own = this.#toldBy.get(address) ?? 0;
    // What a visit came to is told even then: there is one for each connection.
    if (type !== 'decoy.session' && (own >= perAddress || this.#told >= inAll)) {
      this.dropped += 1;
      return false;
    }
    this.#told += 1;
    this.#toldBy.set(address, own + 1);
    return true;
  }

  #post(decoy: string, body: Record<string, unknown>): void {
    if (this.#bodies.size === 0) setImmediate(() => this.#send());
    const source = decoy === 'decoys' ? 'decoys' : `decoy_${decoy}`;
    const bodies = this.#bodies.get(source);
    if (bodies === undefined) this.#bodies.set(source, [JSON.stringify(body)]);
    else bodies.push(JSON.stringify(body));
  }

  #send(): void {
    const all = this.#bodies;
    this.#bodies = new Map();
    for (const [source, bodies] of all) {
      this.#options.pipeline.witness(source, null, bodies).catch(() => {
        this.dropped += bodies.length;
      });
    }
  }

  flush(): void {
    const credentials = this.#credentials;
    const ended = this.#ended;
    this.#credentials = [];
    this.#ended = [];
    const { decoys } = this.#options.state;
    if (credentials.length > 0 || ended.length > 0) {
      this.#options.state.transaction(() => {
        decoys.addCredentials(credentials);
        for (const session of ended) decoys.putSession(session);
      });
    }
    this.#looks += 1;
    if (this.#looks % 300 === 1) decoys.forget(keep);
  }

  stop(): void {
    clearInterval(this.#timer);
    this.#send();
    this.flush();
  }
}

const described = (guest: Omit<Guest, 'listeners'>) => ({
  decoy: guest.decoy,
  src_ip: guest.address,
  src_port: guest.port,
  dst_ip: guest.localAddress,
  dst_port: guest.localPort,
});

/** `s******3`: enough to tell two tries apart, not enough to use one. */
const masked = (password: string): string => {
  const letters = [...password];
  if (letters.length < 4) return '*'.repeat(letters.length);
  return `${letters[0]}${'*'.repeat(Math.min(8, letters.length - 2))}${letters.at(-1)}`;
};
