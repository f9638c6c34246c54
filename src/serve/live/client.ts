import type { Event } from '../../model/index.ts';
import { textFrame } from './frame.ts';
import { everything, type Subscription } from './subscription.ts';

/** What the hub needs of a connection. */
export interface Connection {
  /** Queues bytes; they are one or more whole frames. */
  write(bytes: Buffer): void;
  /** Bytes queued and not yet taken by the system. */
  buffered(): number;
  close(code: number, reason: string): void;
}

/** A frame, built when the first client wants it. */
export interface EventFrame {
  readonly event: Event;
  json(): string;
  frame(): Buffer;
}

export interface Limits {
  /** Above this many buffered bytes a client gets no events, only alerts. */
  shedBytes: number;
  /** Above this many it is disconnected: it does not read at all. */
  hopelessBytes: number;
}

/**
 * One page or program that watches. Events that it cannot take in time are skipped and counted, alerts never are; a client that
 * does not even take those is disconnected.
 */
export class LiveClient {
  subscription: Subscription = everything;
  skippedTotal = 0;
  private skipped = 0;
  private queue: Buffer[] = [];
  private batch: string[] = [];
  private batchBytes = 0;
  private tenthStarted = 0;
  private sentThisTenth = 0;
  private readonly connection: Connection;
  private readonly limits: Limits;

  constructor(connection: Connection, limits: Limits) {
    this.connection = connection;
    this.limits = limits;
  }

  /** Adds an event to what the next flush sends, or skips it. */
  offer(frame: EventFrame, now: number): void {
    const { events, batch, maxPerSecond, wants } = this.subscription;
    if (!events || (wants !== null && !wants(frame.event))) return;
    if (this.isBehind() || (maxPerSecond !== null && this.isOver(maxPerSecond, now))) {
      this.skip(1);
      return;
    }
    if (batch) {
      const json = frame.json();
      this.batch.push(json);
      this.batchBytes += json.length;
    } else this.queue.push(frame.frame());
  }

  /** Events that the pipeline did not pass on. */
  skip(count: number): void {
    if (!this.subscription.events) return;
    this.skipped += count;
    this.skippedTotal += count;
  }

  /** Sends at once whatever the state of the connection; false where the client is hopeless and was disconnected. */
  send(frame: Buffer): boolean {
    if (this.connection.buffered() > this.limits.hopelessBytes) {
      this.connection.close(1013, 'too slow');
      return false;
    }
    this.connection.write(frame);
    return true;
  }

  /** Writes the frames collected since the last flush in one go. */
  flush(): void {
    if (this.queue.length === 0) return;
    const [only] = this.queue;
    this.connection.write(this.queue.length === 1 && only ? only : Buffer.concat(this.queue));
    this.queue = [];
  }

  /** Each 100 ms: sends the batch, and how many events were skipped. */
  flushBatch(): void {
    if (this.batch.length > 0) {
      this.connection.write(textFrame(`{"type":"events","data":[${this.batch.join(',')}],"skipped":${this.skipped}}`));
      this.batch = [];
      this.batchBytes = 0;
      this.skipped = 0;
    } else if (this.skipped > 0 && !this.isBehind()) {
      this.connection.write(textFrame(`{"type":"skipped","count":${this.skipped}}`));
      this.skipped = 0;
    }
  }

  private isBehind(): boolean {
    return this.connection.buffered() + this.batchBytes > this.limits.shedBytes;
  }

  /** Counts in tenths of a second, so that a limited client gets an even sample instead of each second's first events. */
  private isOver(maxPerSecond: number, now: number): boolean {
    const tenth = Math.floor(now / 100);
    if (tenth !== this.tenthStarted) {
      this.tenthStarted = tenth;
      this.sentThisTenth = 0;
    }
    this.sentThisTenth += 1;
    return this.sentThisTenth > Math.max(1, maxPerSecond / 10);
  }
}
