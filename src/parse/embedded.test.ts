import { describe, expect, test } from 'vitest';
import type { Event, LogRecord } from '../model/index.ts';
import { parseRecord } from './index.ts';

function parse(body: string): Event {
  const record: LogRecord = {
    seq: 0,
    origin: { source: 'file_x', source_type: 'file', peer: null, hint: null, identity: '' },
    received_at: Date.UTC(2026, 10, 21, 12),
    body,
    position: -1,
  };
  return parseRecord(record, { zoneMinutesAt: () => 0, year: null, live: false });
}

describe('JSON behind words', () => {
  test.each([
    '2026-11-21T09:00:00Z web01 {"client_ip":"203.0.113.9","a":1,"b":2}',
    '2026-11-21T09:00:00Z 192.0.2.1 { "client_ip": "203.0.113.9", "a": 1, "b": 2 }',
    '[2026-11-21 09:00:00] app.INFO: {"client_ip":"203.0.113.9","a":1,"b":2} []',
    '2026-11-21T09:00:00.123Z stdout F {"client_ip":"203.0.113.9","a":1,"b":2}',
  ])('%s', (body) => {
    const event = parse(body);
    expect([event.format, event.src_ip, event.raw]).toEqual(['json', '203.0.113.9', body]);
    expect(event.has_time).toBe(true);
  });

  test('is not believed where a client could have written it', () => {
    const event = parse('2026-11-21T09:00:00Z login failed for user {"client_ip":"192.0.2.1","a":1,"b":2}');
    expect(event.format).toBe('general');
    expect(event.fields).toEqual({});
  });

  test.each(['2026-11-21T09:00:00Z web01 {"a":1}', '2026-11-21T09:00:00Z web01 {"a":1,"b":2,', '{', 'x {'])(
    '%s is none',
    (body) => {
      expect(parse(body).format).not.toBe('json');
    },
  );
});

describe('what daemons put around a message', () => {
  const inside = 'Failed password for ann from 203.0.113.9 port 4 ssh2';

  test('a container runtime names the stream', () => {
    const event = parse(`2026-11-21T09:00:00.123Z stderr F ${inside}`);
    expect([event.fields.stream, event.src_ip, event.message]).toEqual(['stderr', '203.0.113.9', inside]);
  });

  test('repeated messages are counted', () => {
    const event = parse(`Nov 21 09:00:00 web01 sshd[7]: message repeated 3 times: [ ${inside}]`);
    expect([event.format, event.user, event.fields.repeated, event.message]).toEqual(['sshd', 'ann', 3, inside]);
  });

  test('Solaris names facility and level', () => {
    const event = parse(`Nov 21 09:00:00 web01 sshd[7]: [ID 800047 auth.info] ${inside}`);
    expect([event.format, event.facility, event.level, event.message]).toEqual(['sshd', 'auth', 'info', inside]);
  });

  test.each([
    `<auth.info> web01 sshd[7]: ${inside}`,
    `<4.6> web01 sshd[7]: ${inside}`,
    `web01 auth.info sshd[7]: ${inside}`,
  ])('%s', (rest) => {
    const event = parse(`Nov 21 09:00:00 ${rest}`);
    expect([event.host, event.facility, event.level, event.program]).toEqual(['web01', 'auth', 'info', 'sshd']);
  });

  test('a virtual server stands behind the host', () => {
    expect(parse(`Nov 21 09:00:00 web01 @vserver_a sshd[7]: ${inside}`)).toMatchObject({
      host: 'web01',
      format: 'sshd',
    });
  });

  test('a host may be called like a program', () => {
    expect(parse('Nov 21 09:00:00 fw kernel: eth0: link up')).toMatchObject({ host: 'fw', program: 'kernel' });
  });
});

test('what a line says does not depend on the lines before it', () => {
  const lines = [
    'Nov 21 09:00:01 web01 sshd[7]: Invalid user ann from 203.0.113.9',
    'Nov 21 09:00:02 web01 sshd[7]: Invalid user ann from 203.0.113.9',
    'Nov 21 09:00:02 2025 web01 sshd[7]: Invalid user ann from 203.0.113.9',
    'Nov 21 09:00:02.5 web01 sshd[7]: Invalid user ann from 203.0.113.9',
    'Nov 21 09:00:61 web01 sshd[7]: Invalid user ann from 203.0.113.9',
    'Nov 21 09:00:02 web01x sshd[7]: Invalid user ann from 203.0.113.9',
    'Nov 21 09:00:02 web01: sshd[7]: Invalid user ann from 203.0.113.9',
    'Nov 21 09:00:02 web01 Invalid user ann from 203.0.113.9',
    '2026-11-21T09:00:02Z web01 sshd[7]: Invalid user ann from 203.0.113.9',
    '2026-11-21T09:00:02Z web01 ERROR: something broke',
    'Nov 22 09:00:02 web01 sshd[7]: Invalid user ann from 203.0.113.9',
  ];
  const alone = lines.map((line) => {
    for (let i = 0; i < 3; i += 1) parse(`Jan  1 00:00:0${i} other cron[1]: (root) CMD (x)`);
    return parse(line);
  });
  expect(lines.map(parse)).toEqual(alone);
  expect([...lines].reverse().map(parse)).toEqual([...alone].reverse());
});
