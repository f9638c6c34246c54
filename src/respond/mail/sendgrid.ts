import type { HttpRequest } from '../contract.ts';
import type { OutgoingMail } from './mail.ts';

/**
 * The request that sends a mail by SendGrid's v3 API
 * (https://www.twilio.com/docs/sendgrid/api-reference/mail-send/mail-send). Each recipient sees only the own address.
 */
export function sendgridRequest(
  url: string,
  apiKey: string,
  mail: OutgoingMail,
  references: string | null,
): HttpRequest {
  const headers: Record<string, string> = { 'Message-ID': mail.messageId, 'Auto-Submitted': 'auto-generated' };
  if (references !== null) Object.assign(headers, { 'In-Reply-To': references, References: references });
  return {
    method: 'POST',
    url,
    headers: { authorization: `Bearer ${apiKey}`, 'content-type': 'application/json' },
    body: JSON.stringify(sendgridBody(mail, headers)),
  };
}

function sendgridBody(mail: OutgoingMail, headers: Readonly<Record<string, string>>): Record<string, unknown> {
  return {
    personalizations: mail.to.map((email) => ({ to: [{ email }] })),
    from: { email: mail.from.address, ...(mail.from.name !== '' && { name: mail.from.name }) },
    subject: mail.subject,
    content: [
      { type: 'text/plain', value: mail.text },
      ...(mail.html === null ? [] : [{ type: 'text/html', value: mail.html }]),
    ],
    headers,
    ...(mail.attachments.length > 0 && {
      attachments: mail.attachments.map(({ filename, contentType, content }) => ({
        content: Buffer.from(content).toString('base64'),
        type: contentType.replace(/;.*/, ''),
        filename,
        disposition: 'attachment',
      })),
    }),
    // Links to incidents shall say where they lead.
    tracking_settings: { click_tracking: { enable: false, enable_text: false }, open_tracking: { enable: false } },
  };
}
