import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { severities } from './enumerations.ts';
import { partLimits, threatLevelOf, threatScore, verdictOf } from './threat-score.ts';

test.each([
  [0, 'LOW', 'ALLOW'],
  [39, 'LOW', 'ALLOW'],
  [40, 'MEDIUM', 'ALLOW'],
  [49, 'MEDIUM', 'ALLOW'],
  [50, 'MEDIUM', 'ALERT'],
  [74, 'MEDIUM', 'ALERT'],
  [75, 'HIGH', 'ALERT'],
  [79, 'HIGH', 'ALERT'],
  [80, 'HIGH', 'BLOCK'],
  [100, 'HIGH', 'BLOCK'],
])('N-025: a score of %i is %s and advises %s', (score, level, verdict) => {
  expect(threatLevelOf(score)).toBe(level);
  expect(verdictOf(score)).toBe(verdict);
});

describe('the score of', () => {
  test.each([
    ['nothing known', {}, 0],
    ['a plain web packet', { packet: { length: 900, protocol: 'TCP', dst_port: 443, entropy: 7.9 } }, 0],
    ['a probe of SSH', { packet: { length: 60, protocol: 'TCP', dst_port: 22, entropy: null } }, 15],
    ['a decoy touched', { decoy: { touches: 1, logins: 0, commands: 0, uploads: 0 } }, 50],
    ['a login in a decoy', { decoy: { touches: 1, logins: 1, commands: 0, uploads: 0 } }, 70],
    ['a command in a decoy', { decoy: { touches: 1, logins: 1, commands: 1, uploads: 0 } }, 80],
    ['one critical rule', { rules: [{ name: 'A', severity: 'critical' as const, alerts: 1 }] }, 60],
    [
      'a high and a low rule',
      {
        rules: [
          { name: 'B', severity: 'low' as const, alerts: 9 },
          { name: 'A', severity: 'high' as const, alerts: 1 },
        ],
      },
      50,
    ],
    ['an address of which only evil is known', { reputation: { risk: 100, sources: ['x'] } }, 40],
    ['failed logins', { behaviour: { failed_logins: 25, denied: 0, web_attacks: 0, ports: 1, hosts: 1 } }, 20],
  ])('%s', (_, facts, score) => {
    expect(threatScore(facts).score).toBe(score);
  });

  test('anything is the sum of its parts, each within its limit, and says why', () => {
    const count = fc.nat(100_000);
    const facts = fc.record(
      {
        rules: fc.array(
          fc.record({ name: fc.string(), severity: fc.constantFrom(...severities), alerts: fc.nat(50) }),
          { maxLength: 30 },
        ),
        reputation: fc.option(fc.record({ risk: fc.integer({ min: -5, max: 200 }), sources: fc.array(fc.string()) })),
        decoy: fc.record({ touches: count, logins: count, commands: count, uploads: count }),
        behaviour: fc.record({ failed_logins: count, denied: count, web_attacks: count, ports: count, hosts: count }),
        packet: fc.record({
          length: count,
          protocol: fc.constantFrom('TCP', 'udp', 'ICMP', 'x'),
          dst_port: fc.option(fc.nat(65535)),
          entropy: fc.option(fc.double({ min: 0, max: 8, noNaN: true })),
        }),
      },
      { requiredKeys: [] },
    );
    fc.assert(
      fc.property(facts, (known) => {
        const { score, parts, threat_level, decision, confidence } = threatScore(known);
        expect(score).toBe(
          Math.min(
            100,
            parts.reduce((sum, { points }) => sum + points, 0),
          ),
        );
        expect(Number.isInteger(score) && score >= 0 && score <= 100).toBe(true);
        expect([threat_level, decision]).toEqual([threatLevelOf(score), verdictOf(score)]);
        expect(confidence >= 0 && confidence <= 1).toBe(true);
        for (const { part, points, reasons } of parts) {
          expect(points).toBeLessThanOrEqual(partLimits[part]);
          expect(points > 0).toBe(reasons.length > 0);
        }
      }),
    );
  });
});
