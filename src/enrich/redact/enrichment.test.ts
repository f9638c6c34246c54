import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Event, newEvent, type SourceInfo } from '../../model/index.ts';
import type { RedactOptions } from '../contract.ts';
import { createRedactor } from './enrichment.ts';
import { findSecrets } from './scan.ts';
import type { Span } from './span.ts';
import { mayHoldSecret } from './trigger.ts';

const origin: SourceInfo = { source: 'file_app.log', source_type: 'file', peer: null, hint: null, identity: '' };
const off: RedactOptions = { email: false, phone: false, internalIps: false, custom: [] };

function redact(raw: string, options: Partial<RedactOptions> = {}, change: (event: Event) => void = () => {}): Event {
  const event = newEvent(origin, 0, raw);
  change(event);
  createRedactor({ ...off, ...options }).apply(event);
  return event;
}

describe('always masked', () => {
  it.each([
    ['User SSN: 123-45-6789', 'User SSN: [SSN-REDACTED]', ['ssn']],
    ['ssn 123 45 6789, ok', 'ssn [SSN-REDACTED], ok', ['ssn']],
    ['a=123-45-6789;b=219-09-9999', 'a=[SSN-REDACTED];b=[SSN-REDACTED]', ['ssn']],
    ['paid with 4111 1111 1111 1111 today', 'paid with [CARD-REDACTED] today', ['card']],
    ['4111-1111-1111-1111', '[CARD-REDACTED]', ['card']],
    ['pan=5555555555554444', 'pan=[CARD-REDACTED]', ['card']],
    ['3782 822463 10005', '[CARD-REDACTED]', ['card']],
    ['10:00 4111 1111 1111 1111 12', '10:00 [CARD-REDACTED] 12', ['card']],
    ['User password=secret123', 'User password=[REDACTED]', ['password']],
    ['password: hunter2 for bob', 'password: [REDACTED] for bob', ['password']],
    ['PGPASSWORD=x psql', 'PGPASSWORD=[REDACTED] psql', ['password']],
    ['db.password = "two words" user=x', 'db.password = "[REDACTED]" user=x', ['password']],
    ['Server=db;Uid=sa;Pwd=Secret1;Database=y', 'Server=db;Uid=sa;Pwd=[REDACTED];Database=y', ['password']],
    ['password=a,b;c,user=root', 'password=[REDACTED],user=root', ['password']],
    ['{"user":"bob","password":"hun\\"ter2","n":1}', '{"user":"bob","password":"[REDACTED]","n":1}', ['password']],
    ['{"pin":1,"password": 12345}', '{"pin":1,"password": "[REDACTED]"}', ['password']],
    ['{"m":"{\\"password\\":\\"x y\\"}"}', '{"m":"{\\"password\\":\\"[REDACTED]\\"}"}', ['password']],
    ['GET /in?u=a&passwd=p%40s&x=1', 'GET /in?u=a&passwd=[REDACTED]&x=1', ['password']],
    [
      '<wsse:Password Type="x">no key</wsse:Password><password>hunter 2</password>',
      '<wsse:Password Type="x">no key</wsse:Password><password>[REDACTED]</password>',
      ['password'],
    ],
    ['pwd:letmein', 'pwd:[REDACTED]', ['password']],
    ['pan ok cvv=123', 'pan ok cvv=[REDACTED]', ['secret']],
    ['{"ssn":"219099999","order":"219099999"}', '{"ssn":"[SSN-REDACTED]","order":"219099999"}', ['ssn']],
    ['AccountKey=Zm9vYmFy==;Endpoint=x', 'AccountKey=[REDACTED];Endpoint=x', ['secret']],
    ['client_secret=abc', 'client_secret=[REDACTED]', ['secret']],
    ['postgres://bob:s3cr3t@db.example/x', 'postgres://bob:[REDACTED]@db.example/x', ['password']],
    ['mysql --password hunter2 -u x', 'mysql --password [REDACTED] -u x', ['password']],
    ["ALTER ROLE bob WITH PASSWORD 's3cret';", "ALTER ROLE bob WITH PASSWORD '[REDACTED]';", ['password']],
    ["CREATE USER 'a'@'%' IDENTIFIED BY 'x1'", "CREATE USER 'a'@'%' IDENTIFIED BY '[REDACTED]'", ['password']],
    ['Authorization: Basic dXNlcjpwYXNz', 'Authorization: Basic [REDACTED]', ['token']],
    ['"authorization": "Bearer abc.def"', '"authorization": "Bearer [REDACTED]"', ['token']],
    ['got Bearer abcdefghijklmnopqrstuvwx', 'got Bearer [REDACTED]', ['token']],
    ['jwt eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJ4In0.abc.', 'jwt [JWT-REDACTED].', ['jwt']],
    ['token=eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJ4In0.abc', 'token=[JWT-REDACTED]', ['jwt']],
    ['api_key=abcdefghijklmnopqrstuv12', 'api_key=[REDACTED]', ['api_key']],
    ['X-Api-Key: abcdefghijklmnopqrstuv12', 'X-Api-Key: [REDACTED]', ['api_key']],
    ['"access_token":"abcdefgh12"', '"access_token":"[REDACTED]"', ['token']],
    ['id AKIAIOSFODNN7EXAMPLE used', 'id [REDACTED] used', ['token']],
    ['ghp_abcdefghijklmnopqrstuvwxyz0123456789', '[REDACTED]', ['token']],
    ['xoxb-1234567890-abcdefghij', '[REDACTED]', ['token']],
    ['AIzaSyA-abcdefghijklmnopqrstuvwxyz01234', '[REDACTED]', ['token']],
    ['k -----BEGIN RSA PRIVATE KEY-----\\nMIIE\\n-----END RSA PRIVATE KEY----- z', 'k [REDACTED] z', ['private_key']],
    ['-----BEGIN OPENSSH PRIVATE KEY-----\nb3Bl', '[REDACTED]', ['private_key']],
  ])('%s', (raw, wanted, kinds) => {
    const event = redact(raw);
    expect(event.raw).toBe(wanted);
    expect(event.message).toBe(wanted);
    expect(event.redacted).toEqual(kinds);
  });
});

describe('never touched', () => {
  it.each([
    'Nov 21 03:04:05 web01 sshd[4711]: Failed password for root from 192.0.2.7 port 40022 ssh2',
    'Failed password for invalid user password from 192.0.2.7 port 4 ssh2',
    'Invalid user password= from 192.0.2.7 port 22',
    'Accepted password for bob from 192.0.2.7 port 50111 ssh2',
    'bob : 3 incorrect password attempts ; TTY=pts/0 ; PWD=/home/bob ; USER=root ; COMMAND=/bin/bash',
    'bob : TTY=unknown ; PWD=unknown ; USER=root ; COMMAND=/bin/ls',
    'pam_unix(passwd:chauthtok): password changed for bob',
    'Nov 21 03:04:05 web01 passwd: password for bob changed by root',
    'unix_chkpwd[812]: password check failed for user (root)',
    'FATAL:  password authentication failed for user "postgres"',
    "Access denied for user 'root'@'192.0.2.7' (using password: YES)",
    'enter pass phrase for key',
    'FTP command: Client "192.0.2.7", "PASS"',
    'spf=pass dkim=pass',
    'order passn=1 tcvc=9 esn=123456789',
    '[UFW BLOCK] IN=eth0 OUT= MAC=52:54:00:12:34:56:52:54:00:12:34:57:08:00 SRC=192.0.2.7 DST=198.51.100.1 LEN=60 TOS=0x00 PREC=0x00 TTL=64 ID=54321 DF PROTO=TCP SPT=51234 DPT=22 WINDOW=64240 RES=0x00 SYN URGP=0',
    'disconnect from unknown[192.0.2.7] ehlo=1 auth=0/1 quit=1 commands=2/3',
    '2026-11-21 03:04:05.123 UTC [27514] LOG:  connection received: host=192.0.2.7 port=43210',
    '192.0.2.7 - - [21/Nov/2026:03:04:05 +0000] "GET /index.html HTTP/1.1" 200 123456789 "-" "curl/8.5"',
    'request 550e8400-e29b-41d4-a716-446655440000 done',
    'account 123456789 closed',
    'order 4111111111111112 shipped',
    'ts 1795205792654000',
    'part 123-45-6789-01',
    '900-45-6789 and 666-45-6789 and 000-12-3456',
    'Unexpected token: < in JSON',
    'Accepted publickey for bob from 192.0.2.7 port 5 ssh2: ED25519 SHA256:nThbg6kXUpJWGl7E1IGOCspRomTxdCARLviKw6E5SY8',
    'PASSWORD_MIN_LENGTH=8 PasswordAuthentication=no',
    'https://www.example/a:b@c',
    '192.0.2.7: Invalid username or password: {"email":"ann@shop.example"}',
    'Supplied credentials: [UsernamePasswordCredential(username=ann)]',
    '{"full_hash_pass":2128,"tests_pass": 12}',
  ])('%s', (raw) => {
    const event = redact(raw);
    expect(event.raw).toBe(raw);
    expect(event.redacted).toEqual([]);
  });
});

describe('switches', () => {
  it('masks e-mail addresses, phone numbers and internal addresses only where asked', () => {
    const raw = 'mail=ann.b@corp.example tel +1 (415) 555-2671 or 415-555-2671 from 10.1.2.3 to 192.0.2.7 via fd00::1';
    expect(redact(raw).raw).toBe(raw);
    const event = redact(raw, { email: true, phone: true, internalIps: true }, (e) => {
      e.src_ip = '10.1.2.3';
    });
    expect(event.raw).toBe(
      'mail=[EMAIL-REDACTED] tel [PHONE-REDACTED] or [PHONE-REDACTED] from [INTERNAL-IP] to 192.0.2.7 via [INTERNAL-IP]',
    );
    expect(event.redacted).toEqual(['email', 'phone', 'internal_ip']);
    expect(event.src_ip).toBe('10.1.2.3');
  });

  it('does not take versions, times or public addresses for numbers and internal addresses', () => {
    const raw = '2026-11-21T03:04:05.000+00:00 v110.0.0.1 172.32.0.1 11.10.0.1 port 4155552671';
    expect(redact(raw, { phone: true, internalIps: true }).raw).toBe(raw);
  });

  it('masks custom patterns under their own name, and refuses one that is no RE2 expression', () => {
    const custom = [{ name: 'badge', regex: 'EMP-\\d+', marker: '[BADGE]' }];
    const event = redact('door opened by EMP-1042', { custom });
    expect(event.raw).toBe('door opened by [BADGE]');
    expect(event.redacted).toEqual(['badge']);
    expect(() => createRedactor({ ...off, custom: [{ name: 'bad', regex: '(?<=x)y', marker: '' }] })).toThrow(
      /redaction pattern "bad" is not usable/,
    );
  });
});

describe('the event', () => {
  it('keeps the message a part of raw', () => {
    const event = redact('<38>Feb  3 12:00:00 host app: User password=secret123 ok', {}, (e) => {
      e.message = 'User password=secret123 ok';
    });
    expect(event.message).toBe('User password=[REDACTED] ok');
    expect(event.raw.endsWith(event.message)).toBe(true);
  });

  it('masks fields by their key and by their text, deeply, and keeps evidence', () => {
    const raw = '{"user":"bob","auth":{"passWord":"x","tries":3,"list":["123-45-6789"]},"token":"abcdefgh1"}';
    const event = redact(raw, {}, (e) => {
      e.fields = JSON.parse(raw);
      e.user = 'bob';
      e.src_ip = '192.0.2.7';
    });
    expect(event.fields).toEqual({
      user: 'bob',
      auth: { passWord: '[REDACTED]', tries: 3, list: ['[SSN-REDACTED]'] },
      token: '[REDACTED]',
    });
    expect(event).toMatchObject({ user: 'bob', src_ip: '192.0.2.7', redacted: ['password', 'ssn', 'token'] });
  });

  it('looks behind escapes: what a decoder put into fields is masked too', () => {
    const event = redact('{"p\\u0061ssword":"x1","q":"pass%77ord"}', {}, (e) => {
      e.fields = { password: 'x1', q: 'password' };
    });
    expect(event.fields).toEqual({ password: '[REDACTED]', q: 'password' });
  });

  it('masks a card that arrived as a JSON number', () => {
    const event = redact('{"pan":4111111111111111}', {}, (e) => {
      e.fields = { pan: 4_111_111_111_111_111 };
    });
    expect(event.fields).toEqual({ pan: '[CARD-REDACTED]' });
  });
});

/** Texts made of the pieces that the scan reacts to. */
const hostile = fc
  .array(
    fc.oneof(
      fc.constantFrom(
        ...'password= "password": \\"secret\\": token: eyJhbGciOi .eyJz --password Bearer authorization: '.split(' '),
        ...'AKIAIOSFODNN7EXAMPLE ghp_ xoxb- ://a:b@c 4111111111111111 123-45-6789 [REDACTED] PWD= pwd='.split(' '),
        "IDENTIFIED BY '",
        '<password>',
        '</password>',
        '-----BEGIN PRIVATE KEY-----',
        '4111 1111 1111 1111',
        '[JWT-REDACTED]',
      ),
      fc.constantFrom(' ', '"', "'", '\\', ',', ';', '=', ':', '\n', '{', '}', '-', 'é', '\ud800'),
      fc.string({ maxLength: 12 }),
    ),
    { maxLength: 24 },
  )
  .map((parts) => parts.join(''));

describe('properties', () => {
  it('masking what is masked changes nothing, and never throws', () => {
    const all = { email: true, phone: true, internalIps: true };
    fc.assert(
      fc.property(hostile, (raw) => {
        const once = redact(raw).raw;
        expect(redact(once).raw).toBe(once);
        redact(raw, all);
      }),
      { numRuns: 5000 },
    );
  });

  it('the cheap question never misses what the scan would find', () => {
    fc.assert(
      fc.property(hostile, (raw) => {
        const spans: Span[] = [];
        findSecrets(raw, spans);
        for (let i = 0; i < spans.length; i += 1) {
          const span = spans[i] as Span;
          expect(span.end).toBeGreaterThan(span.start);
          expect(span.start).toBeGreaterThanOrEqual(spans[i - 1]?.end ?? 0);
        }
        if (spans.length > 0) expect(mayHoldSecret(raw)).toBe(true);
      }),
      { numRuns: 5000 },
    );
  });

  it('stays linear on 64 KiB of hostile text', () => {
    const pieces = [
      'password="',
      "password='",
      'password=\\"',
      'authorization:x,',
      'eyJ',
      '.eyJa',
      'xoxb-',
      '://a:',
      '-----BEGIN PRIVATE KEY-----',
      '1 ',
      '1-',
      '4111 ',
      "PASSWORD '",
      'token=a,',
      '"password":{',
      'pw=',
      '@a.',
      'a@',
      '+1',
      '[REDACTED]',
      "by '",
      'Bearer ',
    ]; // prettier-ignore
    const redactor = createRedactor({ email: true, phone: true, internalIps: true, custom: [] });
    for (const piece of pieces) {
      const event = newEvent(origin, 0, piece.repeat(Math.ceil(65_536 / piece.length)));
      const before = process.cpuUsage();
      redactor.apply(event);
      const used = process.cpuUsage(before);
      expect((used.user + used.system) / 1000, piece).toBeLessThan(150);
    }
  });
});

it('what a visitor of a decoy typed is evidence and stays', () => {
  const body = 'curl -u bob:s3cr3t http://192.0.2.9/?password=hunter2';
  const event = newEvent({ ...origin, source: 'decoy_ssh', source_type: 'decoy' }, 0, body);
  createRedactor({ email: true, phone: true, internalIps: true, custom: [] }).apply(event);
  expect(event.raw).toBe(body);
  expect(event.redacted).toEqual([]);
});
