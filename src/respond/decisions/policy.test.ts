import { expect, test } from 'vitest';
import { type Event, type EventJson, eventToJson, newEvent } from '../../model/index.ts';
import { isForgeable } from './policy.ts';

const origin = { source: 'file_auth', source_type: 'file' as const, peer: null, hint: null, identity: '' };
const event = (change: Partial<Event>): EventJson =>
  eventToJson({
    ...newEvent(origin, 1_770_000_000_000, 'a line'),
    event_type: 'auth.failure',
    format: 'sshd',
    protocol: 'ssh',
    ...change,
  });
const flow = (state: string, protocol = 'tcp'): Partial<Event> => ({
  event_type: 'net.flow',
  format: 'capture',
  protocol,
  fields: { state },
});
const syslog = (from: string, tag: string): Partial<Event> => ({
  source: `syslog_${from}`,
  source_type: 'syslog',
  tags: [tag],
});

const forgeable = (...events: Partial<Event>[]): boolean =>
  isForgeable({ attributable: true, events: events.map(event) }, (source) => source === 'syslog_192.0.2.7');

test.each<[string, Partial<Event>, boolean]>([
  ['a login in a file', {}, false],
  ['a visit to a decoy', { event_type: 'decoy.login', format: 'decoy' }, false],
  ['syslog from a sender that somebody vouches for', syslog('192.0.2.7', 'tcp'), false],
  ['syslog from another', syslog('192.0.2.8', 'tcp'), true],
  ['syslog over UDP', syslog('192.0.2.7', 'udp'), true],
  ['words of an unknown program', { format: 'general' }, true],
  ['a connection that both ends used', flow('closed'), false],
  ['a SYN without an answer', flow('attempt'), true],
  ['a SYN that was refused', flow('refused'), true],
  ['an answer that nobody confirmed', flow('half-open'), true],
  ['UDP, answered or not', flow('answered', 'udp'), true],
  ['a line of a firewall', { event_type: 'net.blocked', format: 'ufw', protocol: 'tcp' }, true],
  ['a name that was asked for', { event_type: 'dns.query', format: 'capture' }, true],
])('%s', (_, change, expected) => {
  expect(forgeable(change)).toBe(expected);
  // One that is sound does not make up for it.
  expect(forgeable({}, change)).toBe(expected);
});

test('without evidence, or where the rule says so', () => {
  expect(forgeable()).toBe(true);
  expect(isForgeable({ attributable: false, events: [event({})] }, () => true)).toBe(true);
});
