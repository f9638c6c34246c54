import { describe, expect, test } from 'vitest';
import type { PhosorAlert } from '../api/types.ts';
import { belongs } from './filter.ts';
import { makeRows } from './rows.ts';

describe('the queue', () => {
  const alert = (id: string, rule: string, ip: string, change: Partial<PhosorAlert> = {}) =>
    ({
      id,
      rule_id: rule,
      rule_name: rule,
      message: `${rule} from ${ip}`,
      group: { src_ip: ip },
      severity_level: 'high',
      status: 'new',
      timestamp: '2026-11-20T10:00:00.000+00:00',
      ...change,
    }) as PhosorAlert;
  const alerts = [alert('1', 'brute', '192.0.2.1'), alert('2', 'scan', '192.0.2.1'), alert('3', 'brute', '192.0.2.2')];

  test.each([
    [undefined, [], ['1', '2', '3']],
    ['rule', [], ['group:brute', 'group:scan']],
    ['rule', ['group:brute'], ['group:brute', '1', '3', 'group:scan']],
    ['entity', [], ['group:192.0.2.1', 'group:192.0.2.2']],
  ] as const)('grouped by %s, unfolded %j', (by, unfolded, keys) =>
    expect(makeRows(alerts, by, new Set<string>(unfolded)).map((row) => row.key)).toEqual(keys),
  );

  test.each([
    [{}, true],
    [{ view: 'closed' }, false],
    [{ view: 'all' }, true],
    [{ severity: 'critical' }, false],
    [{ severity: 'high,critical' }, true],
    [{ entity: '192.0.2.1' }, true],
    [{ entity: '192.0.2.9' }, false],
    [{ q: 'BRUTE FROM' }, true],
    [{ q: 'spray' }, false],
    [{ from: '2026-11-20T09:00:00Z', to: '2026-11-20T10:00:00Z' }, false],
    [{ from: '2026-11-20T11:00:00+01:00', to: '2026-11-20T12:00:00+01:00' }, true],
  ] as const)('a new alert belongs to %j: %s', (search, expected) =>
    expect(belongs(alerts[0] as PhosorAlert, search)).toBe(expected),
  );

  test('a signal belongs only to a queue that shows signals', () => {
    const signal = alert('4', 'noisy', '192.0.2.1', { signal: true, severity_level: 'info' });
    expect([belongs(signal, {}), belongs(signal, { signals: 'show' })]).toEqual([false, true]);
    expect(belongs(signal, { signals: 'show', severity: 'high' })).toBe(false);
  });
});
