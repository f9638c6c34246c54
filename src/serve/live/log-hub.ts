import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import {
  type AnalyzerChannel,
  analyzerChannel,
  analyzerChannels,
  type Event,
  isoTime,
  plainText,
} from '../../model/index.ts';
import type { LiveBus } from '../contract.ts';
import type { Connection } from './client.ts';
import { textFrame } from './frame.ts';
import type { SessionKind } from './session.ts';

/** Above this many buffered bytes a client is skipped; above the second it does not read at all and is disconnected. */
const shedBytes = 1024 * 1024;
const hopelessBytes = 16 * 1024 * 1024;
const tellEveryMs = 500;

export const channelNames = [...analyzerChannels, 'all'].join(', ');

const request = z.object({
  type: z.enum(['subscribe', 'unsubscribe']),
  log_source: z.enum([...analyzerChannels, 'all']),
});

interface LogClient {
  connection: Connection;
  isCompanion: boolean;
  channels: Set<AnalyzerChannel | 'all'>;
  skipped: number;
}

/**
 * The log analyzer's live lines. Each line is framed once per form and the same bytes go to every client; a client that does
 * not take them in time is skipped and told so. Nothing waits for anybody.
 */
export class LogHub {
  readonly #bus: LiveBus;
  readonly #clients = new Set<LogClient>();
  #unsubscribe: (() => void) | null = null;
  #telling: NodeJS.Timeout | null = null;

  constructor(bus: LiveBus) {
    this.#bus = bus;
  }

  sessions(isCompanion: boolean): SessionKind<LogClient> {
    return {
      admit: (connection) => {
        const client: LogClient = { connection, isCompanion, channels: new Set(), skipped: 0 };
        this.#clients.add(client);
        tell(client, { type: 'connected', message: 'Connected to live logs.', connection_id: randomUUID() });
        return client;
      },
      take: (client, message) => this.#take(client, message),
      ping: (client) => tell(client, { type: 'ping' }),
      leave: (client) => {
        this.#clients.delete(client);
        this.#settle();
      },
    };
  }

  close(): void {
    this.#clients.clear();
    this.#settle();
  }

  #take(client: LogClient, message: unknown): void {
    if (typeof message === 'object' && message !== null && 'type' in message && message.type === 'pong') return;
    const read = request.safeParse(message);
    if (!read.success) {
      tell(client, {
        type: 'error',
        message: `Send {"type": "subscribe", "log_source": "auth"} with one of ${channelNames}; or "unsubscribe".`,
      });
      return;
    }
    const { type, log_source } = read.data;
    if (type === 'subscribe') {
      client.channels.add(log_source);
      tell(client, { type: 'subscribed', log_source, message: `Subscribed to ${log_source}.` });
    } else {
      if (log_source === 'all') client.channels.clear();
      else client.channels.delete(log_source);
      tell(client, { type: 'unsubscribed', log_source, message: `Unsubscribed from ${log_source}.` });
    }
    this.#settle();
  }

  /** The pipeline is asked for events only while somebody is subscribed. */
  #settle(): void {
    const isWanted = [...this.#clients].some(({ channels }) => channels.size > 0);
    if (isWanted && this.#unsubscribe === null) {
      this.#unsubscribe = this.#bus.subscribe((message) => {
        if (message.type === 'event') this.#offer(message.event);
        else if (message.type === 'skipped') this.#skip(message.count);
      }, true);
      // Who caught up is told even if no line comes after.
      this.#telling = setInterval(() => {
        for (const client of this.#clients) tellSkipped(client);
      }, tellEveryMs);
      this.#telling.unref();
    } else if (!isWanted && this.#unsubscribe !== null) {
      this.#unsubscribe();
      this.#unsubscribe = null;
      clearInterval(this.#telling ?? undefined);
    }
  }

  #offer(event: Event): void {
    const channel = analyzerChannel(event);
    const frames = new Map<boolean, Buffer>();
    for (const client of this.#clients) {
      const { channels, connection, isCompanion } = client;
      if (!channels.has(channel) && !channels.has('all')) continue;
      const waiting = connection.buffered();
      if (waiting > hopelessBytes) connection.close(1013, 'too slow');
      else if (waiting > shedBytes) client.skipped += 1;
      else {
        tellSkipped(client);
        const frame = frames.get(isCompanion) ?? textFrame(JSON.stringify(line(event, channel, isCompanion)));
        frames.set(isCompanion, frame);
        connection.write(frame);
      }
    }
  }

  /** Events that the pipeline did not pass on; of which channel is not known. */
  #skip(count: number): void {
    for (const client of this.#clients) if (client.channels.size > 0) client.skipped += count;
  }
}

function line(event: Event, log_source: AnalyzerChannel, isCompanion: boolean): object {
  const raw = plainText(event.raw);
  return {
    type: isCompanion ? 'log' : 'raw_log',
    log_source,
    raw_log: raw,
    raw_line: raw,
    timestamp: isoTime(event.time),
    id: event.id,
  };
}

/** Says how many lines were left out, once the client takes again what it is sent. */
function tellSkipped(client: LogClient): void {
  if (client.skipped === 0 || client.connection.buffered() > shedBytes) return;
  tell(client, { type: 'skipped', count: client.skipped });
  client.skipped = 0;
}

function tell({ connection }: LogClient, message: object): void {
  if (connection.buffered() > hopelessBytes) connection.close(1013, 'too slow');
  else connection.write(textFrame(JSON.stringify(message)));
}
