import { readFileSync } from 'node:fs';
import { afterEach, describe, expect, test } from 'vitest';
import {
  hostileMessage,
  localTools,
  type MailReceiver,
  openMailReceiver,
  testMessage,
} from '../receiver.test-suite.ts';
import { smtp } from './notifier.ts';

/* Never run live. The server is smtp-server on a local port; sources of what is checked: RFC 5321, RFC 5322 (headers, message
   ids, replies), RFC 3834 (Auto-Submitted), RFC 3207 (STARTTLS). */
let server: MailReceiver;
afterEach(() => server.close());

const config = (change: object = {}) =>
  smtp.config.parse({
    host: '127.0.0.1',
    port: server.port,
    security: 'none',
    from: 'phosor@example.com',
    to: ['a@example.com', 'b@example.com'],
    ...change,
  });
const headersOf = (raw: string): string[] => (raw.split('\r\n\r\n')[0] ?? '').replace(/\r\n[ \t]+/g, ' ').split('\r\n');

test('a mail with text and HTML; an update answers to it', async () => {
  server = await openMailReceiver();
  const { reference } = await smtp.send(testMessage(), config(), localTools());
  await smtp.send(testMessage({ kind: 'update', id: 'two' }), config(), localTools({ previous: reference }));
  const [first, second] = server.mails;
  expect(first).toMatchObject({ from: 'phosor@example.com', to: ['a@example.com', 'b@example.com'] });
  expect(headersOf(first?.raw ?? '')).toEqual(
    expect.arrayContaining([
      'Subject: [Phosor] HIGH: Brute force by 203.0.113.66 on web1',
      `Message-ID: ${reference}`,
      'Auto-Submitted: auto-generated',
    ]),
  );
  expect(headersOf(second?.raw ?? '')).toEqual(
    expect.arrayContaining([`In-Reply-To: ${reference}`, `References: ${reference}`]),
  );
  expect(first?.raw).toContain('text/plain');
  expect(first?.raw).toContain('text/html');
  expect(first?.raw).not.toMatch(/<img|src=3D|url\(/i);
});

test('nothing of a log line can begin a header, and HTML of it is text', async () => {
  server = await openMailReceiver();
  await smtp.send(hostileMessage(), config({ fromName: 'x\r\nBcc: evil@example.com' }), localTools());
  const [mail] = server.mails;
  const names = headersOf(mail?.raw ?? '').map((line) => line.slice(0, line.indexOf(':')).toLowerCase());
  expect(names).not.toContain('bcc');
  expect(new Set(names).size).toBe(names.length);
  expect(mail?.to).toEqual(['a@example.com', 'b@example.com']);
  const { html } = smtp.preview(hostileMessage(), config());
  expect(html).toContain('&#60;script&#62;');
  expect(html).not.toMatch(/<script|href="(?!https:\/\/phosor\.example\.com)|https?:\/\/evil/i);
});

test.each([
  ['b@example.com\r\nBcc: c@example.com'],
  ['"b@example.com, c@example.com" <d@example.com>'],
  ['b@example.com,c@example.com'],
])('%j is no recipient', async (to) => {
  server = await openMailReceiver();
  expect(smtp.config.safeParse({ ...config(), to: [to] }).success).toBe(false);
});

describe('encryption', () => {
  // The certificate that smtp-server brings is for localhost and signed by nobody.
  test('STARTTLS is required where it is chosen: no mail leaves without it', async () => {
    server = await openMailReceiver({ disabledCommands: ['STARTTLS'] });
    await expect(smtp.send(testMessage(), config({ security: 'starttls' }), localTools())).rejects.toMatchObject({
      isWorthRepeating: true,
    });
    expect(server.mails).toEqual([]);
  });

  test.each(['starttls', 'tls'] as const)('%s: a certificate of nobody is refused', async (security) => {
    server = await openMailReceiver({ secure: security === 'tls' });
    const failure = smtp.send(testMessage(), config({ security }), localTools());
    await expect(failure).rejects.toThrow(/certificate|encrypted/);
    expect(server.mails).toEqual([]);
  });

  test.each(['starttls', 'tls'] as const)('%s: with its own authority it is taken, encrypted', async (security) => {
    const { key, cert } = certificate();
    server = await openMailReceiver({ secure: security === 'tls', key, cert });
    await smtp.send(
      testMessage(),
      config({ host: 'localhost', security, ca: cert, user: 'me', password: 'secret' }),
      localTools(),
    );
    expect(server.mails).toMatchObject([{ secure: true, user: 'me' }]);
  });
});

test('a refused login and a refused mail are told apart, without the password', async () => {
  server = await openMailReceiver({
    onAuth: (_, __, done) => done(Object.assign(new Error('no such user or wrong-password'), { responseCode: 535 })),
  });
  await expect(
    smtp.send(testMessage(), config({ user: 'me', password: 'wrong-password' }), localTools()),
  ).rejects.toMatchObject({ message: expect.not.stringContaining('wrong-password'), isWorthRepeating: true });
  await server.close();
  server = await openMailReceiver({
    onRcptTo: (_, __, done) => done(Object.assign(new Error('no such mailbox'), { responseCode: 550 })),
  });
  await expect(smtp.send(testMessage(), config(), localTools())).rejects.toMatchObject({
    message: expect.stringContaining('refused the mail'),
    isWorthRepeating: false,
  });
});

/** A key and a certificate for localhost that is its own authority. */
function certificate(): { key: string; cert: string } {
  const read = (name: string): string => readFileSync(new URL(`./samples/${name}`, import.meta.url), 'utf8');
  return { key: read('localhost.key.pem'), cert: read('localhost.cert.pem') };
}
