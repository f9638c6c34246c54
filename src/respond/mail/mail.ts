import { DeliveryError, type Mail, type NotificationMessage } from '../contract.ts';
import { oneLine } from '../text/text.ts';
import { htmlOf, subjectOf, textOf } from './render.ts';

/** A mail as it leaves, whichever way. Nothing in it can begin a header line. */
export interface OutgoingMail {
  from: { name: string; address: string };
  to: readonly string[];
  subject: string;
  text: string;
  html: string | null;
  attachments: NonNullable<Mail['attachments']>;
  /** With its angle brackets. The same at each attempt, so that mail servers can drop repeats. */
  messageId: string;
  /** Message-ID of the mail this one answers to. */
  inReplyTo: string | null;
}

/** One address, nothing beside it: no name, no list, no space, no control character. */
const address = /^[^\s"(),:;<>@[\\\]\u0000-\u001f\u007f]{1,64}@[^\s"(),:;<>@[\\\]\u0000-\u001f\u007f]{1,253}$/;

export function checkedMail(mail: OutgoingMail): OutgoingMail {
  const wrong = [mail.from.address, ...mail.to].find((each) => !address.test(each));
  if (wrong !== undefined)
    throw new DeliveryError(`"${oneLine(wrong).slice(0, 100)}" is no e-mail address. Correct it in the channel.`, true);
  if (mail.to.length === 0) throw new DeliveryError('The mail has no recipient. Add one to the channel.', true);
  return {
    ...mail,
    from: { name: oneLine(mail.from.name), address: mail.from.address },
    subject: oneLine(mail.subject),
    attachments: mail.attachments.map((each) => ({
      ...each,
      filename: oneLine(each.filename).replace(/[/\\"]/g, '_'),
      contentType: /^[\w.+-]+\/[\w.+-]+(?:; ?charset=[\w-]+)?$/.test(each.contentType)
        ? each.contentType
        : 'application/octet-stream',
    })),
  };
}

/** A notification as a mail. Its Message-ID comes from the message's id. */
export function notificationMail(
  message: NotificationMessage,
  from: { name: string; address: string },
  to: readonly string[],
  prefix: string,
  previous: string | null,
): OutgoingMail {
  return checkedMail({
    from,
    to,
    subject: subjectOf(message, prefix),
    text: textOf(message),
    html: htmlOf(message),
    attachments: [],
    messageId: messageId(message.id, from.address),
    inReplyTo: previous,
  });
}

export const messageId = (id: string, from: string): string =>
  `<${id.replace(/[^\w.-]/g, '')}@${from.split('@')[1]?.replace(/[^\w.-]/g, '') || 'phosor.invalid'}>`;

/** What a preview shows of a mail. */
export const mailPreview = (mail: OutgoingMail): { payload: string; html: string | null } => ({
  payload: `From: ${mail.from.name} <${mail.from.address}>\nTo: ${mail.to.join(', ')}\nSubject: ${mail.subject}\n\n${mail.text}`,
  html: mail.html,
});
