import { expect, test } from 'vitest';
import { openSqliteState } from '../store/state/sqlite/state.ts';
import { limitedSenderTeller } from './limited-senders.ts';
import { personalDataTeller } from './personal-data.ts';
import type { HealthReport } from './source-health.ts';

function setUp() {
  const state = openSqliteState(':memory:');
  const lines: string[] = [];
  const told: HealthReport[] = [];
  let time = Date.UTC(2026, 10, 20, 10);
  const options = {
    state,
    log: (_: string, message: string) => void lines.push(message),
    tell: (report: HealthReport) => void told.push(report),
    now: () => time,
  };
  const pass = (ms: number): void => {
    time += ms;
  };
  return { options, state, lines, told, pass };
}

test('a limited sender is told as documented, and once a minute as an event and a record', () => {
  const { options, lines, told, state, pass } = setUp();
  const teller = limitedSenderTeller(options);
  teller({ source: 'syslog_127.0.0.1', limit: 500, blockedSeconds: 2, violations: 1, reputation: 90 });
  pass(3000);
  teller({ source: 'syslog_127.0.0.1', limit: 450, blockedSeconds: 4, violations: 2, reputation: 80 });
  teller({ source: 'syslog_192.0.2.9', limit: 500, blockedSeconds: 0, violations: 0, reputation: 100 });
  expect(lines).toEqual([
    '[SYSLOG] 127.0.0.1: Blocked for 2s (rate limit violations)',
    '[RATE_LIMIT] 127.0.0.1 exceeded limit: 500/500 (violations: 1, reputation: 90)',
    '[SYSLOG] 127.0.0.1: Blocked for 4s (rate limit violations)',
    '[RATE_LIMIT] 127.0.0.1 exceeded limit: 450/450 (violations: 2, reputation: 80)',
    '[RATE_LIMIT] 192.0.2.9 is slowed to 500 events per second: it sends more over TCP',
  ]);
  expect(told.map(({ phosor, source }) => [phosor, source])).toEqual([
    ['source.limited', 'syslog_127.0.0.1'],
    ['source.limited', 'syslog_192.0.2.9'],
  ]);
  expect(state.audit.list(5, null).map(({ action, source_ip }) => [action, source_ip])).toEqual([
    ['rate_limit_exceeded', '192.0.2.9'],
    ['rate_limit_exceeded', '127.0.0.1'],
  ]);
});

test('personal data again and again from one source is an event, once an hour', () => {
  const { options, lines, told, state, pass } = setUp();
  const teller = personalDataTeller(options);
  let redacted = 0;
  const tick = (more: number): void => {
    redacted += more;
    teller({
      sources: [
        {
          source: 'syslog_192.0.2.7',
          events: 100,
          raw: 0,
          skewed: 0,
          format: null,
          lastAt: null,
          lastRaw: null,
          clockOffsetMs: null,
          redacted,
          redactedKinds: ['password'],
        },
      ],
    });
  };
  tick(1);
  expect(lines).toEqual(['[SECURITY] PII detected in 1 event from syslog_192.0.2.7: password']);
  pass(700_000);
  tick(8);
  tick(0);
  expect(told).toEqual([]);
  tick(2);
  expect(told).toEqual([expect.objectContaining({ phosor: 'source.personal_data', masked_events: 10 })]);
  tick(50);
  expect(told).toHaveLength(1);
  pass(3_600_001);
  tick(10);
  expect(told).toHaveLength(2);
  expect(state.audit.list(9, null).map(({ action }) => action)).toEqual(['pii_detected', 'pii_detected']);
});
