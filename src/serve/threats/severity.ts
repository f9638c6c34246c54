import type { Attack, AttackType, ThreatSeverity } from './messages.ts';

/** What the formulas look at. */
export type Measures = Pick<
  Attack,
  'attack' | 'count' | 'windowCount' | 'windowMs' | 'peak' | 'peakAddresses' | 'ports' | 'steps'
>;

/** One step of a formula: it holds where any of its numbers is reached. */
type Step = readonly [severity: ThreatSeverity, least: Readonly<Record<string, number>>];

/**
 * The documented formulas: the first step of which a number is reached, else LOW. `rate` is the most events of a window, per
 * minute.
 */
const severitySteps: Readonly<Record<AttackType, readonly Step[]>> = {
  BRUTE_FORCE: [
    ['CRITICAL', { attempts: 50, windows: 5 }],
    ['HIGH', { attempts: 20, windows: 3 }],
    ['MEDIUM', { attempts: 10 }],
  ],
  SINGLE_IP_FLOOD: [
    ['CRITICAL', { rate: 1000, windows: 10 }],
    ['HIGH', { rate: 500, windows: 5 }],
    ['MEDIUM', { rate: 200, windows: 3 }],
  ],
  DISTRIBUTED_FLOOD: [
    ['CRITICAL', { rate: 2000, addresses: 50, windows: 10 }],
    ['HIGH', { rate: 1000, addresses: 25, windows: 5 }],
    ['MEDIUM', { rate: 500, addresses: 15, windows: 3 }],
  ],
  PORT_SCAN: [
    ['CRITICAL', { ports: 50, windows: 6, attempts: 500 }],
    ['HIGH', { ports: 25, windows: 4, attempts: 200 }],
    ['MEDIUM', { ports: 10, windows: 2, attempts: 50 }],
  ],
  SQL_INJECTION: [
    ['CRITICAL', { injections: 1 }],
    ['HIGH', { failures: 5, attempts: 10 }],
    ['MEDIUM', { attempts: 5 }],
  ],
};

/** Requests a minute, as the documented answers count them. */
export const perMinute = (count: number, ms: number): number => Math.round(((count * 60_000) / ms) * 100) / 100;

/** Steps of the SQL injection rule, in the order in which it lists its detections. */
export const sqlSteps = { injection: 0, failure: 1 } as const;

function measured({ attack, count, windowCount, windowMs, peak, peakAddresses, ports, steps }: Measures) {
  return {
    attempts: count,
    windows: windowCount,
    rate: perMinute(peak, windowMs),
    addresses: peakAddresses,
    ports: ports.distinct,
    injections: attack === 'SQL_INJECTION' ? (steps[sqlSteps.injection] ?? 0) : 0,
    failures: attack === 'SQL_INJECTION' ? (steps[sqlSteps.failure] ?? 0) : 0,
  } as const;
}

/** The severity of an attack, and which numbers reached its step: `attempts 25 ≥ 20`. */
export function severityOf(measures: Measures): { severity: ThreatSeverity; because: string[] } {
  const numbers: Readonly<Record<string, number>> = measured(measures);
  for (const [severity, least] of severitySteps[measures.attack]) {
    const because = Object.entries(least).flatMap(([name, limit]) =>
      (numbers[name] as number) >= limit ? [`${name} ${numbers[name]} ≥ ${limit}`] : [],
    );
    if (because.length > 0) return { severity, because };
  }
  return { severity: 'LOW', because: ['no step of the formula was reached'] };
}
