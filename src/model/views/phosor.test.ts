import { expect, test } from 'vitest';
import type { Event, EventType, SourceInfo } from '../index.ts';
import { newEvent } from '../index.ts';
import {
  phosorEvent,
  phosorEventSeverity,
  phosorEventType,
  phosorField,
  phosorSeverity,
  readSeverity,
} from './phosor.ts';

const origin: SourceInfo = {
  source: 'syslog_192.0.2.1',
  source_type: 'syslog',
  peer: '192.0.2.1',
  hint: null,
  identity: '',
};
const event = (change: Partial<Event>): Event => ({ ...newEvent(origin, 0, 'raw'), ...change });

test.each<[EventType, string]>([
  ['auth.failure', 'auth_fail'],
  ['sql.auth_failure', 'auth_fail'],
  ['privilege.sudo', 'privileged_access'],
  ['privilege.su', 'privileged_access'],
  ['system.error', 'error'],
  ['net.blocked', 'net_blocked'],
])('%s is %s', (type, word) => {
  expect(phosorEventType(event({ event_type: type }))).toBe(word);
});

test('a posted event type stays, on webhooks only', () => {
  expect(phosorEventType(event({ source_type: 'webhook', fields: { event_type: 'db_error' } }))).toBe('db_error');
  expect(phosorEventType(event({ fields: { event_type: 'db_error' } }))).toBe('message');
});

test.each<[Partial<Event>, string]>([
  [{ level: 'critical' }, 'critical'],
  [{ level: 'error' }, 'critical'],
  [{ level: 'warning' }, 'warning'],
  [{ level: 'info' }, 'info'],
  [{ level: 'info', event_type: 'auth.failure' }, 'warning'],
  [{ level: 'emergency', event_type: 'auth.failure' }, 'critical'],
  [{ source_type: 'webhook', severity: 'critical' }, 'critical'],
  [{ source_type: 'webhook', severity: 'medium', level: 'error' }, 'warning'],
])('severity of %j is %s', (change, expected) => {
  expect(phosorEventSeverity(event(change))).toBe(expected);
});

test.each([
  ['warning', 'medium'],
  ['CRITICAL', 'critical'],
  [' Low ', 'low'],
  ['informational', 'info'],
  ['constructor', undefined],
  ['', undefined],
])('severity word %j is read as %s', (word, expected) => {
  expect(readSeverity(word)).toBe(expected);
});

test('the five levels fold into three', () => {
  expect(['info', 'low', 'medium', 'high', 'critical'].map((s) => phosorSeverity(s as never))).toEqual([
    'info',
    'info',
    'warning',
    'critical',
    'critical',
  ]);
});

test('terminal escapes do not reach the view', () => {
  const view = phosorEvent(
    event({ raw: '\u001b[31mred\u001b[0m \u001b]0;title\u0007x\u0000y', message: '\u001b[2Jm' }),
  );
  expect(view.raw).toBe('red xy');
  expect(view.parsed.message).toBe('m');
});

test('rules reach fields by PHOSOR names, never prototype members', () => {
  const e = event({
    event_type: 'auth.failure',
    redacted: ['ssn'],
    fields: { amount: 3 },
    facility: 'auth',
    level: 'info',
  });
  expect(phosorField(e, 'parsed.event_type')).toBe('auth_fail');
  expect(phosorField(e, 'parsed.pii_redacted')).toBe(true);
  expect(phosorField(e, 'parsed.amount')).toBe(3);
  expect(phosorField(e, 'parsed.priority')).toBe(38);
  expect(phosorField(e, 'parsed.constructor')).toBeUndefined();
  expect(phosorField(e, 'tags')).toEqual(['syslog']);
});
