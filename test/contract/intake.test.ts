import { appendFileSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Program, removeFolder, startProgram } from '../program.ts';
import { datagram, type Json, Live, post } from './client.ts';

/* What a line becomes that comes in by syslog or from a file. */

let program: Program;
let live: Live;
const watched = mkdtempSync(join(tmpdir(), 'phosor-watched-'));
const file = join(watched, 'test.log');

beforeAll(async () => {
  writeFileSync(file, '');
  program = await startProgram({ env: { PHOSOR_FILE_ROOTS: watched } });
  live = await Live.open(program);
  await post(program, '/api/sources/file/add', { filepath: file });
}, 90_000);

afterAll(async () => {
  live?.close();
  await program?.stop();
  if (program) removeFolder(program.dataDir);
  removeFolder(watched);
});

/** Each case has a host or a word of its own, by which its event is found. */
const bySyslog: [id: string, payload: string, mark: string, check: (event: Json) => void][] = [
  [
    'P-060 a failed login',
    '<38>Feb 03 12:00:00 testhost sshd[1234]: Failed password for user from 192.168.1.100',
    'Failed password for user',
    (event) => {
      expect(event).toMatchObject({ source: 'syslog_127.0.0.1', severity: 'warning' });
      expect(event.parsed).toMatchObject({ src_ip: '192.168.1.100', hostname: 'testhost', event_type: 'auth_fail' });
      expect(event.tags).toContain('syslog');
    },
  ],
  [
    'P-061 a command as root',
    '<38>Feb 03 12:00:00 testhost sudo: user : TTY=pts/0 ; PWD=/home/user ; USER=root ; COMMAND=/bin/bash',
    'COMMAND=/bin/bash',
    (event) => expect(event.parsed.event_type).toBe('privileged_access'),
  ],
  [
    'P-062 a failed su',
    "<34>Oct 11 22:14:15 mymachine su: 'su root' failed for lonvick on /dev/pts/8",
    'lonvick',
    (event) => {
      expect(['critical', 'warning']).toContain(event.severity);
      expect(event.parsed.hostname).toBe('mymachine');
    },
  ],
  [
    'P-063 terminal escapes are not shown',
    '\u001b[31m<38>Feb 03 12:00:00 h app: red\u001b[0m',
    'red',
    (event) => expect(event.raw).not.toContain('\u001b'),
  ],
  [
    'P-064 level 2',
    '<10>Feb 03 12:00:00 h app: level 2',
    'level 2',
    (event) => expect(event.severity).toBe('critical'),
  ],
  ['P-065 level 4', '<12>Feb 03 12:00:00 h app: level 4', 'level 4', (event) => expect(event.severity).toBe('warning')],
  ['P-066 level 6', '<14>Feb 03 12:00:00 h app: level 6', 'level 6', (event) => expect(event.severity).toBe('info')],
  [
    'P-067 a password is masked',
    '<38>Feb 03 12:00:00 host app: User password=secret123',
    'User password=',
    (event) => {
      expect(event.raw).toContain('[REDACTED]');
      expect(event.raw).not.toContain('secret123');
      expect(event.parsed.pii_redacted).toBe(true);
    },
  ],
];

test.each(bySyslog)('%s', async (_, payload, mark, check) => {
  await datagram(program, payload);
  check(await live.event(mark, (event) => event.source === 'syslog_127.0.0.1' && event.raw.includes(mark)));
});

const byFile: [id: string, line: string, mark: string, check: (event: Json) => void][] = [
  [
    'P-070 a social security number',
    'User SSN: 123-45-6789',
    'User SSN',
    (event) => {
      expect(event.raw).toContain('[SSN-REDACTED]');
      expect(event.raw).not.toContain('123-45-6789');
    },
  ],
  [
    'P-071 a payment card',
    'card-case 4111 1111 1111 1111',
    'card-case',
    (event) => {
      expect(event.raw).toContain('[CARD-REDACTED]');
      expect(event.raw).not.toContain('4111');
    },
  ],
  [
    'P-071 a session token',
    'jwt-case eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJ4In0.abc',
    'jwt-case',
    (event) => {
      expect(event.raw).toContain('[JWT-REDACTED]');
      expect(event.raw).not.toContain('eyJ');
    },
  ],
  [
    'P-071 an API key',
    'key-case api_key=abcdefghijklmnopqrstuv12',
    'key-case',
    (event) => {
      expect(event.raw).toContain('[REDACTED]');
      expect(event.raw).not.toContain('abcdefghij');
    },
  ],
  [
    'P-071 e-mail, phone and internal addresses stay unless switched on',
    'plain-case somebody@mail.example 555-123-4567 10.1.2.3',
    'plain-case',
    (event) => expect(event.raw).toBe('plain-case somebody@mail.example 555-123-4567 10.1.2.3'),
  ],
  [
    'P-073 an error with its own time',
    'ERROR 2025-02-03T12:00:00 Critical database failure',
    'Critical database failure',
    (event) => {
      expect(event.severity).toBe('critical');
      expect(event.parsed).toMatchObject({ event_type: 'error', log_timestamp: '2025-02-03T12:00:00' });
    },
  ],
];

describe('lines of a file', () => {
  test.each(byFile)('%s', async (_, line, mark, check) => {
    appendFileSync(file, `${line}\n`);
    check(await live.event(mark, (event) => event.source === 'file_test.log' && event.raw.includes(mark)));
  });
});

test('the log says which kinds of personal data were masked', async () => {
  await expect.poll(program.output, { timeout: 5000 }).toContain('[SECURITY] PII detected');
});
