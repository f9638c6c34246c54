import { randomUUID } from 'node:crypto';
import type { PhosorConfig } from '../../config/index.ts';
import { DeliveryError, type Preview } from '../../respond/contract.ts';
import { RefusedError } from '../../serve/contract.ts';
import type { ChannelView, NotificationControl, TestResult } from '../../serve/notifications/types.ts';
import type { StateStore } from '../../store/contract.ts';
import { type Channels, channelTypes, configuredMail, notifierOf, type OpenChannel, secretNames } from './channels.ts';
import { sampleMessage } from './compose.ts';
import { tellNotice } from './notice.ts';
import type { IncidentNotifier } from './notifier.ts';
import type { Outbox, OutboxOptions } from './outbox.ts';
import { quietUntil } from './quiet.ts';

export interface ControlOptions {
  config: () => PhosorConfig;
  state: StateStore;
  channels: Channels;
  outbox: Outbox;
  notifier: IncidentNotifier;
  send: OutboxOptions['send'];
  now: () => number;
}

/** What people may do with notifications. */
export function notificationControl(options: ControlOptions): NotificationControl {
  const { config, state, channels, outbox, notifier, send, now } = options;
  const { deliveries, digest } = state.notifications;

  const viewOf = ({ channel, notifier: unit, config: complete, problem }: OpenChannel): ChannelView => {
    const { id, type, name, enabled, config: shown, secrets, filter, updates, closing } = channel;
    const isFixed = id === configuredMail;
    const [last] = deliveries
      .list({ limit: 20, channel_id: id })
      .filter((each) => each.state === 'delivered' || each.state === 'failed' || each.attempts > 0);
    return {
      id,
      type,
      name,
      enabled,
      config: shown,
      secrets_set: secrets,
      filter,
      updates,
      closing,
      digest: channel.digest,
      target: complete === null ? (problem ?? '') : unit.target(complete),
      fixed: isFixed,
      created_at: isFixed ? null : channel.created_at,
      updated_at: isFixed ? null : channel.updated_at,
      queue: { waiting: deliveries.waiting(id), ...outbox.health(id) },
      last:
        last === undefined
          ? null
          : {
              at: last.finished_at ?? last.created_at,
              ok: last.state === 'delivered',
              detail: last.detail,
              kind: last.kind,
            },
    };
  };

  async function test(id: string): Promise<TestResult | null> {
    const open = channels.byId(id);
    if (open === null) return null;
    const { channel } = open;
    const began = now();
    const message = { ...sampleMessage('test', config().notifications.publicUrl, began), id: randomUUID() };
    const record = (isOk: boolean, detail: string): TestResult => {
      const took_ms = now() - began;
      deliveries.add(
        {
          id: message.id,
          channel_id: id,
          channel_name: channel.name,
          channel_type: channel.type,
          key: message.key,
          kind: 'test',
          title: message.title,
          severity: message.severity,
          state: isOk ? 'delivered' : 'failed',
          created_at: began,
          next_at: began,
          attempts: 1,
          detail,
          finished_at: now(),
          took_ms,
        },
        null,
      );
      return { success: isOk, detail, took_ms };
    };
    try {
      if (open.config === null) throw new DeliveryError(open.problem ?? 'The channel is not complete.', true);
      const { detail } = await send(open, message, 1, AbortSignal.timeout(15_000));
      if (outbox.health(id).failures > 0) outbox.retry(id);
      return record(true, detail);
    } catch (error) {
      return record(false, error instanceof DeliveryError ? error.message : 'Phosor failed to make this message.');
    }
  }

  return {
    types: channelTypes,
    list: () => channels.all().map(viewOf),
    create: (input) => viewOf(channels.create(input)),
    update(id, change) {
      const open = channels.update(id, change);
      if (open === null) return null;
      if (open.channel.enabled) outbox.retry(id);
      return viewOf(open);
    },
    remove(id) {
      if (id === configuredMail && channels.byId(id) !== null)
        throw new RefusedError(
          'This channel comes from the configuration. Switch email.enabled (EMAIL_ENABLED) off instead.',
        );
      if (!channels.remove(id)) return false;
      outbox.forget(id);
      return true;
    },
    test,
    preview(type, given, kind): Preview {
      const unit = notifierOf(type);
      // A preview shows no secret, so that it does without: what is missing is stood in for.
      const stand = Object.fromEntries(
        secretNames(unit)
          .filter((name) => !given[name])
          .map((name) => [name, standIn(unit.config.shape[name])]),
      );
      const result = unit.config.safeParse({ ...given, ...stand });
      if (!result.success) {
        const issue = result.error.issues[0];
        const title = unit.config.shape[String(issue?.path[0])]?.meta()?.title;
        throw new RefusedError(
          `${title ?? issue?.path.join('.') ?? unit.title}: ${issue?.message}. Correct it to see the message.`,
        );
      }
      const message = { ...sampleMessage(kind, config().notifications.publicUrl, now()), id: 'sample' };
      return unit.preview(message, result.data);
    },
    tell: (notice, names) => tellNotice(options, notice, names),
    history: (filter) => deliveries.list(filter),
    retry(id) {
      if (channels.byId(id) === null) return false;
      outbox.retry(id);
      return true;
    },
    status: () => ({
      channels: channels.all().filter(({ channel }) => channel.enabled).length,
      digest: { below: digest.count(['below']), quiet: digest.count(['quiet']), flood: digest.count(['flood']) },
      quiet_until: quietUntil(now(), config().notifications),
      day: deliveries.countByState(now() - 86_400_000),
      thresholds: {
        severity: config().notifications.severityThreshold,
        risk: config().notifications.riskThreshold,
        minutes: config().notifications.rateLimitMinutes,
      },
      last_check: notifier.lastCheck,
      running: true,
    }),
  };
}

/** Something that a secret's schema takes. */
function standIn(schema: { safeParse(value: unknown): { success: boolean } } | undefined): string | null {
  const candidates = ['https://receiver.example.com/x', '12345678:stand-in', 'stand-in'];
  return candidates.find((value) => schema?.safeParse(value).success) ?? null;
}
