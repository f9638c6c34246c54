import type { PhosorAlert, PhosorEvent } from './types.ts';

export type LiveState = 'connecting' | 'live' | 'offline';

/** What the live tail asks of the server. */
export interface EventSubscription {
  q?: string;
  source?: string;
  format?: string;
  src_ip?: string;
  severity?: string;
}

type ServerMessage =
  | { type: 'connected'; message: string }
  | { type: 'event'; data: PhosorEvent }
  | { type: 'events'; data: PhosorEvent[]; skipped: number }
  | { type: 'alert'; data: PhosorAlert }
  | { type: 'alert_update'; data: PhosorAlert }
  | { type: 'incidents'; ids: string[] }
  | { type: 'skipped'; count: number }
  | { type: 'ping' };

export interface LiveListener {
  alert?: (alert: PhosorAlert, update: boolean) => void;
  /** `skipped`: events that the server left out since the last batch because the browser could not have kept up. */
  events?: (events: PhosorEvent[], skipped: number) => void;
  /** Incidents that came or changed, told a few times a second at most. */
  incidents?: (ids: readonly string[]) => void;
  state?: (state: LiveState) => void;
}

const firstDelayMs = 500;
const longestDelayMs = 15_000;
/** The server pings each 30 s: after 70 s of silence the connection is dead, whatever TCP believes. */
const silenceMs = 70_000;
const eventsPerSecond = 400;

/** One socket for the whole page: reconnects with back-off, and tells the server what the open screens need. */
class LiveSocket {
  #socket: WebSocket | null = null;
  #listeners = new Set<LiveListener>();
  #subscription: EventSubscription | null = null;
  #state: LiveState = 'offline';
  #wanted = false;
  #delay = firstDelayMs;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #silence: ReturnType<typeof setTimeout> | undefined;

  get state(): LiveState {
    return this.#state;
  }

  listen(listener: LiveListener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  start(): void {
    if (this.#wanted) return;
    this.#wanted = true;
    this.#connect();
  }

  stop(): void {
    this.#wanted = false;
    clearTimeout(this.#timer);
    clearTimeout(this.#silence);
    this.#socket?.close();
    this.#socket = null;
    this.#set('offline');
  }

  /** Null: alerts only. */
  subscribe(subscription: EventSubscription | null): void {
    this.#subscription = subscription;
    this.#sendSubscription();
  }

  /** Tries again at once, for the button in the header. */
  retry(): void {
    if (!this.#wanted || this.#state === 'live') return;
    this.#delay = firstDelayMs;
    this.#socket?.close();
    clearTimeout(this.#timer);
    this.#connect();
  }

  #connect(): void {
    this.#set('connecting');
    const scheme = location.protocol === 'https:' ? 'wss' : 'ws';
    const socket = new WebSocket(`${scheme}://${location.host}/ws/events`);
    this.#socket = socket;
    socket.onopen = () => this.#sendSubscription();
    socket.onmessage = (message) => {
      if (socket === this.#socket) this.#receive(String(message.data));
    };
    socket.onclose = () => {
      if (socket !== this.#socket) return;
      clearTimeout(this.#silence);
      this.#socket = null;
      if (!this.#wanted) return;
      this.#set('offline');
      this.#timer = setTimeout(() => this.#connect(), this.#delay * (0.75 + Math.random() / 2));
      this.#delay = Math.min(this.#delay * 2, longestDelayMs);
    };
  }

  #receive(text: string): void {
    clearTimeout(this.#silence);
    this.#silence = setTimeout(() => this.#socket?.close(), silenceMs);
    let message: ServerMessage;
    try {
      message = JSON.parse(text) as ServerMessage;
    } catch {
      return;
    }
    if (message.type === 'connected') {
      this.#delay = firstDelayMs;
      this.#set('live');
    } else if (message.type === 'ping') this.#send({ type: 'pong' });
    else if (message.type === 'event') this.#emitEvents([message.data], 0);
    else if (message.type === 'events') this.#emitEvents(message.data, message.skipped);
    else if (message.type === 'skipped') this.#emitEvents([], message.count);
    else if (message.type === 'incidents') {
      for (const listener of this.#listeners) listener.incidents?.(message.ids);
    } else if (message.type === 'alert' || message.type === 'alert_update') {
      for (const listener of this.#listeners) listener.alert?.(message.data, message.type === 'alert_update');
    }
  }

  #emitEvents(events: PhosorEvent[], skipped: number): void {
    for (const listener of this.#listeners) listener.events?.(events, skipped);
  }

  #sendSubscription(): void {
    const filter = this.#subscription;
    this.#send({
      type: 'subscribe',
      events: filter !== null,
      batch: true,
      max_per_second: eventsPerSecond,
      filter: filter ?? {},
    });
  }

  #send(message: unknown): void {
    if (this.#socket?.readyState === WebSocket.OPEN) this.#socket.send(JSON.stringify(message));
  }

  #set(state: LiveState): void {
    if (state === this.#state) return;
    this.#state = state;
    for (const listener of this.#listeners) listener.state?.(state);
  }
}

export const live = new LiveSocket();
