import { type Alert, type Event, phosorEvent } from '../../model/index.ts';
import type { LiveBus, LiveMessage } from '../contract.ts';
import { alertView } from '../views.ts';
import { type Connection, type EventFrame, type Limits, LiveClient } from './client.ts';
import { textFrame } from './frame.ts';

const standardLimits: Limits = { shedBytes: 1024 * 1024, hopelessBytes: 16 * 1024 * 1024 };

/**
 * Passes events and alerts to every connected client. An event is serialised once, and only if somebody wants it; its frame's bytes
 * are shared. Frames of one turn of the event loop leave in one write per client. Alerts do not wait for that: they leave at once.
 */
export class LiveHub {
  private readonly clients = new Set<LiveClient>();
  private readonly bus: LiveBus;
  private readonly now: () => number;
  private readonly authorOf: (rule_id: string) => string | null;
  private readonly limits: Limits;
  private readonly unsubscribeAlerts: () => void;
  private unsubscribeEvents: (() => void) | null = null;
  private flushScheduled = false;
  /** Incidents that changed since the last batch. */
  private readonly changed = new Set<string>();
  private readonly batchTimer: NodeJS.Timeout;

  /** @param authorOf who wrote a rule */
  constructor(
    bus: LiveBus,
    now: () => number,
    authorOf: (rule_id: string) => string | null,
    limits: Limits = standardLimits,
  ) {
    this.bus = bus;
    this.now = now;
    this.authorOf = authorOf;
    this.limits = limits;
    this.unsubscribeAlerts = bus.subscribe((message) => {
      // The alert is made from its text only when it is looked at.
      if (this.clients.size === 0) return;
      if (message.type === 'alert' || message.type === 'alert_update') this.alert(message.type, message.alert);
    }, false);
    this.batchTimer = setInterval(() => {
      for (const client of this.clients) client.flushBatch();
      this.flushIncidents();
    }, 100);
    this.batchTimer.unref();
  }

  get size(): number {
    return this.clients.size;
  }

  add(connection: Connection): LiveClient {
    const client = new LiveClient(connection, this.limits);
    this.clients.add(client);
    this.settle();
    return client;
  }

  remove(client: LiveClient): void {
    this.clients.delete(client);
    this.settle();
  }

  /** Asks the pipeline for events only while a client wants some. To be called after a subscription changed. */
  settle(): void {
    const wanted = [...this.clients].some((client) => client.subscription.events);
    if (wanted && this.unsubscribeEvents === null)
      this.unsubscribeEvents = this.bus.subscribe((message) => this.take(message), true);
    else if (!wanted && this.unsubscribeEvents !== null) {
      this.unsubscribeEvents();
      this.unsubscribeEvents = null;
    }
  }

  /** Sends an alert to everybody, ahead of waiting events. */
  alert(type: 'alert' | 'alert_update', alert: Alert): void {
    if (this.clients.size === 0) return;
    const data = alertView(alert, type === 'alert' ? 'all' : 'some', this.authorOf(alert.rule_id));
    const frame = textFrame(JSON.stringify({ type, data }));
    for (const client of this.clients) client.send(frame);
  }

  /** Says with the next batch which incidents changed; what they are now is asked for by whoever shows them. */
  incident(id: string): void {
    if (this.clients.size > 0) this.changed.add(id);
  }

  private flushIncidents(): void {
    if (this.changed.size === 0) return;
    const frame = textFrame(JSON.stringify({ type: 'incidents', ids: [...this.changed] }));
    this.changed.clear();
    for (const client of this.clients) client.send(frame);
  }

  close(): void {
    clearInterval(this.batchTimer);
    this.unsubscribeAlerts();
    this.unsubscribeEvents?.();
    this.unsubscribeEvents = null;
    this.clients.clear();
  }

  private take(message: LiveMessage): void {
    if (message.type === 'event') {
      const frame = new LazyFrame(message.event);
      const now = this.now();
      for (const client of this.clients) client.offer(frame, now);
      this.scheduleFlush();
    } else if (message.type === 'skipped') {
      for (const client of this.clients) client.skip(message.count);
    }
  }

  private scheduleFlush(): void {
    if (this.flushScheduled) return;
    this.flushScheduled = true;
    setImmediate(() => {
      this.flushScheduled = false;
      for (const client of this.clients) client.flush();
    });
  }
}

class LazyFrame implements EventFrame {
  readonly event: Event;
  private text: string | null = null;
  private bytes: Buffer | null = null;
  constructor(event: Event) {
    this.event = event;
  }
  json(): string {
    this.text ??= JSON.stringify(phosorEvent(this.event));
    return this.text;
  }
  frame(): Buffer {
    this.bytes ??= textFrame(`{"type":"event","data":${this.json()}}`);
    return this.bytes;
  }
}
