import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Served, serveDecoy } from '../host.test-suite.ts';
import { talk } from '../talk.test-suite.ts';
import { smtp } from './decoy.ts';

let open: Served;
let closed: Served;
beforeAll(async () => {
  open = await serveDecoy(smtp);
  closed = await serveDecoy(smtp, { relay: false, accept: 'list', accounts: ['bob:pw'] });
});
afterAll(() => Promise.all([open.stop(), closed.stop()]));

const lines = (...each: string[]): string[] => each.map((line) => `${line}\r\n`);
const codes = (said: string): string[] =>
  said
    .split('\r\n')
    .filter((line) => /^\d{3} /.test(line))
    .map((line) => line.slice(0, 3));

test('a message is taken, told and kept, and nothing is sent', async () => {
  const said = await talk(
    open.port,
    lines(
      'EHLO spammer.example',
      'MAIL FROM:<a@example.com> SIZE=10',
      'RCPT TO:<b@example.net>',
      'DATA',
      'Subject: cheap\r\n pills\r\n\r\n..dot\r\n.',
      'QUIT',
    ),
  );
  expect(codes(said)).toEqual(['220', '250', '250', '250', '354', '250', '221']);
  expect(open.of('decoy.request')[0]?.fields).toMatchObject({
    mail_from: 'a@example.com',
    rcpt_to: ['b@example.net'],
    email_subject: 'cheap\r\n pills',
    helo: 'spammer.example',
  });
  expect(open.of('decoy.forward')[0]).toMatchObject({
    fields: { kind: 'relay', dst_host: 'example.net', dst_port: 25 },
  });
  expect(open.uploads[0]?.content.toString()).toBe('Subject: cheap\r\n pills\r\n\r\n.dot');
});

test.each([
  [
    'a relay that is closed',
    closedPort,
    ['HELO x', 'MAIL FROM:<>', 'RCPT TO:<b@example.net>', 'DATA'],
    ['220', '250', '250', '554', '554'],
  ],
  [
    'the wrong order',
    closedPort,
    ['MAIL FROM:<a@b>', 'EHLO x', 'RCPT TO:<a@b>', 'DATA'],
    ['220', '503', '250', '503', '503'],
  ],
  [
    'unknown commands',
    closedPort,
    ['XYZZY', 'HELO', 'VRFY root', 'STARTTLS', 'NOOP'],
    ['220', '502', '501', '252', '502', '250'],
  ],
  ['a browser', closedPort, ['GET / HTTP/1.0'], ['220', '221']],
  [
    'too many mistakes',
    closedPort,
    Array.from({ length: 22 }, () => 'X'),
    ['220', ...Array.from({ length: 20 }, () => '502'), '421'],
  ],
] as const)('%s', async (_, port, sent, expected) => {
  const said = codes(await talk(port(), lines(...sent, 'QUIT'), { patience: 5000 }));
  // Where the server has not ended it, QUIT does.
  if (!/^(?:221|421)$/.test(expected.at(-1) ?? '')) expect(said.pop()).toBe('221');
  expect(said).toEqual(expected);
});

function closedPort(): number {
  return closed.port;
}

test('passwords are told, in both ways of logging in', async () => {
  const base64 = (text: string): string => Buffer.from(text).toString('base64');
  const said = await talk(
    closed.port,
    lines(
      'EHLO x',
      'AUTH LOGIN',
      base64('eve'),
      base64('geheim'),
      `AUTH PLAIN ${base64('\0bob\0pw')}`,
      'MAIL FROM:<a@b.example>',
      'RCPT TO:<c@example.net>',
    ),
  );
  expect(codes(said)).toEqual(['220', '250', '334', '334', '535', '235', '250', '250']);
  expect(closed.of('decoy.login').map(({ user, outcome, fields }) => [user, fields?.password, outcome])).toEqual([
    ['eve', 'geheim', 'failure'],
    ['bob', 'pw', 'success'],
  ]);
});
