import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { SMTPServer, type SMTPServerOptions } from 'smtp-server';
import type { NotificationMessage, NotifierTools } from './contract.ts';
import { allowInternal } from './http/address.ts';
import { checkedAddress, guardedHttp } from './http/client.ts';

/* Local receivers. No test talks to a vendor: what a vendor wants stands in the test of its channel, with its source. */

export interface Received {
  method: string;
  path: string;
  headers: IncomingHttpHeaders;
  body: string;
}

interface Answer {
  status: number;
  body: string;
  headers?: Record<string, string>;
}

export interface Receiver {
  url: string;
  port: number;
  received: Received[];
  /** What is answered; a function may look at the request. */
  answer: Answer | ((request: Received) => Answer);
  /** Resolves once so many requests have come. */
  until(count: number): Promise<void>;
  close(): Promise<void>;
}

export async function openReceiver(): Promise<Receiver> {
  const received: Received[] = [];
  const waiting: { count: number; resolve: () => void }[] = [];
  const server: Server = createServer((request, response) => {
    const parts: Buffer[] = [];
    request.on('data', (part: Buffer) => parts.push(part));
    request.on('end', () => {
      const one = {
        method: String(request.method),
        path: String(request.url),
        headers: request.headers,
        body: Buffer.concat(parts).toString('utf8'),
      };
      received.push(one);
      const answer = typeof receiver.answer === 'function' ? receiver.answer(one) : receiver.answer;
      response.writeHead(answer.status, { 'content-type': 'application/json', ...answer.headers });
      response.end(answer.body);
      for (const each of waiting) if (received.length >= each.count) each.resolve();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const receiver: Receiver = {
    url: `http://127.0.0.1:${port}`,
    port,
    received,
    answer: { status: 200, body: '{"ok":true}' },
    until: (count) =>
      new Promise((resolve) => {
        if (received.length >= count) resolve();
        else waiting.push({ count, resolve });
      }),
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
  return receiver;
}

export interface MailReceiver {
  port: number;
  /** Whole messages as they came over the wire. */
  mails: { raw: string; from: string; to: string[]; secure: boolean; user: string | null }[];
  until(count: number): Promise<void>;
  close(): Promise<void>;
}

/** A mail server on a local port. Without certificates of its own it uses smtp-server's for localhost. */
export async function openMailReceiver(options: SMTPServerOptions = {}): Promise<MailReceiver> {
  const mails: MailReceiver['mails'] = [];
  const waiting: { count: number; resolve: () => void }[] = [];
  const server = new SMTPServer({
    authOptional: true,
    disableReverseLookup: true,
    onAuth: (auth, _, done) => done(null, { user: auth.username ?? '' }),
    onData(stream, session, done) {
      const parts: Buffer[] = [];
      stream.on('data', (part: Buffer) => parts.push(part));
      stream.on('end', () => {
        const { mailFrom, rcptTo } = session.envelope;
        mails.push({
          raw: Buffer.concat(parts).toString('utf8'),
          from: mailFrom === false ? '' : (mailFrom?.address ?? ''),
          to: rcptTo.map(({ address }) => address),
          secure: session.secure,
          user: session.user === undefined ? null : String(session.user),
        });
        done(null, 'queued as 1');
        for (const each of waiting) if (mails.length >= each.count) each.resolve();
      });
    },
    ...options,
  });
  server.on('error', () => undefined);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', () => resolve()));
  const { port } = server.server.address() as AddressInfo;
  return {
    port,
    mails,
    until: (count) =>
      new Promise((resolve) => {
        if (mails.length >= count) resolve();
        else waiting.push({ count, resolve });
      }),
    close: () => new Promise((resolve) => server.close(() => resolve())),
  };
}

/** 2026-11-20T10:00:00Z */
export const messageTime = Date.UTC(2026, 10, 20, 10);

export const testMessage = (change: Partial<NotificationMessage> = {}): NotificationMessage => ({
  id: '0b1f6f0e-7d3c-4a52-9d52-9a3f0d8f7a11',
  kind: 'opened',
  key: 'incident-1',
  title: 'Brute force by 203.0.113.66 on web1',
  severity: 'high',
  risk: 78,
  summary: '25 events in 2 alerts.',
  facts: [
    { name: 'Addresses', value: '203.0.113.66' },
    { name: 'Hosts', value: 'web1' },
  ],
  lines: ['10:00:00 SSH brute force: 25 failed logins'],
  moreLines: 0,
  url: 'https://phosor.example.com/incidents/incident-1',
  time: messageTime,
  ...change,
});

/** What an attacker could write into a log line, in every field, and long. */
export const hostileMessage = (): NotificationMessage => {
  const text =
    'x\r\nBcc: victim@example.com\r\n\r\n<script>alert(1)</script> <!channel> <@U1> @everyone [click](https://evil.example.com) *b* `c` "q" \\ & \u202eevil\u0000\u001b[31m http://evil.example.com/ <https://evil.example.com|safe> ';
  return testMessage({
    title: text.repeat(30),
    summary: text.repeat(100),
    facts: Array.from({ length: 60 }, (_, i) => ({ name: `${text}${i}`, value: text.repeat(40) })),
    lines: Array.from({ length: 80 }, () => text.repeat(20)),
    moreLines: 7,
  });
};

/** Tools that reach the loopback address. */
export const localTools = (change: Partial<NotifierTools> = {}): NotifierTools => {
  const allow = allowInternal(['127.0.0.0/8']);
  const signal = change.signal ?? AbortSignal.timeout(20_000);
  return {
    now: () => messageTime,
    http: (request) => guardedHttp(request, { allow, signal }),
    resolve: (host) => checkedAddress(host, allow),
    previous: null,
    attempt: 1,
    signal,
    ...change,
  };
};
