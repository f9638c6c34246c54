import type { PhosorConfig } from '../../config/index.ts';
import type { IncidentFeed } from '../../model/index.ts';
import type { Mailer } from '../../respond/contract.ts';
import { allowInternal } from '../../respond/http/address.ts';
import { checkedAddress, guardedHttp } from '../../respond/http/client.ts';
import type { IncidentControl, Log } from '../../serve/contract.ts';
import type { NotificationControl } from '../../serve/notifications/types.ts';
import type { StateStore } from '../../store/contract.ts';
import { Channels, configuredMail } from './channels.ts';
import { notificationControl } from './control.ts';
import { createMailer } from './mailer.ts';
import { IncidentNotifier } from './notifier.ts';
import { Outbox, type OutboxOptions } from './outbox.ts';
import type { CaseNotes } from './policy.ts';

export interface NotificationsOptions {
  config: () => PhosorConfig;
  state: StateStore;
  now: () => number;
  log: Log;
}

/** Telling people, whole: who is told when, the queue, and what people set about it. */
export interface Notifications {
  services: { mailer: Mailer; notifications: NotificationControl };
  /** Tells of incidents from now on. */
  listen(incidents: Incidents): void;
  apply(): void;
  /** Decides now about what was noted, and about what is due by the clock. */
  decide(): void;
  stop(): void;
}

/** Tells of incidents, and is told who heard of them. */
type Incidents = IncidentFeed & Pick<IncidentControl, 'notified'>;

export function startNotifications({ config, state, now, log }: NotificationsOptions): Notifications {
  const channels = new Channels(state, config, now);
  const { cases } = state.notifications;
  let told: Incidents | null = null;

  const send: OutboxOptions['send'] = (open, message, attempt, signal) => {
    // Who starts Phosor says where its own mail server is; what is set in the browser needs the list.
    const allow = open.channel.id === configuredMail ? () => true : allowInternal(config().notifications.allowedHosts);
    const notes = cases.byId(message.key)?.document as CaseNotes | undefined;
    return open.notifier.send(message, open.config, {
      now,
      http: (request) => guardedHttp(request, { allow, signal }),
      resolve: (host) => checkedAddress(host, allow),
      previous: notes?.channels[open.channel.id]?.reference ?? null,
      attempt,
      signal,
    });
  };

  const outbox = new Outbox({
    state,
    channels,
    send,
    onDone({ channel_id, channel_name, key }, { ok, detail, reference }) {
      if (state.incidents.byId(key) !== null) told?.notified(key, { channel: channel_name, ok, detail });
      const entry = cases.byId(key);
      if (entry === null || reference === null) return;
      const notes = entry.document as CaseNotes;
      const known = notes.channels[channel_id];
      if (known === undefined || known.reference !== null) return;
      known.reference = reference;
      cases.put({ ...entry, document: notes });
    },
    now,
    log,
  });
  const notifier = new IncidentNotifier({ config, state, channels, outbox, now, log });
  const leave: (() => void)[] = [];
  outbox.start();
  notifier.start();
  return {
    services: {
      mailer: createMailer(config, channels, now),
      notifications: notificationControl({ config, state, channels, outbox, notifier, send, now }),
    },
    listen(incidents) {
      told = incidents;
      leave.push(notifier.listen(incidents));
    },
    apply: () => outbox.start(),
    decide() {
      notifier.decide();
      notifier.tick();
    },
    stop() {
      for (const each of leave) each();
      notifier.stop();
      outbox.stop();
    },
  };
}
