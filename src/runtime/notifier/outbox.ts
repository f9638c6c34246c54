import { randomUUID } from 'node:crypto';
import { type Delivered, DeliveryError, type NotificationMessage } from '../../respond/contract.ts';
import type { Log } from '../../serve/contract.ts';
import type { Delivery, DeliveryState, StateStore } from '../../store/contract.ts';
import type { Channels, OpenChannel } from './channels.ts';

/** A delivery that takes longer has failed. */
const timeoutMs = 20_000;
/** Messages that may wait for one channel. */
const mostWaiting = 10_000;
/** After so many failures in a row a receiver is left alone for a while. */
const failuresToRest = 3;
const giveUpMs = 7 * 86_400_000;
/** Nothing waits longer for its next try: what seems to was put there before the clock was set back. */
const mostWaitMs = 2 * 3_600_000;

export interface OutboxOptions {
  state: StateStore;
  channels: Channels;
  /** Delivers once. */
  send(open: OpenChannel, message: NotificationMessage, attempt: number, signal: AbortSignal): Promise<Delivered>;
  /** A message arrived, or never will; runs in the transaction that says so. `reference`: what its thread is known by. */
  onDone(delivery: Delivery, result: { ok: boolean; detail: string; reference: string | null }): void;
  now: () => number;
  log: Log;
}

interface Lane {
  isBusy: boolean;
  failures: number;
  /** Not tried before. */
  restUntil: number;
  timer: NodeJS.Timeout | null;
  /** At least so many wait: counted anew after each attempt. */
  waiting: number;
}

/** 5 s, 10 s, 20 s … 10 minutes, a fifth more or less so that many do not come back at once. */
export const backoffMs = (failures: number, random: number): number =>
  Math.round(Math.min(600_000, 5000 * 2 ** Math.min(20, failures - 1)) * (0.8 + 0.4 * random));

/**
 * Messages on their way. All lie in the state until a receiver has taken them: at least once, whatever happens in between.
 * Each channel has a lane of its own, so that a dead receiver delays nobody else.
 */
export class Outbox {
  readonly #options: OutboxOptions;
  readonly #lanes = new Map<string, Lane>();
  readonly #stopped = new AbortController();

  constructor(options: OutboxOptions) {
    this.#options = options;
  }

  /** Goes on where the last run stopped. */
  start(): void {
    for (const { channel } of this.#options.channels.all()) this.kick(channel.id);
  }

  /** Puts a message into the queue of a channel; {@link kick} sends it. To be called in the transaction that says why. */
  put({ channel }: OpenChannel, message: Omit<NotificationMessage, 'id'>): void {
    const { state, now } = this.#options;
    const { deliveries } = state.notifications;
    const id = randomUUID();
    const lane = this.#lane(channel.id);
    const isFull = lane.waiting >= mostWaiting;
    if (!isFull) lane.waiting += 1;
    if (message.kind === 'update') deliveries.replace(channel.id, message.key, 'update', now());
    deliveries.add(
      {
        id,
        channel_id: channel.id,
        channel_name: channel.name,
        channel_type: channel.type,
        key: message.key,
        kind: message.kind,
        title: message.title.slice(0, 300),
        severity: message.severity,
        state: isFull ? 'dropped' : 'waiting',
        created_at: now(),
        next_at: now(),
        attempts: 0,
        detail: isFull ? `${mostWaiting} messages wait for this channel already.` : '',
        finished_at: isFull ? now() : null,
        took_ms: null,
      },
      { ...message, id },
    );
  }

  /** Looks whether there is something to send on a channel. */
  kick(channel_id: string): void {
    if (this.#stopped.signal.aborted) return;
    const lane = this.#lane(channel_id);
    if (lane.isBusy) return;
    const { deliveries } = this.#options.state.notifications;
    let at = deliveries.nextAt(channel_id);
    if (at === null) return;
    if (lane.timer !== null) clearTimeout(lane.timer);
    const latest = this.#options.now() + mostWaitMs;
    if (lane.restUntil > latest) lane.restUntil = 0;
    if (at > latest) {
      deliveries.hurry(channel_id, this.#options.now());
      at = this.#options.now();
    }
    const wait = Math.max(0, lane.restUntil - this.#options.now(), at - this.#options.now());
    lane.timer = setTimeout(() => void this.#work(channel_id), Math.min(wait, 600_000));
  }

  /** Somebody has corrected the channel, or wants it now. */
  retry(channel_id: string): void {
    const lane = this.#lane(channel_id);
    lane.failures = 0;
    lane.restUntil = 0;
    this.#options.state.notifications.deliveries.hurry(channel_id, this.#options.now());
    this.kick(channel_id);
  }

  forget(channel_id: string): void {
    const { state, now } = this.#options;
    state.notifications.deliveries.dropAll(channel_id, 'The channel was removed.', now());
    const lane = this.#lanes.get(channel_id);
    if (lane?.timer) clearTimeout(lane.timer);
    this.#lanes.delete(channel_id);
  }

  health(channel_id: string): { state: 'ok' | 'failing' | 'resting'; failures: number; retry_at: number | null } {
    const { failures, restUntil } = this.#lane(channel_id);
    const retry_at = this.#options.state.notifications.deliveries.nextAt(channel_id);
    if (failures === 0) return { state: 'ok', failures, retry_at: null };
    const isResting = failures >= failuresToRest && restUntil > this.#options.now();
    return { state: isResting ? 'resting' : 'failing', failures, retry_at: Math.max(restUntil, retry_at ?? 0) || null };
  }

  /** What is on its way is given up and will be sent again after the next start. */
  stop(): void {
    this.#stopped.abort();
    for (const { timer } of this.#lanes.values()) if (timer !== null) clearTimeout(timer);
  }

  #lane(channel_id: string): Lane {
    let lane = this.#lanes.get(channel_id);
    if (lane === undefined) {
      lane = {
        isBusy: false,
        failures: 0,
        restUntil: 0,
        timer: null,
        waiting: this.#options.state.notifications.deliveries.waiting(channel_id),
      };
      this.#lanes.set(channel_id, lane);
    }
    return lane;
  }

  async #work(channel_id: string): Promise<void> {
    const { state, channels, now } = this.#options;
    const lane = this.#lane(channel_id);
    lane.timer = null;
    if (lane.isBusy || this.#stopped.signal.aborted) return;
    const open = channels.byId(channel_id);
    if (open !== null && !open.channel.enabled) return;
    const next = state.notifications.deliveries.next(channel_id, now());
    if (next === null) return this.kick(channel_id);
    lane.isBusy = true;
    try {
      await this.#attempt(lane, open, next.delivery, next.message as NotificationMessage);
    } catch (error) {
      lane.restUntil = now() + 60_000;
      this.#options.log(
        'error',
        `Notifications on ${next.delivery.channel_name} stopped for a minute: ${String(error)}`,
      );
    } finally {
      lane.isBusy = false;
      // After the end the state may be closed.
      if (!this.#stopped.signal.aborted) lane.waiting = state.notifications.deliveries.waiting(channel_id);
    }
    this.kick(channel_id);
  }

  async #attempt(
    lane: Lane,
    open: OpenChannel | null,
    delivery: Delivery,
    message: NotificationMessage,
  ): Promise<void> {
    const { state, now, log } = this.#options;
    const attempts = delivery.attempts + 1;
    const began = now();
    const settle = (given: { state: DeliveryState; detail: string; next_at?: number }): void =>
      state.notifications.deliveries.change(delivery.number, {
        ...given,
        attempts,
        took_ms: now() - began,
        finished_at: given.state === 'waiting' ? null : now(),
      });
    try {
      if (open === null) throw new DeliveryError('The channel is not there any more.', true);
      if (open.config === null) throw new DeliveryError(open.problem ?? 'The channel is not complete.', true);
      const signal = AbortSignal.any([this.#stopped.signal, AbortSignal.timeout(timeoutMs)]);
      const { reference, detail } = await this.#options.send(open, message, attempts, signal);
      if (lane.failures >= failuresToRest) log('info', `Notifications arrive again on ${delivery.channel_name}.`);
      lane.failures = 0;
      lane.restUntil = 0;
      state.transaction(() => {
        settle({ state: 'delivered', detail });
        this.#options.onDone(delivery, { ok: true, detail, reference });
      });
    } catch (error) {
      // It is sent again after the next start.
      if (this.#stopped.signal.aborted) return;
      const failure = asFailure(error);
      if (!failure.isWorthRepeating || now() - delivery.created_at > giveUpMs)
        return state.transaction(() => {
          settle({ state: 'failed', detail: failure.message });
          this.#options.onDone(delivery, { ok: false, detail: failure.message, reference: null });
        });
      lane.failures += 1;
      const wait =
        failure.retryAfterSeconds === null
          ? backoffMs(Math.max(attempts, lane.failures), Math.random())
          : failure.retryAfterSeconds * 1000;
      if (lane.failures >= failuresToRest || failure.retryAfterSeconds !== null) lane.restUntil = now() + wait;
      if (lane.failures === failuresToRest)
        log(
          'warn',
          `Notifications do not arrive on ${delivery.channel_name}: ${failure.message} They wait and are tried again.`,
        );
      settle({ state: 'waiting', detail: failure.message, next_at: now() + wait });
    }
  }
}

/** A mistake of ours is not shown to people, and not the end of a message either. */
function asFailure(error: unknown): DeliveryError {
  if (error instanceof DeliveryError) return error;
  return new DeliveryError(
    `Phosor failed to make this message (${error instanceof Error ? error.name : 'error'}).`,
    true,
  );
}
