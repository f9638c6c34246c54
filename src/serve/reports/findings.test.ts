import { describe, expect, test } from 'vitest';
import type { Severity } from '../../model/index.ts';
import { recommendationsOf } from './recommendations.ts';
import { securityScore } from './score.ts';
import { silentSources } from './silence.ts';
import type { AlertStatistics, Threat } from './types.ts';

/* What follows from what was found: the score, recommendations, silence. */

describe('the security score', () => {
  test.each([
    [{ critical: 0, high: 0, medium: 0, low: 0 }, 100, 'SECURE'],
    [{ critical: 1, high: 0, medium: 0, low: 0 }, 80, 'SECURE'],
    [{ critical: 1, high: 0, medium: 0, low: 1 }, 79, 'MODERATE'],
    [{ critical: 2, high: 0, medium: 0, low: 0 }, 60, 'MODERATE'],
    [{ critical: 2, high: 0, medium: 0, low: 1 }, 59, 'WARNING'],
    [{ critical: 0, high: 99, medium: 0, low: 0 }, 40, 'WARNING'],
    [{ critical: 0, high: 6, medium: 0, low: 1 }, 39, 'CRITICAL'],
    [{ critical: 0, high: 0, medium: 99, low: 0 }, 60, 'MODERATE'],
    [{ critical: 0, high: 0, medium: 0, low: 99 }, 80, 'SECURE'],
    [{ critical: 9, high: 9, medium: 9, low: 9 }, 0, 'CRITICAL'],
  ] as const)('%o is %i, %s', (counts, score, status) => {
    const found = securityScore(counts);
    expect([found.score, found.status]).toEqual([score, status]);
    const sum = found.lines.reduce((rest, { deduction }) => rest - deduction, 100);
    expect(found.score).toBe(Math.max(0, sum));
  });
});

const noAlerts: AlertStatistics = {
  total: 0,
  by_severity: { info: 0, low: 0, medium: 0, high: 0, critical: 0 },
  open: 0,
  top_rules: [],
  top_alerts: [],
};
const threat = (change: Partial<Threat>): Threat => ({
  kind: 'brute_force',
  attack_type: null,
  severity: 'HIGH',
  addresses: ['203.0.113.9'],
  address_count: 1,
  attempts: 25,
  ports: [],
  port_count: 0,
  users: ['alice', 'root'],
  rule: { id: 'r1', name: 'SSH brute force' },
  first: '',
  last: '',
  title: '',
  ...change,
});
const alert = (severity: Severity, status: string) => ({
  id: 'a',
  time: '',
  severity,
  rule_id: 'r2',
  rule_name: 'Web shell',
  message: '',
  count: 1,
  status,
});

describe('recommendations', () => {
  const nothing = { findings: [], alerts: noAlerts, silent: [], breached: [] };

  test('nothing found, nothing advised', () => {
    expect(recommendationsOf(nothing)).toEqual([]);
  });

  test('brute force names its addresses, users and rule; names with rights are told apart', () => {
    const [block, privileged, ...more] = recommendationsOf({ ...nothing, findings: [threat({})] });
    expect(block?.text).toContain('203.0.113.9');
    expect(block).toMatchObject({
      priority: 'high',
      based_on: {
        addresses: ['203.0.113.9'],
        users: ['alice', 'root'],
        rules: [{ id: 'r1', name: 'SSH brute force' }],
      },
    });
    expect(privileged?.based_on.users).toEqual(['root']);
    expect(more).toEqual([]);
  });

  test('of brute force alone, no other advice', () => {
    const only = recommendationsOf({ ...nothing, findings: [threat({ users: ['alice'] })] });
    expect(only).toHaveLength(1);
  });

  test('a login from an address that guessed comes first', () => {
    const breached = [{ user: 'bob', address: '203.0.113.9' }];
    const [first] = recommendationsOf({ ...nothing, findings: [threat({ severity: 'LOW' })], breached });
    expect(first).toMatchObject({ priority: 'critical', based_on: { users: ['bob'], addresses: ['203.0.113.9'] } });
  });

  test.each([
    ['a flood', threat({ kind: 'ddos', ports: [443], users: [] }), /port 443/],
    ['a scan', threat({ kind: 'port_scan', ports: [22, 80], users: [] }), /22, 80/],
    [
      'a probed database',
      threat({ kind: 'sql_injection', attack_type: 'SQL_SUSPICIOUS_ACTIVITY', users: [] }),
      /reached only/,
    ],
    ['an injection', threat({ kind: 'sql_injection', users: [] }), /bound parameters/],
  ])('%s', (_, finding, words) => {
    const advised = recommendationsOf({ ...nothing, findings: [finding] });
    expect(advised).toHaveLength(1);
    expect(advised[0]?.text).toMatch(words);
    expect(advised[0]?.based_on.addresses).toEqual(['203.0.113.9']);
  });

  test('alerts that nobody has seen, and only those', () => {
    const withAlerts = (status: string) =>
      recommendationsOf({ ...nothing, alerts: { ...noAlerts, top_alerts: [alert('critical', status)] } });
    expect(withAlerts('new')[0]?.based_on.rules).toEqual([{ id: 'r2', name: 'Web shell' }]);
    expect(withAlerts('closed')).toEqual([]);
  });
});

describe('silent sources', () => {
  const hour = 3_600_000;
  const period = { start: 24 * hour, until: 48 * hour, zone: 'UTC', before: { start: 0, end: 24 * hour } };
  const source = (value: string, count: number, lastHour: number) => ({ value, count, last: lastHour * hour });

  test.each([
    ['sends until the end', [source('a', 100, 47.9)], [source('a', 100, 23)], []],
    ['stopped long ago', [source('a', 100, 30)], [source('a', 100, 23)], ['a']],
    ['was there only before', [], [source('a', 100, 12)], ['a']],
    ['sends seldom', [source('a', 1, 30)], [source('a', 1, 23)], []],
    ['paused for an hour', [source('a', 9000, 47)], [], []],
  ])('%s', (_, here, before, expected) => {
    expect(silentSources(here, before, period).map((found) => found.source)).toEqual(expected);
  });
});
