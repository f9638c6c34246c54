import type { IncidentEntity, Severity } from '../../model/index.ts';
import type { MessageKind, Preview } from '../../respond/contract.ts';
import type { ChannelFilter, Delivery, DeliveryState } from '../../store/contract.ts';

/** A way to tell people, and the form of its configuration. */
export interface ChannelType {
  name: string;
  title: string;
  description: string;
  /** JSON Schema. A property with `secret: true` is written and never read. */
  schema: unknown;
}

/** What may be said about a channel. */
export interface ChannelInput {
  type: string;
  name: string;
  enabled: boolean;
  /** Secrets among it. One that is left out or null keeps what is stored. */
  config: Record<string, unknown>;
  filter: ChannelFilter;
  updates: boolean;
  closing: boolean;
  digest: boolean;
}

export interface ChannelView extends Omit<ChannelInput, 'config'> {
  id: string;
  /** Without the secrets. */
  config: Record<string, unknown>;
  /** Names of the secrets that are stored. */
  secrets_set: string[];
  /** Where it goes, without secrets. */
  target: string;
  /** True: it comes from the configuration (EMAIL_…) and is changed there. */
  fixed: boolean;
  created_at: number | null;
  updated_at: number | null;
  queue: {
    waiting: number;
    /** `resting`: the receiver failed several times in a row; it is tried again at `retry_at`. */
    state: 'ok' | 'failing' | 'resting';
    failures: number;
    retry_at: number | null;
  };
  /** The last message that was delivered or failed. */
  last: { at: number; ok: boolean; detail: string; kind: string } | null;
}

export interface TestResult {
  success: boolean;
  /** What the receiver said, or what went wrong. */
  detail: string;
  took_ms: number;
}

export interface NotificationStatus {
  channels: number;
  /** Incidents that wait for a digest. */
  digest: { below: number; quiet: number; flood: number };
  /** Until when it is quiet; null: it is not. */
  quiet_until: number | null;
  /** Over the last 24 hours, by the time they were made. */
  day: Record<DeliveryState, number>;
  thresholds: { severity: Severity; risk: number; minutes: number };
  /** When changes of incidents were last looked at. */
  last_check: number | null;
  running: boolean;
}

/** Something to tell that is no incident: from a playbook. */
export interface Notice {
  /** What belongs together. */
  key: string;
  title: string;
  summary: string;
  severity: Severity;
  facts: readonly { name: string; value: string }[];
  /** Page that it links to, such as `/playbooks?run=…`. */
  path: string;
  /** What the filters of channels are held against. */
  rules: readonly string[];
  tags: readonly string[];
  entities: readonly IncidentEntity[];
}

/** Channels, what waits for them and what became of it. Refusals are {@link RefusedError}s: 422. */
export interface NotificationControl {
  types(): ChannelType[];
  list(): ChannelView[];
  create(input: ChannelInput): ChannelView;
  /** Null: there is none. */
  update(id: string, change: Partial<Omit<ChannelInput, 'type'>>): ChannelView | null;
  /** False: there is none. What waits for it is dropped. */
  remove(id: string): boolean;
  /** Sends a test message now, once. Null: there is none. */
  test(id: string): Promise<TestResult | null>;
  /** How a message would look with this configuration; secrets may be missing. */
  preview(type: string, config: Record<string, unknown>, kind: MessageKind): Preview;
  history(filter: {
    limit: number;
    before?: number;
    channel_id?: string;
    state?: DeliveryState;
    key?: string;
  }): Delivery[];
  /**
   * Puts a notice into the queue of channels, whatever the hour. Their limit of messages of an hour holds. To be called in the
   * transaction that says why.
   *
   * @param names of channels; empty: all that are on and whose filter takes it
   * @returns names of those that will tell it, and of others why they will not
   */
  tell(notice: Notice, names: readonly string[]): { told: string[]; left: string[] };
  /** Tries what waits for a channel now. False: there is none. */
  retry(id: string): boolean;
  status(): NotificationStatus;
}
