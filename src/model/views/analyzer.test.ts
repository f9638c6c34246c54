import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  type Event,
  type EventType,
  eventTypes,
  holds,
  newEvent,
  outcomes,
  type SourceInfo,
  severities,
} from '../index.ts';
import {
  analyzerCondition,
  analyzerEventTypes,
  analyzerLog,
  analyzerLogSources,
  analyzerSeverities,
  analyzerSeverity,
} from './analyzer.ts';

const origin: SourceInfo = { source: 'file_auth.log', source_type: 'file', peer: null, hint: null, identity: '' };
const event = (change: Partial<Event>): Event => ({ ...newEvent(origin, 0, 'raw'), ...change });

test.each<[Partial<Event>, string, string, string]>([
  [{ format: 'sshd', event_type: 'auth.failure' }, 'SSH_FAILED_LOGIN', 'HIGH', 'auth.log'],
  [{ format: 'sshd', event_type: 'auth.success' }, 'SSH_LOGIN_SUCCESS', 'LOW', 'auth.log'],
  [{ format: 'sudo', event_type: 'privilege.sudo' }, 'SYSLOG_ENTRY', 'LOW', 'auth.log'],
  [{ format: 'ufw', event_type: 'net.blocked', dst_port: 3306 }, 'SUSPICIOUS_PORT_ACCESS', 'HIGH', 'ufw.log'],
  [{ format: 'ufw', event_type: 'net.blocked', dst_port: 80 }, 'UFW_TRAFFIC', 'LOW', 'ufw.log'],
  [{ format: 'iptables', event_type: 'net.blocked', dst_port: 80 }, 'IPTABLES_BLOCKED', 'MEDIUM', 'iptables'],
  [
    { format: 'iptables', event_type: 'net.logged', dst_port: 22, fields: { tcp_flags: 'SYN' } },
    'SUSPICIOUS_PORT_ACCESS',
    'HIGH',
    'iptables',
  ],
  [
    { format: 'iptables', event_type: 'net.logged', dst_port: 80, fields: { tcp_flags: 'SYN ACK' } },
    'IPTABLES_TRAFFIC',
    'LOW',
    'iptables',
  ],
  [{ format: 'postgresql', event_type: 'sql.statement' }, 'SYSLOG_ENTRY', 'LOW', 'sql.log'],
  [{ format: 'web-access', event_type: 'sql.injection' }, 'SQL_INJECTION_ATTEMPT', 'CRITICAL', 'sql.log'],
  [{ format: 'web-access', event_type: 'web.attack', severity: 'low' }, 'SYSLOG_SECURITY_EVENT', 'HIGH', 'syslog'],
])('%j is %s, %s, of %s', (change, type, severity, source) => {
  expect(analyzerLog(event(change))).toMatchObject({ event_type: type, severity, log_source: source });
});

test('the view has every key, with Phosor’s own severity beside the analyzer’s', () => {
  const log = analyzerLog(
    event({
      id: 'x',
      time: Date.UTC(2026, 10, 20),
      format: 'sshd',
      event_type: 'auth.failure',
      severity: 'medium',
      src_ip: '192.0.2.7',
      src_port: 4711,
      protocol: 'ssh',
      user: 'admin',
      raw: 'Failed \u001b[31mpassword',
    }),
  );
  expect(log).toEqual({
    id: 'x',
    timestamp: '2026-11-20T00:00:00.000+00:00',
    source_ip: '192.0.2.7',
    destination_ip: null,
    source_port: 4711,
    destination_port: 22,
    protocol: 'TCP',
    log_source: 'auth.log',
    event_type: 'SSH_FAILED_LOGIN',
    severity: 'HIGH',
    username: 'admin',
    raw_log: 'Failed password',
    severity_level: 'medium',
  });
});

describe('a filter on a word finds exactly the events that have it', () => {
  const formats = ['sshd', 'dropbear', 'sudo', 'ufw', 'iptables', 'firewall', 'mysql', 'sql', 'json', 'raw'];
  const anyEvent = fc
    .record({
      format: fc.constantFrom(...formats),
      event_type: fc.constantFrom(...(Object.keys(eventTypes) as EventType[])),
      outcome: fc.constantFrom(...outcomes),
      severity: fc.constantFrom(...severities),
      src_ip: fc.constantFrom(null, '192.0.2.7'),
      dst_port: fc.constantFrom(null, 22, 80, 1433, 3306, 3389, 5432),
      protocol: fc.constantFrom(null, 'tcp', 'udp', 'ssh', 'http', 'icmp'),
      fields: fc.constantFrom({}, { tcp_flags: 'SYN' }, { tcp_flags: 'ACK SYN' }, { tcp_flags: '' }),
    })
    .map(event);
  const words = {
    event_type: analyzerEventTypes,
    severity: analyzerSeverities,
    log_source: analyzerLogSources,
    protocol: ['TCP', 'UDP', 'SSH', 'ICMP'],
    destination_port: [22, 80, 1433, 3306, 5432],
  };
  test.each(Object.entries(words))('%s', (key, values) => {
    fc.assert(
      fc.property(anyEvent, fc.constantFrom<string | number>(...values), (sent, word) => {
        const shown = analyzerLog(sent)[key as keyof typeof words];
        expect(holds(analyzerCondition({ [key]: [word] }), sent)).toBe(shown === word);
      }),
      { numRuns: 2000 },
    );
  });

  test('a type and a severity at once', () => {
    fc.assert(
      fc.property(
        anyEvent,
        fc.constantFrom(...analyzerEventTypes),
        fc.constantFrom(...analyzerSeverities),
        (sent, event_type, severity) => {
          const shown = analyzerLog(sent);
          expect(holds(analyzerCondition({ event_type: [event_type], severity: [severity] }), sent)).toBe(
            shown.event_type === event_type && shown.severity === severity,
          );
        },
      ),
      { numRuns: 2000 },
    );
  });

  test('words of several kinds all hold, of one kind any', () => {
    const sent = event({ format: 'sshd', event_type: 'auth.failure' });
    const finds = (filter: Parameters<typeof analyzerCondition>[0]) => holds(analyzerCondition(filter), sent);
    expect(finds({ severity: ['low', 'high'], log_source: ['AUTH.LOG'] })).toBe(true);
    expect(finds({ severity: ['HIGH'], log_source: ['ufw.log'] })).toBe(false);
    expect(finds({ event_type: ['NO_SUCH_TYPE'] })).toBe(false);
    expect(finds({})).toBe(true);
  });
});

test('five severities fold into four', () => {
  expect(severities.map(analyzerSeverity)).toEqual(['LOW', 'LOW', 'MEDIUM', 'HIGH', 'CRITICAL']);
});
