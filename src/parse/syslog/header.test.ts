import { describe, expect, test } from 'vitest';
import { newEvent } from '../../model/index.ts';
import type { ParseContext } from '../contract.ts';
import { readHeader, readPriority } from './header.ts';

const origin = { source: 's', source_type: 'syslog', peer: null, hint: null, identity: '' } as const;
const utc: ParseContext = { zoneMinutesAt: () => 0, year: null, live: false };
const receivedAt = Date.UTC(2026, 10, 21, 12);

function read(line: string, context = utc, received = receivedAt) {
  const event = newEvent(origin, received, line);
  const at = readHeader(event, line, context, (word) => word === 'sshd' || word === 'cron');
  return {
    time: event.has_time ? new Date(event.time).toISOString() : null,
    host: event.host,
    program: event.program,
    pid: event.pid,
    message: at < 0 ? null : line.slice(at),
    event,
  };
}

test.each([
  ['<0>', 0],
  ['<34>', 34],
  ['<191>', 191],
  ['<192>', -1],
  ['<007>', -1],
  ['<>', -1],
  ['<34', -1],
])('priority %s', (text, expected) => {
  expect(readPriority(text)).toBe(expected);
});

describe('RFC 3164 and its variants', () => {
  test.each([
    ['<38>Nov 20 20:16:31 web01 sshd[1]: x', '2026-11-20T20:16:31.000Z', 'web01', 'sshd', 1, 'x'],
    ['Nov  3 20:16:31 web01 sshd: x', '2026-11-03T20:16:31.000Z', 'web01', 'sshd', null, 'x'],
    ['Nov 3 20:16:31 web01 sshd: x', '2026-11-03T20:16:31.000Z', 'web01', 'sshd', null, 'x'],
    ['<38>Nov 20 2025 20:16:31 web01 sshd: x', '2025-11-20T20:16:31.000Z', 'web01', 'sshd', null, 'x'],
    ['<38>Nov 20 20:16:31: web01 sshd: x', '2026-11-20T20:16:31.000Z', 'web01', 'sshd', null, 'x'],
    ['<38> Nov 20 20:16:31 web01 sshd: x', '2026-11-20T20:16:31.000Z', 'web01', 'sshd', null, 'x'],
    ['Nov 20 20:16:31 sshd[1]: x', '2026-11-20T20:16:31.000Z', null, 'sshd', 1, 'x'],
    ['2026-11-20T20:16:39.609446+02:00 vm kernel: x', '2026-11-20T18:16:39.609Z', 'vm', 'kernel', null, 'x'],
    ['2026-11-20T20:16:39 vm sshd[7]: x', '2026-11-20T20:16:39.000Z', 'vm', 'sshd', 7, 'x'],
    [
      '<189>1234: *Mar  1 18:46:11.123: %SYS-5-CONFIG_I: x',
      '2026-03-01T18:46:11.123Z',
      null,
      '%SYS-5-CONFIG_I',
      null,
      'x',
    ],
    ['<14>May 21 2026 00:00:00: %ASA-4-102030: Deny', '2026-05-21T00:00:00.000Z', null, '%ASA-4-102030', null, 'Deny'],
    ['Nov 20 20:16:31 web01 sshd(pam_unix)[7]: x', '2026-11-20T20:16:31.000Z', 'web01', 'sshd(pam_unix)', 7, 'x'],
    ['Nov 20 20:16:31 web01 postfix/smtpd[7]: x', '2026-11-20T20:16:31.000Z', 'web01', 'postfix/smtpd', 7, 'x'],
    ['Nov 20 20:16:31 web01 -- MARK --', '2026-11-20T20:16:31.000Z', 'web01', null, null, '-- MARK --'],
    [
      'Nov 20 20:16:31 Failed password for root',
      '2026-11-20T20:16:31.000Z',
      null,
      null,
      null,
      'Failed password for root',
    ],
    ['<14>Aug 30 23:00:05', '2026-08-30T23:00:05.000Z', null, null, null, ''],
    ['<27>xapi: [error|x] y', null, null, 'xapi', null, '[error|x] y'],
    ['srv sshd[7]: x', null, 'srv', 'sshd', 7, 'x'],
    ['sshd[7]: x', null, null, 'sshd', 7, 'x'],
    ['2026-11-20 20:16:39,123 ERROR main: x', null, null, null, null, null],
    ['hello world', null, null, null, null, null],
    ['', null, null, null, null, null],
  ])('%s', (line, time, host, program, pid, message) => {
    const { event, ...rest } = read(line);
    expect(rest).toEqual({ time, host, program, pid, message });
  });
});

describe('RFC 5424', () => {
  test('structured data goes to the fields, by SD-ID', () => {
    const found = read(
      '<165>1 2003-10-11T22:14:15.003Z host app 8710 ID47 [a@1 k="v" q="x \\"y\\" \\]"][b@1 z="1"] \ufeffBOM text',
    );
    expect(found).toMatchObject({
      time: '2003-10-11T22:14:15.003Z',
      host: 'host',
      program: 'app',
      pid: 8710,
      message: 'BOM text',
    });
    expect(found.event.fields).toEqual({ msgid: 'ID47', 'a@1': { k: 'v', q: 'x "y" ]' }, 'b@1': { z: '1' } });
    expect([found.event.facility, found.event.level]).toEqual(['local4', 'notice']);
  });

  test('nil values are nothing', () => {
    expect(read('<34>1 - - - - - - x')).toMatchObject({
      time: null,
      host: null,
      program: null,
      pid: null,
      message: 'x',
    });
  });
});

describe('time', () => {
  test.each([
    ['a day ahead still is this year', 'Nov 22 11:00:00 h sshd: x', receivedAt, '2026-11-22T11:00:00.000Z'],
    ['more than a day ahead is last year', 'Nov 23 12:00:01 h sshd: x', receivedAt, '2025-11-23T12:00:01.000Z'],
    [
      'December, received in January',
      'Dec 31 23:59:00 h sshd: x',
      Date.UTC(2027, 0, 1, 0, 5),
      '2026-12-31T23:59:00.000Z',
    ],
    [
      'January, received in December',
      'Jan  1 00:01:00 h sshd: x',
      Date.UTC(2026, 11, 31, 23, 59),
      '2027-01-01T00:01:00.000Z',
    ],
    ['29 February is of a leap year', 'Feb 29 12:00:00 h sshd: x', receivedAt, '2024-02-29T12:00:00.000Z'],
  ])('%s', (_, line, received, expected) => {
    expect(read(line, utc, received).time).toBe(expected);
  });

  test('the zone is the context’s where the line has none', () => {
    const found = read('Nov 20 20:00:00 h sshd: x', { ...utc, zoneMinutesAt: () => 60 });
    expect([found.time, found.event.zone_minutes]).toEqual(['2026-11-20T19:00:00.000Z', 60]);
  });

  test('a fixed year wins', () => {
    expect(read('Nov 20 20:00:00 h sshd: x', { ...utc, year: 2005 }).time).toBe('2005-11-20T20:00:00.000Z');
  });

  test('live, a time more than five minutes ahead is clamped and tagged', () => {
    const found = read('<13>1 2026-11-21T12:10:00Z h a - - - x', { ...utc, live: true });
    expect([found.event.time, found.event.tags]).toEqual([receivedAt, ['clock_skew']]);
    expect(read('<13>1 2026-11-21T12:04:00Z h a - - - x', { ...utc, live: true }).event.tags).toEqual([]);
  });
});
