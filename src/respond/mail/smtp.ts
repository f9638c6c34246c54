import { isIP } from 'node:net';
import { DeliveryError } from '../contract.ts';
import { cut, oneLine } from '../text/text.ts';
import type { OutgoingMail } from './mail.ts';

export interface SmtpServer {
  host: string;
  /** The address to connect to: that of the host, checked by who calls. */
  address: string;
  port: number;
  /** `starttls`: required after the greeting. `tls`: from the start. `none`: not encrypted, even where it is offered. */
  security: 'starttls' | 'tls' | 'none';
  user: string;
  password: string | null;
  /** PEM of the authority that signed the server's certificate; empty: the usual ones. */
  ca: string;
}

/**
 * Hands one mail to a mail server.
 *
 * @returns what the server said
 * @throws {DeliveryError}
 */
export async function sendBySmtp(server: SmtpServer, mail: OutgoingMail, signal: AbortSignal): Promise<string> {
  // Two thirds of a megabyte of code that most never need.
  const { createTransport } = await import('nodemailer');
  const transport = createTransport({
    host: server.address,
    port: server.port,
    secure: server.security === 'tls',
    requireTLS: server.security === 'starttls',
    ignoreTLS: server.security === 'none',
    ...(server.user !== '' && { auth: { user: server.user, pass: server.password ?? '' } }),
    tls: {
      ...(isIP(server.host) === 0 && { servername: server.host }),
      minVersion: 'TLSv1.2',
      ...(server.ca !== '' && { ca: server.ca }),
    },
    connectionTimeout: 10_000,
    greetingTimeout: 10_000,
    socketTimeout: 20_000,
    disableFileAccess: true,
    disableUrlAccess: true,
  });
  const ended = Promise.withResolvers<never>();
  const onAbort = (): void => ended.reject(new DeliveryError(`${server.host} did not answer in time.`, true));
  signal.addEventListener('abort', onAbort, { once: true });
  try {
    if (signal.aborted) onAbort();
    const sent = transport.sendMail({
      from: mail.from,
      to: mail.to.map((address) => ({ name: '', address })),
      subject: mail.subject,
      text: mail.text,
      ...(mail.html !== null && { html: mail.html }),
      messageId: mail.messageId,
      ...(mail.inReplyTo !== null && { inReplyTo: mail.inReplyTo, references: [mail.inReplyTo] }),
      attachments: mail.attachments.map(({ filename, contentType, content }) => ({
        filename,
        contentType,
        content: typeof content === 'string' ? content : Buffer.from(content),
      })),
      headers: { 'Auto-Submitted': 'auto-generated', 'X-Auto-Response-Suppress': 'All' },
    });
    const result = await Promise.race([sent, ended.promise]);
    const refused = result.rejected ?? [];
    const said = cut(oneLine(result.response ?? 'accepted'), 160);
    return refused.length === 0 ? said : `${said} (refused: ${refused.join(', ')})`;
  } catch (error) {
    throw error instanceof DeliveryError ? error : smtpError(server, error as SmtpFailure);
  } finally {
    signal.removeEventListener('abort', onAbort);
    transport.close();
  }
}

interface SmtpFailure extends Error {
  code?: string;
  responseCode?: number;
  response?: string;
}

/** A 5yz reply to the mail itself (RFC 5321, section 4.2.1) is final; everything else may be repaired. */
function smtpError(server: SmtpServer, error: SmtpFailure): DeliveryError {
  const said = cut(oneLine(error.response ?? ''), 200).replaceAll(server.password || '\u0000', '********');
  switch (error.code) {
    case 'EAUTH':
      return new DeliveryError(`${server.host} refused the login. Check user and password. ${said}`.trim(), true);
    case 'ETLS':
      return new DeliveryError(
        `${server.host} could not be talked to in an encrypted way. Check port and security of the channel, and its certificate.`,
        true,
      );
    case 'EENVELOPE':
    case 'EMESSAGE':
      return new DeliveryError(`${server.host} refused the mail: ${said}`, (error.responseCode ?? 0) < 500);
    default:
      break;
  }
  if (/certificate|self.signed|altnames/i.test(error.message))
    return new DeliveryError(
      `The certificate of ${server.host} is not trusted (${cut(oneLine(error.message), 120)}). Give the channel its authority, or correct the name.`,
      true,
    );
  const why = said === '' ? (error.code ?? error.name) : said;
  return new DeliveryError(`${server.host}, port ${server.port}, did not take the mail (${why}).`, true);
}
