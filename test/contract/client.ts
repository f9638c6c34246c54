import { createSocket } from 'node:dgram';
import { connect } from 'node:net';
import { WebSocket } from 'ws';
import { type Program, waitFor } from '../program.ts';

/** A JSON answer whose shape the test is about to check: what the wire carries is what these tests find out. */
export type Json = ReturnType<typeof JSON.parse>;

/** What every alert on the wire has. */
export const alertKeys = [
  'id',
  'timestamp',
  'rule_id',
  'rule_name',
  'severity',
  'message',
  'matched_events',
  'acknowledged',
];

export async function getJson(program: Program, path: string): Promise<Json> {
  const answer = await program.api(path);
  if (!answer.ok) throw new Error(`GET ${path}: ${answer.status} ${await answer.text()}`);
  return answer.json();
}

export function send(program: Program, method: string, path: string, body?: unknown): Promise<Response> {
  return program.api(path, {
    method,
    ...(body !== undefined && { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }),
  });
}

/** Posts and expects success. */
export async function post(program: Program, path: string, body?: unknown): Promise<Json> {
  const answer = await send(program, 'POST', path, body);
  if (!answer.ok) throw new Error(`POST ${path}: ${answer.status} ${await answer.text()}`);
  return answer.json();
}

/** Sends lines over one connection and waits until all are stored. */
export async function storeLines(program: Program, all: readonly string[]): Promise<void> {
  const stored = async () => (await getJson(program, '/api/stats')).stored_events as number;
  const before = await stored();
  await new Promise<void>((done, fail) => {
    const socket = connect(program.syslogPort, '127.0.0.1', () => socket.end(`${all.join('\n')}\n`));
    socket.on('error', fail);
    socket.on('close', () => done());
    socket.resume();
  });
  await waitFor('the lines', async () => (await stored()) >= before + all.length, 60_000);
}

/** A live connection that remembers every message. */
export class Live {
  readonly messages: Json[] = [];
  readonly socket: WebSocket;
  closed = false;

  constructor(address: string, headers: Record<string, string> = {}) {
    this.socket = new WebSocket(`${address.replace(/^http/, 'ws')}/ws/events`, { headers });
    this.socket.on('message', (data) => this.messages.push(JSON.parse(String(data))));
    this.socket.on('close', () => {
      this.closed = true;
    });
    this.socket.on('error', () => {
      this.closed = true;
    });
  }

  static async open(program: Program): Promise<Live> {
    const live = new Live(program.address, { authorization: `Bearer ${program.token}` });
    await live.next('the greeting', ({ type }) => type === 'connected');
    return live;
  }

  next(what: string, wanted: (message: Json) => boolean, ms = 10_000): Promise<Json> {
    return waitFor(what, async () => this.messages.find(wanted), ms);
  }

  event(what: string, wanted: (event: Json) => boolean, ms = 10_000): Promise<Json> {
    return this.next(what, ({ type, data }) => type === 'event' && wanted(data), ms).then(({ data }) => data);
  }

  /** Alerts of one rule, as they were first raised. */
  alertsOf(ruleId: string): Json[] {
    return this.messages
      .filter(({ type, data }) => type === 'alert' && data.rule_id === ruleId)
      .map(({ data }) => data);
  }

  alert(what: string, wanted: (alert: Json) => boolean, ms = 10_000): Promise<Json> {
    return this.next(what, ({ type, data }) => type === 'alert' && wanted(data), ms).then(({ data }) => data);
  }

  /** When the next message of this kind arrives (performance.now()). Rejects after 10 s. */
  arrival(wanted: (message: Json) => boolean): Promise<number> {
    return new Promise((done, fail) => {
      const timer = setTimeout(() => fail(new Error('No such message arrived within 10 s.')), 10_000);
      const look = (data: unknown) => {
        if (!wanted(JSON.parse(String(data)))) return;
        clearTimeout(timer);
        this.socket.off('message', look);
        done(performance.now());
      };
      this.socket.on('message', look);
    });
  }

  close(): void {
    this.socket.terminate();
  }
}

/** Sends one syslog datagram. */
export function datagram(program: Program, payload: string): Promise<void> {
  return new Promise((done, fail) => {
    const socket = createSocket('udp4');
    socket.send(Buffer.from(payload, 'utf8'), program.syslogPort, '127.0.0.1', (error) => {
      socket.close();
      if (error) fail(error);
      else done();
    });
  });
}

/** Lines that the log analyzer's documents show. */
export const documented = [
  'Jan  1 10:00:00 hostname sshd[12345]: Failed password for admin from 192.168.1.100',
  '[UFW AUDIT] IN=eth0 OUT= SRC=192.168.1.1 DST=192.168.1.100 PROTO=TCP DPT=22',
];
