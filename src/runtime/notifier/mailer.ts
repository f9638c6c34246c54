import { randomUUID } from 'node:crypto';
import type { PhosorConfig } from '../../config/index.ts';
import { DeliveryError, type Mailer } from '../../respond/contract.ts';
import { type AllowInternal, allowInternal } from '../../respond/http/address.ts';
import { accepted } from '../../respond/http/answers.ts';
import { checkedAddress, guardedHttp } from '../../respond/http/client.ts';
import { checkedMail, messageId } from '../../respond/mail/mail.ts';
import { sendgridRequest } from '../../respond/mail/sendgrid.ts';
import { sendBySmtp } from '../../respond/mail/smtp.ts';
import { type Channels, mailConfig } from './channels.ts';

/** Stands where no way to send mail is configured. */
const noMailer: Mailer = {
  isConfigured: () => false,
  send: () =>
    Promise.reject(
      new DeliveryError('No way to send mail is configured. Set one up under Settings, Notifications.', false),
    ),
};

/** What is needed of a mail channel besides its recipients. */
interface Way {
  type: 'smtp' | 'sendgrid';
  given: Record<string, unknown>;
  allow: AllowInternal;
}

/** Sends by the configured server, else by that of the first mail channel that is not paused. */
export function createMailer(config: () => PhosorConfig, channels: Channels, now: () => number): Mailer {
  const way = (): Way | null => {
    const { email, notifications } = config();
    const { type, given } = mailConfig(email);
    // Who starts Phosor says where its own server is.
    if (email.enabled && email.fromAddress !== '' && (type === 'sendgrid' || email.smtpHost !== ''))
      return { type, given, allow: () => true };
    const channel = channels
      .all()
      .find((each) => each.channel.enabled && each.config !== null && ['smtp', 'sendgrid'].includes(each.channel.type));
    if (channel === undefined) return null;
    return {
      type: channel.channel.type as Way['type'],
      given: channel.config as Record<string, unknown>,
      allow: allowInternal(notifications.allowedHosts),
    };
  };
  return {
    isConfigured: () => way() !== null,
    async send({ to, subject, text, html, attachments }) {
      const found = way();
      if (found === null) return noMailer.send({ to, subject, text });
      const { given, allow } = found;
      const from = { name: String(given.fromName), address: String(given.from) };
      const mail = checkedMail({
        from,
        to,
        subject: `${String(given.subjectPrefix)} ${subject}`,
        text,
        html: html ?? null,
        attachments: attachments ?? [],
        messageId: messageId(randomUUID(), from.address),
        inReplyTo: null,
      });
      const signal = AbortSignal.timeout(60_000);
      if (found.type === 'sendgrid') {
        const request = sendgridRequest(String(given.url), String(given.apiKey), mail, null);
        accepted(await guardedHttp(request, { allow, signal }), 'SendGrid', now(), [String(given.apiKey)]);
        return;
      }
      const host = String(given.host);
      const server = {
        host,
        address: await checkedAddress(host, allow),
        port: Number(given.port),
        security: given.security as 'starttls' | 'tls' | 'none',
        user: String(given.user),
        password: typeof given.password === 'string' ? given.password : null,
        ca: String(given.ca ?? ''),
      };
      await sendBySmtp(server, mail, signal);
    },
  };
}
