import { z } from 'zod';
import { credentialOf } from '../auth/identify.ts';
import type { App, ServeContext } from '../unit.ts';
import type { ChannelView } from './types.ts';

const dayMs = 86_400_000;
const mailTypes = ['smtp', 'sendgrid'];

const healthShape = z.object({
  email_service: z.object({
    enabled: z.boolean(),
    recipients_count: z.number(),
    recipients: z.array(z.string()).optional().meta({ description: 'Only with a credential.' }),
  }),
  notification_service: z.object({
    enabled: z.boolean(),
    severity_threshold: z.string(),
    ml_risk_threshold: z.number(),
    rate_limit_minutes: z.number(),
  }),
  alert_monitor_worker: z.object({ running: z.boolean(), last_check: z.string().nullable() }),
  recent_notifications_24h: z.number(),
  recent_alerts_24h: z.number(),
});

const recipientsOf = (channels: readonly ChannelView[]): string[] => [
  ...new Set(channels.flatMap(({ config }) => (Array.isArray(config.to) ? config.to.map(String) : []))),
];

/** The two addresses that the analyzer documents: its health check of notifications, and the test mail. */
export function registerDocumented(app: App, { services, audit, identify }: ServeContext): void {
  const mailChannels = (): ChannelView[] =>
    services.notifications.list().filter(({ type, enabled }) => enabled && mailTypes.includes(type));

  app.get(
    '/health/notifications',
    {
      config: { role: 'public' },
      schema: { summary: 'Whether people are told', response: { 200: healthShape } },
    },
    async (request) => {
      const status = services.notifications.status();
      const channels = mailChannels();
      const recipients = recipientsOf(channels);
      const credential = credentialOf(request);
      const reader = credential === null ? null : await identify(credential);
      return {
        email_service: {
          enabled: channels.length > 0,
          recipients_count: recipients.length,
          ...(reader?.role && { recipients }),
        },
        notification_service: {
          enabled: status.channels > 0,
          severity_threshold: status.thresholds.severity.toUpperCase(),
          ml_risk_threshold: status.thresholds.risk,
          rate_limit_minutes: status.thresholds.minutes,
        },
        alert_monitor_worker: {
          running: status.running,
          last_check: status.last_check === null ? null : new Date(status.last_check).toISOString(),
        },
        recent_notifications_24h: status.day.delivered,
        recent_alerts_24h: services.state.alerts.count({ from: services.now() - dayMs, signals: 'exclude' }),
      };
    },
  );

  app.post(
    '/test/email',
    {
      config: { role: 'admin' },
      schema: {
        summary: 'Send a test mail',
        description:
          'By the mail channel of the configuration, else by the first mail channel. `error` where there is none.',
        response: {
          200: z.union([
            z.object({ success: z.boolean(), message: z.string(), recipients: z.array(z.string()) }),
            z.object({ error: z.string() }),
          ]),
        },
      },
    },
    async (request) => {
      const [channel] = mailChannels();
      if (channel === undefined)
        return {
          error: 'E-mail is not switched on. Set EMAIL_ENABLED, or add a mail channel under Settings, Notifications.',
        };
      const result = await services.notifications.test(channel.id);
      if (result === null) return { error: 'The mail channel was removed meanwhile. Try again.' };
      audit(request, 'channel_tested', { channel: channel.name, result: result.detail }, { success: result.success });
      const recipients = recipientsOf([channel]);
      return {
        success: result.success,
        message: result.success
          ? `A test mail was handed over for ${recipients.length} recipient${recipients.length === 1 ? '' : 's'}.`
          : result.detail,
        recipients,
      };
    },
  );
}
