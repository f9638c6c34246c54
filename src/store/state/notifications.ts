import type { Severity } from '../../model/index.ts';

/** Which incidents a channel takes. An empty list takes all; within a list any entry is enough. */
export interface ChannelFilter {
  severities: Severity[];
  /** Addresses, ranges, users or hosts as they stand in the incident. */
  entities: string[];
  /** Ids of rules. */
  rules: string[];
  tags: string[];
}

/** A configured way to tell people. */
export interface NotificationChannel {
  id: string;
  /** Name of its notifier. */
  type: string;
  name: string;
  /** False: paused. What comes meanwhile is not sent later. */
  enabled: boolean;
  /** Without the secrets. */
  config: Record<string, unknown>;
  /** Names of the secrets that are kept for it: `notify.<id>.<name>` in the secret store. */
  secrets: string[];
  filter: ChannelFilter;
  updates: boolean;
  closing: boolean;
  digest: boolean;
  created_at: number;
  updated_at: number;
}

/** `replaced`: a newer update went instead. `dropped`: the queue of its channel was full, or the channel is gone. */
export const deliveryStates = ['waiting', 'delivered', 'failed', 'replaced', 'dropped'] as const;
export type DeliveryState = (typeof deliveryStates)[number];

/** One message for one channel: first in the queue, then in the history. */
export interface Delivery {
  number: number;
  /** Of the message: the same at each attempt. */
  id: string;
  channel_id: string;
  channel_name: string;
  channel_type: string;
  /** The incident, or what else the message is about. */
  key: string;
  kind: string;
  title: string;
  severity: Severity;
  state: DeliveryState;
  created_at: number;
  /** Not tried before this time. */
  next_at: number;
  attempts: number;
  /** What the receiver said last. */
  detail: string;
  finished_at: number | null;
  took_ms: number | null;
}

/** What is remembered of an incident for telling of it. */
export interface NotificationCase {
  incident_id: string;
  /** When it is looked at again without a change; null: not. */
  due_at: number | null;
  updated_at: number;
  document: unknown;
}

/** An incident that waits for a digest. */
export interface DigestItem {
  incident_id: string;
  at: number;
  /** `below`: under the thresholds. `quiet`: came in quiet hours. `flood`: over the limit of messages of an hour. */
  reason: 'below' | 'quiet' | 'flood';
  document: unknown;
}

export interface NotificationStore {
  channels: {
    /** Oldest first. */
    list(): NotificationChannel[];
    byId(id: string): NotificationChannel | null;
    put(channel: NotificationChannel): void;
    remove(id: string): void;
  };
  deliveries: {
    add(delivery: Omit<Delivery, 'number'>, message: unknown): number;
    /** The next one that may be tried: due, and no earlier one about the same key waits on its channel. */
    next(channel_id: string, now: number): { delivery: Delivery; message: unknown } | null;
    /** When the next one of a channel is due; null: none waits. */
    nextAt(channel_id: string): number | null;
    change(
      number: number,
      change: Partial<Pick<Delivery, 'state' | 'next_at' | 'attempts' | 'detail' | 'finished_at' | 'took_ms'>>,
    ): void;
    /** Waiting messages of this kind about the same key become `replaced`. */
    replace(channel_id: string, key: string, kind: string, now: number): number;
    /** All that waits for a channel becomes `dropped`. */
    dropAll(channel_id: string, detail: string, now: number): number;
    /** All that waits for a channel may be tried at once. */
    hurry(channel_id: string, now: number): void;
    waiting(channel_id: string): number;
    /** Created since, of these kinds. */
    countSince(channel_id: string, from: number, kinds: readonly string[]): number;
    /** Newest first. */
    list(filter: {
      limit: number;
      before?: number;
      channel_id?: string;
      state?: DeliveryState;
      key?: string;
    }): Delivery[];
    byId(id: string): Delivery | null;
    countByState(from: number): Record<DeliveryState, number>;
    /** Finished ones that are older, or beyond the newest `most`. */
    prune(before: number, most: number): number;
  };
  cases: {
    byId(incident_id: string): NotificationCase | null;
    put(entry: NotificationCase): void;
    due(now: number, limit: number): NotificationCase[];
    nextDue(): number | null;
    prune(before: number): number;
  };
  digest: {
    put(item: DigestItem): void;
    /** Oldest first. */
    list(reasons: readonly DigestItem['reason'][], limit: number): DigestItem[];
    count(reasons: readonly DigestItem['reason'][]): number;
    remove(incident_id: string): void;
    clear(reasons: readonly DigestItem['reason'][]): void;
  };
}
